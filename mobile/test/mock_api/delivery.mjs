// Addresses and what is brought to the door, in the made-up store.
import { randomUUID } from 'node:crypto'

const cny = (amount) => ({ amount, currency: 'CNY' })

export const WAYS = [
  { kind: 'leader_home', label: '团长送货上门', sentence: '配送费 ¥3.00，1.5 km 内', fee: cny(300), free_from: null, reach_m: 1500 },
]
const FETCHED = { kind: 'pickup', label: '到点自提', fee: cny(0), address: null, dispatched_at: null, note: '' }

export function addressesOf(world, member) {
  return world.addresses.filter((one) => one.member === member.id).map(shown)
}

export function save(world, member, words, id, Refusal) {
  if (!/^1\d{10}$/.test(words.phone)) throw new Refusal(400, 'invalid', '请求有误', { errors: { phone: ['请填写正确的手机号。'] } })
  let address = world.addresses.find((one) => one.id === id)
  if (!address) world.addresses.push((address = { id: randomUUID(), member: member.id }))
  Object.assign(address, words, { text: words.city + words.district + words.detail })
  return shown(address)
}

export function forget(world, member, id) {
  world.addresses = world.addresses.filter((one) => one.id !== id || one.member !== member.id)
}

/** What a wish costs on each day, and why it cannot be. */
export function asked(world, wish) {
  const way = WAYS.find((one) => one.kind === wish?.kind)
  if (!way) return { kind: 'pickup', fee: cny(0), problem: null }
  return { kind: way.kind, fee: way.fee, problem: world.addresses.some((one) => one.id === wish.address_id) ? null : '请选择收货地址' }
}

export function kept(world, wish) {
  const way = WAYS.find((one) => one.kind === wish?.kind)
  const address = world.addresses.find((one) => one.id === wish?.address_id)
  if (!way || !address) return FETCHED
  return { ...FETCHED, kind: way.kind, label: way.label, fee: way.fee, address: { name: address.name, phone: address.phone, text: address.text } }
}

function shown({ member: _member, ...rest }) {
  return rest
}
