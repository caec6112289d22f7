import { api } from '@/core/api'
import type { Order, OrderLine } from '@/core/api/types'
import { wordsFor } from '@/core/api/words'
import { t } from '@/core/i18n'
import { ask, say } from '@/core/platform/device'
import { pickupDayText } from '@/core/store/shop'

/** Asks whether really; resolves to the order whose later pieces are given back, or null when they are waited for. */
export async function refuseLater(line: OrderLine): Promise<Order | null> {
  if (!line.later) return null
  const isSure = await ask({
    title: t('order.notWaiting'),
    content: t('order.notWaitingAsk', { n: line.later.quantity, day: pickupDayText(line.later.pickup_date) }),
    confirm: t('order.notWaitingConfirm'),
    cancel: t('order.wait'),
  })
  if (!isSure) return null
  try {
    const changed = await api.refuseLater(line.id)
    say(t('order.notWaitingDone'))
    return changed
  } catch (failure) {
    say(wordsFor(failure))
    return null
  }
}
