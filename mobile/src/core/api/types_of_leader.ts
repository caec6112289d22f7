import type { Listing, Money } from './types'

export interface Desk {
  leader: { id: string; name: string }
  date: string
  pickup_points: { id: string; name: string }[]
  people_waiting: number
  people_done: number
  lines_waiting: number
  pieces_waiting: number
  unclaimed: number
  commission: { today: Money; pending: Money; available: Money }
  notices: string[]
}

export interface Commission {
  id: string
  order_number: string
  title: string
  quantity: number
  base: Money
  rate_percent: string
  amount: Money
  state: 'accrued' | 'pending' | 'available' | 'reversed'
  reason: string
  created_at: string
}

export interface CommissionListing extends Listing<Commission> {
  summary: { accrued: Money; pending: Money; available: Money }
}
