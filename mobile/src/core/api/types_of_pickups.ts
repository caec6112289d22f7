import type { TakenState } from './types'
import type { KeptSlot } from './types_of_delivery'

export interface PickupSummary {
  id: string
  member: { nickname: string; phone_last4: string }
  pickup_point: { id: string; name: string }
  pickup_date: string
  line_count: number
  pieces: number
  state: TakenState
  taken_at: string | null
  taken_by: string | null
}

export interface Handover {
  id: string
  at: string
  by: string
  lines: { line_id?: string; title?: string; quantity: number }[]
  can_reverse_until: string | null
}

export interface PickupDetail extends PickupSummary {
  to_bring: { order_number: string; name: string; phone: string; text: string; slot: KeptSlot | null }[]
  lines: {
    id: string
    order_number: string
    title: string
    sku_label: string
    image: string | null
    quantity: number
    handed_quantity: number
    stopped: { quantity: number; sentence: string } | null
    notes: string[]
    state: string
  }[]
  handovers: Handover[]
}
