// The leader's desk of the made-up store: who comes, what is handed out, what is earned.
import { randomUUID } from 'node:crypto'

import { Refusal, found, list, theLeader } from './asked.mjs'
import { cny, day, iso, pickups } from './world.mjs'

export function desk(asked) {
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

export function leaderPickups(asked) {
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

export function pickup(asked, id) {
  return detail(aPickup(asked, id))
}

function detail(pickup) {
  return { ...summary(pickup), lines: pickup.lines.map((line) => ({ stopped: null, ...line })), to_bring: pickup.orders.filter((one) => one.delivery.address).map((one) => ({ order_number: one.number, ...one.delivery.address })), handovers: pickup.handovers.map(({ id, at, by, lines, can_reverse_until }) => ({ id, at, by, lines, can_reverse_until })) }
}

export function handOver(asked, id) {
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

export function reverse(asked, id) {
  const handover = found(asked.world.handovers.find((one) => one.id === id))
  const pickup = aPickup(asked, handover.pickup)
  const lines = pickup.orders.flatMap((order) => order.lines)
  for (const { line_id, quantity } of handover.lines) lines.find((one) => one.id === line_id).handed_quantity -= quantity
  handover.reversed = true
  for (const order of pickup.orders) order.state = 'paid'
  return detail(aPickup(asked, handover.pickup))
}

export function commissions(asked) {
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

function summary({ id, member, pickup_point, pickup_date, line_count, pieces, state, taken_at, taken_by }) {
  return { id, member, pickup_point, pickup_date, line_count, pieces, state, taken_at, taken_by }
}

function aPickup(asked, id) {
  theLeader(asked)
  return found(pickups(asked.world).find((one) => one.id === id))
}
