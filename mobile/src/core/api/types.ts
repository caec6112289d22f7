/** The shapes of the store's HTTP API (`/api/v1`). Names are the contract's own. */

import type { PointsChoice } from './types_of_points'
export * from './types_of_after_sales'
export * from './types_of_chains'
export * from './types_of_checkouts'
export * from './types_of_coupons'
export * from './types_of_offers'
export * from './types_of_points'
export * from './types_of_presale'
export * from './types_of_problems'
export * from './types_of_unclaimed'
export * from './types_of_rests'
export * from './types_of_reviews'
export * from './types_of_delivery'
export * from './types_of_leader'
export * from './types_of_pickups'
export * from './types_of_teams'
export * from './types_of_point_wishes'
export * from './types_of_wishes'

import type { OrderCheckout, QuoteGroup } from './types_of_checkouts'
import type { DeliveryWish, OrderDelivery, QuotedDelivery } from './types_of_delivery'
import type { CampaignDeposit, OrderPresale, PresaleTerms } from './types_of_presale'
import type { PointRest } from './types_of_rests'
import type { OrderTeam } from './types_of_teams'

/** An amount in the currency's smallest unit (分 for CNY); never a fraction. */
export interface Money {
  amount: number
  currency: string
}

export interface Listing<T> {
  items: T[]
  next: string | null
}

export interface PaymentMethod {
  method: string
  label: string
  client: 'mp' | 'web' | 'both'
}

export interface Store {
  name: string
  slug: string
  notice: string
  currency: string
  timezone: string
  now: string
  service_phone: string
  brand_color: string
  state: string
  payment_methods: PaymentMethod[]
}

export interface Member {
  id: string
  nickname: string
  phone_masked: string
  is_leader: boolean
}

export interface Session {
  token: string
  expires_at: string
  member: Member
}

export interface SmsCode {
  retry_after_seconds: number
  expires_at: string
}

export interface PickupPoint {
  id: string
  name: string
  address: string
  city: string
  district: string
  lat: number
  lng: number
  distance_m: number | null
  opening_hours: string
  leader: { id: string; name: string }
  is_open: boolean
  resting_note: string
  /** Set when it rests, or does so within two weeks. A point kept by an older phone has none. */
  rest?: PointRest | null
}

export interface City {
  name: string
  points: number
}

/** Where to begin; without a point the shopper chooses, and `sentence` says why. */
export interface Entry {
  why: 'link' | 'bound' | 'last' | 'nearest' | 'too_far' | 'choose'
  sentence: string
  point: PickupPoint | null
  cities: City[]
}

export interface Me {
  member: Member
  orders_by_state: Partial<Record<OrderState, number>>
  last_pickup_point: PickupPoint | null
}

export type CampaignState = 'open' | 'scheduled' | 'paused' | 'closed'

export interface CampaignItem {
  id: string
  product: { id: string; title: string; subtitle: string; image: string | null; category: string }
  sku: { id: string; label: string }
  price: Money
  strike_price: Money | null
  /** What it costs who is signed in, where that is less. */
  member_price: Money | null
  available: number
  quota: number | null
  sold: number
  per_member_limit: number | null
  min_form_quantity: number | null
  is_failed: boolean
}

export interface Campaign extends CampaignDeposit {
  id: string
  name: string
  kind: string
  state: CampaignState
  opens_at: string
  cutoff_at: string
  pickup_date: string
  notice: string
  joined: number
  team_size: number | null
  team_hours: number | null
  items: CampaignItem[]
}

export interface Product {
  id: string
  title: string
  subtitle: string
  images: string[]
  /** An MP4 of a minute at most; its address answers byte ranges. */
  video: { url: string; cover: string | null; seconds: number; width: number; height: number; bytes: number } | null
  description: string
  /** The description as safe HTML; empty when there is only text. */
  story: string
  parameters: { name: string; value: string }[]
  storage: string
  category: string
  skus: { id: string; label: string; offer: CampaignItem | null }[]
  campaign: {
    id: string
    name: string
    kind: string
    team_size: number | null
    state: CampaignState
    cutoff_at: string
    pickup_date: string
  } | null
}

/** A product that a search found, with its SKUs as the running list offers them. */
export interface Category {
  id: string
  parent_id: string | null
  name: string
  icon: string
  level: number
}

/** How a list of goods is sorted; empty for the store's own order. */
export type GoodsSort = '' | 'price' | '-price' | 'sales'

