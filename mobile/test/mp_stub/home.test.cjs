// The tabs of home: today, what comes, flash sales.
'use strict'
const assert = require('node:assert/strict')
const { test } = require('node:test')

const { shopping } = require('./shop.cjs')

const tabs = (shop) => shop.phone.find('home-section-today').concat(shop.phone.find('home-section-coming'), shop.phone.find('home-section-flash'))

test('home shows today first, tomorrow only to be looked at, and flash sales with their countdown', async (t) => {
  const shop = await shopping(t)
  shop.scene = 'tabs'
  await shop.phone.open('/pages/home/index')
  assert.deepEqual(tabs(shop).map((tab) => shop.phone.text([tab])), ['今日团购', '明日预告', '秒杀'])
  assert.match(shop.phone.text(shop.phone.find('campaign-banner')), /今日鲜团.*距截单/)

  await shop.phone.tap('home-section-coming')
  assert.match(shop.phone.text(shop.phone.find('campaign-banner')), /明日鲜团.*开团.*距开团/)
  assert.match(shop.phone.text(shop.phone.find('home-preview')), /明天 .* 开团后才能下单/)
  assert.equal(shop.phone.find('goods-card').length, 3)
  assert.equal(shop.phone.find('goods-stepper').length, 0)
  assert.equal(shop.phone.find('goods-wait').length, 0)
  assert.equal(shop.phone.text(shop.phone.find('goods-blocked').slice(0, 1)), '未开团')

  await shop.phone.tap('home-section-flash')
  assert.match(shop.phone.text(shop.phone.find('campaign-banner')), /整点秒杀.*距截单/)
  assert.equal(shop.phone.find('goods-stepper').length, 1)
  await shop.phone.tap('campaign-campaign-flash-later')
  assert.match(shop.phone.text(shop.phone.find('campaign-banner')), /八点秒杀.*距开团/)
  assert.equal(shop.phone.find('goods-stepper').length, 0)
  assert.equal(shop.phone.find('campaign-campaign-flash-over').length, 0)
  assert.deepEqual(shop.phone.errors, [])
})

test('after the cut-off home begins with the next day’s preview, and today is one tap away', async (t) => {
  const shop = await shopping(t)
  shop.scene = 'evening'
  await shop.phone.open('/pages/home/index')
  assert.match(shop.phone.text(shop.phone.find('campaign-banner')), /明日鲜团/)

  await shop.phone.tap('home-section-today')
  assert.match(shop.phone.text(shop.phone.find('campaign-banner')), /今日鲜团.*本团已截单/)
})

test('one kind of list needs no tabs', async (t) => {
  const shop = await shopping(t)
  await shop.phone.open('/pages/home/index')
  assert.deepEqual(tabs(shop), [])
})
