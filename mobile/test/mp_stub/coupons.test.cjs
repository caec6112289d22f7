// Coupons: claimed, redeemed by code, seen by what became of them.
'use strict'
const assert = require('node:assert/strict')
const { test } = require('node:test')

const { moves, shopping } = require('./shop.cjs')

const MEMBER = '13900001234'
const toasts = (shop) => shop.phone.wx.calls.filter(({ name }) => name === 'showToast').map(({ options }) => options.title)
const claims = (shop) => shop.asked.filter(({ method, route }) => method === 'POST' && route === '/coupons')

test('a coupon is claimed once, lies among the usable ones and leads to the goods', async (t) => {
  const shop = await shopping(t, { member: MEMBER })
  await shop.phone.open('/pages/me/index')
  await shop.phone.tap('me-coupons')
  assert.deepEqual(moves(shop), ['navigateTo /sub/account/coupons'])
  await shop.phone.open('/sub/account/coupons')

  await shop.phone.tap('coupon-claim')
  assert.deepEqual(toasts(shop), ['领到了，下单时自动用上'])
  assert.match(shop.phone.text(shop.phone.find('coupon-offered').slice(0, 1)), /已领取/)
  assert.equal(shop.phone.find('coupon-claim').length, 0)
  await shop.phone.tap('coupons-tab-usable')
  assert.match(shop.phone.text(shop.phone.find('coupon-held')), /¥5\.00.*新客满30减5.*前可用.*去使用/)
  await shop.phone.tap('coupon-use')
  assert.equal(moves(shop).at(-1), 'switchTab /pages/home/index')
  await shop.phone.tap('coupons-tab-used')
  assert.match(shop.phone.text(), /这里还没有优惠券/)
  assert.deepEqual(shop.phone.errors, [])
})

test('a code is redeemed, a wrong one is said beside the field, a lost answer keeps the key', async (t) => {
  const shop = await shopping(t, { member: MEMBER })
  await shop.phone.open('/sub/account/coupons')
  await shop.phone.tap('coupon-redeem')
  assert.deepEqual(claims(shop), [])
  await shop.phone.type('coupon-code', 'NOTHING')
  await shop.phone.tap('coupon-redeem')
  assert.match(shop.phone.text(shop.phone.find('coupon-code')), /没有这张优惠券，请检查券码/)

  await shop.phone.type('coupon-code', 'LINLI8')
  shop.mode = 'offline'
  await shop.phone.tap('coupon-redeem')
  shop.mode = 'loaded'
  await shop.phone.tap('coupon-redeem')
  const [first, lost, again] = claims(shop).map(({ header }) => header['Idempotency-Key'])
  assert.notEqual(first, lost)
  assert.equal(lost, again)
  assert.equal(shop.world.coupons.length, 1)
})

test('one that somebody else got last is told, and the page says so', async (t) => {
  const shop = await shopping(t, { member: MEMBER })
  await shop.phone.open('/sub/account/coupons')
  shop.tell('POST', '/coupons', { token: shop.token, key: 'other', body: { kind_id: 'kind-1' } })
  await shop.phone.tap('coupon-claim')
  assert.deepEqual(toasts(shop), ['您已经领过了。'])
  assert.equal(shop.phone.find('coupon-claim').length, 0)
})
