/** What the API tells of 拼团; see docs/openapi.json. */
import type { CampaignItem } from './types'

export interface Team {
  id: string
  campaign_item_id: string
  state: 'open' | 'formed' | 'failed'
  state_label: string
  size: number
  paid: number
  missing: number
  ends_at: string
  can_join: boolean
  members: { name: string; at: string; is_first: boolean; is_gone: boolean; is_me: boolean }[]
}

/** A team with its goods; `item` is null once they are off the shelf. */
export interface TeamOfGoods extends Team {
  title: string
  pickup_date: string
  item: CampaignItem | null
}

/** The team a paid order is in. */
export interface OrderTeam {
  id: string
  state: 'waiting' | 'open' | 'formed' | 'failed'
  state_label: string
  size: number
  missing: number
  ends_at: string | null
}
