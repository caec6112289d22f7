// Teams, presales and the lists goods are seen in, tapped through on the built mini program.
'use strict'
const assert = require('node:assert/strict')
const { test } = require('node:test')

const { fillCart, moves, remember, shopping } = require('./shop.cjs')

const MEMBER = '13900001234'

test('a seat in a team is ordered with the team, and a full one is told', async (t) => {
  const shop = await shopping(t, { member: MEMBER, prepare: (one) => remember(one, 'point', one.world.points[0]) })
  await shop.phone.open('/sub/goods/team?id=team-1')
  await shop.phone.tap('team-join')
  assert.match(moves(shop).at(-1), /^navigateTo \/sub\/order\/confirm\?from=direct&team=team-1$/)
  await shop.phone.open('/sub/order/confirm?from=direct&team=team-1')
  await shop.phone.type('contact-name', '张阿姨')
  await shop.phone.type('contact-phone', MEMBER)

  await shop.phone.tap('submit-order')

  const sent = shop.asked.filter(({ method, route }) => method === 'POST' && route === '/orders')
  assert.equal(sent[0].body.team_id, 'team-1')
  assert.equal(shop.world.orders[0].team.missing, 1)
  await shop.phone.open(`/sub/order/detail?id=${shop.world.orders[0].id}`)
  assert.match(shop.phone.text(shop.phone.find('order-team')), /3 人团 · 还差 1 人/)
})

test('a failed team says that the money goes back, and a new one can be begun', async (t) => {
  const shop = await shopping(t, { member: MEMBER })
  await shop.phone.open('/sub/goods/team?id=team-2')

  assert.match(shop.phone.text(shop.phone.find('team-banner')), /拼团失败，已付的钱原路退回/)
  assert.match(shop.phone.text(), /赵\*\*.*已退款/)
  await shop.phone.tap('team-begin')
  assert.match(moves(shop).at(-1), /from=direct$/)
})

test('goods of a team lead to its teams instead of the cart', async (t) => {
  const shop = await shopping(t, { prepare: (one) => void (one.scene = 'team') })
  await shop.phone.open('/pages/home/index')

  await shop.phone.tap('goods-team', 3)

  assert.match(moves(shop).at(-1), /^navigateTo \/sub\/goods\/teams\?item=/)
})

test('goods are opened as the item of the list they were seen in', async (t) => {
  const shop = await shopping(t)
  await shop.phone.open('/pages/home/index')
  const [item] = shop.world.items

  await shop.phone.tap('goods-open', 0)
  assert.match(moves(shop).at(-1), new RegExp(`^navigateTo /sub/goods/detail\\?id=${item.product.id}&sku=.*&item=${item.id}$`))
  shop.phone.close()
  await shop.phone.open(`/sub/goods/detail?id=${item.product.id}&item=${item.id}`)
  assert.ok(shop.asked.some(({ route }) => route.startsWith(`/products/${item.product.id}`) && route.includes(`item_id=${item.id}`)))
})

test('a presale shows its rule before the deposit is paid, then waits for its balance', async (t) => {
  const shop = await shopping(t, { member: MEMBER })
  shop.scene = 'presale'
  await fillCart(shop, 2)
  await shop.phone.open('/sub/order/confirm?from=cart')
  assert.match(shop.phone.text(shop.phone.find('confirm-presale')), /定金.*1 \.92.*尾款.*7 \.68.*到期未付，定金不退/)
  assert.match(shop.phone.text(shop.phone.find('submit-order')), /付定金/)
  await shop.phone.type('contact-name', '张阿姨')
  await shop.phone.type('contact-phone', MEMBER)
  await shop.phone.tap('submit-order')
  const [order] = shop.world.orders

  await shop.phone.open(`/sub/order/cashier?order=${order.id}`)
  assert.match(shop.phone.text(shop.phone.find('pay-amount')), /1 \.92/)
  shop.tell('POST', '/mock-payments/pay', { body: { order: order.id } })
  await shop.phone.open(`/sub/order/result?order=${order.id}`)
  assert.match(shop.phone.text(), /支付成功.*定金不退/s)
  await shop.phone.open(`/sub/order/detail?id=${order.id}`)
  assert.match(shop.phone.text(shop.phone.find('order-presale')), /定金 已付.*¥1\.92.*尾款.*¥7\.68/)
  assert.match(shop.phone.text(), /起可付尾款/)
})
