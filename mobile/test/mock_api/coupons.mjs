// Coupons of the made-up store: one kind to claim, one all gone, one by code.
import { randomUUID } from 'node:crypto'

import { cny, iso } from './world.mjs'

const DAY = 24 * 3_600_000
const KINDS = [
  { id: 'kind-1', name: '新客满30减5', off: 500, least: 3000, left: 120 },
  { id: 'kind-2', name: '水果立减3元', off: 300, least: 0, left: 0 },
]
const CODES = { LINLI8: { id: 'kind-3', name: '老客立减8元', off: 800, least: 0, left: null } }

const yuan = (amount) => `¥${(amount / 100).toFixed(2)}`

function worth({ off, least }) {
  const words = least ? `满 ${yuan(least)} 减 ${yuan(off)}` : `立减 ${yuan(off)}`
  return { off: cny(off), off_percent: null, cap: null, threshold: least ? cny(least) : null, is_for_some_goods: false, words }
}

const ofMember = (world, member) => world.coupons.filter((one) => one.member === member.id)

export function toClaim(world, member) {
  return KINDS.map((kind) => {
    const claimed = ofMember(world, member).filter((one) => one.kind === kind.id).length
    return { id: kind.id, name: kind.name, worth: worth(kind), claim_until: iso(Date.now() + 7 * DAY), left: kind.left, claimed, can_claim: kind.left !== 0 && claimed === 0 }
  })
}

export function held(world, member, state) {
  const labels = { usable: ['issued', '可使用'], used: ['used', '已使用'], expired: ['expired', '已过期'] }
  return ofMember(world, member).filter((one) => !state || one.state === labels[state][0]).map(({ member: _member, kind: _kind, ...one }) => one).reverse()
}

export function claim(world, member, { kind_id, code }, Refusal) {
  const kind = kind_id ? KINDS.find((one) => one.id === kind_id) : CODES[code]
  if (!kind) throw new Refusal(404, 'coupon_kind_missing', '没有这张优惠券，请检查券码。')
  if (kind.left === 0) throw new Refusal(409, 'not_claimable', '已经领完了。')
  if (ofMember(world, member).some((one) => one.kind === kind.id)) throw new Refusal(409, 'claimed_enough', '您已经领过了。')
  const coupon = { id: randomUUID(), kind: kind.id, member: member.id, name: kind.name, worth: worth(kind), state: 'issued', state_label: '可使用', claimed_at: iso(Date.now()), expires_at: iso(Date.now() + 7 * DAY), used_at: null }
  world.coupons.push(coupon)
  const { member: _member, kind: _kind, ...shown } = coupon
  return shown
}
