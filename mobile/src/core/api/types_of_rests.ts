/** Days of rest, both counted; without a point, at all of the leader's. */
export interface RestDays {
  pickup_point_id: string | null
  first_on: string
  last_on: string
}

export interface LeaderRest {
  id: string
  pickup_point: { id: string; name: string } | null
  first_on: string
  last_on: string
  days: string
  note: string
  /** Ordered for these days already; it stays ordered. */
  orders: number
  members: number
}

/** When a point hands nothing out, as shoppers read of it. */
export interface PointRest {
  first_on: string
  last_on: string
  note: string
  sentence: string
}
