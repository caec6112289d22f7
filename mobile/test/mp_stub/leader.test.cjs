// What a leader does, tapped through on the built mini program.
'use strict'
const assert = require('node:assert/strict')
const { test } = require('node:test')

const { anAfterSale, anOrder, moves, routes, shopping } = require('./shop.cjs')

const LEADER = '13800000001'

test('what is being called back is said before it is handed out, and is not ticked', async (t) => {
  const shop = await shopping(t, { member: LEADER })
  anOrder(shop, { paid: true })
  shop.world.orders[0].lines[0].stopped = { quantity: 1, sentence: '1 份正在召回（农残超标），请不要交给顾客' }
  await shop.phone.open(`/sub/leader/pickup?id=pickup-${shop.world.orders[0].pickup_code}`)

  assert.match(shop.phone.text(shop.phone.find('pickup-stopped')), /1 份正在召回（农残超标）/)
  assert.match(shop.phone.text(shop.phone.find('pickup-panel')), /确认提货（1 件）/)
})

test('a scan finds the neighbour, hands the goods over, and the second scan says who took them', async (t) => {
  const shop = await shopping(t, { member: LEADER })
  anOrder(shop, { paid: true })
  const code = shop.world.orders[0].pickup_code
  await shop.phone.open('/sub/leader/verify')

  shop.phone.wx.next.scanned = `LINLI:PICKUP:${code}`
  await shop.phone.tap('verify-scan')
  assert.match(shop.phone.text(shop.phone.find('pickup-panel')), /邻居0001.*番茄.*确认提货（2 件）/)
  await shop.phone.tap('handover-confirm')
  assert.match(shop.phone.text(shop.phone.find('handover-done')), /提货完成/)
  await shop.phone.tap('verify-next')
  await shop.phone.tap('verify-scan')

  assert.match(shop.phone.text(shop.phone.find('handover-already')), /这个码已经用过了 今天 \d\d:\d\d 由 邻居0001 核销/)
  assert.ok(routes(shop).includes(`GET /leader/pickups?code=${code}`))
  assert.deepEqual(shop.phone.errors, [])
})

test('the keypad finds a wrong point, and a handover can be undone with its reason', async (t) => {
  const shop = await shopping(t, { member: LEADER })
  anOrder(shop, { paid: true })
  await shop.phone.open('/sub/leader/verify')

  for (const digit of '00000002') await shop.phone.tap(`key-${digit}`)
  assert.match(shop.phone.text(shop.phone.find('verify-trouble')), /不在您的自提点 这单要到“阳光里水果店”取货/)
  await shop.phone.tap('key-clear')
  for (const digit of shop.world.orders[0].pickup_code) await shop.phone.tap(`key-${digit}`)
  await shop.phone.tap('handover-confirm')
  await shop.phone.tap('handover-undo')

  const undo = shop.asked.find(({ route }) => route.endsWith('/reversal'))
  assert.deepEqual(undo.body, { reason: '点错了' })
  assert.equal(shop.world.orders[0].lines[0].handed_quantity, 0)
  assert.match(shop.phone.text(shop.phone.find('pickup-panel')), /确认提货（2 件）/)
})

test('the leader says that it is so, and asks for a neighbour', async (t) => {
  const shop = await shopping(t, { member: LEADER, prepare: (made) => ({ id: anAfterSale(made).id }) })
  await shop.phone.open('/sub/aftersale/list?leader=1')
  assert.match(shop.phone.text(), /待团长核实/)
  await shop.phone.open(`/sub/aftersale/detail?id=${shop.prepared.id}&leader=1`)

  await shop.phone.type('opinion-words', '当面看过')
  await shop.phone.tap('opinion-agree')
  await shop.phone.settle()

  assert.deepEqual([shop.world.afterSales[0].state, shop.world.afterSales[0].leader_words], ['store_review', '当面看过'])
  const line = shop.world.orders[0].lines[0]
  await shop.phone.open(`/sub/aftersale/new?leader=1&line=${line.id}&left=1&title=${encodeURIComponent(line.title)}`)
  await shop.phone.tap('reason-short')
  await shop.phone.tap('aftersale-submit')
  await shop.phone.settle()
  assert.equal(shop.world.afterSales.length, 2)
  assert.match(moves(shop).at(-1), /&leader=1$/)
})

