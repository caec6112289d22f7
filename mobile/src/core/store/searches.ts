import { phoneShelf } from '../platform/storage'

/** What this phone searched for in this store, latest first; it never leaves the phone. */
const NAME = 'searches'
const MOST = 10

export function searchesKept(): string[] {
  const kept = phoneShelf.read(NAME)
  return Array.isArray(kept) ? kept.filter((one): one is string => typeof one === 'string') : []
}

export function keepSearch(words: string): string[] {
  const kept = [words, ...searchesKept().filter((one) => one !== words)].slice(0, MOST)
  phoneShelf.write(NAME, kept)
  return kept
}

export function forgetSearches(): string[] {
  phoneShelf.write(NAME, [])
  return []
}
