import type { CampaignItem, LineWish, Money, Quote } from '../api/types'
import { sum, times } from '../format/money'

/** A wish to buy, with what the shopper last saw of it. The server's quote has the last word. */
export interface CartLine {
  campaign_item_id: string
  quantity: number
  selected: boolean
  product_id: string
  title: string
  sku_label: string
  category: string
  image: string | null
  price: Money
  strike_price: Money | null
  available: number
  per_member_limit: number | null
  pickup_date: string
  /** Why it cannot be bought as it stands; empty when it can. */
  problem: string
  /** True when asking for fewer would not help either: the line is put aside. */
  is_gone: boolean
}

/** The most one member may put in the cart of one item. */
export function ceiling(line: { available: number; per_member_limit: number | null }): number {
  return Math.max(0, Math.min(line.available, line.per_member_limit ?? Number.MAX_SAFE_INTEGER))
}

export function lineFrom(item: CampaignItem, pickup_date: string, quantity: number): CartLine {
  return {
    campaign_item_id: item.id,
    quantity,
    selected: true,
    product_id: item.product.id,
    title: item.product.title,
    sku_label: item.sku.label,
    category: item.product.category,
    image: item.product.image,
    price: item.price,
    strike_price: item.strike_price,
    available: item.available,
    per_member_limit: item.per_member_limit,
    pickup_date,
    problem: '',
    is_gone: false,
  }
}

/** Sets the quantity of an item: adds its line, changes it, or drops it at zero. */
export function withQuantity(
  lines: CartLine[],
  item: CampaignItem,
  pickup_date: string,
  quantity: number,
): CartLine[] {
  const wanted = Math.min(quantity, ceiling(item))
  const at = lines.findIndex((line) => line.campaign_item_id === item.id)
  if (wanted <= 0) return lines.filter((line) => line.campaign_item_id !== item.id)
  const before = lines[at]
  if (!before) return [...lines, lineFrom(item, pickup_date, wanted)]
  const line = { ...lineFrom(item, pickup_date, wanted), selected: before.selected }
  return lines.map((one, index) => (index === at ? line : one))
}

export function quantityOf(lines: CartLine[], campaignItemId: string): number {
  return lines.find((line) => line.campaign_item_id === campaignItemId)?.quantity ?? 0
}

export function pieces(lines: CartLine[]): number {
  return lines.reduce((count, line) => count + line.quantity, 0)
}

export function total(lines: CartLine[], currency: string): Money {
  return sum(lines.map((line) => times(line.price, line.quantity)), currency)
}

/** What the strike prices say the shopper saves; zero where there is none. */
export function saved(lines: CartLine[], currency: string): Money {
  const savings = lines.map((line) => {
    const before = line.strike_price?.amount ?? 0
    return times({ amount: Math.max(0, before - line.price.amount), currency }, line.quantity)
  })
  return sum(savings, currency)
}

export function wishes(lines: CartLine[]): LineWish[] {
  return lines.map(({ campaign_item_id, quantity }) => ({ campaign_item_id, quantity }))
}

/** Codes after which asking for fewer does not help. */
const FINAL = new Set(['off_sale', 'not_on_offer', 'not_here', 'hidden_here', 'point_rests', 'lead_time', 'not_open', 'paused', 'closed', 'sold_out'])

/** Lays the server's prices, stock and complaints over the lines. */
export function withQuote(
  lines: CartLine[],
  quote: Quote,
  wordFor: (problem: { code: string; sentence: string }, available: number) => string,
): CartLine[] {
  return lines.map((line) => {
    const answer = quote.lines.find((one) => one.campaign_item_id === line.campaign_item_id)
    if (!answer) return line
    const { problem } = answer
    return {
      ...line,
      price: answer.unit_price ?? line.price,
      available: answer.available ?? line.available,
      problem: problem ? wordFor(problem, answer.available) : '',
      is_gone: problem !== null && (FINAL.has(problem.code) || answer.available <= 0),
    }
  })
}

/** Brings lines down to what can be bought and drops the rest: what 按最新情况继续 means. */
export function settled(lines: CartLine[]): CartLine[] {
  return lines
    .filter((line) => !line.is_gone)
    .map((line) => ({ ...line, quantity: Math.min(line.quantity, ceiling(line)), problem: '' }))
    .filter((line) => line.quantity > 0)
}
