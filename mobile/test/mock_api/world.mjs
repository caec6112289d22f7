// The made-up store the mock API serves: enough of everything to see every state of every page.
import { randomUUID } from 'node:crypto'

import { asked, kept, slotsOfNow } from './delivery.mjs'
import { comingLists } from './coming.mjs'

export const cny = (amount) => ({ amount, currency: 'CNY' })
const HOUR = 3_600_000

export function iso(ms) {
  return new Date(ms + 8 * HOUR).toISOString().replace('Z', '+08:00')
}

export function day(offset = 0) {
  return iso(Date.now() + offset * 24 * HOUR).slice(0, 10)
}

const POINTS = [
  ['桂花苑 3 号楼便利店', '桂花路 88 号桂花苑南门旁', 31.2243, 121.5351, '王秀兰', true, ''],
  ['阳光里水果店', '锦绣路 1255 弄 2 号', 31.2198, 121.5412, '李建国', true, ''],
  ['东方城市花园物业中心', '花木路 409 号 1 楼', 31.2155, 121.5489, '陈敏', false, '家里有事，明天恢复接单'],
  ['联洋年华 12 号楼', '丁香路 858 弄 12 号', 31.2301, 121.5522, '赵玉芳', true, ''],
]

const GOODS = [
  ['番茄', '自然熟，沙瓤多汁', '蔬菜', [['500g', 480, 680], ['1kg', 880, 1280]], 200, 126, null, '🍅', '#fdeae4'],
  ['黄心土豆', '粉糯，炖煮都好吃', '蔬菜', [['2.5kg/袋', 990, 1390]], 80, 64, 3, null, ''],
  ['本地鸡毛菜', '当天采摘，嫩', '蔬菜', [['300g', 350, null]], null, 210, null, '🥬', '#e8f4ea'],
  ['丹东草莓', '现摘冷链，颗颗香甜', '水果', [['500g 礼盒', 3980, 5980]], 30, 27, 2, '🍓', '#fde8ea'],
  ['赣南脐橙', '皮薄多汁，甜过初恋', '水果', [['2.5kg', 2590, 3290], ['5kg', 4890, 6290]], 120, 88, null, '🍊', '#fdf0e0'],
  ['阳光玫瑰葡萄', '玫瑰香，脆甜无籽', '水果', [['1kg', 2990, 4590]], 40, 40, 2, '🍇', '#efe9f6'],
  ['黑猪前腿肉', '当日鲜宰，肥瘦相间', '肉禽蛋', [['500g', 2680, 3200]], 60, 31, null, null, ''],
  ['散养土鸡蛋', '蛋黄饱满，农家散养', '肉禽蛋', [['30 枚', 3580, 4280]], 100, 93, 2, '🥚', '#fdf6e4'],
  ['舟山小黄鱼', '船冻锁鲜，肉质细嫩', '水产', [['500g', 3290, 3990]], 25, 8, null, '🐟', '#e6f1f8'],
  ['东北五常大米', '当季新米，饭香软糯', '粮油', [['5kg', 6990, 8990]], 50, 12, null, '🍚', '#f6f0e4'],
]

// Three levels; what stands in a leaf stands in all above it. The last has no goods
const SHELVES = [
  ['生鲜', null], ['蔬菜', '生鲜'], ['叶菜', '蔬菜'], ['水果', '生鲜'], ['水产', '生鲜'], ['肉禽蛋', null], ['粮油', null], ['日用', null],
]
const LEAVES = { 本地鸡毛菜: '叶菜' }

function shelvesOf() {
  const ids = new Map(SHELVES.map(([name], n) => [name, `category-${n + 1}`]))
  const levelOf = (name) => (name === null ? 0 : 1 + levelOf(SHELVES.find(([one]) => one === name)[1]))
  return SHELVES.map(([name, above]) => ({ id: ids.get(name), parent_id: above === null ? null : ids.get(above), name, icon: '', level: levelOf(name) }))
}

/** Whether a product stands in a category or in one below it. */
export function standsIn(world, product, id) {
  let one = world.categories.find((each) => each.name === (LEAVES[product.title] ?? product.category))
  while (one && one.id !== id) one = world.categories.find((each) => each.id === one.parent_id)
  return Boolean(one)
}

