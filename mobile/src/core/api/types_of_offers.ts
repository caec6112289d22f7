import type { CampaignItem, CampaignState } from './types'

/** A list at the leader's points, and of each of its goods whether the leader keeps it off them. */
export interface LeaderList {
  id: string
  name: string
  state: CampaignState
  cutoff_at: string
  pickup_date: string
  items: (CampaignItem & { is_hidden: boolean })[]
}
