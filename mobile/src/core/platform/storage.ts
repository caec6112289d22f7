import type { Shelf } from '../store/shelf'
import { storeScope } from './host'

/** The phone's storage; names carry the store, since one mini program host may open several. */
export const phoneShelf: Shelf = {
  read: (name) => {
    const text = uni.getStorageSync(scoped(name)) as string
    return text ? (JSON.parse(text) as unknown) : undefined
  },
  // As text: what is kept here is often reactive, and not every storage can copy a proxy.
  write: (name, value) => uni.setStorageSync(scoped(name), JSON.stringify(value)),
}

function scoped(name: string): string {
  return `linli.${storeScope()}.${name}`
}