test('a leader pastes the group\'s chain, answers what is asked and sends the links of what was clear', async (t) => {
  const shop = await shopping(t, { member: LEADER })
  await shop.phone.open('/sub/leader/paste')
  await shop.phone.type('chain-text', '1. 王姐 黄心土豆2份\n2. 李哥 番茄一份\n3. 小陈 榴莲两盒')
  await shop.phone.tap('chain-read')
  assert.match(shop.phone.text(), /1 行完全看懂了.*2 行没看懂，不会下单.*黄心土豆 2\.5kg\/袋 ×2.*“番茄一份”是哪一个？.*看不懂“榴莲两盒”/)

  await shop.phone.tap('chain-choice', 1)
  assert.equal(shop.asked.at(-1).body.choice, '2:0:item-1-2')
  assert.match(shop.phone.text(), /2 行完全看懂了.*番茄 1kg ×1/)
  await shop.phone.type('chain-text', '1. 王姐 黄心土豆2份\n2. 李哥 番茄 1kg一份')
  assert.match(shop.phone.text(), /文字改过了，请再识别一次/)
  assert.deepEqual(shop.phone.find('chain-make'), [])
  await shop.phone.tap('chain-read')
  await shop.phone.tap('chain-make')

  const sent = shop.asked.find(({ method, route }) => method === 'POST' && route.endsWith('/drafts'))
  assert.deepEqual(Object.keys(sent.body).sort(), ['pickup_point_id', 'text'])
  assert.ok(sent.header['Idempotency-Key'])
  assert.match(moves(shop).at(-1), /^navigateTo \/sub\/leader\/drafts\?campaign=campaign-1$/)
  await shop.phone.open('/sub/leader/drafts?campaign=campaign-1')
  await shop.phone.tap('draft-copy-all')
  const copied = shop.phone.wx.calls.findLast(({ name }) => name === 'setClipboardData').options.data
  assert.match(copied, /1\. 王姐 黄心土豆.*\nhttps:\/\/store\.test.*sign=abc\n2\. 李哥/)
  await shop.phone.tap('draft-withdraw', 0)
  assert.match(shop.phone.text(), /已撤回/)
  assert.deepEqual(shop.phone.errors, [])
})

test('a leader sees what is ordered before taking days off, and can call them off', async (t) => {
  const shop = await shopping(t, { member: LEADER })
  anOrder(shop, { paid: true })
  const day = shop.world.orders[0].pickup_date
  await shop.phone.open('/sub/leader/rests')

  await shop.phone.tap('rest-take')
  assert.ok(!routes(shop).some((asked) => asked.includes('rest-previews')), 'no days, nothing asked')
  await shop.phone.tap(`rest-day-${day}`)
  await shop.phone.type('rest-note', '回老家')
  await shop.phone.tap('rest-take')
  assert.match(shop.phone.text(shop.phone.find('rest-there')), /这几天已有 1 位邻居的 1 单/)
  assert.equal(shop.world.rests.length, 0)

  anOrder(shop, { paid: true })
  await shop.phone.tap('rest-sure')
  assert.equal(shop.world.rests.length, 0, 'somebody ordered meanwhile')
  assert.match(shop.phone.text(shop.phone.find('rest-there')), /的 2 单/)
  await shop.phone.tap('rest-sure')
  await shop.phone.settle()
  const [{ first_on, last_on, note }] = shop.world.rests
  assert.deepEqual([first_on, last_on, note], [day, day, '回老家'])
  assert.match(shop.phone.text(shop.phone.find('rest-orders')), /已有 2 单要交货/)

  await shop.phone.tap('rest-end')
  await shop.phone.settle()
  assert.match(shop.phone.text(), /没有安排休息/)
})

test('a leader leaves goods out at their points, sends the rest to the group, and sells them again', async (t) => {
  const shop = await shopping(t, { member: LEADER })
  await shop.phone.open('/sub/leader/offers')
  const [first] = shop.world.items

  await shop.phone.tap('offer-turn', 0)
  await shop.phone.settle()
  assert.match(shop.phone.text(shop.phone.find('offer')), /没有卖.*重新卖/)
  assert.deepEqual(shop.asked.find(({ method, route }) => method === 'PUT' && route.startsWith('/leader/offers/')).body, { is_hidden: true })
  await shop.phone.tap('offer-copy', 0)
  const text = shop.phone.wx.calls.find(({ name }) => name === 'setClipboardData').options.data
  assert.ok(!text.includes(`${first.product.title} ${first.sku.label}`), text)
  assert.match(text, /^1\. .+¥[\s\S]*点开下单：.*leader=/m)

  await shop.phone.tap('offer-turn', 0)
  await shop.phone.settle()
  assert.equal(shop.world.hidden.size, 0)
  assert.match(shop.phone.text(shop.phone.find('offer')), /不卖/)
})
