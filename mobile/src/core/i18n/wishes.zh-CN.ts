/** The words of what shoppers want and do not get yet. */
const wishes = {
  'wait.ask': '到货提醒',
  'wait.on': '已设提醒',
  'wait.set': '有货时短信告诉您',
  'wait.off': '已取消提醒',
} as const

export default wishes
