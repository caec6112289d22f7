import type { LineProblem, Money, Quote, QuoteLine } from '../api/types'
import { formatMoney } from '../format/money'
import { t } from '../i18n'
import { withQuote, type CartLine } from './cart'

/** One difference between what the shopper saw and what the store can sell now. */
export interface Change {
  campaign_item_id: string
  title: string
  sku_label: string
  sentence: string
}

/** Words for a line's problem: the server's sentence, else ours by its code. */
export function problemSentence(problem: LineProblem, available: number, price?: Money): string {
  if (problem.sentence) return problem.sentence
  switch (problem.code) {
    case 'out_of_stock':
      return available > 0 ? t('problem.out_of_stock', { n: available }) : t('problem.sold_out')
    case 'sold_out':
      return t('problem.sold_out')
    case 'price_changed':
      return price ? t('problem.price_changed', { price: formatMoney(price) }) : t('problem.other')
    case 'campaign_closed':
      return t('problem.campaign_closed')
    case 'limit_reached':
      return t('problem.limit_reached')
    default:
      return t('problem.other')
  }
}

/** The lines a 409 on POST /orders brings along, as far as they can be read as quote lines. */
export function refusedLines(body: { lines?: unknown; code?: string }): QuoteLine[] {
  if (!Array.isArray(body.lines)) return []
  return (body.lines as Partial<QuoteLine>[]).filter(
    (line): line is QuoteLine => typeof line?.campaign_item_id === 'string',
  )
}

export function changesIn(lines: CartLine[], answer: QuoteLine[]): Change[] {
  const changes: Change[] = []
  for (const line of lines) {
    const now = answer.find((one) => one.campaign_item_id === line.campaign_item_id)
    if (!now) continue
    const moved = now.unit_price && now.unit_price.amount !== line.price.amount
    if (!now.problem && !moved) continue
    changes.push({
      campaign_item_id: line.campaign_item_id,
      title: line.title,
      sku_label: line.sku_label,
      sentence: now.problem
        ? problemSentence(now.problem, now.available, now.unit_price)
        : t('problem.price_changed', { price: formatMoney(now.unit_price) }),
    })
  }
  return changes
}

export function applyQuote(lines: CartLine[], quote: Pick<Quote, 'lines'>): CartLine[] {
  return withQuote(lines, quote as Quote, problemSentence)
}

