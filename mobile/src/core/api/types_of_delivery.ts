import type { Money } from './types'

export type WayKind = 'pickup' | 'leader_home' | 'same_day' | 'next_day' | 'express'

export interface AddressWords {
  name: string
  phone: string
  province: string
  city: string
  district: string
  detail: string
  lat: number | null
  lng: number | null
  is_default: boolean
}

export interface Address extends AddressWords {
  id: string
  text: string
}

/** One way to the door, as the store offers it. */
export interface DeliveryWay {
  kind: WayKind
  label: string
  sentence: string
  fee: Money
  free_from: Money | null
  reach_m: number | null
}

/** A time of day at which a way brings goods, and how many more orders it takes on `day`. */
export interface DeliverySlot {
  id: string
  day: string
  starts: string
  ends: string
  label: string
  left: number
  can_choose: boolean
}

export interface DeliveryWish {
  kind: WayKind
  address_id: string | null
  slots: { pickup_date: string; slot_id: string }[]
}

/** When an order is brought, as agreed. */
export interface KeptSlot {
  day: string
  starts: string
  ends: string
  text: string
}

/** How an express's fee comes about: the steps sum to it. Of `guessed` pieces nobody said what they weigh. */
export interface Freight {
  zone: string
  grams: number
  guessed: number
  fee: Money
  steps: { sentence: string; amount: Money }[]
}

/** What bringing a basket costs, and why it cannot be; `freight` by pickup day, of an express. */
export interface QuotedDelivery {
  kind: WayKind
  fee: Money
  freight: (Freight & { pickup_date: string })[]
  problem: string | null
}

export interface OrderDelivery {
  kind: WayKind
  label: string
  fee: Money
  freight: Freight | null
  address: { name: string; phone: string; text: string } | null
  slot: KeptSlot | null
  dispatched_at: string | null
  courier: string
  tracking_number: string
  note: string
}
