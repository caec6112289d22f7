import type { LineProblem, Money, ProblemBody, Quote, QuoteLine } from '../api/types'
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
    case 'not_enough':
      return available > 0 ? t('problem.not_enough', { n: available }) : t('problem.sold_out')
    case 'sold_out':
      return t('problem.sold_out')
    case 'price':
      return price ? t('problem.price', { price: formatMoney(price) }) : t('problem.other')
    case 'closed':
      return t('problem.closed')
    case 'limit_reached':
      return t('problem.limit_reached')
    default:
      return t('problem.other')
  }
}

/** What POST /orders says of a line it refuses; `code` is `price` where only the price moved. */
export interface RefusedLine {
  campaign_item_id: string
  quantity: number
  available: number
  code: string
  sentence: string
  unit_price?: Money
}

/** The lines a 409 on POST /orders brings along. */
export function refusedLines(body: ProblemBody): RefusedLine[] {
  if (!Array.isArray(body.lines)) return []
  return (body.lines as Partial<RefusedLine>[]).filter(
    (line): line is RefusedLine => typeof line?.campaign_item_id === 'string',
  )
}

/** As `changesIn`, from a refusal: of moved prices only those that did move. */
export function changesInRefusal(lines: CartLine[], refused: RefusedLine[]): Change[] {
  const changes: Change[] = []
  for (const line of lines) {
    const now = refused.find((one) => one.campaign_item_id === line.campaign_item_id)
    if (!now || (now.code === 'price' && now.unit_price?.amount === line.price.amount)) continue
    changes.push({
      campaign_item_id: line.campaign_item_id,
      title: line.title,
      sku_label: line.sku_label,
      sentence: problemSentence(now, now.available, now.unit_price),
    })
  }
  return changes
}

export function changesIn(lines: CartLine[], answer: QuoteLine[]): Change[] {
  const changes: Change[] = []
  for (const line of lines) {
    const now = answer.find((one) => one.campaign_item_id === line.campaign_item_id)
    if (!now) continue
    // the member price of who has just signed in is good news, not a change to confirm
    const moved = now.unit_price && !now.is_member_price && now.unit_price.amount !== line.price.amount
    if (!now.problem && !moved) continue
    changes.push({
      campaign_item_id: line.campaign_item_id,
      title: line.title,
      sku_label: line.sku_label,
      sentence: now.problem
        ? problemSentence(now.problem, now.available, now.unit_price)
        : t('problem.price', { price: formatMoney(now.unit_price) }),
    })
  }
  return changes
}

export function applyQuote(lines: CartLine[], quote: Pick<Quote, 'lines'>): CartLine[] {
  return withQuote(lines, quote as Quote, problemSentence)
}

