import { describe, expect, test } from 'vitest'

import { isSafeBrand } from '@/core/format/color'
import { remaining } from '@/core/format/countdown'
import { formatMoney, moneyParts, sum, times } from '@/core/format/money'
import { storyNodes } from '@/core/format/story'
import { formatCode, formatDistance, isMobilePhone, readPickupCode } from '@/core/format/text'
import { clockTime, dayOf, daysBetween, parseTime, storeClock, wallTime } from '@/core/format/time'

const cny = (amount: number) => ({ amount, currency: 'CNY' })

describe('money', () => {
  test.each([
    [0, '¥0.00'],
    [5, '¥0.05'],
    [1280, '¥12.80'],
    [123456789, '¥1,234,567.89'],
    [-1999, '-¥19.99'],
  ])('%d minor units read %s', (amount, text) => {
    expect(formatMoney(cny(amount))).toBe(text)
  })

  test('a currency without decimals shows none', () => {
    expect(formatMoney({ amount: 1280, currency: 'JPY' })).toBe('JP¥1,280')
    expect(moneyParts({ amount: 1280, currency: 'JPY' }).decimals).toBe('')
  })

  test('sums and multiples stay whole', () => {
    expect(sum([cny(10), cny(20)], 'CNY')).toEqual(cny(30))
    expect(sum([], 'CNY')).toEqual(cny(0))
    expect(times(cny(333), 3)).toEqual(cny(999))
  })
})

describe('time', () => {
  test('one instant, however it is written', () => {
    const instant = Date.UTC(2026, 10, 22, 12, 0, 0)
    expect(parseTime('2026-11-22T20:00:00+08:00')).toBe(instant)
    expect(parseTime('2026-11-22T12:00:00Z')).toBe(instant)
    expect(parseTime('2026-11-22T12:00:00.000000Z')).toBe(instant)
    expect(parseTime('2026-11-22T07:00-05:00')).toBe(instant)
    expect(parseTime('yesterday')).toBeNaN()
  })

  test('the hour is the store’s, even when the server writes UTC', () => {
    const clock = storeClock('Asia/Shanghai', '2026-11-22T12:00:00Z')
    expect(clock.offsetMinutes).toBe(480)
    expect(clockTime(wallTime('2026-11-22T17:30:00Z', clock))).toBe('01:30')
    expect(wallTime('2026-11-22T17:30:00Z', clock)).toMatchObject({ month: 11, day: 23 })
  })

  test('an unknown zone falls back to the offset sent', () => {
    expect(storeClock('Mars/Olympus', '2026-11-22T20:00:00+09:30').offsetMinutes).toBe(570)
  })

  test('a plain date is never shifted', () => {
    expect(wallTime('2026-11-23', { offsetMinutes: -600 })).toMatchObject({ month: 11, day: 23, weekday: 1 })
  })

  test('days are counted on the store’s calendar', () => {
    expect(dayOf(Date.UTC(2026, 10, 22, 16, 30), { offsetMinutes: 480 })).toBe('2026-11-23')
    expect(daysBetween('2026-11-30', '2026-12-01')).toBe(1)
  })
})

describe('countdown', () => {
  test('counts down to zero and not below', () => {
    const now = 1_000_000
    expect(remaining(now + 90_061_000, now)).toEqual({ days: 1, hours: 1, minutes: 1, seconds: 1, isOver: false })
    expect(remaining(now, now).isOver).toBe(true)
    expect(remaining(now - 5000, now)).toEqual({ days: 0, hours: 0, minutes: 0, seconds: 0, isOver: true })
  })

  test('a part of a second still counts as one', () => {
    expect(remaining(1400, 1000)).toMatchObject({ seconds: 1, isOver: false })
  })

  test('an unreadable time is over', () => {
    expect(remaining(Number.NaN, 0).isOver).toBe(true)
  })
})

describe('text', () => {
  test('distances', () => {
    expect(formatDistance(3)).toBe('10 m')
    expect(formatDistance(456)).toBe('460 m')
    expect(formatDistance(1640)).toBe('1.6 km')
    expect(formatDistance(12_400)).toBe('12 km')
  })

  test('pickup codes, typed, spaced or scanned', () => {
    expect(formatCode('48210937')).toBe('4821 0937')
    expect(readPickupCode('LINLI:PICKUP:48210937')).toBe('48210937')
    expect(readPickupCode(' 4821 0937 ')).toBe('48210937')
    expect(readPickupCode('4821093')).toBeNull()
    expect(readPickupCode('https://store.test/48210937')).toBeNull()
  })

  test('mobile numbers', () => {
    expect(isMobilePhone('13900001234')).toBe(true)
    expect(isMobilePhone('12900001234')).toBe(false)
    expect(isMobilePhone('1390000123')).toBe(false)
  })

  test('a brand colour must carry white text', () => {
    expect(isSafeBrand('#0b7a3b')).toBe(true)
    expect(isSafeBrand('#ffd400')).toBe(false)
    expect(isSafeBrand('green; background:url(x)')).toBe(false)
  })
})

describe('a story', () => {
  test('shows its pictures at whole addresses and no wider than the page', () => {
    const nodes = storyNodes('<p>看<img alt="一" src="/media/a.webp"></p>', (url) => `https://shop.test${url}`)

    expect(nodes).toBe('<p>看<img alt="一" style="display:block;max-width:100%;height:auto" src="https://shop.test/media/a.webp"></p>')
  })
})
