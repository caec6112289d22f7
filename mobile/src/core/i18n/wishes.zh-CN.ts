/** The words of what shoppers want and do not get yet. */
const wishes = {
  'home.today': '今日团购',
  'home.tomorrow': '明日预告',
  'home.coming': '即将开团',
  'home.previewHint': '{time} 开团后才能下单，先看看有什么',
  'wait.ask': '到货提醒',
  'wait.on': '已设提醒',
  'wait.set': '有货时短信告诉您',
  'wait.off': '已取消提醒',
} as const

export default wishes
