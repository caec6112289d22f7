import { reactive, computed } from 'vue'

import type { CampaignItem } from '../api/types'
import { pieces, total, wishes, withQuantity, type CartLine } from './cart'
import { keptValue, type Shelf } from './shelf'
import { shop } from './shop'

/** The phone's cart, kept per store, and what is on its way to the checkout. */
interface Basket {
  lines: CartLine[]
  /** Lines of 立即购买, which pass the cart by; empty when the cart itself is checked out. */
  direct: CartLine[]
  /** The shopper changed the cart since the store was told of it. */
  isChanged: boolean
}

export const basket = reactive<Basket>({ lines: [], direct: [], isChanged: false })

let keptLines = keptValue<CartLine[]>({ read: () => null, write: () => undefined }, 'cart', [])
let keptDirect = keptLines
let keptChanged = keptValue<boolean>({ read: () => null, write: () => undefined }, 'cart-changed', false)

export function restoreBasket(shelf: Shelf): void {
  keptLines = keptValue<CartLine[]>(shelf, 'cart', [])
  keptDirect = keptValue<CartLine[]>(shelf, 'direct', [])
  keptChanged = keptValue<boolean>(shelf, 'cart-changed', false)
  basket.lines = keptLines.read()
  basket.isChanged = keptChanged.read()
  basket.direct = keptDirect.read()
}

export function replaceLines(lines: CartLine[]): void {
  const isOther = JSON.stringify(wishes(basket.lines)) !== JSON.stringify(wishes(lines))
  basket.lines = lines
  keptLines.write(lines)
  if (isOther) markChanged(true) // a new price or a mark is no wish of the shopper
}

export function markChanged(isChanged: boolean): void {
  basket.isChanged = isChanged
  keptChanged.write(isChanged)
}

export function putInCart(item: CampaignItem, pickup_date: string, quantity: number): void {
  replaceLines(withQuantity(basket.lines, item, pickup_date, quantity))
}

export function takeDirect(lines: CartLine[]): void {
  basket.direct = lines
  keptDirect.write(lines)
}

export const currency = computed(() => shop.store?.currency ?? basket.lines[0]?.price.currency ?? 'CNY')
export const cartPieces = computed(() => pieces(basket.lines))
export const cartTotal = computed(() => total(basket.lines, currency.value))
