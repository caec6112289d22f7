/** The words of what shoppers want and do not get yet. */
const wishes = {
  'home.today': '今日团购',
  'home.tomorrow': '明日预告',
  'home.coming': '即将开团',
  'home.previewHint': '{time} 开团后才能下单，先看看有什么',
  'search.hot': '大家都在搜',
  'search.similar': '为您找到相近的商品',
  'search.popular': '看看大家都在买',
  'wait.ask': '到货提醒',
  'wait.on': '已设提醒',
  'wait.set': '有货时短信告诉您',
  'wait.off': '已取消提醒',
  'queue.title': '排队中',
  'queue.words': '下单的人太多，正在为您排队。轮到时自动提交，不用反复点，也不会重复下单。',
  'queue.next': '{n} 秒后再试',
  'queue.sending': '正在提交…',
  'queue.leave': '先不等了',
  'queue.over': '还没有排到，请稍后再点“提交订单”，不会重复下单',
} as const

export default wishes
