import { reactive } from 'vue'

import type { Api } from '../api/endpoints'
import { session } from './session'

/** What this member waits for, by SKU; for guests nothing. */
interface Waits {
  skus: string[]
  /** Whose they are, and when they were asked for. */
  token: string
  at: number
}

const FRESH_MS = 60_000

export const waits = reactive<Waits>({ skus: [], token: '', at: 0 })

/** Asks the store at most once a minute: every sold-out card on a page wants to know. */
export async function knowWaits(api: Pick<Api, 'stockWaits'>): Promise<void> {
  if (waits.token === session.token && Date.now() - waits.at < FRESH_MS) return
  if (waits.token !== session.token) waits.skus = []
  waits.token = session.token
  waits.at = Date.now()
  if (!session.token) return
  const answer = await api.stockWaits().catch(() => null)
  if (answer) waits.skus = answer.items.map((one) => one.sku_id)
  else waits.at = 0
}

export function isWaitedFor(skuId: string): boolean {
  return waits.token === session.token && waits.skus.includes(skuId)
}

/** Begins to wait for a SKU, or stops; true if it is waited for now. What the store refuses is thrown. */
export async function turnWait(
  api: Pick<Api, 'waitForStock' | 'stopWaiting'>,
  skuId: string,
  pointId: string | null,
): Promise<boolean> {
  if (isWaitedFor(skuId)) {
    await api.stopWaiting(skuId)
    waits.skus = waits.skus.filter((one) => one !== skuId)
    return false
  }
  await api.waitForStock(skuId, pointId)
  waits.token = session.token
  waits.skus = [...waits.skus, skuId]
  return true
}
