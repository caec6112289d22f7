// Lists that open later, and flash sales: the scenes `tabs` (everything at once) and `evening` (after the cut-off).
import { day, iso } from './world.mjs'

const HOUR = 3_600_000
const DAY = 24 * HOUR

export function comingLists([today], scene) {
  const now = Date.now()
  const list = (id, name, kind, state, opens, cutoff, items) => ({
    ...today, id, name, kind, state, opens_at: iso(opens), cutoff_at: iso(cutoff), pickup_date: day(2), notice: '',
    items: items.map((item) => ({ ...item, id: `${id}-${item.id}`, sold: 0 })),
  })
  const next = list('campaign-next', '明日鲜团', 'daily', 'scheduled', now + DAY, now + 2 * DAY, today.items.slice(0, 3))
  if (scene === 'evening') return [next]
  return [
    next,
    list('campaign-flash', '整点秒杀', 'flash', 'open', now - HOUR, now + HOUR, today.items.slice(3, 4)),
    list('campaign-flash-later', '八点秒杀', 'flash', 'scheduled', now + 2 * HOUR, now + 3 * HOUR, today.items.slice(4, 5)),
    list('campaign-flash-over', '昨晚秒杀', 'flash', 'closed', now - DAY, now - 2 * HOUR, today.items.slice(5, 6)),
  ]
}
