/** What the API tells of 预售 with a deposit; see docs/openapi.json. */
import type { Money } from './types'

/** Of a campaign: what is paid at once of its orders, and when the rest; null where all is paid at once. */
export interface CampaignDeposit {
  deposit_percent: number | null
  balance_from: string | null
  balance_until: string | null
  keeps_deposit: boolean
}

export interface PresaleTerms {
  deposit: Money
  balance: Money
  balance_from: string
  balance_until: string
  keeps_deposit: boolean
  /** What becomes of the deposit if the balance is not paid, in a sentence. */
  rule: string
}

export interface OrderPresale extends PresaleTerms {
  deposit_paid_at: string | null
}
