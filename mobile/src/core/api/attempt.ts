import { keptValue, type Shelf } from '../store/shelf'

interface Kept {
  key: string
  fingerprint: string
}

/**
 * One submit that may be sent more than once.
 *
 * The same body keeps the same key, over retries and over a reload of the page, so that a shopper
 * who presses 提交 again after a lost answer cannot order twice. A final answer ends the attempt.
 */
export class SubmitAttempt {
  private readonly kept

  constructor(name: string, shelf: Shelf) {
    this.kept = keptValue<Kept | null>(shelf, `attempt.${name}`, null)
  }

  keyFor(body: unknown): string {
    const fingerprint = JSON.stringify(body)
    const before = this.kept.read()
    if (before && before.fingerprint === fingerprint) return before.key
    const key = newKey()
    this.kept.write({ key, fingerprint })
    return key
  }

  /** Ends the attempt: the next submit is a new one even with the same body. */
  settle(): void {
    this.kept.write(null)
  }
}

/** 128 random bits; the mini program's engine has no Web Crypto, so Math.random stands in there. */
export function newKey(): string {
  const bytes = new Uint8Array(16)
  if (typeof crypto !== 'undefined' && crypto.getRandomValues) crypto.getRandomValues(bytes)
  else for (let at = 0; at < bytes.length; at += 1) bytes[at] = Math.floor(Math.random() * 256)
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
