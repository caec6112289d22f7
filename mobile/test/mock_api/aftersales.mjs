// After-sales of the made-up store: asked, judged by the leader, appealed. The store's own decision is put into the world.
import { randomUUID } from 'node:crypto'

import { cny, iso } from './world.mjs'

const STATES = { leader_review: '待团长核实', store_review: '待商家处理', appealed: '申诉中', returning: '待退货', replacing: '待换货', refunding: '退款中', done: '已完成', rejected: '已拒绝', final: '维持拒绝', withdrawn: '已撤回' }
const REASONS = { spoilt: '变质不新鲜', damaged: '破损', short: '少发漏发', wrong: '发错了', unlike: '与描述不符', unwanted: '不想要了', other: '其他' }
const REMEDIES = { refund: '仅退款', return: '退货退款', replace: '换货' }
const TODO = { leader_review: 'opinion', returning: 'take_back', replacing: 'replace' }
const OPEN = ['leader_review', 'store_review', 'appealed', 'returning', 'replacing']
const AFTER = { withdrawal: 'withdrawn', appeal: 'appealed', opinion: 'store_review', return: 'refunding', replacement: 'done' }
const FROM = { withdrawal: ['leader_review', 'store_review', 'appealed', 'returning'], appeal: ['rejected'], opinion: ['leader_review'], return: ['returning'], replacement: ['replacing'] }

export function addPhoto(world, member) {
  const photo = { id: randomUUID(), url: '/media/product-1.svg', member: member.id }
  world.photos.push(photo)
  return { id: photo.id, url: photo.url }
}

export function ask(world, wish, member, Refusal, isLeader = false) {
  const order = world.orders.find((one) => one.lines.some((line) => line.id === wish.line_id) && (isLeader || one.member === member.id))
  if (!order) throw new Refusal(404, 'after_sale_line_missing', '没有找到这件商品的订单。')
  const line = order.lines.find((one) => one.id === wish.line_id)
  if (wish.quantity > left(world, line)) throw new Refusal(409, 'after_sale_more_than_left', '超过了这件商品还能申请的份数或金额。')
  if (!isLeader && ['spoilt', 'damaged', 'wrong', 'unlike'].includes(wish.reason) && wish.photo_ids.length === 0) throw new Refusal(422, 'after_sale_photo_needed', '请上传至少一张照片，方便核实。')
  const photos = wish.photo_ids.map((id) => world.photos.find((photo) => photo.id === id)).map(({ id, url }) => ({ id, url }))
  const made = {
    id: randomUUID(), member_id: order.member, number: `${order.number}-${world.afterSales.filter((one) => one.order_id === order.id).length + 1}`,
    state: isLeader ? 'store_review' : 'leader_review', order_id: order.id, order_number: order.number,
    line: { id: line.id, title: line.title, sku_label: line.sku_label, image: line.image, unit_price: line.unit_price },
    reason: wish.reason, remedy: wish.remedy, quantity: wish.quantity, amount: cny(line.unit_price.amount * wish.quantity), words: wish.words, photos,
    answer: '', leader_words: '', created_at: iso(Date.now()), due_at: iso(Date.now() + 864e5),
    timeline: [{ at: iso(Date.now()), what: 'after_sale.asked', sentence: '提交售后申请' }],
  }
  world.afterSales.unshift(made)
  return isLeader ? forLeader(world).find((one) => one.id === made.id) : shown(made)
}

function left(world, line) {
  const held = world.afterSales.filter((one) => one.line.id === line.id && OPEN.includes(one.state))
  return line.quantity - line.refunded_quantity - held.reduce((sum, one) => sum + one.quantity, 0)
}

export function shown({ member_id, ...one }) {
  return {
    ...one, state_label: STATES[one.state], reason_label: REASONS[one.reason], remedy_label: REMEDIES[one.remedy],
    can_withdraw: FROM.withdrawal.includes(one.state), can_appeal: one.state === 'rejected',
  }
}

export function of(world, member) {
  return world.afterSales.filter((one) => one.member_id === member.id).map(shown)
}

export function ofOrder(world, order) {
  const lines = order.lines.map((line) => ({ line_id: line.id, quantity: left(world, line), amount: cny(line.unit_price.amount * left(world, line)) }))
  const isPaid = ['paid', 'partly_picked', 'picked_up'].includes(order.state)
  return { can_ask: isPaid && lines.some((line) => line.quantity > 0), left: lines, items: world.afterSales.filter((one) => one.order_id === order.id).map(shown) }
}

export function forLeader(world, state = '') {
  return world.afterSales
    .filter((one) => !state || (state === 'waiting') === (one.state in TODO))
    .map((one) => {
      const member = world.members.get(one.member_id)
      return { ...shown(one), member: { nickname: member.nickname, phone_last4: member.phone.slice(-4) }, todo: TODO[one.state] ?? null }
    })
}

export function follow(world, { id }, what, body, Refusal) {
  const one = world.afterSales.find((known) => known.id === id)
  if (!FROM[what].includes(one.state)) throw new Refusal(409, 'after_sale_already_decided', '这个申请的状态已经变了，请刷新后再看。')
  if (what === 'appeal' && !body.words.trim()) throw new Refusal(422, 'after_sale_appeal_needed', '请写明申诉的理由。')
  one.state = AFTER[what]
  if (what === 'opinion') one.leader_words = body.words
  one.timeline.push({ at: iso(Date.now()), what: `after_sale.${what}`, sentence: STATES[one.state] })
  return ['withdrawal', 'appeal'].includes(what) ? shown(one) : forLeader(world).find((known) => known.id === id)
}