export function makeWorld() {
  const world = {
    categories: shelvesOf(),
    members: new Map(),
    tokens: new Map(),
    carts: new Map(),
    coupons: [],
    waits: new Map(),
    searched: new Map(),
    points: POINTS.map(([name, address, lat, lng, leader, is_open, resting_note], n) => ({
      id: `point-${n + 1}`, name, address, city: '上海', district: '浦东新区', lat, lng,
      distance_m: null, opening_hours: '16:00-20:30', leader: { id: `leader-${n + 1}`, name: leader },
      leader_phone: `1380000000${n + 1}`, is_open, resting_note,
    })),
    items: [],
    products: [],
    orders: [],
    payments: [],
    handovers: [],
    drafts: [],
    rests: [],
    wishes: [],
    hidden: new Set(),
    unclaimed: [{ pickup_id: 'pickup-12345678', member: { nickname: '李女士', phone_last4: '5678' }, pickup_point: { id: 'point-1', name: '桂花苑 3 号楼便利店' }, pickup_date: day(-1), state: 'reminded', state_label: '已提醒', decide_at: iso(Date.now() + 864e5), held_until: null, goods: [{ title: '番茄', sku_label: '500g', quantity: 2 }] }],
    points_free: 860,
    points_moves: [
      { id: 'move-2', kind: 'earn', kind_label: '购物获得', points: 60, order_number: '26112000012345', reason: '', at: iso(Date.now() - 36e5) },
      { id: 'move-1', kind: 'adjust', kind_label: '店铺调整', points: 800, order_number: '', reason: '开业送积分', at: iso(Date.now() - 864e5) },
    ],
    afterSales: [],
    addresses: [],
    slots: slotsOfNow(),
    photos: [],
    teams: [
      { id: 'team-1', campaign_item_id: 'item-4-1', state: 'open', state_label: '拼团中', size: 3, paid: 2, missing: 1, ends_at: iso(Date.now() + 2 * HOUR), can_join: true, members: [
        { name: '王**', at: iso(Date.now() - HOUR), is_first: true, is_gone: false, is_me: false },
        { name: '李**', at: iso(Date.now() - HOUR / 2), is_first: false, is_gone: false, is_me: false },
      ] },
      { id: 'team-2', campaign_item_id: 'item-4-1', state: 'failed', state_label: '拼团失败', size: 3, paid: 0, missing: 3, ends_at: iso(Date.now() - HOUR), can_join: false, members: [
        { name: '赵**', at: iso(Date.now() - 3 * HOUR), is_first: true, is_gone: true, is_me: false },
      ] },
    ],
    answers: new Map(),
    reviews: [
      { id: 'review-1', line: '', member: 'someone', product_id: 'product-1', title: '番茄', sku_label: '500g', by: '王**', stars: 5, words: '沙瓤的，孩子抢着吃。', pictures: [{ id: 'picture-1', image: '/mock/pictures/product-1.svg', thumb: '/mock/pictures/product-1.svg' }], at: iso(Date.now() - 864e5), addition: { at: iso(Date.now() - 36e5), words: '放到今天还是好的。', pictures: [] }, reply: { at: iso(Date.now() - 4e7), words: '明天还有一批，欢迎再来。' }, hidden_reason: '', can_add: false },
      { id: 'review-2', line: '', member: 'other', product_id: 'product-1', title: '番茄', sku_label: '1kg', by: '**', stars: 2, words: '有两个压坏了。', pictures: [], at: iso(Date.now() - 2 * 864e5), addition: null, reply: null, hidden_reason: '', can_add: true },
    ],
  }
  GOODS.forEach(([title, subtitle, category, skus, quota, sold, limit, emoji], n) => {
    const productId = `product-${n + 1}`
    const image = emoji ? `/mock/pictures/${productId}.svg` : null
    const offers = skus.map(([label, price, strike], at) => {
      const available = quota === null ? 999 : at === 0 ? quota - sold : 40
      const item = {
        id: `item-${n + 1}-${at + 1}`,
        product: { id: productId, title, subtitle, image, category },
        sku: { id: `sku-${n + 1}-${at + 1}`, label },
        price: cny(price), strike_price: strike ? cny(strike) : null, member_price: null,
        available, quota, sold, per_member_limit: limit,
        min_form_quantity: n === 0 ? sold + 12 : null, is_failed: false,
      }
      world.items.push(item)
      return { id: item.sku.id, label, offer: item }
    })
    world.products.push({
      id: productId, title, subtitle, images: image ? [image, image] : [], category,
      video: n === 0 ? { url: '/mock/films/product-1.mp4', cover: image, seconds: 8, width: 720, height: 1280, bytes: 4_096 } : null,
      description: `${title}，${subtitle}。\n产地直采，下单后第二天送到自提点，请在营业时间内取走。`,
      story: `<h3>${title}</h3><p><strong>${subtitle}</strong>。产地直采。</p>${image ? `<p><img alt="" src="${image}"></p>` : ''}`,
      parameters: [{ name: '产地', value: '国产' }, { name: '保质期', value: '3 天' }],
      storage: '0-4℃ 冷藏', skus: offers,
    })
  })
  return world
}

