import type { Money } from './types'

export type WayKind = 'pickup' | 'leader_home' | 'same_day' | 'next_day'

export interface AddressWords {
  name: string
  phone: string
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

export interface DeliveryWish {
  kind: WayKind
  address_id: string | null
}

export interface OrderDelivery {
  kind: WayKind
  label: string
  fee: Money
  address: { name: string; phone: string; text: string } | null
  dispatched_at: string | null
  note: string
}
