// The contract's routes over the made-up store. One function per resource, refusals as problem+json.
import { randomUUID } from 'node:crypto'

import * as aftersales from './aftersales.mjs'
import * as chains from './chains.mjs'
import * as coupons from './coupons.mjs'
import * as offers from './offers.mjs'
import * as rests from './rests.mjs'
import * as delivery from './delivery.mjs'
import * as wishes from './wishes.mjs'
import { campaigns, cny, day, dayOf, iso, newOrder, paidWith, pickups, quote, settle, shown, standsIn, toPay } from './world.mjs'

export class Refusal extends Error {
  constructor(status, code, detail, extra = {}) {
    super(code)
    this.status = status
    this.body = { type: `about:${code}`, title: detail, status, code, detail, request_id: randomUUID(), ...extra }
  }
}

// A 1×1 stand-in is useless to look at, so the mock draws a pattern in the place of a QR code.
const QR = 'data:image/svg+xml,' + encodeURIComponent(
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 29 29"><rect width="29" height="29" fill="#fff"/>${[...Array(29 * 29)].map((_, n) => {
    const x = n % 29, y = Math.floor(n / 29)
    const eye = [[4, 4], [24, 4], [4, 24]].some(([ex, ey]) => { const d = Math.max(Math.abs(x - ex), Math.abs(y - ey)); return d <= 4 && d !== 3 && d !== 2 ? d < 4 : false })
    const near = [[4, 4], [24, 4], [4, 24]].some(([ex, ey]) => Math.max(Math.abs(x - ex), Math.abs(y - ey)) <= 4)
    const on = near ? eye || [[4, 4], [24, 4], [4, 24]].some(([ex, ey]) => Math.max(Math.abs(x - ex), Math.abs(y - ey)) === 3) : (x * 7 + y * 13 + x * y * 3) % 5 < 2 && x > 0 && y > 0 && x < 28 && y < 28
    return on ? `<rect x="${x}" y="${y}" width="1" height="1"/>` : ''
  }).join('')}</svg>`,
)

const JOINS = [
  { number: 3, name: '李**', at: iso(Date.now() - 60_000), is_cancelled: false, lines: [{ title: '番茄', sku_label: '500g', quantity: 2 }] },
  { number: 2, name: '赵**', at: iso(Date.now() - 120_000), is_cancelled: true, lines: [{ title: '散养土鸡蛋', sku_label: '30 枚', quantity: 1 }] },
  { number: 1, name: '王**', at: iso(Date.now() - 180_000), is_cancelled: false, lines: [{ title: '番茄', sku_label: '500g', quantity: 1 }] },
]

function shownTeam(team) {
  return { ...team }
}

function teamOfGoods(world, team) {
  const item = world.items.find((one) => one.id === team.campaign_item_id)
  return { ...shownTeam(team), title: item.product.title, pickup_date: day(1), item }
}

function joinDraft({ world }, id) {
  const [item] = world.items
  return {
    id, name: '王**', needs_phone: '', campaign: { id: 'campaign-1', name: '今日鲜团' },
    pickup_point: { id: 'point-1', name: world.points[0].name }, pickup_date: day(1),
    lines: [{ campaign_item_id: item.id, title: item.product.title, sku_label: item.sku.label, quantity: 2, unit_price: item.price, total: cny(item.price.amount * 2), problem: '' }],
    total: cny(item.price.amount * 2), can_order: true, order_id: null,
  }
}

function confirmDraft(asked, id) {
  const { lines, total } = joinDraft(asked, id)
  const body = { lines, pickup_point_id: 'point-1', contact: { name: '王姐', phone: '13900001234' }, remark: '', expected_total: total }
  return placeOrder({ ...asked, body })
}

const ROUTES = [
  ['GET', /^\/store$/, store],
  ['POST', /^\/auth\/sms-codes$/, sendCode],
  ['POST', /^\/auth\/sessions$/, signIn],
  ['DELETE', /^\/auth\/sessions\/current$/, signOut],
  ['GET', /^\/me$/, me],
  ['GET', /^\/pickup-points$/, points],
  ['GET', /^\/cities$/, ({ world }) => list(cities(world))],
  ['GET', /^\/entry$/, entry],
  ['POST', /^\/me\/leader$/, follow],
  ['GET', /^\/pickup-points\/([^/]+)$/, ({ world }, id) => found(world.points.find((one) => one.id === id))],
  ['GET', /^\/campaigns$/, ({ world, scene }) => list(offers.atPoint(world, campaigns(world, scene)))],
  ['GET', /^\/campaigns\/([^/]+)\/joins$/, () => list(JOINS)],
  ['GET', /^\/teams$/, ({ world }) => list(world.teams.filter((one) => one.can_join).map(shownTeam))],
  ['GET', /^\/teams\/([^/]+)$/, ({ world }, id) => teamOfGoods(world, found(world.teams.find((one) => one.id === id)))],
  ['GET', /^\/join-drafts\/([^/]+)\/([^/]+)$/, (asked, id) => joinDraft(asked, id)],
  ['POST', /^\/join-drafts\/([^/]+)\/([^/]+)\/confirmation$/, confirmDraft],
  ['GET', /^\/categories$/, ({ world }) => list(world.categories)],
  ['GET', /^\/products$/, searchProducts],
  ['GET', /^\/product-suggestions$/, ({ world, query }) => ({ items: matching(world, query.get('q')).map((one) => one.title) })],
  ['GET', /^\/products\/([^/]+)$/, product],
  ['GET', /^\/cart$/, cart],
  ['PUT', /^\/cart$/, putCart],
  ['POST', /^\/quotes$/, ({ world, body, scene }) => quote(world, body.lines, scene, body.use_points, body.delivery)],
  ['GET', /^\/delivery-ways$/, ({ scene }) => list(scene === 'none' ? [] : delivery.WAYS)],
  ['GET', /^\/delivery-slots$/, ({ world, query }) => list(delivery.slotsFor(world, query.get('kind'), query.get('date')))],
  ['GET', /^\/addresses$/, (asked) => list(delivery.addressesOf(asked.world, theMember(asked)))],
  ['POST', /^\/addresses$/, (asked) => delivery.save(asked.world, theMember(asked), asked.body, '', Refusal)],
  ['PUT', /^\/addresses\/([^/]+)$/, (asked, id) => delivery.save(asked.world, theMember(asked), asked.body, id, Refusal)],
  ['DELETE', /^\/addresses\/([^/]+)$/, (asked, id) => delivery.forget(asked.world, theMember(asked), id)],
  ['POST', /^\/searches$/, ({ world, body }) => wishes.noteSearch(world, body.q)],
  ['GET', /^\/hot-words$/, ({ world }) => ({ items: wishes.hotWords(world) })],
  ['GET', /^\/similar-products$/, ({ world, query, scene }) => wishes.similar(query.get('q'), offered({ world, scene }, world.products))],
  ['GET', /^\/stock-waits$/, (asked) => list(wishes.waitsOf(asked.world, theMember(asked)))],
  ['PUT', /^\/stock-waits\/([^/]+)$/, (asked, sku) => wishes.wait(asked.world, theMember(asked), sku, Refusal)],
  ['DELETE', /^\/stock-waits\/([^/]+)$/, (asked, sku) => wishes.stopWaiting(asked.world, theMember(asked), sku)],
  ['GET', /^\/coupons\/claimable$/, (asked) => list(coupons.toClaim(asked.world, theMember(asked)))],
  ['GET', /^\/coupons$/, (asked) => list(coupons.held(asked.world, theMember(asked), asked.query.get('state')))],
  ['POST', /^\/coupons$/, (asked) => coupons.claim(asked.world, theMember(asked), asked.body, Refusal)],
  ['GET', /^\/points$/, myPoints],
  ['GET', /^\/points\/moves$/, (asked) => theMember(asked) && list(asked.world.points_moves)],
  ['POST', /^\/orders$/, placeOrder],
  ['POST', /^\/checkouts$/, placeCheckout],
  ['GET', /^\/orders$/, orders],
  ['GET', /^\/orders\/([^/]+)$/, (asked, id) => shown(ownOrder(asked, id))],
  ['POST', /^\/orders\/([^/]+)\/cancellation$/, cancel],
  ['POST', /^\/order-lines\/([^/]+)\/refusal$/, refuseLater],
  ['POST', /^\/orders\/([^/]+)\/payments$/, pay],
  ['GET', /^\/payments\/([^/]+)$/, ({ world }, id) => found(world.payments.find((one) => one.id === id))],
  ['POST', /^\/mock-payments\/(\w+)$/, cashierSays],
  ['GET', /^\/pickup-codes$/, codes],
  ['GET', /^\/products\/([^/]+)\/reviews$/, productReviews],
  ['GET', /^\/reviews$/, myReviews],
  ['GET', /^\/reviews\/to-write$/, linesToReview],
  ['POST', /^\/reviews$/, writeReview],
  ['POST', /^\/reviews\/([^/]+)\/addition$/, addToReview],
  ['POST', /^\/review-pictures$/, uploadPicture],
  ['POST', /^\/after-sales\/photos$/, (asked) => aftersales.addPhoto(asked.world, theMember(asked))],
  ['POST', /^\/after-sales$/, (asked) => aftersales.ask(asked.world, asked.body, theMember(asked), Refusal)],
  ['GET', /^\/after-sales$/, (asked) => list(aftersales.of(asked.world, theMember(asked)))],
  ['GET', /^\/after-sales\/([^/]+)$/, (asked, id) => aftersales.shown(found(aftersales.of(asked.world, theMember(asked)).find((one) => one.id === id)))],
  ['POST', /^\/after-sales\/([^/]+)\/(withdrawal|appeal)$/, (asked, id, what) => aftersales.follow(asked.world, found(aftersales.of(asked.world, theMember(asked)).find((one) => one.id === id)), what, asked.body, Refusal)],
  ['GET', /^\/orders\/([^/]+)\/after-sales$/, (asked, id) => aftersales.ofOrder(asked.world, ownOrder(asked, id))],
  ['GET', /^\/leader\/after-sales$/, (asked) => list((theLeader(asked), aftersales.forLeader(asked.world, asked.query.get('state'))))],
  ['POST', /^\/leader\/after-sales$/, (asked) => aftersales.ask(asked.world, asked.body, theLeader(asked), Refusal, true)],
  ['GET', /^\/leader\/after-sales\/([^/]+)$/, (asked, id) => (theLeader(asked), found(aftersales.forLeader(asked.world).find((one) => one.id === id)))],
  ['POST', /^\/leader\/after-sales\/([^/]+)\/(opinion|return|replacement)$/, (asked, id, what) => (theLeader(asked), aftersales.follow(asked.world, found(asked.world.afterSales.find((one) => one.id === id)), what, asked.body, Refusal))],
  ['GET', /^\/leader\/desk$/, desk],
  ['GET', /^\/leader\/pickups$/, leaderPickups],
  ['GET', /^\/leader\/pickups\/([^/]+)$/, (asked, id) => detail(aPickup(asked, id))],
  ['POST', /^\/leader\/pickups\/([^/]+)\/handovers$/, handOver],
  ['POST', /^\/leader\/handovers\/([^/]+)\/reversal$/, reverse],
  ['POST', /^\/leader\/campaigns\/([^/]+)\/readings$/, (asked) => theLeader(asked) && chains.read(asked.world, asked.body)],
  ['GET', /^\/leader\/campaigns\/([^/]+)\/drafts$/, (asked) => theLeader(asked) && chains.of(asked.world)],
  ['POST', /^\/leader\/campaigns\/([^/]+)\/drafts$/, (asked) => theLeader(asked) && chains.make(asked.world, asked.body, Refusal)],
  ['POST', /^\/leader\/drafts\/([^/]+)\/withdrawal$/, (asked, id) => theLeader(asked) && chains.withdraw(asked.world, id, Refusal)],
  ['POST', /^\/point-wishes$/, leaveWish],
  ['GET', /^\/leader\/offers$/, (asked) => theLeader(asked) && offers.shown(asked.world, campaigns(asked.world, asked.scene))],
  ['PUT', /^\/leader\/offers\/([^/]+)$/, (asked, id) => { theLeader(asked); offers.turn(asked.world, id, asked.body, Refusal); return offers.shown(asked.world, campaigns(asked.world, asked.scene)) }],
  ['GET', /^\/leader\/rests$/, (asked) => theLeader(asked) && rests.shown(asked.world)],
  ['POST', /^\/leader\/rests$/, (asked) => theLeader(asked) && rests.take(asked.world, asked.body, Refusal)],
  ['POST', /^\/leader\/rest-previews$/, (asked) => theLeader(asked) && rests.preview(asked.world, asked.body)],
  ['POST', /^\/leader\/rests\/([^/]+)\/ending$/, (asked, id) => theLeader(asked) && rests.end(asked.world, id, Refusal)],
  ['GET', /^\/leader\/unclaimed$/, (asked) => theLeader(asked) && list(asked.world.unclaimed)],
  ['GET', /^\/leader\/commissions$/, commissions],
]
const CREATED = /^\/(coupons|me\/leader|point-wishes|join-drafts\/.+|auth\/sessions|reviews|reviews\/[^/]+\/addition|review-pictures|after-sales|after-sales\/.+|orders|order-lines\/.+|addresses|checkouts|orders\/[^/]+\/(cancellation|payments)|leader\/.+)$/

export function answer(asked) {
  for (const [method, pattern, tell] of ROUTES) {
    const found = pattern.exec(asked.path)
    if (!found || method !== asked.method) continue
    if (asked.token && !asked.world.tokens.has(asked.token)) throw new Refusal(401, 'signed_out', '登录已过期，请重新登录')
    const seen = asked.key ? asked.world.answers.get(asked.key) : undefined
    if (seen) {
      if (seen.body !== JSON.stringify(asked.body)) throw new Refusal(422, 'idempotency_mismatch', '请求内容与上次不同')
      return seen.answer
    }
    const body = tell(asked, ...found.slice(1))
    const status = body === undefined ? 204 : asked.path.endsWith('sms-codes') ? 202 : method === 'POST' && CREATED.test(asked.path) ? 201 : 200
    const answered = { status, body }
    if (asked.key) asked.world.answers.set(asked.key, { body: JSON.stringify(asked.body), answer: answered })
    return answered
  }
  throw new Refusal(404, 'not_found', '没有找到')
}

function list(items) {
  return { items, next: null }
}

function found(thing) {
  if (!thing) throw new Refusal(404, 'not_found', '内容不存在或已删除')
  return thing
}

function theMember({ world, token }) {
  const id = world.tokens.get(token)
  if (!id) throw new Refusal(401, 'signed_out', '请先登录')
  return world.members.get(id)
}

function theLeader(asked) {
  const member = theMember(asked)
  if (!member.is_leader) throw new Refusal(403, 'not_a_leader', '您还不是团长')
  return member
}

function store({ scene }) {
  return { name: '邻里鲜生', slug: 'demo', notice: '满意才算数：生鲜有问题，当天拍照给团长，包退包换。', currency: 'CNY', timezone: 'Asia/Shanghai', now: iso(Date.now()), service_phone: '021-60001234', brand_color: '#0b7a3b', payment_methods: [{ method: 'sandbox', label: '沙盒支付', client: 'both' }], state: scene === 'shut' ? 'suspended' : 'active' }
}

function sendCode({ body }) {
  if (!/^1[3-9]\d{9}$/.test(body.phone ?? '')) throw new Refusal(400, 'invalid', '请求有误', { errors: { phone: ['请填写正确的手机号'] } })
  if (body.phone.endsWith('999')) throw new Refusal(429, 'too_many_codes', '验证码发得太频繁，请稍后再试', { retry_after_seconds: 30 })
  return { retry_after_seconds: 60, expires_at: iso(Date.now() + 300_000) }
}

function publicMember({ id, nickname, phone, is_leader }) {
  return { id, nickname, phone_masked: `${phone.slice(0, 3)}****${phone.slice(-4)}`, is_leader }
}

function signIn({ world, body }) {
  if (body.code !== '123456') throw new Refusal(401, 'wrong_code', '验证码不对，请重新输入', { errors: { code: ['验证码不对，请重新输入'] } })
  let member = [...world.members.values()].find((one) => one.phone === body.phone)
  if (!member) {
    member = { id: randomUUID(), phone: body.phone, nickname: `邻居${body.phone.slice(-4)}`, is_leader: body.phone === '13800000001' }
    world.members.set(member.id, member)
  }
  const token = randomUUID()
  world.tokens.set(token, member.id)
  return { token, expires_at: iso(Date.now() + 864e5), member: publicMember(member) }
}

function signOut({ world, token }) {
  world.tokens.delete(token)
}

function me(asked) {
  const member = theMember(asked)
  const counts = {}
  for (const order of asked.world.orders.filter((one) => one.member === member.id)) counts[order.state] = (counts[order.state] ?? 0) + 1
  return { member: publicMember(member), orders_by_state: counts, last_pickup_point: null }
}

function points({ world, query, scene }) {
  if (scene === 'none') return list([])
  const q = query.get('q') ?? ''
  const lat = Number(query.get('lat')), lng = Number(query.get('lng'))
  const rows = world.points
    .filter((point) => !query.get('city') || point.city === query.get('city'))
    .filter((point) => !q || (point.name + point.address).includes(q))
    .map((point) => ({ ...point, distance_m: query.has('lat') ? Math.round(Math.hypot((point.lat - lat) * 111_000, (point.lng - lng) * 95_000)) : null }))
  return list(rows.sort((one, other) => (one.distance_m ?? 0) - (other.distance_m ?? 0)))
}

function cart(asked) {
  const mine = asked.world.carts.get(theMember(asked).id) ?? []
  const told = quote(asked.world, mine, asked.scene).lines
  const lines = told.map((line) => {
    const item = asked.world.items.find((one) => one.id === line.campaign_item_id)
    return { item, quantity: line.quantity, unit_price: line.unit_price, is_member_price: false, available: line.available, problem: line.problem }
  })
  const known = lines.filter((line) => line.item)
  const groups = [1, 2].map((days) => ({ pickup_date: day(days), lines: known.filter((line) => dayOf(line.item) === days) }))
  return { groups: groups.filter((group) => group.lines.length), pieces: known.reduce((n, line) => n + line.quantity, 0) }
}

function putCart(asked) {
  const member = theMember(asked).id
  const wanted = new Map(asked.body.adds ? (asked.world.carts.get(member) ?? []).map((one) => [one.campaign_item_id, one.quantity]) : [])
  for (const one of asked.body.lines) wanted.set(one.campaign_item_id, Math.max(one.quantity, wanted.get(one.campaign_item_id) ?? 0))
  asked.world.carts.set(member, [...wanted].map(([campaign_item_id, quantity]) => ({ campaign_item_id, quantity })))
  return cart(asked)
}

function leaveWish({ world, body }) {
  if (!body.agrees) throw new Refusal(422, 'not_agreed', '同意店家用这个手机号联系您，才能提交。')
  if (!/^1\d{10}$/.test(body.phone)) throw new Refusal(422, 'not_a_phone', '请填写正确的手机号。', { errors: { phone: ['请填写正确的手机号。'] } })
  world.wishes.push(body)
  return { city: body.city, estate: body.estate, sentence: '已收到，店家会打电话和您联系。' }
}

function cities(world) {
  const counts = new Map()
  for (const point of world.points) counts.set(point.city, (counts.get(point.city) ?? 0) + 1)
  return [...counts].map(([name, points]) => ({ name, points }))
}

function entry({ world, query }) {
  const point = world.points.find((one) => one.leader.id === query.get('leader'))
  if (point) return { why: 'link', sentence: `来自${point.leader.name}的邀请，自提点：${point.name}`, point, cities: cities(world) }
  return { why: 'choose', sentence: '选择城市和自提点', point: null, cities: cities(world) }
}

function follow({ world, body }) {
  const point = world.points.find((one) => one.leader.id === body.leader_id)
  if (!point) throw new Refusal(404, 'leader_missing', '没有找到这位团长。')
  return { leader: point.leader, bound_at: iso(0) }
}

// The store knows every spelling; the mock knows those of its first goods
const SPELLINGS = { 番茄: 'fanqie fq' }

function matching(world, words) {
  const wanted = (words ?? '').trim().toLowerCase()
  return world.products.filter((one) => wanted && `${one.title} ${SPELLINGS[one.title] ?? ''}`.includes(wanted))
}

const PAGE = 6

function offered({ world, scene }, products) {
  const lists = campaigns(world, scene).filter((one) => one.state === 'open')
  return products.flatMap((one) => {
    const list = lists.find((each) => each.items.some((item) => item.product.id === one.id))
    return list ? [{ id: one.id, campaign_id: list.id, tags: [], items: one.skus.map((sku) => sku.offer) }] : []
  })
}

function searchProducts({ world, query, scene }) {
  const [words, category, by] = ['q', 'category', 'sort'].map((name) => query.get(name))
  const onOffer = offered({ world, scene }, words ? matching(world, words) : world.products)
    .filter((one) => !category || standsIn(world, world.products.find(({ id }) => id === one.id), category))
  const price = (one) => Math.min(...one.items.map((item) => item.price.amount))
  const sold = (one) => one.items.reduce((sum, item) => sum + item.sold, 0)
  const sorts = { price: (a, b) => price(a) - price(b), '-price': (a, b) => price(b) - price(a), sales: (a, b) => sold(b) - sold(a) }
  if (by) onOffer.sort(sorts[by])
  const from = Number(query.get('cursor') ?? 0)
  return { items: onOffer.slice(from, from + PAGE), next: from + PAGE < onOffer.length ? String(from + PAGE) : null }
}

function product({ world, scene }, id) {
  const campaign = campaigns(world, scene).find((one) => one.items.some((item) => item.product.id === id)) ?? campaigns(world, scene)[0]
  const { items, ...rest } = campaign ?? {}
  const shownProduct = found(world.products.find((one) => one.id === id))
  if (!campaign) return { ...shownProduct, skus: shownProduct.skus.map((sku) => ({ ...sku, offer: null })), campaign: null }
  return { ...shownProduct, campaign: rest }
}

function placeOrder(asked) {
  const { world, body } = asked
  const now = guard(asked)
  const order = newOrder(world, theMember(asked), body, asked.scene)
  order.total = now.total
  order.discounts = now.discounts
  if (body.use_points && now.points) world.points_free -= now.points.points
  return shown(order)
}

function placeCheckout(asked) {
  const { world, body } = asked
  const { groups } = guard(asked)
  const checkout = { id: randomUUID(), orders: [] }
  for (const group of groups) {
    const lines = body.lines.filter((line) => group.items.includes(line.campaign_item_id))
    const order = newOrder(world, theMember(asked), { ...body, lines, pickup_date: group.pickup_date })
    order.checkout = checkout
    checkout.orders.push(order)
  }
  return { id: checkout.id, placed_at: iso(Date.now()), total: body.expected_total, orders: checkout.orders.map(shown) }
}

function guard(asked) {
  const { world, body, scene, key } = asked
  theMember(asked)
  if (!key) throw new Refusal(400, 'idempotency_key_missing', '缺少 Idempotency-Key')
  const unknown = Object.keys(body).filter((name) => !['lines', 'pickup_point_id', 'contact', 'remark', 'expected_total', 'coupon_id', 'delivery', 'team_id', 'use_points', 'accept_substitutes'].includes(name))
  if (unknown.length) throw new Refusal(400, 'unknown_field', `不认识的字段 ${unknown}`)
  const now = quote(world, body.lines, scene, body.use_points, body.delivery)
  if (now.delivery.problem) throw new Refusal(409, 'cannot_deliver', now.delivery.problem)
  const bad = now.lines.find((line) => line.problem)
  const described = (line) => ({ campaign_item_id: line.campaign_item_id, title: '', sku_label: '', quantity: line.quantity, available: line.available, ...(line.problem ?? { code: 'sold_out', sentence: '刚刚被抢完了' }) })
  const told = { closed: 'campaign_closed', limit_reached: 'limit_reached' }
  if (bad) throw new Refusal(409, told[bad.problem.code] ?? 'out_of_stock', '有商品不够了。', { lines: now.lines.filter((line) => line.problem).map(described) })
  if (now.total.amount !== body.expected_total.amount) {
    const lines = now.lines.map((line) => ({ ...described(line), unit_price: line.unit_price, code: 'price', sentence: `现价 ¥${line.unit_price.amount / 100}` }))
    throw new Refusal(409, 'price_changed', '价格有变化，请确认新的金额。', { total: now.total, lines })
  }
  return now
}

function myPoints(asked) {
  theMember(asked)
  const { points_free: free } = asked.world
  return { is_on: true, free, locked: 0, owed: 0, worth: cny(free), earn_per_yuan: 1, per_yuan: 100, max_share_percent: 50, ending: { points: 120, last_day: '2026-12-31' } }
}

function ownOrder(asked, id) {
  const member = theMember(asked)
  return found(asked.world.orders.find((one) => one.id === id && one.member === member.id))
}

function orders(asked) {
  const member = theMember(asked)
  const state = asked.query.get('state')
  const rows = asked.world.orders.filter((one) => one.member === member.id && (!state || one.state === state))
  return list(rows.map(shown).reverse())
}

function cancel(asked, id) {
  const order = ownOrder(asked, id)
  order.state = order.state === 'paid' ? 'cancelled' : 'closed'
  order.pickup_code = null
  order.timeline.push({ at: iso(Date.now()), what: 'cancelled', sentence: `已取消：${asked.body.reason}` })
  return shown(order)
}

function refuseLater(asked, id) {
  const order = found(asked.world.orders.find((one) => one.lines.some((line) => line.id === id)))
  const line = order.lines.find((one) => one.id === id)
  if (!line.later) throw new Refusal(409, 'nothing_to_refuse', '这件商品没有等下一批的，或已经到提货日了。')
  line.refunded_quantity = line.later.quantity
  line.refunded = { ...line.unit_price, amount: line.unit_price.amount * line.later.quantity }
  line.later = null
  line.notes = []
  return shown(order)
}

function pay(asked, id) {
  const order = ownOrder(asked, id)
  if (order.state !== 'pending_payment') throw new Refusal(409, 'not_payable', '这笔订单现在不能支付')
  const payment = { id: randomUUID(), order_id: id, state: 'created', method: 'sandbox', checkout_id: order.checkout?.id ?? null, amount: toPay(order), redirect_url: `/mock/cashier?order=${id}`, qr: '', jsapi: null, created_at: iso(Date.now()) }
  asked.world.payments.push(payment)
  return payment
}

function cashierSays({ world, body }, act) {
  const order = found(world.orders.find((one) => one.id === body.order))
  const payment = world.payments.findLast((one) => one.order_id === order.id)
  if (payment) payment.state = { pay: 'succeeded', fail: 'failed' }[act] ?? 'unknown'
  if (act === 'pay') for (const one of paidWith(order)) settle(world, one)
  return {}
}

function codes(asked) {
  const member = theMember(asked)
  return list(pickups(asked.world).filter((one) => one.member_id === member.id).map((one) => ({
    id: one.id, code: one.code, qr: QR, pickup_date: one.pickup_date, pickup_point: one.full_point, state: one.state, taken_at: one.taken_at, taken_by: one.taken_by,
    orders: one.orders.map(({ id, number }) => ({ id, number })),
    lines: one.lines.map(({ title, sku_label, quantity, handed_quantity, notes }) => ({ title, sku_label, quantity, handed_quantity, notes })),
  })))
}

function summary({ id, member, pickup_point, pickup_date, line_count, pieces, state, taken_at, taken_by }) {
  return { id, member, pickup_point, pickup_date, line_count, pieces, state, taken_at, taken_by }
}

function detail(pickup) {
  return { ...summary(pickup), lines: pickup.lines.map((line) => ({ stopped: null, ...line })), to_bring: pickup.orders.filter((one) => one.delivery.address).map((one) => ({ order_number: one.number, ...one.delivery.address })), handovers: pickup.handovers.map(({ id, at, by, lines, can_reverse_until }) => ({ id, at, by, lines, can_reverse_until })) }
}

function aPickup(asked, id) {
  theLeader(asked)
  return found(pickups(asked.world).find((one) => one.id === id))
}

function shownReview(review) {
  const { member, ...rest } = review
  return rest
}

function productReviews({ world, query }, id) {
  const all = world.reviews.filter((one) => one.product_id === id)
  const wanted = { pictures: (one) => one.pictures.length > 0, good: (one) => one.stars >= 4, bad: (one) => one.stars <= 2 }[query.get('only')] ?? (() => true)
  const by_stars = [1, 2, 3, 4, 5].map((stars) => all.filter((one) => one.stars === stars).length)
  const average = all.length ? (all.reduce((sum, one) => sum + one.stars, 0) / all.length).toFixed(1) : ''
  return { rating: { average, count: all.length, by_stars }, ...list(all.filter(wanted).map(({ hidden_reason, can_add, ...one }) => shownReview(one))) }
}

function myReviews(asked) {
  const member = theMember(asked)
  return list(asked.world.reviews.filter((one) => one.member === member.id).map(shownReview))
}

function linesToReview(asked) {
  const member = theMember(asked)
  const rows = asked.world.orders.filter((one) => one.member === member.id).flatMap((order) => order.lines
    .filter((line) => line.handed_quantity > 0 && !asked.world.reviews.some((one) => one.line === line.id))
    .map((line) => ({ line_id: line.id, order_id: order.id, order_number: order.number, product_id: 'product-1', title: line.title, sku_label: line.sku_label, image: line.image, placed_at: order.placed_at })))
  return list(rows)
}

function writeReview(asked) {
  const member = theMember(asked)
  const { line_id, stars, words, picture_ids } = asked.body
  const line = found(asked.world.orders.flatMap((one) => one.lines).find((one) => one.id === line_id))
  if (asked.world.reviews.some((one) => one.line === line_id)) throw new Refusal(409, 'already_reviewed', '这件商品已经评价过了，可以追加评价。')
  const review = { id: randomUUID(), line: line_id, member: member.id, product_id: 'product-1', title: line.title, sku_label: line.sku_label, by: `${member.nickname[0]}**`, stars, words, pictures: picture_ids.map((id) => ({ id, image: '/mock/pictures/product-1.svg', thumb: '/mock/pictures/product-1.svg' })), at: iso(Date.now()), addition: null, reply: null, hidden_reason: '', can_add: true }
  asked.world.reviews.unshift(review)
  return shownReview(review)
}

function addToReview(asked, id) {
  const member = theMember(asked)
  const review = found(asked.world.reviews.find((one) => one.id === id && one.member === member.id))
  if (review.addition) throw new Refusal(409, 'already_added', '已经追加过评价了。')
  Object.assign(review, { addition: { at: iso(Date.now()), words: asked.body.words, pictures: [] }, can_add: false })
  return shownReview(review)
}

function uploadPicture(asked) {
  theMember(asked)
  return { id: randomUUID(), image: '/mock/pictures/product-1.svg', thumb: '/mock/pictures/product-1.svg' }
}

function desk(asked) {
  theLeader(asked)
  const all = pickups(asked.world)
  const waiting = all.filter((one) => one.state !== 'taken')
  return {
    leader: { id: 'leader-1', name: '王秀兰' }, date: day(), pickup_points: [{ id: 'point-1', name: asked.world.points[0].name }],
    people_waiting: waiting.length, people_done: all.length - waiting.length,
    lines_waiting: waiting.reduce((sum, one) => sum + one.line_count, 0), pieces_waiting: waiting.reduce((sum, one) => sum + one.pieces, 0),
    unclaimed: asked.world.unclaimed.length,
    commission: { today: cny(1846), pending: cny(20320), available: cny(88050) }, notices: ['明天草莓到货晚半小时，请和邻居说一声。'],
  }
}

function leaderPickups(asked) {
  theLeader(asked)
  const { query, world } = asked
  const code = query.get('code')
  if (code === '00000002') throw new Refusal(409, 'wrong_pickup_point', '不在您的自提点', { pickup_point: { id: 'point-2', name: world.points[1].name } })
  const q = query.get('q') ?? ''
  const rows = pickups(world)
    .filter((one) => !code || one.code === code)
    .filter((one) => !q || one.member.phone_last4.includes(q) || one.member.nickname.includes(q))
    .filter((one) => !query.get('state') || (query.get('state') === 'done') === (one.state === 'taken'))
  return list(rows.map(summary))
}

function handOver(asked, id) {
  const leader = theLeader(asked)
  const pickup = aPickup(asked, id)
  if (pickup.state === 'taken') throw new Refusal(409, 'already_taken', '已经取走了', { taken_at: pickup.taken_at, taken_by: pickup.taken_by })
  const lines = pickup.orders.flatMap((order) => order.lines)
  for (const { line_id, quantity } of asked.body.lines) {
    const line = found(lines.find((one) => one.id === line_id))
    if (line.handed_quantity + quantity > line.quantity) throw new Refusal(409, 'too_many', '数量超过了订单')
    line.handed_quantity += quantity
  }
  for (const order of pickup.orders) order.state = order.lines.every((line) => line.handed_quantity === line.quantity) ? 'picked_up' : 'partly_picked'
  asked.world.handovers.unshift({ id: randomUUID(), pickup: id, at: iso(Date.now()), by: leader.nickname, lines: asked.body.lines, can_reverse_until: iso(Date.now() + 600_000) })
  return detail(aPickup(asked, id))
}

function reverse(asked, id) {
  const handover = found(asked.world.handovers.find((one) => one.id === id))
  const pickup = aPickup(asked, handover.pickup)
  const lines = pickup.orders.flatMap((order) => order.lines)
  for (const { line_id, quantity } of handover.lines) lines.find((one) => one.id === line_id).handed_quantity -= quantity
  handover.reversed = true
  for (const order of pickup.orders) order.state = 'paid'
  return detail(aPickup(asked, handover.pickup))
}

function commissions(asked) {
  theLeader(asked)
  const row = (n, title, quantity, base, rate, state, reason) => ({ id: `commission-${n}`, order_number: `L202611210000${n}`, title, quantity, base: cny(base), rate_percent: String(rate), amount: cny(Math.round((base * rate) / 100)), state, reason, created_at: iso(Date.now() - n * 7_200_000) })
  const all = [
    row(1, '丹东草莓', 1, 3980, 10, 'pending', '水果类佣金 10%：¥39.80 × 10% = ¥3.98，提货后 7 天可提现'),
    row(2, '黄心土豆', 2, 1980, 8, 'pending', '默认佣金 8%：¥19.80 × 8% = ¥1.58，提货后 7 天可提现'),
    row(3, '赣南脐橙', 1, 2590, 8, 'available', '默认佣金 8%：¥25.90 × 8% = ¥2.07，已过售后期'),
    row(4, '散养土鸡蛋', 1, 3580, 8, 'reversed', '顾客取消订单，¥2.86 已扣回'),
  ]
  const state = asked.query.get('state')
  return { ...list(state ? all.filter((one) => one.state === state) : all), summary: { accrued: cny(108370), pending: cny(20320), available: cny(88050) } }
}
