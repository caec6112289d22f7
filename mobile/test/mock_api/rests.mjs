// A leader's days of rest in the made-up store: what is ordered for them is seen before they are taken.
let number = 0

export function shown(world) {
  return { items: world.rests, next: null }
}

export function preview(world, body) {
  const there = world.orders.filter((one) => one.pickup_date >= body.first_on && one.pickup_date <= body.last_on)
  return { orders: there.length, members: there.length ? 1 : 0 }
}

export function take(world, body, Refusal) {
  const there = preview(world, body)
  if (there.orders !== body.agreed_orders) throw new Refusal(409, 'orders_there', '这几天已有顾客下单，请先看清楚再确认。', there)
  const point = world.points.find((one) => one.id === body.pickup_point_id)
  const rest = { id: `rest-${++number}`, pickup_point: point ? { id: point.id, name: point.name } : null, first_on: body.first_on, last_on: body.last_on, days: `${body.first_on}至${body.last_on}`, note: body.note, ...there }
  world.rests.push(rest)
  return rest
}

export function end(world, id, Refusal) {
  if (!world.rests.some((one) => one.id === id)) throw new Refusal(404, 'rest_missing', '没有找到这次休息安排。')
  world.rests = world.rests.filter((one) => one.id !== id)
  return shown(world)
}
