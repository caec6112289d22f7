// What is brought to the door, tapped through on the built mini program.
'use strict'
const assert = require('node:assert/strict')
const { test } = require('node:test')

const { fillCart, moves, shopping } = require('./shop.cjs')

const MEMBER = '13900001234'

/** The one address of the phone's member, saved before provinces were asked for. */
function homeOf(shop, words = {}) {
  const member = [...shop.world.members.values()].find((one) => one.phone === MEMBER).id
  const usual = { province: '', city: '上海市', district: '', detail: '花木路 1 号', text: '上海市花木路 1 号', lat: null, lng: null, is_default: true }
  return { id: 'home', member, name: '张阿姨', phone: MEMBER, ...usual, ...words }
}

test('an order is brought to an address that is added on the way, for the fee that was said', async (t) => {
  const shop = await shopping(t, { member: MEMBER })
  await fillCart(shop, 2)
  await shop.phone.open('/sub/order/confirm?from=cart')
  await shop.phone.tap('way-leader_home')
  assert.match(shop.phone.text(shop.phone.find('delivery-problem')), /请选择收货地址/)
  await shop.phone.tap('delivery-address')
  assert.deepEqual(moves(shop), ['navigateTo /sub/account/addresses?pick=1'])
  shop.phone.close()

  shop.phone.wx.next.location = { latitude: 31.2155, longitude: 121.5489 }
  await shop.phone.open('/sub/account/address')
  await shop.phone.type('address-name', '张阿姨')
  await shop.phone.type('address-phone', '12')
  await shop.phone.type('address-detail', '花木路 1 号')
  await shop.phone.tap('address-locate')
  await shop.phone.tap('address-save')
  assert.match(shop.phone.text(), /请填写正确的手机号/)
  await shop.phone.type('address-phone', MEMBER)
  await shop.phone.tap('address-save')
  assert.equal(shop.world.addresses[0].lat, 31.2155)
  shop.phone.close()

  await shop.phone.open('/sub/account/addresses?pick=1')
  await shop.phone.tap('address-press')
  shop.phone.close()
  await shop.phone.open('/sub/order/confirm?from=cart')
  await shop.phone.type('contact-name', '张阿姨')
  await shop.phone.type('contact-phone', MEMBER)
  await shop.phone.tap('way-leader_home')
  assert.match(shop.phone.text(shop.phone.find('confirm-fee')), /¥3\.00/)
  assert.match(shop.phone.text(shop.phone.find('confirm-total')), /12 \.60/)
  await shop.phone.tap('submit-order')

  const [order] = shop.world.orders
  assert.equal(order.delivery.kind, 'leader_home')
  await shop.phone.open(`/sub/order/detail?id=${order.id}`)
  assert.match(shop.phone.text(shop.phone.find('order-delivery')), /团长送货上门.*花木路 1 号.*张阿姨/)
  assert.deepEqual(shop.phone.errors, [])
})

test('an express says how its fee comes about, asks for the province, and its number is copied with one tap', async (t) => {
  const shop = await shopping(t, { member: MEMBER })
  const home = homeOf(shop, { city: '杭州市', detail: '文三路 1 号', text: '杭州市文三路 1 号' })
  shop.world.addresses.push(home)
  await fillCart(shop, 5)
  await shop.phone.open('/sub/order/confirm?from=cart')
  assert.match(shop.phone.text(shop.phone.find('way-express')), /快递.*首重 1 kg ¥8\.00 起/)
  await shop.phone.tap('way-express')
  assert.match(shop.phone.text(shop.phone.find('delivery-problem')), /补上省份/)
  shop.phone.close()

  await shop.phone.open('/sub/account/address?id=home')
  await shop.phone.type('address-province', '浙江省')
  await shop.phone.tap('address-save')
  assert.equal(home.text, '浙江省杭州市文三路 1 号')
  shop.phone.close()
  await shop.phone.open('/sub/order/confirm?from=cart')
  await shop.phone.type('contact-name', '张阿姨')
  await shop.phone.type('contact-phone', MEMBER)
  await shop.phone.tap('way-express')
  assert.equal(shop.phone.find('delivery-problem').length, 0)
  assert.match(shop.phone.text(shop.phone.find('confirm-fee')), /¥12\.00/)
  assert.match(shop.phone.text(shop.phone.find('confirm-freight')), /共重 2\.5 kg.*首重 1 kg.*¥8\.00.*续重 2 × 1 kg.*¥4\.00/)
  await shop.phone.tap('submit-order')

  const [order] = shop.world.orders
  assert.equal(order.delivery.kind, 'express')
  Object.assign(order.delivery, { courier: '顺丰速运', tracking_number: 'SF1234567' })
  await shop.phone.open(`/sub/order/detail?id=${order.id}`)
  assert.match(shop.phone.text(shop.phone.find('order-delivery')), /顺丰速运.*SF1234567.*浙江省杭州市文三路 1 号.*续重 2 × 1 kg/)
  await shop.phone.tap('order-tracking')
  assert.equal(shop.phone.wx.calls.find(({ name }) => name === 'setClipboardData').options.data, 'SF1234567')
  assert.deepEqual(shop.phone.errors, [])
})

