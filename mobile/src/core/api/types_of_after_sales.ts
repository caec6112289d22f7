/** What the API tells of after-sales requests; see docs/openapi.json. */
import type { Money } from './types'

export type AfterSaleState =
  | 'leader_review'
  | 'store_review'
  | 'appealed'
  | 'returning'
  | 'replacing'
  | 'refunding'
  | 'done'
  | 'rejected'
  | 'final'
  | 'withdrawn'

export interface AfterSalePhoto {
  id: string
  url: string
}

export interface AfterSale {
  id: string
  number: string
  state: AfterSaleState
  state_label: string
  order_id: string
  order_number: string
  line: { id: string; title: string; sku_label: string; image: string | null; unit_price: Money }
  reason: string
  reason_label: string
  remedy: string
  remedy_label: string
  quantity: number
  amount: Money
  words: string
  photos: AfterSalePhoto[]
  answer: string
  leader_words: string
  created_at: string
  due_at: string | null
  can_withdraw: boolean
  can_appeal: boolean
  timeline?: { at: string; what: string; sentence: string }[]
  /** Only at the leader's desk. */
  member?: { nickname: string; phone_last4: string }
  todo?: 'opinion' | 'take_back' | 'replace' | null
}

export interface OrderAfterSales {
  can_ask: boolean
  left: { line_id: string; quantity: number; amount: Money }[]
  items: AfterSale[]
}

export interface AfterSaleWish {
  line_id: string
  reason: string
  remedy: string
  quantity: number
  words: string
  photo_ids: string[]
}
