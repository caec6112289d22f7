import type { Money } from './types'

/** What a member has; `owed` was spent before the order that earned it was given back. */
export interface Points {
  is_on: boolean
  free: number
  locked: number
  owed: number
  worth: Money
  earn_per_yuan: number
  per_yuan: number
  max_share_percent: number
  ending: { points: number; last_day: string } | null
}

export interface PointsMove {
  id: string
  kind: string
  kind_label: string
  points: number
  order_number: string
  reason: string
  at: string
}

/** The member's points on this basket: `points` of the `free` ones take `off`; they do if `is_used`. */
export interface PointsChoice {
  free: number
  points: number
  off: Money
  is_used: boolean
}
