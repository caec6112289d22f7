import type { Money } from './types'

/** What a coupon takes off; `words` says it all in a sentence. */
export interface CouponWorth {
  off: Money | null
  off_percent: string | null
  cap: Money | null
  threshold: Money | null
  is_for_some_goods: boolean
  words: string
}

/** A coupon on offer; `left` is null without a limit. */
export interface CouponToClaim {
  id: string
  name: string
  worth: CouponWorth
  claim_until: string
  left: number | null
  claimed: number
  can_claim: boolean
}

/** A coupon in a member's hand. */
export interface OwnCoupon {
  id: string
  name: string
  worth: CouponWorth
  state: string
  state_label: string
  claimed_at: string
  expires_at: string
  used_at: string | null
}
