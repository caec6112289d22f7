// Reviews of the made-up store.
import { randomUUID } from 'node:crypto'

import { Refusal, found, list, theMember } from './asked.mjs'
import { iso } from './world.mjs'

export function productReviews({ world, query }, id) {
  const all = world.reviews.filter((one) => one.product_id === id)
  const wanted = { pictures: (one) => one.pictures.length > 0, good: (one) => one.stars >= 4, bad: (one) => one.stars <= 2 }[query.get('only')] ?? (() => true)
  const by_stars = [1, 2, 3, 4, 5].map((stars) => all.filter((one) => one.stars === stars).length)
  const average = all.length ? (all.reduce((sum, one) => sum + one.stars, 0) / all.length).toFixed(1) : ''
  return { rating: { average, count: all.length, by_stars }, ...list(all.filter(wanted).map(({ hidden_reason, can_add, ...one }) => shownReview(one))) }
}

export function myReviews(asked) {
  const member = theMember(asked)
  return list(asked.world.reviews.filter((one) => one.member === member.id).map(shownReview))
}

export function linesToReview(asked) {
  const member = theMember(asked)
  const rows = asked.world.orders.filter((one) => one.member === member.id).flatMap((order) => order.lines
    .filter((line) => line.handed_quantity > 0 && !asked.world.reviews.some((one) => one.line === line.id))
    .map((line) => ({ line_id: line.id, order_id: order.id, order_number: order.number, product_id: 'product-1', title: line.title, sku_label: line.sku_label, image: line.image, placed_at: order.placed_at })))
  return list(rows)
}

export function writeReview(asked) {
  const member = theMember(asked)
  const { line_id, stars, words, picture_ids } = asked.body
  const line = found(asked.world.orders.flatMap((one) => one.lines).find((one) => one.id === line_id))
  if (asked.world.reviews.some((one) => one.line === line_id)) throw new Refusal(409, 'already_reviewed', '这件商品已经评价过了，可以追加评价。')
  const review = { id: randomUUID(), line: line_id, member: member.id, product_id: 'product-1', title: line.title, sku_label: line.sku_label, by: `${member.nickname[0]}**`, stars, words, pictures: picture_ids.map((id) => ({ id, image: '/mock/pictures/product-1.svg', thumb: '/mock/pictures/product-1.svg' })), at: iso(Date.now()), addition: null, reply: null, hidden_reason: '', can_add: true }
  asked.world.reviews.unshift(review)
  return shownReview(review)
}

export function addToReview(asked, id) {
  const member = theMember(asked)
  const review = found(asked.world.reviews.find((one) => one.id === id && one.member === member.id))
  if (review.addition) throw new Refusal(409, 'already_added', '已经追加过评价了。')
  Object.assign(review, { addition: { at: iso(Date.now()), words: asked.body.words, pictures: [] }, can_add: false })
  return shownReview(review)
}

export function uploadPicture(asked) {
  theMember(asked)
  return { id: randomUUID(), image: '/mock/pictures/product-1.svg', thumb: '/mock/pictures/product-1.svg' }
}

function shownReview(review) {
  const { member, ...rest } = review
  return rest
}
