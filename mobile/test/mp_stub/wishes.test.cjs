// What shoppers want and do not get yet, tapped through on the built mini program.
'use strict'
const assert = require('node:assert/strict')
const { test } = require('node:test')

const { moves, routes, shopping } = require('./shop.cjs')

const MEMBER = '13900001234'
const toasts = (shop) => shop.phone.wx.calls.filter(({ name }) => name === 'showToast').map(({ options }) => options.title)

test('what is sold out can be waited for, and no longer be', async (t) => {
  const shop = await shopping(t, { member: MEMBER })
  await shop.phone.open('/pages/home/index')
  assert.equal(shop.phone.find('goods-wait').length, 1)
  assert.equal(shop.phone.text(shop.phone.find('goods-wait')), '到货提醒')

  await shop.phone.tap('goods-wait')
  assert.ok(routes(shop).includes('PUT /stock-waits/sku-6-1'), routes(shop))
  assert.equal(shop.phone.text(shop.phone.find('goods-wait')), '已设提醒')

  await shop.phone.open('/sub/goods/detail?id=product-6')
  assert.equal(shop.phone.text(shop.phone.find('goods-wait')), '已设提醒')
  assert.equal(shop.phone.find('buy-now').length, 0)
  await shop.phone.tap('goods-wait')
  assert.ok(routes(shop).includes('DELETE /stock-waits/sku-6-1'), routes(shop))
  assert.deepEqual(toasts(shop), ['有货时短信告诉您', '已取消提醒'])
  assert.deepEqual(shop.phone.errors, [])
})

test('a guest signs in first, and nothing is asked for a guest', async (t) => {
  const shop = await shopping(t)
  await shop.phone.open('/pages/home/index')
  assert.ok(!routes(shop).some((one) => one.includes('stock-waits')), routes(shop))

  await shop.phone.tap('goods-wait')
  assert.match(moves(shop)[0], /^navigateTo \/sub\/account\/login\?back=/)
  assert.ok(!routes(shop).some((one) => one.includes('stock-waits')), routes(shop))
})

test('what came back meanwhile is said in the store’s words', async (t) => {
  const shop = await shopping(t, { member: MEMBER })
  await shop.phone.open('/pages/home/index')
  shop.world.items.find((one) => one.sku.id === 'sku-6-1').available = 3

  await shop.phone.tap('goods-wait')
  assert.deepEqual(toasts(shop), ['现在就有货，可以直接购买。'])
  assert.equal(shop.phone.text(shop.phone.find('goods-wait')), '到货提醒')
})

test('of several specifications a sold-out one can be waited for while another is bought', async (t) => {
  const shop = await shopping(t, { member: MEMBER })
  shop.world.items.find((one) => one.sku.id === 'sku-5-1').available = 0
  await shop.phone.open('/sub/goods/detail?id=product-5&sku=sku-5-1')
  assert.equal(shop.phone.text(shop.phone.find('goods-wait')), '到货提醒')

  await shop.phone.tap('detail-sku')
  await shop.phone.tap('sku-choice', 1)
  assert.equal(shop.phone.find('sku-confirm').length, 1)
  await shop.phone.tap('sku-choice', 0)
  assert.equal(shop.phone.find('sku-confirm').length, 0)
  assert.equal(shop.phone.find('goods-wait').length, 2)
  assert.deepEqual(shop.phone.errors, [])
})

test('hot words are what the store tells, and a search that finds something is told to it without anybody’s name', async (t) => {
  const shop = await shopping(t, { member: MEMBER })
  await shop.phone.open('/pages/home/index')
  await shop.phone.tap('home-search')
  assert.deepEqual(moves(shop), ['navigateTo /sub/goods/search'])
  await shop.phone.open('/sub/goods/search')
  assert.match(shop.phone.text(), /大家都在搜/)

  await shop.phone.tap('search-hot', 0)
  assert.match(shop.phone.text(), /丹东草莓/)
  const told = shop.asked.filter(({ route }) => route === '/searches')
  assert.deepEqual(told.map(({ body }) => body), [{ q: '草莓' }])
})

test('where nothing is found there are similar goods that can be bought at once, and nothing is told', async (t) => {
  const shop = await shopping(t)
  await shop.phone.open(`/sub/goods/search?q=${encodeURIComponent('萄仔茄子')}`)
  assert.match(shop.phone.text(shop.phone.find('search-instead')), /为您找到相近的商品.*番茄/)
  assert.ok(shop.phone.find('stepper-more').length > 0)
  assert.ok(!routes(shop).includes('POST /searches'), routes(shop))

  await shop.phone.open('/sub/goods/search?q=zzz')
  assert.match(shop.phone.text(shop.phone.find('search-instead')), /看看大家都在买/)
  assert.deepEqual(shop.phone.errors, [])
})
