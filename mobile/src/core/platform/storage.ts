import type { Shelf } from '../store/shelf'
import { storeScope } from './host'

/** The phone's storage; names carry the store, since one mini program host may open several. */
export const phoneShelf: Shelf = {
  read: (name) => uni.getStorageSync(scoped(name)),
  write: (name, value) => uni.setStorageSync(scoped(name), value),
}

function scoped(name: string): string {
  return `linli.${storeScope()}.${name}`
}
