import type { Money } from '../api/types'

const SYMBOLS: Record<string, string> = { CNY: '¥', USD: 'US$', HKD: 'HK$', JPY: 'JP¥', SGD: 'S$' }
/** ISO 4217: currencies whose smallest unit is the unit itself; all others here have two decimals. */
const WHOLE = new Set(['JPY', 'KRW', 'VND'])

export interface MoneyParts {
  symbol: string
  whole: string
  /** With its point, e.g. `.80`; empty for a currency without decimals. */
  decimals: string
}

export function moneyParts(money: Money): MoneyParts {
  const symbol = SYMBOLS[money.currency] ?? `${money.currency} `
  const sign = money.amount < 0 ? '-' : ''
  const units = Math.abs(money.amount)
  if (WHOLE.has(money.currency)) return { symbol: sign + symbol, whole: grouped(units), decimals: '' }
  return {
    symbol: sign + symbol,
    whole: grouped(Math.floor(units / 100)),
    decimals: `.${String(units % 100).padStart(2, '0')}`,
  }
}

export function formatMoney(money: Money): string {
  const { symbol, whole, decimals } = moneyParts(money)
  return symbol + whole + decimals
}

export function times(money: Money, quantity: number): Money {
  return { amount: money.amount * quantity, currency: money.currency }
}

/** Adds amounts of one currency; an empty list is zero of `currency`. */
export function sum(amounts: Money[], currency: string): Money {
  return { amount: amounts.reduce((total, money) => total + money.amount, 0), currency }
}

function grouped(units: number): string {
  return String(units).replace(/\B(?=(\d{3})+$)/g, ',')
}
