import { describe, expect, it } from 'vitest'

import type { Campaign } from '@/core/api/types'
import { storeClock } from '@/core/format/time'
import { firstSection, opensTomorrow, sectionsOf } from '@/core/store/home_sections'

const NOW = Date.parse('2026-11-23T12:00:00+08:00')
const CLOCK = storeClock('Asia/Shanghai', '2026-11-23T12:00:00+08:00')

function aList(id: string, state: string, kind = 'daily', opens = '2026-11-23T08:00:00+08:00', cutoff = '2026-11-23T20:00:00+08:00') {
  return { id, state, kind, opens_at: opens, cutoff_at: cutoff } as Campaign
}

const open = aList('open', 'open')
const over = aList('over', 'closed', 'daily', '2026-11-22T08:00:00+08:00', '2026-11-22T20:00:00+08:00')
const tomorrow = aList('tomorrow', 'scheduled', 'daily', '2026-11-24T08:00:00+08:00', '2026-11-24T20:00:00+08:00')
const evening = aList('evening', 'scheduled', 'daily', '2026-11-23T18:00:00+08:00', '2026-11-23T23:00:00+08:00')
const flash = aList('flash', 'open', 'flash')
const flashLater = aList('later', 'scheduled', 'flash', '2026-11-23T20:00:00+08:00', '2026-11-23T21:00:00+08:00')
const flashOver = aList('gone', 'closed', 'flash', '2026-11-22T20:00:00+08:00', '2026-11-22T21:00:00+08:00')

const keys = (lists: Campaign[]) => sectionsOf(lists, NOW).map(({ key, lists: own }) => [key, own.map((one) => one.id)])
const first = (lists: Campaign[], at = NOW) => firstSection(sectionsOf(lists, at), at)?.key

describe('the tabs of home', () => {
  it('part what can be bought, what comes and what is gone in minutes', () => {
    expect(keys([open, over, tomorrow, flash, flashLater, flashOver])).toEqual([
      ['today', ['open', 'over']],
      ['coming', ['tomorrow']],
      ['flash', ['flash', 'later']],
    ])
    expect(keys([open])).toEqual([['today', ['open']]])
    expect(keys([flashOver])).toEqual([])
  })

  it('begin where something can be bought, and after the cut-off with the preview', () => {
    expect(first([open, tomorrow, flash])).toBe('today')
    expect(first([over, tomorrow, flash])).toBe('flash')
    expect(first([over, tomorrow])).toBe('coming')
    expect(first([open, tomorrow], Date.parse('2026-11-23T20:00:00+08:00'))).toBe('coming')
    expect(first([over])).toBe('today')
    expect(first([flashLater])).toBe('flash')
    expect(first([])).toBeUndefined()
  })

  it('say tomorrow only of what opens tomorrow', () => {
    expect(opensTomorrow([tomorrow], NOW, CLOCK)).toBe(true)
    expect(opensTomorrow([tomorrow, evening], NOW, CLOCK)).toBe(false)
  })
})