export function picture(id) {
  const row = GOODS[Number(id.replace(/\D/g, '')) - 1]
  if (!row) return null
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400"><rect width="400" height="400" fill="${row[8]}"/><text x="200" y="270" font-size="200" text-anchor="middle">${row[7]}</text></svg>`
}

/** Campaigns by scenario: `open` (default), `scheduled`, `paused`, `closed`, `none`. */
export function campaigns(world, scene) {
  if (scene === 'none') return []
  const now = Date.now()
  const opens = scene === 'scheduled' ? now + 2 * HOUR : now - 6 * HOUR
  const cutoff = ['closed', 'evening'].includes(scene) ? now - HOUR : now + 5.4 * HOUR
  const [today, later] = [1, 2].map((days) => world.items.filter((item) => dayOf(item) === days))
  const lists = [{
    id: 'campaign-1', name: '今日鲜团', kind: scene === 'team' ? 'team' : 'daily', state: ['scheduled', 'paused', 'closed'].includes(scene) ? scene : 'open',
    opens_at: iso(opens), cutoff_at: iso(cutoff), pickup_date: day(1), notice: '今天草莓到货 30 份，先到先得；明天下午 4 点起取货。',
    joined: 0, team_size: scene === 'team' ? 3 : null, team_hours: scene === 'team' ? 24 : null, ...NO_DEPOSIT, items: today,
  }, {
    id: 'campaign-2', name: '粮油预订', kind: 'daily', state: ['scheduled', 'paused', 'closed'].includes(scene) ? scene : 'open',
    opens_at: iso(opens), cutoff_at: iso(cutoff), pickup_date: day(2), notice: '', joined: 0, team_size: null, team_hours: null, ...NO_DEPOSIT, items: later,
  }]
  return ['tabs', 'evening'].includes(scene) ? [...lists, ...comingLists(lists, scene)] : lists
}

/** How many days from now an item is collected: the rice comes a day later than the rest. */
export function dayOf(item) {
  return item.product.category === '粮油' ? 2 : 1
}

function groups(world, lines) {
  const known = lines.map((line) => ({ ...line, item: world.items.find((one) => one.id === line.campaign_item_id) })).filter((line) => line.item)
  return [1, 2].map((days) => ({ days, lines: known.filter((line) => dayOf(line.item) === days) })).filter((one) => one.lines.length).map((one) => {
    const total = cny(one.lines.reduce((sum, line) => sum + line.total.amount, 0))
    const pieces = one.lines.reduce((sum, line) => sum + line.quantity, 0)
    return { pickup_date: day(one.days), items: one.lines.map((line) => line.campaign_item_id), goods: total, pieces, source_note: '' }
  })
}

const CAN_SPEND = 500

/** What the member's points take off: as many fen as points, up to half. */
function pointsFor(world, total, isUsed) {
  const off = Math.min(world.points_free ?? 0, Math.floor(total / 2), CAN_SPEND)
  return off > 0 ? { free: world.points_free, points: off, off: cny(off), is_used: isUsed } : null
}

