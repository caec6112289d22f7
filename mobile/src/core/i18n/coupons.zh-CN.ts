/** The words of coupons. */
const coupons = {
  'coupon.title': '优惠券',
  'coupon.claimable': '领券',
  'coupon.usable': '可使用',
  'coupon.used': '已使用',
  'coupon.expired': '已过期',
  'coupon.percent': '{n}%',
  'coupon.someGoods': '部分商品可用',
  'coupon.cap': '最多减 {amount}',
  'coupon.claimUntil': '{time} 前可领',
  'coupon.left': '还剩 {n} 张',
  'coupon.until': '{time} 前可用',
  'coupon.usedAt': '{time} 已使用',
  'coupon.endedAt': '{time} 已过期',
  'coupon.claim': '领取',
  'coupon.claimed': '已领取',
  'coupon.gone': '已领完',
  'coupon.done': '领到了，下单时自动用上',
  'coupon.use': '去使用',
  'coupon.code': '券码',
  'coupon.codeHint': '有券码的话，输在这里',
  'coupon.codeClaim': '兑换',
  'coupon.noneToClaim': '现在没有可领的券',
  'coupon.none': '这里还没有优惠券',
  'coupon.noneHint': '店家发券后会出现在这里',
} as const

export default coupons
