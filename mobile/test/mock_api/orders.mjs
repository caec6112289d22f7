// Orders of the made-up store: placed, paid, given up, fetched.
import { randomUUID } from 'node:crypto'

import { Refusal, found, list, theMember } from './asked.mjs'
import { iso, newOrder, paidWith, pickups, quote, settle, shown, toPay } from './world.mjs'

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

export function placeOrder(asked) {
  const { world, body } = asked
  const now = guard(asked)
  const order = newOrder(world, theMember(asked), body, asked.scene)
  order.total = now.total
  order.discounts = now.discounts
  if (body.use_points && now.points) world.points_free -= now.points.points
  return shown(order)
}

export function placeCheckout(asked) {
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

export function ownOrder(asked, id) {
  const member = theMember(asked)
  return found(asked.world.orders.find((one) => one.id === id && one.member === member.id))
}

export function orders(asked) {
  const member = theMember(asked)
  const state = asked.query.get('state')
  const rows = asked.world.orders.filter((one) => one.member === member.id && (!state || one.state === state))
  return list(rows.map(shown).reverse())
}

export function cancel(asked, id) {
  const order = ownOrder(asked, id)
  order.state = order.state === 'paid' ? 'cancelled' : 'closed'
  order.pickup_code = null
  order.timeline.push({ at: iso(Date.now()), what: 'cancelled', sentence: `已取消：${asked.body.reason}` })
  return shown(order)
}

export function refuseLater(asked, id) {
  const order = found(asked.world.orders.find((one) => one.lines.some((line) => line.id === id)))
  const line = order.lines.find((one) => one.id === id)
  if (!line.later) throw new Refusal(409, 'nothing_to_refuse', '这件商品没有等下一批的，或已经到提货日了。')
  line.refunded_quantity = line.later.quantity
  line.refunded = { ...line.unit_price, amount: line.unit_price.amount * line.later.quantity }
  line.later = null
  line.notes = []
  return shown(order)
}

export function pay(asked, id) {
  const order = ownOrder(asked, id)
  if (order.state !== 'pending_payment') throw new Refusal(409, 'not_payable', '这笔订单现在不能支付')
  const payment = { id: randomUUID(), order_id: id, state: 'created', method: 'sandbox', checkout_id: order.checkout?.id ?? null, amount: toPay(order), redirect_url: `/mock/cashier?order=${id}`, qr: '', jsapi: null, created_at: iso(Date.now()) }
  asked.world.payments.push(payment)
  return payment
}

export function cashierSays({ world, body }, act) {
  const order = found(world.orders.find((one) => one.id === body.order))
  const payment = world.payments.findLast((one) => one.order_id === order.id)
  if (payment) payment.state = { pay: 'succeeded', fail: 'failed' }[act] ?? 'unknown'
  if (act === 'pay') for (const one of paidWith(order)) settle(world, one)
  return {}
}

export function codes(asked) {
  const member = theMember(asked)
  return list(pickups(asked.world).filter((one) => one.member_id === member.id).map((one) => ({
    id: one.id, code: one.code, qr: QR, pickup_date: one.pickup_date, pickup_point: one.full_point, state: one.state, taken_at: one.taken_at, taken_by: one.taken_by,
    orders: one.orders.map(({ id, number }) => ({ id, number })),
    lines: one.lines.map(({ title, sku_label, quantity, handed_quantity, notes }) => ({ title, sku_label, quantity, handed_quantity, notes })),
  })))
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
