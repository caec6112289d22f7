import { reactive, computed } from 'vue'

import type { CampaignItem } from '../api/types'
import { pieces, total, withQuantity, type CartLine } from './cart'
import { keptValue, type Shelf } from './shelf'
import { shop } from './shop'

/** The phone's cart, kept per store, and what is on its way to the checkout. */
interface Basket {
  lines: CartLine[]
  /** Lines of 立即购买, which pass the cart by; empty when the cart itself is checked out. */
  direct: CartLine[]
}

export const basket = reactive<Basket>({ lines: [], direct: [] })

let keptLines = keptValue<CartLine[]>({ read: () => null, write: () => undefined }, 'cart', [])
let keptDirect = keptLines

export function restoreBasket(shelf: Shelf): void {
  keptLines = keptValue<CartLine[]>(shelf, 'cart', [])
  keptDirect = keptValue<CartLine[]>(shelf, 'direct', [])
  basket.lines = keptLines.read()
  basket.direct = keptDirect.read()
}

export function replaceLines(lines: CartLine[]): void {
  basket.lines = lines
  keptLines.write(lines)
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
