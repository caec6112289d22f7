import { beforeEach, describe, expect, it, vi } from 'vitest'

import { canWait } from '@/core/store/campaigns'
import { session } from '@/core/store/session'
import { isWaitedFor, knowWaits, turnWait, waits } from '@/core/store/stock_waits'

const WAIT = { sku_id: 'sku-1', product_id: 'product-1', title: '番茄', sku_label: '500g', asked_at: '' }

function anApi() {
  return {
    stockWaits: vi.fn(async () => ({ items: [WAIT], next: null })),
    waitForStock: vi.fn(async () => WAIT),
    stopWaiting: vi.fn(async () => undefined),
  }
}

beforeEach(() => {
  Object.assign(waits, { skus: [], token: '', at: 0 })
  session.token = 'mine'
})

describe('waiting for goods', () => {
  it('is asked for once, however many cards want to know', async () => {
    const api = anApi()
    await Promise.all([knowWaits(api), knowWaits(api), knowWaits(api)])
    expect(api.stockWaits).toHaveBeenCalledTimes(1)
    expect(isWaitedFor('sku-1')).toBe(true)
    expect(isWaitedFor('sku-2')).toBe(false)
  })

  it('is nobody else’s: another member is asked for anew, a guest not at all', async () => {
    const api = anApi()
    await knowWaits(api)
    session.token = ''
    expect(isWaitedFor('sku-1')).toBe(false)
    await knowWaits(api)
    expect(api.stockWaits).toHaveBeenCalledTimes(1)
    session.token = 'hers'
    await knowWaits(api)
    expect(api.stockWaits).toHaveBeenCalledTimes(2)
  })

  it('is asked again soon when the answer was lost', async () => {
    const api = anApi()
    api.stockWaits.mockRejectedValueOnce(new Error('offline'))
    await knowWaits(api)
    await knowWaits(api)
    expect(api.stockWaits).toHaveBeenCalledTimes(2)
  })

  it('turns on and off, and stays as it was when the store refuses', async () => {
    const api = anApi()
    expect(await turnWait(api, 'sku-2', 'point-1')).toBe(true)
    expect(api.waitForStock).toHaveBeenCalledWith('sku-2', 'point-1')
    expect(isWaitedFor('sku-2')).toBe(true)
    api.stopWaiting.mockRejectedValueOnce(new Error('no'))
    await expect(turnWait(api, 'sku-2', null)).rejects.toThrow()
    expect(isWaitedFor('sku-2')).toBe(true)
    expect(await turnWait(api, 'sku-2', null)).toBe(false)
    expect(isWaitedFor('sku-2')).toBe(false)
  })

  it('is for what is sold out in an open list, not for what is over or to come', () => {
    expect(canWait('open', { available: 0 })).toBe(true)
    expect(canWait('open', { available: 1 })).toBe(false)
    for (const state of ['scheduled', 'paused', 'closed'] as const) expect(canWait(state, { available: 0 })).toBe(false)
  })
})
