/** The words of points. */
const points = {
  'points.title': '我的积分',
  'points.free': '可用积分',
  'points.worth': '可抵 {amount}',
  'points.rule': '每付 1 元得 {earn} 积分，{per} 积分抵 1 元，每单最多抵 {share}%',
  'points.ending': '{n} 积分将在 {day} 到期',
  'points.locked': '{n} 积分在待付款订单里',
  'points.owed': '退款后还欠 {n} 积分，从以后得到的里扣',
  'points.off': '店铺暂未开启积分',
  'points.none': '还没有积分',
  'points.noneHint': '订单完成后，积分会自动到账',
  'points.order': '订单 {number}',
  'points.use': '使用积分',
  'points.canUse': '用 {n} 积分抵 {off}',
} as const

export default points
