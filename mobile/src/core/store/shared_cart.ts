import { watch } from 'vue'

import type { Api } from '../api/endpoints'
import type { Cart } from '../api/types'
import { basket, markChanged, replaceLines } from './basket'
import { lineFrom, wishes, type CartLine } from './cart'
import { applyQuote } from './changes'
import { chosenPoint } from './pickup_point'
import { session } from './session'
import { keptValue, memoryShelf, type Shelf } from './shelf'

const PAUSE_MS = 1500

/** Whose cart this phone shows; empty while nobody is signed in. */
let keptOwner = keptValue<string>(memoryShelf(), 'cart-of', '')
let isBusy = false

export function restoreSharedCart(shelf: Shelf): void {
  keptOwner = keptValue<string>(shelf, 'cart-of', '')
}

/** Makes this phone's cart and the store's one: what changed here goes up, else what is there comes down. */
export async function shareCart(api: Pick<Api, 'cart' | 'putCart'>): Promise<void> {
  const member = session.member?.id
  if (!session.token || !member || isBusy) return
  isBusy = true
  try {
    const owner = keptOwner.read()
    const before = basket.lines
    const point = chosenPoint.value?.id
    const isAnothers = owner !== '' && owner !== member
    const cart =
      (owner === member && !basket.isChanged) || isAnothers
        ? await api.cart(point)
        : await api.putCart(wishes(before), point ?? null, owner === '')
    if (basket.lines !== before) return // changed while we asked: the next time tells
    replaceLines(linesOf(cart, before))
    keptOwner.write(member)
    markChanged(false)
  } catch {
    // Without the store the phone's own cart goes on; it is shared the next time.
  } finally {
    isBusy = false
  }
}

/** Whoever signs out leaves their cart with the store, not on the phone. */
export function leaveCart(): void {
  if (keptOwner.read() === '') return
  replaceLines([])
  keptOwner.write('')
  markChanged(false)
}

/** Tells the store of changes, a moment after the last of them. */
export function keepShared(api: Pick<Api, 'cart' | 'putCart'>): void {
  let pause: ReturnType<typeof setTimeout> | undefined
  watch(
    () => basket.lines,
    () => {
      if (pause !== undefined) clearTimeout(pause)
      if (basket.isChanged && session.token) pause = setTimeout(() => void shareCart(api), PAUSE_MS)
    },
  )
}

function linesOf(cart: Cart, before: CartLine[]): CartLine[] {
  const wasSelected = new Map(before.map((line) => [line.campaign_item_id, line.selected]))
  const told = cart.groups.flatMap((group) => group.lines.map((line) => ({ ...line, day: group.pickup_date })))
  const lines = told.map(({ item, day, quantity }) => ({
    ...lineFrom(item, day, quantity),
    selected: wasSelected.get(item.id) ?? true,
  }))
  const answers = told.map(({ item, quantity, unit_price, is_member_price, available, problem }) => ({
    campaign_item_id: item.id,
    quantity,
    unit_price,
    is_member_price,
    total: unit_price,
    available,
    problem,
  }))
  return applyQuote(lines, { lines: answers })
}
