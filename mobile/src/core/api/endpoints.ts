import type { ChainReading, LeaderDraft } from './chain_types'
import type { Call } from './client'
import type {
  AfterSale,
  AfterSaleWish,
  Campaign,
  Address,
  AddressWords,
  Cart,
  Category,
  Checkout,
  CouponToClaim,
  DeliverySlot,
  DeliveryWay,
  DeliveryWish,
  City,
  CommissionListing,
  Desk,
  Entry,
  FoundProduct,
  GoodsWish,
  LeaderList,
  LeaderRest,
  LineToReview,
  LineWish,
  Join,
  JoinDraft,
  Listing,
  Me,
  Money,
  NewOrder,
  NewReview,
  Order,
  OwnCoupon,
  OwnReview,
  OrderAfterSales,
  Payment,
  PickupCode,
  PickupDetail,
  PickupPoint,
  PickupSummary,
  Points,
  PointWish,
  PointsMove,
  Product,
  ProductReviews,
  Quote,
  RestDays,
  Session,
  SimilarProducts,
  SmsCode,
  StockWait,
  Store,
  Team,
  TeamOfGoods,
  Unclaimed,
} from './types'

export interface PointSearch {
  lat?: number
  lng?: number
  q?: string
  city?: string
  cursor?: string
}

export interface PickupSearch {
  date?: string
  pickup_point_id?: string
  state?: 'waiting' | 'done'
  q?: string
  code?: string
  cursor?: string
}

