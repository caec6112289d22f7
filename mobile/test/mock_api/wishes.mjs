// What shoppers want and do not get yet, in the made-up store.

export function waitsOf(world, member) {
  const skus = world.waits.get(member.id) ?? []
  return skus.map((id) => shownWait(world, id)).reverse()
}

export function wait(world, member, sku, Refusal) {
  const item = world.items.find((one) => one.sku.id === sku)
  if (!item) throw new Refusal(404, 'sku_missing', '没有找到这个规格。')
  if (item.available > 0) throw new Refusal(409, 'still_there', '现在就有货，可以直接购买。', { left: item.available })
  const skus = world.waits.get(member.id) ?? []
  world.waits.set(member.id, [...skus.filter((one) => one !== sku), sku])
  return shownWait(world, sku)
}

export function stopWaiting(world, member, sku) {
  world.waits.set(member.id, (world.waits.get(member.id) ?? []).filter((one) => one !== sku))
}

function shownWait(world, sku) {
  const item = world.items.find((one) => one.sku.id === sku)
  return { sku_id: sku, product_id: item.product.id, title: item.product.title, sku_label: item.sku.label, asked_at: '2026-11-23T10:12:00+08:00' }
}

/** Counted in memory, each word once a search; shown from the third on, and a pinned one. */
export function noteSearch(world, words) {
  world.searched.set(words, (world.searched.get(words) ?? 0) + 1)
}

export function hotWords(world) {
  const often = [...world.searched].filter(([, times]) => times >= 3).sort(([, one], [, other]) => other - one)
  return ['草莓', ...often.map(([words]) => words)]
}

export function similar(words, onOffer) {
  const alike = onOffer.filter((one) => [...words].some((sign) => one.items[0].product.title.includes(sign)))
  return alike.length ? { why: 'similar', items: alike.slice(0, 6) } : { why: 'popular', items: onOffer.slice(0, 6) }
}
