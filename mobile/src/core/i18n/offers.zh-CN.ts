/** 推广选品: what a leader sells at their own points. */
export default {
  'offers.title': '推广选品',
  'offers.hint': '不想卖的可以先不卖，只影响您自己的自提点；价格由店家定。已经下的单照常提货。',
  'offers.none': '现在没有在卖的团',
  'offers.noneHint': '店家开团后，在这里选要卖的商品',
  'offers.until': '{time} 截单 · {day} 提货',
  'offers.hidden': '没有卖',
  'offers.hide': '不卖',
  'offers.show': '重新卖',
  'offers.isHidden': '已经不在您的自提点卖了',
  'offers.isShown': '已经在您的自提点卖了',
  'offers.copy': '复制群文案',
  'offers.copied': '文案已复制，去群里粘贴吧',
  'offers.line': '{n}. {title} {label} {price}',
  'offers.order': '点开下单：{link}',
}
