/** 推广选品: what a leader sells at their own points. */
export default {
  'offers.title': 'Choose goods',
  'offers.hint': 'Leave out what you do not want to sell; only your own points change. Prices are the store’s. Orders already placed are handed out as usual.',
  'offers.none': 'Nothing is on sale now',
  'offers.noneHint': 'When the store opens a group buy, choose its goods here',
  'offers.until': 'Until {time} · pickup {day}',
  'offers.hidden': 'Not sold',
  'offers.hide': 'Leave out',
  'offers.show': 'Sell again',
  'offers.isHidden': 'No longer sold at your points',
  'offers.isShown': 'Sold at your points again',
  'offers.copy': 'Copy group text',
  'offers.copied': 'Text copied; paste it into the group',
  'offers.line': '{n}. {title} {label} {price}',
  'offers.order': 'Order here: {link}',
}
