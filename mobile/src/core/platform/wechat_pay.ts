/** What the mini program asks WeChat: who is paying, and to pay. */

/** A code that our server exchanges for the payer's name; empty outside the mini program. */
export function loginCode(): Promise<string> {
  return new Promise((told) => {
    // #ifdef MP-WEIXIN
    uni.login({ provider: 'weixin', success: (answer) => told(answer.code), fail: () => told('') })
    // #endif
    // #ifndef MP-WEIXIN
    told('')
    // #endif
  })
}

/** Opens WeChat's own payment sheet. Whether it was paid is asked of our server, not believed from here. */
export function payByWeChat(asked: Record<string, string>): Promise<void> {
  return new Promise((closed) => {
    uni.requestPayment({
      provider: 'wxpay',
      orderInfo: '',
      timeStamp: asked.timeStamp,
      nonceStr: asked.nonceStr,
      package: asked.package,
      signType: 'RSA',
      paySign: asked.paySign,
      complete: () => closed(),
    })
  })
}

export const client: 'mp' | 'web' = (() => {
  let here: 'mp' | 'web' = 'web'
  // #ifdef MP-WEIXIN
  here = 'mp'
  // #endif
  return here
})()
