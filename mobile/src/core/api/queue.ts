import { ApiProblem } from './problem'

/** What the shopper sees while the store is too busy to take the order. */
export interface Queueing {
  /** Tries so far that the store had no time for. */
  tries: number
  /** When the next one goes out, in the phone's milliseconds; null while one is on its way. */
  nextAt: number | null
}

export interface QueueParts {
  sleep: (ms: number) => Promise<void>
  now: () => number
  random: () => number
  show: (queueing: Queueing | null) => void
  /** The shopper no longer wants to wait. */
  hasLeft: () => boolean
}

export const MOST_TRIES = 8
export const MOST_MS = 90_000
const FIRST_MS = 800
const LONGEST_MS = 15_000

/**
 * Sends one submit until the store has time for it, and ends after ninety seconds.
 *
 * `send` is the same submit each time, under the same idempotency key: whatever became of an earlier
 * try, it is one order. The first try waits for nobody; who is told to come back does so not before
 * the store said, and spread out, so that the crowd does not return as one.
 */
export async function inQueue<T>(send: () => Promise<T>, parts: QueueParts): Promise<T> {
  const until = parts.now() + MOST_MS
  try {
    for (let tries = 1; ; tries += 1) {
      try {
        return await send()
      } catch (failure) {
        const wait = waitAfter(failure, tries, parts.random())
        if (wait === null || tries >= MOST_TRIES || parts.hasLeft() || parts.now() + wait > until) throw failure
        parts.show({ tries, nextAt: parts.now() + wait })
        await parts.sleep(wait)
        if (parts.hasLeft()) throw failure
        parts.show({ tries, nextAt: null })
      }
    }
  } finally {
    parts.show(null)
  }
}

/** How long until the next try; null where another try is no answer. */
export function waitAfter(failure: unknown, tries: number, random: number): number | null {
  if (!(failure instanceof ApiProblem)) return null
  // Once in the queue, an answer that was lost or an earlier try still at work is waited for as well.
  if (!failure.isBusy && !(tries > 1 && failure.isUndecided)) return null
  const told = (failure.retryAfter ?? 0) * 1000
  const backedOff = Math.min(LONGEST_MS, FIRST_MS * 2 ** (tries - 1))
  return Math.round(Math.max(told, backedOff / 2) + (random * Math.max(told, backedOff)) / 2)
}
