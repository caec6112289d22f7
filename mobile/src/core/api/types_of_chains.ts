/** What the API tells of 接龙; see docs/openapi.json. */
import type { Money } from './types'

export interface JoinDraft {
  id: string
  name: string
  needs_phone: string
  campaign: { id: string; name: string }
  pickup_point: { id: string; name: string }
  pickup_date: string
  lines: {
    campaign_item_id: string
    title: string
    sku_label: string
    quantity: number
    unit_price: Money
    total: Money
    problem: string
  }[]
  total: Money
  can_order: boolean
  order_id: string | null
}

export interface Join {
  number: number
  name: string
  at: string
  is_cancelled: boolean
  lines: { title: string; sku_label: string; quantity: number }[]
}
