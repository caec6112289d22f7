// A leader's pasted chain in the stub world: one word of goods and one number a row is all it understands.
import { randomUUID } from 'node:crypto'

const NUMBERS = { 一: 1, 两: 2, 二: 2, 三: 3 }
const titleOf = (item) => `${item.product.title} ${item.sku.label}`

function fits(world, words) {
  const exact = world.items.filter((item) => words.includes(titleOf(item)))
  return exact.length ? exact : world.items.filter((item) => words.includes(item.product.title))
}

function readRow(world, line) {
  const [, number, name, words] = /^(\d+)[.、]\s*(\S+)\s+(.+)$/.exec(line) ?? []
  if (!number) return null
  const row = { number: Number(number), written: line, name, wants: [], questions: [], is_clear: false, is_cancelled: false }
  const items = fits(world, words)
  const amount = /([\d一两二三]+)\s*[份盒袋]?\s*$/.exec(words)?.[1]
  if (items.length === 1) row.wants.push({ title: titleOf(items[0]), quantity: amount ? Number(amount) || NUMBERS[amount] : 1, is_assumed: !amount, item: items[0].id })
  else row.questions.push({ sentence: items.length ? `“${words}”是哪一个？` : `看不懂“${words}”`, choices: items.map((item) => ({ value: `${number}:0:${item.id}`, title: titleOf(item) })) })
  row.is_clear = row.questions.length === 0
  return row
}

function rowsOf(world, text) {
  return text.split('\n').map((line) => readRow(world, line.trim())).filter(Boolean)
}

export function read(world, body) {
  let { text } = body
  const [number, , id] = (body.choice ?? '').split(':')
  const row = rowsOf(world, text).find((one) => String(one.number) === number)
  const item = world.items.find((one) => one.id === id)
  if (row && item) text = text.replace(row.written, row.written.replace(item.product.title, titleOf(item)))
  const rows = rowsOf(world, text)
  const clear = rows.filter((one) => one.is_clear).length
  return { text, rows: rows.map((one) => ({ ...one, wants: one.wants.map(({ item: _item, ...want }) => want) })), clear, unclear: rows.length - clear }
}

export function make(world, body, Refusal) {
  const rows = rowsOf(world, body.text).filter((one) => one.is_clear)
  if (rows.length === 0) throw new Refusal(400, 'nothing_read', '没有一行能完全看懂，请按提示改一下文字再试。')
  const point = world.points.find((one) => one.id === body.pickup_point_id)
  world.drafts.unshift(...rows.map((row) => {
    const id = randomUUID()
    return { id, number: row.number, name: row.name, goods: row.wants.map((want) => `${want.title} ×${want.quantity}`).join('、'), pickup_point: { id: point.id, name: point.name }, state: 'waiting', link: `https://store.test/m/#/sub/order/draft?id=${id}&sign=abc` }
  }))
  return of(world)
}

export function of(world) {
  return { items: world.drafts, next: null }
}

export function withdraw(world, id, Refusal) {
  const draft = world.drafts.find((one) => one.id === id)
  if (!draft) throw new Refusal(404, 'draft_missing', '没有找到这张待确认的单，可能已被撤回。')
  return Object.assign(draft, { state: 'withdrawn', link: '' })
}
