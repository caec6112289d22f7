import type { Money, Order } from './types'

/** What becomes one order: collected on one day, from one place. */
export interface QuoteGroup {
  pickup_date: string
  items: string[]
  goods: Money
  total: Money
  source_note: string
}

/** Orders placed and paid together, by pickup day. */
export interface OrderCheckout {
  id: string
  to_pay: Money
  orders: Pick<Order, 'id' | 'number' | 'state' | 'state_label' | 'pickup_date' | 'total'>[]
}

export interface Checkout {
  id: string
  placed_at: string
  total: Money
  orders: Order[]
}
