// What a neighbour does once the goods are there, tapped through on the built mini program: reviews and after-sales.
'use strict'
const assert = require('node:assert/strict')
const { test } = require('node:test')

const { anOrder, moves, shopping } = require('./shop.cjs')

const MEMBER = '13900001234'

test('what was fetched is reviewed with stars, words and pictures, and added to later', async (t) => {
  const shop = await shopping(t, { member: MEMBER })
  const order = anOrder(shop, { paid: true })
  for (const line of shop.world.orders.find((one) => one.id === order.id).lines) line.handed_quantity = line.quantity
  shop.phone.wx.next.pictures = ['tmp/one.jpg', 'tmp/two.jpg']
  await shop.phone.open('/sub/review/mine')
  await shop.phone.tap('write-review')
  await shop.phone.open(moves(shop).at(-1).split(' ')[1])

  await shop.phone.tap('star-4')
  await shop.phone.type('review-words', '脆，就是有点小')
  await shop.phone.tap('add-picture')
  await shop.phone.settle()
  await shop.phone.tap('send-review')
  await shop.phone.settle()

  const [review] = shop.world.reviews
  assert.deepEqual([review.stars, review.words, review.pictures.length], [4, '脆，就是有点小', 2])
  const sent = shop.phone.wx.calls.filter(({ name }) => name === 'uploadFile')
  assert.ok(sent.every(({ options }) => options.name === 'picture' && options.header.Authorization), 'signed in')
  await shop.phone.open('/sub/review/mine?tab=written')
  await shop.phone.tap('add-review')
  await shop.phone.open(moves(shop).at(-1).split(' ')[1])
  await shop.phone.tap('send-review')
  assert.ok(shop.phone.wx.calls.some(({ name, options }) => name === 'showToast' && options.title === '请写点内容'))
  await shop.phone.type('review-words', '第三天还好')
  await shop.phone.tap('send-review')
  await shop.phone.settle()
  assert.equal(review.addition.words, '第三天还好')
  assert.deepEqual(shop.phone.errors, [])
})

test('a neighbour shows what is wrong with a picture, follows it, and appeals', async (t) => {
  const shop = await shopping(t, { member: MEMBER, prepare: (made) => ({ order: anOrder(made, { paid: true }).id }) })
  await shop.phone.open(`/sub/aftersale/new?order=${shop.prepared.order}`)

  await shop.phone.tap('reason-spoilt')
  await shop.phone.tap('aftersale-submit')
  assert.ok(shop.phone.wx.calls.some(({ name, options }) => name === 'showToast' && options.title.includes('请上传至少一张照片')))
  await shop.phone.tap('photo-add')
  await shop.phone.settle()
  await shop.phone.tap('aftersale-submit')
  await shop.phone.settle()

  const [made] = shop.world.afterSales
  assert.deepEqual([made.reason, made.remedy, made.quantity, made.photos.length], ['spoilt', 'refund', 1, 1])
  assert.equal(moves(shop).at(-1), `redirectTo /sub/aftersale/detail?id=${made.id}`)

  made.state = 'rejected'
  await shop.phone.open(`/sub/aftersale/detail?id=${made.id}`)
  await shop.phone.tap('aftersale-appeal')
  await shop.phone.type('appeal-words', '照片里看得清')
  await shop.phone.tap('aftersale-appeal')
  await shop.phone.settle()
  assert.equal(made.state, 'appealed')
})