export interface GoodsWish {
  category?: string
  sort?: GoodsSort
  pickup_point_id?: string
  cursor?: string
}

export interface FoundProduct {
  id: string
  campaign_id: string
  tags: { id: string; name: string; color: string }[]
  items: CampaignItem[]
}

export interface LineWish {
  campaign_item_id: string
  quantity: number
}

export interface LineProblem {
  code: string
  sentence: string
}

export interface QuoteLine {
  campaign_item_id: string
  quantity: number
  unit_price: Money
  is_member_price: boolean
  total: Money
  available: number
  problem: LineProblem | null
}

/** The cart the store keeps for a member, by the day it is fetched on. */
export interface Cart {
  groups: {
    pickup_date: string
    lines: {
      item: CampaignItem
      quantity: number
      unit_price: Money
      is_member_price: boolean
      available: number
      problem: LineProblem | null
    }[]
  }[]
  pieces: number
}

/** What one offer takes off a basket or an order. */
export interface Discount {
  kind: 'member' | 'next_piece' | 'spend_and_save' | 'coupon' | 'points'
  id: string | null
  name: string
  off: Money
}

/** One of the member's coupons tried on a basket; `sentence` says what it takes off, or why nothing. */
export interface CouponChoice {
  id: string
  name: string
  fits: boolean
  off: Money
  sentence: string
  expires_at: string
}

/** `total` is what is paid: `goods` less the `discounts`. */
export interface Quote {
  lines: QuoteLine[]
  goods: Money
  discounts: (Discount & { sentence: string })[]
  total: Money
  coupon_problem: string | null
  coupons: CouponChoice[]
  presale: PresaleTerms | null
  groups: QuoteGroup[]
  delivery: QuotedDelivery
  points: PointsChoice | null
  unclaimed_rule: string
  can_order: boolean
}

export interface NewOrder {
  lines: (LineWish & { unit_price?: Money })[]
  pickup_point_id: string
  contact: { name: string; phone: string }
  remark: string
  expected_total: Money
  coupon_id: string | null
  delivery: DeliveryWish | null
  team_id?: string
  use_points?: boolean
  accept_substitutes?: boolean
}

export type OrderState =
  | 'pending_payment'
  | 'paid'
  | 'partly_picked'
  | 'picked_up'
  | 'completed'
  | 'closed'
  | 'cancelled'

export interface OrderLine {
  id: string
  title: string
  sku_label: string
  image: string | null
  quantity: number
  unit_price: Money
  total: Money
  state: string
  handed_quantity: number
  refunded_quantity: number
  refunded: Money
  notes: string[]
  later: { quantity: number; pickup_date: string; can_refuse: boolean } | null
}

export interface Order {
  id: string
  number: string
  state: OrderState
  state_label: string
  placed_at: string
  expires_at: string | null
  paid_at: string | null
  pickup_date: string
  pickup_point: {
    id: string
    name: string
    address: string
    leader_name: string
    leader_phone: string
    opening_hours: string
  }
  contact: { name: string; phone: string }
  remark: string
  source_note: string
  lines: OrderLine[]
  goods: Money
  discounts: Discount[]
  total: Money
  paid: Money
  refunded: Money
  timeline: { at: string; what: string; sentence: string }[]
  team: OrderTeam | null
  presale: OrderPresale | null
  /** What is paid next: all of it, or the deposit, then the balance. */
  due: Money
  can_cancel: boolean
  can_pay: boolean
  pickup_code: string | null
  checkout: OrderCheckout | null
  delivery: OrderDelivery
}

export type PaymentState =
  | 'created'
  | 'processing'
  | 'unknown'
  | 'failed'
  | 'succeeded'
  | 'cancelled'

export interface Payment {
  id: string
  order_id: string
  state: PaymentState
  method: string
  amount: Money
  redirect_url: string
  qr: string
  jsapi: Record<string, string> | null
  created_at: string
}

export type TakenState = 'waiting' | 'partly_taken' | 'taken'

export interface PickupCode {
  id: string
  code: string
  /** A `data:image/png;base64,...` picture of the code. */
  qr: string
  pickup_date: string
  pickup_point: { id: string; name: string; address?: string; opening_hours?: string }
  state: TakenState
  taken_at: string | null
  taken_by: string | null
  orders: { id: string; number: string }[]
  lines: { title: string; sku_label: string; quantity: number; handed_quantity: number; notes: string[] }[]
}
