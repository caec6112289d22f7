// Addresses and what is brought to the door, in the made-up store.
import { randomUUID } from 'node:crypto'

const cny = (amount) => ({ amount, currency: 'CNY' })

export const WAYS = [
  { kind: 'leader_home', label: '团长送货上门', sentence: '配送费 ¥3.00，1.5 km 内', fee: cny(300), free_from: null, reach_m: 1500 },
  { kind: 'same_day', label: '门店当日送', sentence: '免配送费', fee: cny(0), free_from: null, reach_m: null },
  { kind: 'express', label: '快递', sentence: '按重量和地区算运费，首重 1 kg ¥8.00 起', fee: cny(800), free_from: null, reach_m: null },
]
const REACHED = ['上海', '江苏', '浙江']

/** Every piece weighs a pound; a kilogram goes for 8.00, each further one for 2.00. */
function freightOf(pieces) {
  const above = Math.max(0, Math.ceil((pieces * 500 - 1000) / 1000))
  const steps = [{ sentence: `江浙沪，商品共重 ${pieces / 2} kg`, amount: cny(0) }, { sentence: '首重 1 kg', amount: cny(800) }]
  if (above) steps.push({ sentence: `续重 ${above} × 1 kg`, amount: cny(above * 200) })
  return { zone: '江浙沪', grams: pieces * 500, guessed: 0, fee: cny(800 + above * 200), steps }
}

function expressProblem(address) {
  if (!address.province) return '请编辑收货地址补上省份，才能算快递费'
  return REACHED.some((one) => address.province.startsWith(one)) ? null : '暂不配送到这里'
}
const slot = (id, starts, ends, left) => ({ id, kind: 'same_day', starts, ends, label: `${starts}–${ends}`, left })
export const slotsOfNow = () => [slot('slot-noon', '11:00', '13:00', 1), slot('slot-evening', '18:00', '20:00', 5)]
const FETCHED = { kind: 'pickup', label: '到点自提', fee: cny(0), freight: null, address: null, slot: null, dispatched_at: null, courier: '', tracking_number: '', note: '' }

export function addressesOf(world, member) {
  return world.addresses.filter((one) => one.member === member.id).map(shown)
}

export function save(world, member, words, id, Refusal) {
  if (!/^1\d{10}$/.test(words.phone)) throw new Refusal(400, 'invalid', '请求有误', { errors: { phone: ['请填写正确的手机号。'] } })
  let address = world.addresses.find((one) => one.id === id)
  if (!address) world.addresses.push((address = { id: randomUUID(), member: member.id }))
  Object.assign(address, words, { text: (words.city.startsWith(words.province) ? '' : words.province) + words.city + words.district + words.detail })
  return shown(address)
}

export function forget(world, member, id) {
  world.addresses = world.addresses.filter((one) => one.id !== id || one.member !== member.id)
}

export function slotsFor(world, kind, day) {
  return world.slots.filter((one) => one.kind === kind).map(({ kind: _kind, ...one }) => ({ ...one, day, can_choose: one.left > 0 }))
}

const slotOf = (wish, day) => wish?.slots.find((one) => one.pickup_date === day)?.slot_id

function slotProblem(world, wish, days) {
  const offered = world.slots.filter((one) => one.kind === wish.kind)
  if (!offered.length) return null
  for (const { pickup_date: day } of days) {
    const picked = slotOf(wish, day)
    const problem = picked ? '这个时段约满了，请换一个' : '请选择送货时段'
    if (!offered.find((one) => one.id === picked)?.left) return days.length > 1 ? `${day.slice(5)} 提货的商品：${problem}` : problem
  }
  return null
}

/** What a wish for so many pieces a day costs, and why it cannot be. */
export function asked(world, wish, days) {
  const way = WAYS.find((one) => one.kind === wish?.kind)
  if (!way) return { kind: 'pickup', fee: cny(0), freight: [], problem: null }
  const address = world.addresses.find((one) => one.id === wish.address_id)
  const freight = way.kind === 'express' && address ? days.map((day) => ({ pickup_date: day.pickup_date, ...freightOf(day.pieces) })) : []
  const fee = way.kind === 'express' ? freight.reduce((sum, one) => sum + one.fee.amount, 0) : way.fee.amount * days.length
  const problem = way.kind === 'express' && address ? expressProblem(address) : slotProblem(world, wish, days)
  return { kind: way.kind, fee: cny(fee), freight, problem: address ? problem : '请选择收货地址' }
}

export function kept(world, wish, pieces, day) {
  const way = WAYS.find((one) => one.kind === wish?.kind)
  const address = world.addresses.find((one) => one.id === wish?.address_id)
  if (!way || !address) return FETCHED
  const taken = world.slots.find((one) => one.id === slotOf(wish, day))
  const slot = taken ? { day, starts: taken.starts, ends: taken.ends, text: `${day.slice(5)} ${taken.label}` } : null
  const freight = way.kind === 'express' ? freightOf(pieces) : null
  return { ...FETCHED, slot, freight, kind: way.kind, label: way.label, fee: freight ? freight.fee : way.fee, address: { name: address.name, phone: address.phone, text: address.text } }
}

function shown({ member: _member, ...rest }) {
  return rest
}
