import type { Campaign } from '../api/types'
import { dayOf, daysBetween, parseTime, type StoreClock } from '../format/time'
import { stateAt } from './campaigns'

/** The three tabs of home: what can be bought, what comes, and what is gone in minutes. */
export type Section = 'today' | 'coming' | 'flash'

export interface HomeSection {
  key: Section
  lists: Campaign[]
}

/** The sections that have something, in their order; a flash sale that is over is no news to anybody. */
export function sectionsOf(lists: Campaign[], nowMs: number): HomeSection[] {
  const found: Record<Section, Campaign[]> = { today: [], coming: [], flash: [] }
  for (const list of lists) {
    const state = stateAt(list, nowMs)
    if (list.kind !== 'flash') found[state === 'scheduled' ? 'coming' : 'today'].push(list)
    else if (state !== 'closed') found.flash.push(list)
  }
  const order: Section[] = ['today', 'coming', 'flash']
  return order.filter((key) => found[key].length > 0).map((key) => ({ key, lists: found[key] }))
}

/** Where home begins: where something can be bought, after the cut-off with what comes next. */
export function firstSection(sections: HomeSection[], nowMs: number): HomeSection | null {
  const sells = (one: HomeSection) => one.lists.some((list) => ['open', 'paused'].includes(stateAt(list, nowMs)))
  return sections.find(sells) ?? sections.find(({ key }) => key === 'coming') ?? sections[0] ?? null
}

/** True where all of it opens tomorrow, so that it may be called 明日预告. */
export function opensTomorrow(lists: Campaign[], nowMs: number, clock: StoreClock): boolean {
  const today = dayOf(nowMs, clock)
  return lists.every((list) => daysBetween(today, dayOf(parseTime(list.opens_at), clock)) === 1)
}