export function quote(world, lines, scene, usesPoints = false, wish = null) {
  const answered = lines.map(({ campaign_item_id, quantity }) => {
    const item = world.items.find((one) => one.id === campaign_item_id)
    if (!item) return { campaign_item_id, quantity, unit_price: cny(0), is_member_price: false, total: cny(0), available: 0, problem: { code: 'off_sale', sentence: '商品已下架' } }
    let problem = null
    if (scene === 'closed') problem = { code: 'closed', sentence: '本团已截单' }
    else if (item.available < quantity) problem = item.available > 0 ? { code: 'not_enough', sentence: `只剩 ${item.available} 份` } : { code: 'sold_out', sentence: '刚刚被抢完了' }
    else if (item.per_member_limit && quantity > item.per_member_limit) problem = { code: 'limit_reached', sentence: `每人限购 ${item.per_member_limit} 件` }
    return { campaign_item_id, quantity, unit_price: item.price, is_member_price: false, total: cny(item.price.amount * quantity), available: item.available, problem }
  })
  const days = groups(world, answered)
  const bringing = asked(world, wish, days)
  const { fee } = bringing
  const goods = answered.reduce((sum, line) => sum + line.total.amount, 0)
  const points = pointsFor(world, goods, usesPoints)
  const off = usesPoints && points ? points.off.amount : 0
  return {
    delivery: bringing,
    lines: answered,
    goods: cny(goods),
    discounts: off ? [{ kind: 'points', id: null, name: '积分', off: cny(off), sentence: `积分抵 ¥${(off / 100).toFixed(2)}` }] : [],
    total: cny(goods - off + fee.amount),
    coupon_problem: null,
    coupons: [],
    presale: scene === 'presale' ? terms(answered.reduce((sum, line) => sum + line.total.amount, 0)) : null,
    groups: days.map(({ pieces: _pieces, ...one }) => {
      const own = bringing.freight.find((freight) => freight.pickup_date === one.pickup_date)?.fee ?? cny(fee.amount / days.length)
      return { ...one, delivery_fee: own, total: cny(one.goods.amount + own.amount) }
    }),
    points,
    unclaimed_rule: scene === 'unclaimed' ? '提货日晚上 8 点后 48 小时没来取，店里可以按 80% 退款。' : '',
    can_order: answered.every((line) => line.problem === null),
  }
}

const NO_DEPOSIT = { deposit_percent: null, balance_from: null, balance_until: null, keeps_deposit: false }

/** A fifth now, the rest from tomorrow on, whichever the amount. */
export function terms(total) {
  const deposit = Math.max(1, Math.round(total / 5))
  const [from, until] = [iso(Date.now() + 24 * HOUR), iso(Date.now() + 72 * HOUR)]
  return { deposit: cny(deposit), balance: cny(total - deposit), balance_from: from, balance_until: until, keeps_deposit: true, rule: '尾款明天起两天内付清。到期未付，定金不退。' }
}

const LABELS = { pending_payment: '待付款', paid: '待提货', partly_picked: '部分提货', picked_up: '已提货', completed: '已完成', closed: '已关闭', cancelled: '已取消' }

export function newOrder(world, member, body, scene = '') {
  const point = world.points.find((one) => one.id === body.pickup_point_id)
  const lines = body.lines.map(({ campaign_item_id, quantity }) => {
    const item = world.items.find((one) => one.id === campaign_item_id)
    item.available -= quantity
    item.sold += quantity
    return { id: randomUUID(), title: item.product.title, sku_label: item.sku.label, image: item.product.image, quantity, unit_price: item.price, total: cny(item.price.amount * quantity), state: 'waiting', handed_quantity: 0, refunded_quantity: 0, refunded: cny(0), notes: [], later: null }
  })
  const delivery = kept(world, body.delivery, lines.reduce((sum, line) => sum + line.quantity, 0), body.pickup_date ?? body.delivery?.slots[0]?.pickup_date)
  const order = {
    id: randomUUID(), member: member.id, number: `L${day().replace(/-/g, '')}${String(world.orders.length + 1).padStart(5, '0')}`,
    state: 'pending_payment', placed_at: iso(Date.now()), expires_at: iso(Date.now() + 15 * 60_000), paid_at: null,
    pickup_date: body.pickup_date ?? day(0), point_id: point.id, checkout: null,
    pickup_point: { id: point.id, name: point.name, address: point.address, leader_name: point.leader.name, leader_phone: point.leader_phone, opening_hours: point.opening_hours },
    contact: body.contact, remark: body.remark, source_note: '', lines,
    goods: cny(lines.reduce((sum, line) => sum + line.total.amount, 0)), discounts: [],
    delivery,
    total: cny(lines.reduce((sum, line) => sum + line.total.amount, delivery.fee.amount)), paid: cny(0), refunded: cny(0),
    timeline: [{ at: iso(Date.now()), what: 'placed', sentence: '已下单，等待支付' }], pickup_code: null,
  }
  const team = world.teams.find((one) => one.id === body.team_id)
  if (team) order.team = { id: team.id, state: team.state, state_label: team.state_label, size: team.size, missing: team.missing, ends_at: team.ends_at }
  if (scene === 'presale') order.presale = { ...terms(order.total.amount), deposit_paid_at: null }
  world.orders.push(order)
  return order
}

