/** A visit nobody made; it can still be handed out. */
export interface Unclaimed {
  pickup_id: string
  member: { nickname: string; phone_last4: string }
  pickup_point: { id: string; name: string }
  pickup_date: string
  state: 'reminded' | 'due' | 'held'
  state_label: string
  decide_at: string | null
  held_until: string | null
  goods: { title: string; sku_label: string; quantity: number }[]
}
