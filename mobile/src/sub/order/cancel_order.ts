import { api } from '@/core/api'
import type { Order } from '@/core/api/types'
import { wordsFor } from '@/core/api/words'
import { formatMoney } from '@/core/format/money'
import { t } from '@/core/i18n'
import { ask, choose, say } from '@/core/platform/device'

/** Asks why and whether really; resolves to the cancelled order, or null when it stays. */
export async function cancelOrder(order: Order): Promise<Order | null> {
  const reasons = [
    t('order.reason.mistake'),
    t('order.reason.unneeded'),
    t('order.reason.time'),
    t('order.reason.other'),
  ]
  const chosen = await choose(reasons)
  if (chosen === null) return null
  const amount = formatMoney(order.total)
  const isPaid = order.paid.amount > 0
  const isSure = await ask({
    title: t('orders.cancel'),
    content: isPaid ? t('order.cancelPaidAsk', { amount }) : t('order.cancelAsk', { amount }),
    confirm: t('order.cancelConfirm'),
    cancel: t('order.keep'),
  })
  if (!isSure) return null
  try {
    const cancelled = await api.cancelOrder(order.id, reasons[chosen] ?? '')
    say(t('order.cancelled'))
    return cancelled
  } catch (failure) {
    say(wordsFor(failure))
    return null
  }
}
