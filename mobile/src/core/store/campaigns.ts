import type { Campaign, CampaignItem, CampaignState } from '../api/types'
import { parseTime } from '../format/time'
import { t } from '../i18n'

/** The state a shopper should see now: a page left open past the cut-off must not offer to buy. */
export function stateAt(
  campaign: Pick<Campaign, 'state' | 'cutoff_at'>,
  nowMs: number,
): CampaignState {
  if (campaign.state === 'open' && parseTime(campaign.cutoff_at) <= nowMs) return 'closed'
  return campaign.state
}

/** Why an item cannot be bought now, in a word for its button; empty when it can. */
export function blockWord(state: CampaignState, item: Pick<CampaignItem, 'available'>): string {
  if (state === 'scheduled') return t('goods.notOpen')
  if (state === 'paused') return t('goods.paused')
  if (state === 'closed') return t('goods.closed')
  return item.available <= 0 ? t('goods.soldOut') : ''
}

/** Whether all that keeps an item from being bought is that none is left: then one can wait for it. */
export function canWait(state: CampaignState, item: Pick<CampaignItem, 'available'>): boolean {
  return state === 'open' && item.available <= 0
}

/** Part of the day's quantity already gone, 0 to 1; null when nothing limits it. */
export function soldPart(item: Pick<CampaignItem, 'sold' | 'available' | 'quota'>): number | null {
  if (item.quota === null) return null
  const all = item.sold + item.available
  return all > 0 ? Math.min(1, item.sold / all) : 1
}

/** Whether enough neighbours bought it for it to go ahead, in words; empty when nothing hangs on that. */
export function formWord(
  state: CampaignState,
  item: Pick<CampaignItem, 'sold' | 'min_form_quantity' | 'is_failed'>,
): string {
  const { sold, min_form_quantity: least } = item
  if (item.is_failed) return t('goods.failed')
  if (!least) return ''
  if (sold >= least) return t('goods.formed')
  return state === 'closed' ? t('goods.formsAt', { n: least }) : t('goods.formsAfter', { n: least, left: least - sold })
}

/** Few enough to say so. */
export const FEW = 20

/** Why no more can be added: the limit per member or the stock, whichever binds. */
export function fullWords(item: Pick<CampaignItem, 'available' | 'per_member_limit'>): string {
  const { available, per_member_limit: limit } = item
  if (limit !== null && limit <= available) return t('goods.limitReached', { n: limit })
  return t('goods.stockReached', { n: available })
}

/** Campaigns as tabs: what can be bought first, then what opens next, then what is over. */
export function inOrder(campaigns: Campaign[], nowMs: number): Campaign[] {
  const rank: Record<CampaignState, number> = { open: 0, paused: 1, scheduled: 2, closed: 3 }
  return [...campaigns].sort(
    (one, other) =>
      rank[stateAt(one, nowMs)] - rank[stateAt(other, nowMs)] ||
      parseTime(one.cutoff_at) - parseTime(other.cutoff_at),
  )
}