/** One function per resource of the contract, in the contract's order. */
export function endpoints(call: Call) {
  const id = encodeURIComponent
  return {
    store: () => call<Store>('GET', '/store'),

    sendSmsCode: (phone: string) => call<SmsCode>('POST', '/auth/sms-codes', { body: { phone } }),
    signIn: (phone: string, code: string) =>
      call<Session>('POST', '/auth/sessions', { body: { phone, code } }),
    signOut: () => call<void>('DELETE', '/auth/sessions/current'),
    me: () => call<Me>('GET', '/me'),

    pickupPoints: (search: PointSearch) =>
      call<Listing<PickupPoint>>('GET', '/pickup-points', {
        // Six decimals are a hand's breadth and all the API takes; a phone gives a dozen.
        query: { ...search, lat: search.lat?.toFixed(6), lng: search.lng?.toFixed(6) },
      }),
    cities: () => call<Listing<City>>('GET', '/cities'),
    entry: (search: { leader?: string; lat?: number; lng?: number }) =>
      call<Entry>('GET', '/entry', {
        query: { leader: search.leader, lat: search.lat?.toFixed(6), lng: search.lng?.toFixed(6) },
      }),
    followLeader: (leader_id: string) =>
      call<{ leader: { id: string; name: string }; bound_at: string }>('POST', '/me/leader', { body: { leader_id } }),
    leavePointWish: (wish: PointWish) => call<{ sentence: string }>('POST', '/point-wishes', { body: wish }),
    pickupPoint: (pointId: string) => call<PickupPoint>('GET', `/pickup-points/${id(pointId)}`),
    campaigns: (pickup_point_id?: string) =>
      call<Listing<Campaign>>('GET', '/campaigns', { query: { pickup_point_id } }),
    joins: (campaignId: string, cursor?: string) =>
      call<Listing<Join>>('GET', `/campaigns/${id(campaignId)}/joins`, { query: { cursor } }),
    teams: (item: string) => call<Listing<Team>>('GET', '/teams', { query: { item } }),
    team: (teamId: string) => call<TeamOfGoods>('GET', `/teams/${id(teamId)}`),
    /** As the item it was seen as, where several lists sell it. */
    product: (productId: string, pickup_point_id?: string, item_id?: string) =>
      call<Product>('GET', `/products/${id(productId)}`, { query: { pickup_point_id, item_id: item_id || undefined } }),
    quote: (
      lines: LineWish[],
      pickup_point_id: string | null,
      coupon_id: string | null = null,
      use_points = false,
      delivery: DeliveryWish | null = null,
    ) =>
      call<Quote>('POST', '/quotes', {
        body: { lines, pickup_point_id, coupon_id, use_points, splits: true, delivery },
      }),
    points: () => call<Points>('GET', '/points'),
    pointsMoves: (cursor?: string) => call<Listing<PointsMove>>('GET', '/points/moves', { query: { cursor } }),
    couponsToClaim: () => call<Listing<CouponToClaim>>('GET', '/coupons/claimable'),
    coupons: (state: 'usable' | 'used' | 'expired', cursor?: string) =>
      call<Listing<OwnCoupon>>('GET', '/coupons', { query: { state, cursor } }),
    claimCoupon: (wish: { kind_id: string } | { code: string }, idempotencyKey: string) =>
      call<OwnCoupon>('POST', '/coupons', { body: wish, idempotencyKey }),
    deliveryWays: () => call<Listing<DeliveryWay>>('GET', '/delivery-ways'),
    deliverySlots: (kind: string, date: string) =>
      call<Listing<DeliverySlot>>('GET', '/delivery-slots', { query: { kind, date } }),
    addresses: () => call<Listing<Address>>('GET', '/addresses'),
    addAddress: (words: AddressWords) => call<Address>('POST', '/addresses', { body: words }),
    changeAddress: (addressId: string, words: AddressWords) =>
      call<Address>('PUT', `/addresses/${id(addressId)}`, { body: words }),
    forgetAddress: (addressId: string) => call<void>('DELETE', `/addresses/${id(addressId)}`),
    searchProducts: (q: string, pickup_point_id?: string, cursor?: string) =>
      call<Listing<FoundProduct>>('GET', '/products', { query: { q, pickup_point_id, cursor } }),
    categories: () => call<Listing<Category>>('GET', '/categories'),
    products: (wish: GoodsWish) => call<Listing<FoundProduct>>('GET', '/products', { query: { ...wish } }),
    suggestProducts: (q: string) => call<{ items: string[] }>('GET', '/product-suggestions', { query: { q } }),

    noteSearch: (q: string) => call<void>('POST', '/searches', { body: { q } }),
    hotWords: (pickup_point_id?: string) => call<{ items: string[] }>('GET', '/hot-words', { query: { pickup_point_id } }),
    similarProducts: (q: string, pickup_point_id?: string) =>
      call<SimilarProducts>('GET', '/similar-products', { query: { q, pickup_point_id } }),

    stockWaits: () => call<Listing<StockWait>>('GET', '/stock-waits'),
    waitForStock: (skuId: string, pickup_point_id: string | null) =>
      call<StockWait>('PUT', `/stock-waits/${id(skuId)}`, { body: { pickup_point_id } }),
    stopWaiting: (skuId: string) => call<void>('DELETE', `/stock-waits/${id(skuId)}`),

    cart: (pickup_point_id?: string) => call<Cart>('GET', '/cart', { query: { pickup_point_id } }),
    putCart: (lines: LineWish[], pickup_point_id: string | null, adds: boolean) =>
      call<Cart>('PUT', '/cart', { body: { lines, pickup_point_id, adds } }),

    placeOrder: (order: NewOrder, idempotencyKey: string) =>
      call<Order>('POST', '/orders', { body: order, idempotencyKey }),
    placeCheckout: (order: NewOrder, idempotencyKey: string) =>
      call<Checkout>('POST', '/checkouts', { body: order, idempotencyKey }),
    joinDraft: (draftId: string, sign: string) =>
      call<JoinDraft>('GET', `/join-drafts/${id(draftId)}/${id(sign)}`),
    confirmJoinDraft: (draftId: string, sign: string, expected_total: Money) =>
      call<Order>('POST', `/join-drafts/${id(draftId)}/${id(sign)}/confirmation`, { body: { expected_total } }),
    orders: (state?: string, cursor?: string) =>
      call<Listing<Order>>('GET', '/orders', { query: { state, cursor } }),
    order: (orderId: string) => call<Order>('GET', `/orders/${id(orderId)}`),
    cancelOrder: (orderId: string, reason: string) =>
      call<Order>('POST', `/orders/${id(orderId)}/cancellation`, { body: { reason } }),
    refuseLater: (lineId: string) => call<Order>('POST', `/order-lines/${id(lineId)}/refusal`),
    startPayment: (orderId: string, wish: { method: string; payer_code?: string }, idempotencyKey: string) =>
      call<Payment>('POST', `/orders/${id(orderId)}/payments`, { body: wish, idempotencyKey }),
    payment: (paymentId: string) => call<Payment>('GET', `/payments/${id(paymentId)}`),
    pickupCodes: () => call<Listing<PickupCode>>('GET', '/pickup-codes'),

    productReviews: (productId: string, only?: string, cursor?: string, limit?: number) =>
      call<ProductReviews>('GET', `/products/${id(productId)}/reviews`, { query: { only, cursor, limit } }),
    linesToReview: (cursor?: string) =>
      call<Listing<LineToReview>>('GET', '/reviews/to-write', { query: { cursor } }),
    myReviews: (cursor?: string) => call<Listing<OwnReview>>('GET', '/reviews', { query: { cursor } }),
    writeReview: (review: NewReview) => call<OwnReview>('POST', '/reviews', { body: review }),
    addToReview: (reviewId: string, added: { words: string; picture_ids: string[] }) =>
      call<OwnReview>('POST', `/reviews/${id(reviewId)}/addition`, { body: added }),

    orderAfterSales: (orderId: string) => call<OrderAfterSales>('GET', `/orders/${id(orderId)}/after-sales`),
    askAfterSale: (wish: AfterSaleWish, idempotencyKey: string) =>
      call<AfterSale>('POST', '/after-sales', { body: wish, idempotencyKey }),
    afterSales: (cursor?: string) => call<Listing<AfterSale>>('GET', '/after-sales', { query: { cursor } }),
    afterSale: (afterSaleId: string) => call<AfterSale>('GET', `/after-sales/${id(afterSaleId)}`),
    withdrawAfterSale: (afterSaleId: string) =>
      call<AfterSale>('POST', `/after-sales/${id(afterSaleId)}/withdrawal`),
    appealAfterSale: (afterSaleId: string, words: string, photo_ids: string[]) =>
      call<AfterSale>('POST', `/after-sales/${id(afterSaleId)}/appeal`, { body: { words, photo_ids } }),

    leaderAfterSales: (state: 'waiting' | 'done', cursor?: string) =>
      call<Listing<AfterSale>>('GET', '/leader/after-sales', { query: { state, cursor } }),
    leaderAfterSale: (afterSaleId: string) => call<AfterSale>('GET', `/leader/after-sales/${id(afterSaleId)}`),
    askAfterSaleForMember: (wish: AfterSaleWish, idempotencyKey: string) =>
      call<AfterSale>('POST', '/leader/after-sales', { body: wish, idempotencyKey }),
    judgeAfterSale: (afterSaleId: string, agrees: boolean, words: string) =>
      call<AfterSale>('POST', `/leader/after-sales/${id(afterSaleId)}/opinion`, { body: { agrees, words } }),
    takeGoodsBack: (afterSaleId: string, is_unopened: boolean) =>
      call<AfterSale>('POST', `/leader/after-sales/${id(afterSaleId)}/return`, { body: { is_unopened } }),
    noteReplaced: (afterSaleId: string) =>
      call<AfterSale>('POST', `/leader/after-sales/${id(afterSaleId)}/replacement`),

    desk: (date?: string) => call<Desk>('GET', '/leader/desk', { query: { date } }),
    pickups: (search: PickupSearch) =>
      call<Listing<PickupSummary>>('GET', '/leader/pickups', { query: { ...search } }),
    readChain: (campaignId: string, text: string, pickup_point_id: string, choice: string) =>
      call<ChainReading>('POST', `/leader/campaigns/${id(campaignId)}/readings`, { body: { text, pickup_point_id, choice } }),
    leaderDrafts: (campaignId: string) =>
      call<Listing<LeaderDraft>>('GET', `/leader/campaigns/${id(campaignId)}/drafts`),
    makeDrafts: (campaignId: string, chain: { text: string; pickup_point_id: string }, idempotencyKey: string) =>
      call<Listing<LeaderDraft>>('POST', `/leader/campaigns/${id(campaignId)}/drafts`, { body: chain, idempotencyKey }),
    withdrawDraft: (draftId: string) => call<LeaderDraft>('POST', `/leader/drafts/${id(draftId)}/withdrawal`),
    leaderOffers: () => call<Listing<LeaderList>>('GET', '/leader/offers'),
    hideOffer: (itemId: string, is_hidden: boolean) =>
      call<Listing<LeaderList>>('PUT', `/leader/offers/${id(itemId)}`, { body: { is_hidden } }),
    leaderRests: () => call<Listing<LeaderRest>>('GET', '/leader/rests'),
    previewRest: (days: RestDays) =>
      call<{ orders: number; members: number }>('POST', '/leader/rest-previews', { body: days }),
    takeRest: (rest: RestDays & { note: string; agreed_orders: number }) =>
      call<LeaderRest>('POST', '/leader/rests', { body: rest }),
    endRest: (restId: string) => call<Listing<LeaderRest>>('POST', `/leader/rests/${id(restId)}/ending`),
    unclaimed: () => call<Listing<Unclaimed>>('GET', '/leader/unclaimed'),
    pickup: (pickupId: string) => call<PickupDetail>('GET', `/leader/pickups/${id(pickupId)}`),
    handOver: (
      pickupId: string,
      lines: { line_id: string; quantity: number }[],
      idempotencyKey: string,
    ) =>
      call<PickupDetail>('POST', `/leader/pickups/${id(pickupId)}/handovers`, {
        body: { lines },
        idempotencyKey,
      }),
    reverseHandover: (handoverId: string, reason: string) =>
      call<PickupDetail>('POST', `/leader/handovers/${id(handoverId)}/reversal`, { body: { reason } }),
    commissions: (state?: string, cursor?: string) =>
      call<CommissionListing>('GET', '/leader/commissions', { query: { state, cursor } }),
  }
}

export type Api = ReturnType<typeof endpoints>
