/** What the API tells of 预售 with a deposit; see docs/openapi.json. */
import type { Money } from './types'

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
