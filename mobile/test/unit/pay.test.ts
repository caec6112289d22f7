import { describe, expect, it } from 'vitest'

import type { Payment, PaymentMethod } from '../../src/core/api/types'
import { methodsFor, nextStep } from '../../src/core/store/pay_methods'

const offered: PaymentMethod[] = [
  { method: 'wechat_jsapi', label: '微信支付', client: 'mp' },
  { method: 'wechat_h5', label: '微信支付', client: 'web' },
  { method: 'wechat_native', label: '微信扫码', client: 'web' },
  { method: 'alipay_wap', label: '支付宝', client: 'web' },
  { method: 'balance', label: '余额支付', client: 'both' },
]
const begun: Payment = {
  id: 'p',
  order_id: 'o',
  state: 'processing',
  method: 'wechat_h5',
  amount: { amount: 1290, currency: 'CNY' },
  redirect_url: '',
  qr: '',
  jsapi: null,
  created_at: '2026-11-20T12:00:00+08:00',
}

describe('ways to pay', () => {
  it('are those that work in this client, in the owner\'s order', () => {
    expect(methodsFor(offered, 'mp').map((one) => one.method)).toEqual(['wechat_jsapi', 'balance'])
    expect(methodsFor(offered, 'web').map((one) => one.method)).toEqual(['wechat_h5', 'alipay_wap', 'balance'])
  })

  it('lead to a page, to WeChat, or straight to the result', () => {
    expect(nextStep({ ...begun, redirect_url: 'https://pay.example' })).toEqual({ go: 'page', url: 'https://pay.example' })
    expect(nextStep({ ...begun, jsapi: { package: 'prepay_id=1' } })).toEqual({ go: 'wechat', asked: { package: 'prepay_id=1' } })
    expect(nextStep({ ...begun, state: 'succeeded' })).toEqual({ go: 'result' })
  })
})
