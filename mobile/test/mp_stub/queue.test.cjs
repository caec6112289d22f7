// 排队中: the store is too busy to take an order, and takes it once when it has time.
'use strict'
const assert = require('node:assert/strict')
const { test } = require('node:test')

const { fillCart, moves, shopping } = require('./shop.cjs')

const MEMBER = '13900001234'
const BUSY = { status: 503, body: 'Service Unavailable', header: { 'Retry-After': '0' } }
const LATER = { status: 429, body: {}, header: { 'retry-after': '30' } }
const placed = (shop) => shop.asked.filter(({ method, route }) => method === 'POST' && route === '/orders')

/** A neighbour about to place an order, at a store that answers it as told, each time the next one. */
async function atTheTill(t, answers) {
  const shop = await shopping(t, { member: MEMBER })
  await fillCart(shop, 2)
  await shop.phone.open('/sub/order/confirm?from=cart')
  await shop.phone.type('contact-name', '张阿姨')
  await shop.phone.type('contact-phone', MEMBER)
  shop.meddle = (method, route, tell) => (method === 'POST' && route === '/orders' ? answers.shift()?.(tell) : undefined)
  return shop
}

async function until(shop, isSo) {
  for (let n = 0; n < 2000 && !isSo(); n += 1) await new Promise((done) => setTimeout(done, 10))
  await shop.phone.settle()
  assert.ok(isSo(), shop.phone.text())
}

test('a busy store is waited for, and one order is placed', async (t) => {
  const shop = await atTheTill(t, [() => BUSY, (tell) => (tell(), BUSY)]) // the second try was taken, its answer lost
  await shop.phone.tap('submit-order')
  await until(shop, () => moves(shop).length > 0)
  assert.match(moves(shop)[0], /^redirectTo \/sub\/order\/cashier\?order=/)
  const keys = placed(shop).map(({ header }) => header['Idempotency-Key'])
  assert.deepEqual([keys.length, new Set(keys).size, shop.world.orders.length], [3, 1, 1])
  assert.deepEqual(placed(shop).map(({ body }) => body), Array(3).fill(placed(shop)[0].body))
  assert.equal(shop.phone.find('queue-sheet').length, 0)
  assert.deepEqual(shop.phone.errors, [])
})

test('who leaves the queue is told so, keeps what was typed, and orders later under the same key', async (t) => {
  const shop = await atTheTill(t, [() => LATER])
  await shop.phone.tap('submit-order')
  assert.match(shop.phone.text(shop.phone.find('queue-sheet')), /排队中.*不会重复下单.*[34]\d 秒后再试.*先不等了/)

  await shop.phone.tap('queue-leave')
  assert.equal(shop.phone.find('queue-sheet').length, 0)
  const toasts = shop.phone.wx.calls.filter(({ name }) => name === 'showToast').map(({ options }) => options.title)
  assert.deepEqual(toasts, ['还没有排到，请稍后再点“提交订单”，不会重复下单'])
  assert.deepEqual(moves(shop), [])
  await shop.phone.tap('submit-order')

  const keys = placed(shop).map(({ header }) => header['Idempotency-Key'])
  assert.deepEqual([keys.length, new Set(keys).size, shop.world.orders.length], [2, 1, 1])
})

test('what was sold out meanwhile is told out of the queue', async (t) => {
  const answers = []
  const shop = await atTheTill(t, answers)
  answers.push(() => {
    shop.world.items[0].available = 1
    return BUSY
  })
  await shop.phone.tap('submit-order')
  await until(shop, () => shop.phone.find('changes-sheet').length > 0)
  assert.equal(shop.phone.find('queue-sheet').length, 0)
  assert.equal(shop.world.orders.length, 0)
})
