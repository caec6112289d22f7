// The contract's routes over the made-up store. One function per resource, refusals as problem+json.
import { randomUUID } from 'node:crypto'

import { Refusal, found, list, theLeader, theMember } from './asked.mjs'
import * as aftersales from './aftersales.mjs'
import * as chains from './chains.mjs'
import * as coupons from './coupons.mjs'
import * as offers from './offers.mjs'
import * as delivery from './delivery.mjs'
import * as leader from './leader.mjs'
import * as orders from './orders.mjs'
import * as rests from './rests.mjs'
import * as reviews from './reviews.mjs'
import * as wishes from './wishes.mjs'
import { campaigns, cny, day, dayOf, iso, pickups, quote, shown, standsIn } from './world.mjs'

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
  return orders.placeOrder({ ...asked, body })
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
  ['POST', /^\/orders$/, orders.placeOrder],
  ['POST', /^\/checkouts$/, orders.placeCheckout],
  ['GET', /^\/orders$/, orders.orders],
  ['GET', /^\/orders\/([^/]+)$/, (asked, id) => shown(orders.ownOrder(asked, id))],
  ['POST', /^\/orders\/([^/]+)\/cancellation$/, orders.cancel],
  ['POST', /^\/order-lines\/([^/]+)\/refusal$/, orders.refuseLater],
  ['POST', /^\/orders\/([^/]+)\/payments$/, orders.pay],
  ['GET', /^\/payments\/([^/]+)$/, ({ world }, id) => found(world.payments.find((one) => one.id === id))],
  ['POST', /^\/mock-payments\/(\w+)$/, orders.cashierSays],
  ['GET', /^\/pickup-codes$/, orders.codes],
  ['GET', /^\/products\/([^/]+)\/reviews$/, reviews.productReviews],
  ['GET', /^\/reviews$/, reviews.myReviews],
  ['GET', /^\/reviews\/to-write$/, reviews.linesToReview],
  ['POST', /^\/reviews$/, reviews.writeReview],
  ['POST', /^\/reviews\/([^/]+)\/addition$/, reviews.addToReview],
  ['POST', /^\/review-pictures$/, reviews.uploadPicture],
  ['POST', /^\/after-sales\/photos$/, (asked) => aftersales.addPhoto(asked.world, theMember(asked))],
  ['POST', /^\/after-sales$/, (asked) => aftersales.ask(asked.world, asked.body, theMember(asked), Refusal)],
  ['GET', /^\/after-sales$/, (asked) => list(aftersales.of(asked.world, theMember(asked)))],
  ['GET', /^\/after-sales\/([^/]+)$/, (asked, id) => aftersales.shown(found(aftersales.of(asked.world, theMember(asked)).find((one) => one.id === id)))],
  ['POST', /^\/after-sales\/([^/]+)\/(withdrawal|appeal)$/, (asked, id, what) => aftersales.follow(asked.world, found(aftersales.of(asked.world, theMember(asked)).find((one) => one.id === id)), what, asked.body, Refusal)],
  ['GET', /^\/orders\/([^/]+)\/after-sales$/, (asked, id) => aftersales.ofOrder(asked.world, orders.ownOrder(asked, id))],
  ['GET', /^\/leader\/after-sales$/, (asked) => list((theLeader(asked), aftersales.forLeader(asked.world, asked.query.get('state'))))],
  ['POST', /^\/leader\/after-sales$/, (asked) => aftersales.ask(asked.world, asked.body, theLeader(asked), Refusal, true)],
  ['GET', /^\/leader\/after-sales\/([^/]+)$/, (asked, id) => (theLeader(asked), found(aftersales.forLeader(asked.world).find((one) => one.id === id)))],
  ['POST', /^\/leader\/after-sales\/([^/]+)\/(opinion|return|replacement)$/, (asked, id, what) => (theLeader(asked), aftersales.follow(asked.world, found(asked.world.afterSales.find((one) => one.id === id)), what, asked.body, Refusal))],
  ['GET', /^\/leader\/desk$/, leader.desk],
  ['GET', /^\/leader\/pickups$/, leader.leaderPickups],
  ['GET', /^\/leader\/pickups\/([^/]+)$/, leader.pickup],
  ['POST', /^\/leader\/pickups\/([^/]+)\/handovers$/, leader.handOver],
  ['POST', /^\/leader\/handovers\/([^/]+)\/reversal$/, leader.reverse],
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
  ['GET', /^\/leader\/commissions$/, leader.commissions],
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

function myPoints(asked) {
  theMember(asked)
  const { points_free: free } = asked.world
  return { is_on: true, free, locked: 0, owed: 0, worth: cny(free), earn_per_yuan: 1, per_yuan: 100, max_share_percent: 50, ending: { points: 120, last_day: '2026-12-31' } }
}

