// What a leader sells at their points in the made-up store; what is hidden is gone from the lists.
export function shown(world, lists) {
  return {
    items: lists.map(({ id, name, state, cutoff_at, pickup_date, items }) => ({ id, name, state, cutoff_at, pickup_date, items: items.map((item) => ({ ...item, is_hidden: world.hidden.has(item.id) })) })),
    next: null,
  }
}

export function turn(world, id, body, Refusal) {
  if (!world.items.some((one) => one.id === id)) throw new Refusal(404, 'item_missing', '没有找到这个团的商品，可能已经截单了。')
  if (Object.keys(body).join() !== 'is_hidden') throw new Refusal(400, 'invalid', '请求不对')
  if (body.is_hidden) world.hidden.add(id)
  else world.hidden.delete(id)
}

/** The lists as neighbours of this leader see them. */
export function atPoint(world, lists) {
  return lists.map((list) => ({ ...list, items: list.items.filter((item) => !world.hidden.has(item.id)) }))
}
