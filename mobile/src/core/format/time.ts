/**
 * Times as the store's clock shows them.
 *
 * A shopper reads the hour of the store, not of the phone, so every time is shifted by the store's
 * offset and read in UTC. The text is taken apart here because older phones refuse to parse
 * microseconds, and many mini program engines have no time zone tables.
 */
const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d:?\d\d)?)?$/

export interface StoreClock {
  offsetMinutes: number
}

export interface WallTime {
  year: number
  month: number
  day: number
  weekday: number
  hour: number
  minute: number
}

export function parseTime(text: string): number {
  const found = ISO.exec(text)
  if (!found) return Number.NaN
  const [, year, month, day, hour, minute, second, fraction, zone] = found
  const milliseconds = fraction ? Math.floor(Number(`0.${fraction}`) * 1000) : 0
  const asUtc = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour ?? 0),
    Number(minute ?? 0),
    Number(second ?? 0),
    milliseconds,
  )
  return asUtc - offsetOf(zone) * 60_000
}

export function offsetOf(zone: string | undefined): number {
  if (!zone || zone === 'Z') return 0
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(zone) ?? []
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
}

/** The store's distance from UTC at `now`: by its zone name where the engine knows zones, else as sent. */
export function storeClock(timezone: string, now: string): StoreClock {
  const at = parseTime(now)
  try {
    const parts = new Intl.DateTimeFormat('en-US', {
      timeZone: timezone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    }).formatToParts(new Date(at))
    const part = (type: string) => Number(parts.find((one) => one.type === type)?.value)
    const wall = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'))
    const offset = Math.round((wall - Math.floor(at / 60_000) * 60_000) / 60_000)
    if (Number.isFinite(offset)) return { offsetMinutes: offset }
  } catch {
    // No Intl, or a zone this engine has not heard of.
  }
  return { offsetMinutes: offsetOf(ISO.exec(now)?.[8]) }
}

export function wallTime(text: string, clock: StoreClock): WallTime {
  const isDate = !text.includes('T')
  const shifted = new Date(parseTime(text) + (isDate ? 0 : clock.offsetMinutes * 60_000))
  return {
    year: shifted.getUTCFullYear(),
    month: shifted.getUTCMonth() + 1,
    day: shifted.getUTCDate(),
    weekday: shifted.getUTCDay(),
    hour: shifted.getUTCHours(),
    minute: shifted.getUTCMinutes(),
  }
}

export function clockTime(wall: WallTime): string {
  return `${two(wall.hour)}:${two(wall.minute)}`
}

/** The store's calendar day at an instant, as `YYYY-MM-DD`. */
export function dayOf(instantMs: number, clock: StoreClock): string {
  const shifted = new Date(instantMs + clock.offsetMinutes * 60_000)
  return `${shifted.getUTCFullYear()}-${two(shifted.getUTCMonth() + 1)}-${two(shifted.getUTCDate())}`
}

/** Whole days from one `YYYY-MM-DD` to another. */
export function daysBetween(from: string, to: string): number {
  return Math.round((parseTime(to) - parseTime(from)) / 86_400_000)
}

export function two(number: number): string {
  return String(number).padStart(2, '0')
}
