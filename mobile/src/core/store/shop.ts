import { reactive } from 'vue'

import type { Order, Store } from '../api/types'
import { language, t } from '../i18n'
import { clockTime, dayOf, daysBetween, parseTime, storeClock, wallTime, type StoreClock } from '../format/time'

/** The store we are in, and its clock: countdowns run by the server's hour, not by the phone's. */
interface Shop {
  store: Store | null
  clock: StoreClock
  /** Server time minus phone time, in milliseconds. */
  ahead: number
}

const CHINA_OFFSET_MINUTES = 480

export const shop = reactive<Shop>({
  store: null,
  clock: { offsetMinutes: CHINA_OFFSET_MINUTES },
  ahead: 0,
})

export function enterStore(store: Store, phoneNow: number): void {
  shop.store = store
  shop.clock = storeClock(store.timezone, store.now)
  shop.ahead = (parseTime(store.now) || phoneNow) - phoneNow
}

export function serverNow(): number {
  return Date.now() + shop.ahead
}

export function today(): string {
  return dayOf(serverNow(), shop.clock)
}

/** `今天`, `明天` or `11月25日 周三`; takes a date or a time. */
export function dayText(text: string): string {
  const wall = wallTime(text, shop.clock)
  const date = text.includes('T') ? dayOf(parseTime(text), shop.clock) : text
  const away = daysBetween(today(), date)
  if (away === 0) return t('common.today')
  if (away === 1) return t('common.tomorrow')
  return t('common.date', { month: wall.month, day: wall.day })
}

/** As `dayText`, with the weekday: pickup days are remembered by it. */
export function pickupDayText(date: string): string {
  const { weekday } = wallTime(date, shop.clock)
  const names = t('common.weekdays')
  const name = language.value === 'en' ? names.split(',')[weekday] : names[weekday]
  return `${dayText(date)} ${t('common.weekday', { weekday: name ?? '' })}`
}

export function hourText(text: string): string {
  return clockTime(wallTime(text, shop.clock))
}

/** `11月25日 18:30`, `今天 18:30`. */
export function momentText(text: string): string {
  return `${dayText(text)} ${hourText(text)}`
}

/** When and how an order comes: fetched on a day, or brought once the goods of that day are there. */
export function arrivalText(order: Pick<Order, 'pickup_date' | 'delivery'>): string {
  const date = pickupDayText(order.pickup_date)
  if (order.delivery.kind === 'pickup') return t('order.pickupOn', { date })
  return t('order.broughtOn', { way: order.delivery.label, date })
}