export function shown(order) {
  const { member, point_id, ...rest } = order
  const brief = ({ id, number, state, pickup_date, total }) => ({ id, number, state, state_label: LABELS[state], pickup_date, total })
  const checkout = order.checkout && { id: order.checkout.id, orders: order.checkout.orders.map(brief), to_pay: toPay(order) }
  return { team: null, presale: null, due: dueOf(order), ...rest, checkout, state_label: LABELS[order.state], can_cancel: ['pending_payment', 'paid'].includes(order.state), can_pay: order.state === 'pending_payment' && !order.presale?.deposit_paid_at }
}

function dueOf(order) {
  if (order.state !== 'pending_payment') return cny(0)
  if (!order.presale) return order.total
  return order.presale.deposit_paid_at ? order.presale.balance : order.presale.deposit
}

/** The orders that are paid with one: those of its checkout that wait for payment. */
export function paidWith(order) {
  return (order.checkout?.orders ?? [order]).filter((one) => one.state === 'pending_payment')
}

export function toPay(order) {
  return cny(paidWith(order).reduce((sum, one) => sum + dueOf(one).amount, 0))
}

export function settle(world, order) {
  if (order.state !== 'pending_payment') return
  if (order.presale && !order.presale.deposit_paid_at) {
    order.presale.deposit_paid_at = iso(Date.now())
    order.paid = order.presale.deposit
    return
  }
  const held = world.orders.find((one) => one.member === order.member && one.pickup_code && one.point_id === order.point_id && one.pickup_date === order.pickup_date)
  order.state = 'paid'
  order.paid = order.total
  order.paid_at = iso(Date.now())
  order.expires_at = null
  order.pickup_code = held?.pickup_code ?? String(Math.floor(10_000_000 + Math.random() * 89_999_999))
  order.timeline.push({ at: iso(Date.now()), what: 'paid', sentence: '支付成功，等待提货' })
}

/** One pickup per member and code: all paid orders handed out together. */
export function pickups(world) {
  const groups = new Map()
  for (const order of world.orders) {
    if (!order.pickup_code) continue
    const group = groups.get(order.pickup_code) ?? { code: order.pickup_code, orders: [] }
    group.orders.push(order)
    groups.set(order.pickup_code, group)
  }
  return [...groups.values()].map(({ code, orders }) => {
    const member = world.members.get(orders[0].member)
    const lines = orders.flatMap((order) => order.lines.map((line) => ({ ...line, order_number: order.number })))
    const left = lines.reduce((sum, line) => sum + line.quantity - line.handed_quantity, 0)
    const handed = lines.reduce((sum, line) => sum + line.handed_quantity, 0)
    const handovers = world.handovers.filter((one) => one.pickup === `pickup-${code}` && !one.reversed)
    const last = handovers[0]
    return {
      id: `pickup-${code}`, code, member: { nickname: member.nickname, phone_last4: member.phone.slice(-4) },
      member_id: member.id, pickup_point: { id: orders[0].point_id, name: orders[0].pickup_point.name },
      full_point: orders[0].pickup_point, pickup_date: orders[0].pickup_date, line_count: lines.length,
      pieces: lines.reduce((sum, line) => sum + line.quantity, 0),
      state: left === 0 ? 'taken' : handed > 0 ? 'partly_taken' : 'waiting',
      taken_at: left === 0 ? last?.at ?? null : null, taken_by: left === 0 ? last?.by ?? null : null,
      orders, lines, handovers,
    }
  })
}
