import type zhCN from './points.zh-CN'

const points: Record<keyof typeof zhCN, string> = {
  'points.title': 'My points',
  'points.free': 'Points to spend',
  'points.worth': 'Worth {amount}',
  'points.rule': '{earn} points for each yuan paid; {per} points take one yuan off; at most {share}% of an order',
  'points.ending': '{n} points end on {day}',
  'points.locked': '{n} points wait in unpaid orders',
  'points.owed': '{n} points are owed after a refund and kept from what you earn next',
  'points.off': 'This store gives no points at the moment',
  'points.none': 'No points yet',
  'points.noneHint': 'Points arrive by themselves when an order is completed',
  'points.order': 'Order {number}',
  'points.use': 'Use points',
  'points.canUse': 'Use {n} points for {off} off',
}

export default points
