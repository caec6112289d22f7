import type { Payment, PaymentMethod } from '../api/types'

export type Client = 'mp' | 'web'

/** Codes to be scanned with another phone, and pages for a desk, are of no use on the phone one pays with. */
const ELSEWHERE = ['wechat_native', 'alipay_qr', 'alipay_page']

/** The ways to pay that work here, in the shop owner's order. */
export function methodsFor(offered: PaymentMethod[], client: Client): PaymentMethod[] {
  return offered.filter(
    (one) => (one.client === client || one.client === 'both') && !ELSEWHERE.includes(one.method),
  )
}

export type Next = { go: 'page'; url: string } | { go: 'wechat'; asked: Record<string, string> } | { go: 'result' }

/** What to do with a payment that was begun: leave for a page, call WeChat, or look at how it ended. */
export function nextStep(payment: Payment): Next {
  if (payment.redirect_url) return { go: 'page', url: payment.redirect_url }
  if (payment.jsapi) return { go: 'wechat', asked: payment.jsapi }
  return { go: 'result' }
}