test('a time of day is picked where the way has some; one that fills up meanwhile is told and another taken', async (t) => {
  const shop = await shopping(t, { member: MEMBER })
  shop.world.addresses.push(homeOf(shop))
  await fillCart(shop, 2)
  await shop.phone.open('/sub/order/confirm?from=cart')
  await shop.phone.type('contact-name', '张阿姨')
  await shop.phone.type('contact-phone', MEMBER)
  await shop.phone.tap('way-leader_home')
  assert.equal(shop.phone.find('slot-choice').length, 0)
  await shop.phone.tap('way-same_day')
  assert.match(shop.phone.text(shop.phone.find('delivery-problem')), /请选择送货时段/)
  assert.match(shop.phone.text(shop.phone.find('slot-choice')), /11:00–13:00.*还可约 1 单.*18:00–20:00.*还可约 5 单/)
  await shop.phone.tap('slot-11:00–13:00')

  shop.world.slots[0].left = 0
  await shop.phone.tap('submit-order')
  assert.equal(shop.world.orders.length, 0)
  assert.match(shop.phone.text(shop.phone.find('delivery-problem')), /约满了，请换一个/)
  assert.match(shop.phone.text(shop.phone.find('slot-choice')), /11:00–13:00.*约满了/)
  await shop.phone.tap('slot-18:00–20:00')
  await shop.phone.tap('submit-order')

  const [order] = shop.world.orders
  assert.match(order.delivery.slot.text, /18:00–20:00/)
  await shop.phone.open(`/sub/order/detail?id=${order.id}`)
  assert.match(shop.phone.text(shop.phone.find('order-delivery')), /门店当日送.*送货时段.*18:00–20:00/)
  shop.phone.close()
  await shop.phone.open('/sub/order/list')
  assert.match(shop.phone.text(), /门店当日送 · .* 到货/)
  assert.doesNotMatch(shop.phone.text(), /周. 取货/)
  assert.deepEqual(shop.phone.errors, [])
})

test('goods of two days are each brought at a time of their own', async (t) => {
  const shop = await shopping(t, { member: MEMBER })
  shop.world.addresses.push(homeOf(shop))
  await fillCart(shop, 1)
  const rice = shop.world.items.find((item) => item.product.category === '粮油')
  await shop.phone.open(`/sub/goods/detail?id=${rice.product.id}`)
  await shop.phone.tap('add-to-cart')
  await shop.phone.tap('sku-confirm')
  shop.phone.close()
  await shop.phone.open('/sub/order/confirm?from=cart')
  await shop.phone.type('contact-name', '张阿姨')
  await shop.phone.type('contact-phone', MEMBER)
  await shop.phone.tap('way-same_day')
  const [first, second] = shop.asked.filter(({ route }) => route.startsWith('/delivery-slots')).slice(-2).map(({ route }) => route.split('date=')[1])
  assert.equal(shop.phone.find('slot-choice').length, 2)
  await shop.phone.tap(`slot-${first}-11:00–13:00`)
  assert.match(shop.phone.text(shop.phone.find('delivery-problem')), new RegExp(`${second.slice(5)} 提货的商品：请选择送货时段`))
  await shop.phone.tap(`slot-${second}-18:00–20:00`)
  assert.equal(shop.phone.find('delivery-problem').length, 0)
  await shop.phone.tap('submit-order')

  assert.deepEqual(shop.world.orders.map((order) => order.delivery.slot.text), [`${first.slice(5)} 11:00–13:00`, `${second.slice(5)} 18:00–20:00`])
  assert.deepEqual(shop.phone.errors, [])
})
