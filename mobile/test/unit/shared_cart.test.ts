import { beforeEach, describe, expect, test, vi } from 'vitest'

import type { Cart, Member } from '../../src/core/api/types'
import { basket, markChanged, putInCart, replaceLines, restoreBasket } from '../../src/core/store/basket'
import { restorePoint } from '../../src/core/store/pickup_point'
import { session } from '../../src/core/store/session'
import { leaveCart, restoreSharedCart, shareCart } from '../../src/core/store/shared_cart'
import { memoryShelf } from '../../src/core/store/shelf'

const cny = (amount: number) => ({ amount, currency: 'CNY' })
const item = (id: string) => ({
  id,
  product: { id: `product-${id}`, title: id, subtitle: '', image: null, category: '' },
  sku: { id: `sku-${id}`, label: '' },
  price: cny(480),
  strike_price: null,
  member_price: null,
  available: 10,
  quota: null,
  sold: 0,
  per_member_limit: null,
  min_form_quantity: null,
  is_failed: false,
})

/** A store that keeps what it is told, as ours does. */
function aStore(...there: [string, number][]) {
  const kept = new Map(there)
  const told = (): Cart => ({
    groups: [
      {
        pickup_date: '2026-11-24',
        lines: [...kept].map(([id, quantity]) => ({
          item: item(id), quantity, unit_price: cny(480), is_member_price: false, available: 10, problem: null,
        })),
      },
    ],
    pieces: 0,
  })
  return {
    kept,
    cart: vi.fn(async () => told()),
    putCart: vi.fn(async (lines: { campaign_item_id: string; quantity: number }[], _point: string | null, adds: boolean) => {
      if (!adds) kept.clear()
      for (const line of lines) kept.set(line.campaign_item_id, Math.max(line.quantity, kept.get(line.campaign_item_id) ?? 0))
      return told()
    }),
  }
}

const cart = () => basket.lines.map((line) => [line.campaign_item_id, line.quantity])

function signIn(id: string): void {
  session.token = `token of ${id}`
  session.member = { id } as Member
}

beforeEach(() => {
  const shelf = memoryShelf()
  restoreBasket(shelf)
  restorePoint(shelf)
  restoreSharedCart(shelf)
  session.token = ''
  session.member = null
})

describe('a cart that the store keeps', () => {
  test('is not asked for while nobody is signed in', async () => {
    const store = aStore()
    await shareCart(store)
    expect(store.cart).not.toHaveBeenCalled()
    expect(store.putCart).not.toHaveBeenCalled()
  })

  test('takes what the phone gathered before, and brings what other phones did', async () => {
    putInCart(item('pears'), '2026-11-24', 2)
    signIn('li')
    const store = aStore(['apples', 3])

    await shareCart(store)

    expect(cart()).toEqual([['apples', 3], ['pears', 2]])
    expect(basket.isChanged).toBe(false)
  })

  test('goes up when the shopper changed it, and down when another phone did', async () => {
    signIn('li')
    const store = aStore(['apples', 3])
    await shareCart(store)

    putInCart(item('apples'), '2026-11-24', 1)
    await shareCart(store)
    expect([...store.kept]).toEqual([['apples', 1]])

    store.kept.set('fish', 4)
    await shareCart(store)
    expect(cart()).toEqual([['apples', 1], ['fish', 4]])
  })

  test('a new price is no change of the shopper’s', async () => {
    signIn('li')
    await shareCart(aStore(['apples', 3]))
    replaceLines(basket.lines.map((line) => ({ ...line, price: cny(500) })))
    expect(basket.isChanged).toBe(false)
  })

  test('keeps what was ticked', async () => {
    signIn('li')
    const store = aStore(['apples', 3])
    await shareCart(store)
    replaceLines(basket.lines.map((line) => ({ ...line, selected: false })))
    await shareCart(store)
    expect(basket.lines[0]?.selected).toBe(false)
  })

  test('is left with the store by who signs out, and not given to who comes next', async () => {
    signIn('li')
    await shareCart(aStore(['apples', 3]))
    leaveCart()
    expect(cart()).toEqual([])

    signIn('li')
    await shareCart(aStore(['apples', 3]))
    signIn('wang') // the token of li had simply ended
    const hers = aStore(['fish', 1])
    await shareCart(hers)
    expect([...hers.kept]).toEqual([['fish', 1]])
    expect(cart()).toEqual([['fish', 1]])
  })

  test('a phone without the store goes on with its own, and tells it later', async () => {
    signIn('li')
    const store = aStore()
    putInCart(item('apples'), '2026-11-24', 2)
    store.putCart.mockRejectedValueOnce(new Error('offline'))
    await shareCart(store)
    expect(cart()).toEqual([['apples', 2]])
    await shareCart(store)
    expect([...store.kept]).toEqual([['apples', 2]])
    markChanged(false)
  })
})
