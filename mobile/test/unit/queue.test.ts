import { describe, expect, it } from 'vitest'

import { createClient } from '@/core/api/client'
import { ApiProblem, problemFrom } from '@/core/api/problem'
import { inQueue, MOST_MS, MOST_TRIES, waitAfter, type Queueing } from '@/core/api/queue'

const busy = (seconds: number | null = 2, status = 503) => new ApiProblem(status, 'database_away', '', {}, {}, seconds)

/** A store that gives these answers in turn, the last one for ever, and a clock that sleeping moves. */
function aCrowd(answers: unknown[], { random = 0, leaveAfter = Infinity } = {}) {
  let clock = 0
  const sent: number[] = []
  const shown: (Queueing | null)[] = []
  const slept: number[] = []
  const wait = () =>
    inQueue(
      async () => {
        const answer = answers[Math.min(sent.length, answers.length - 1)]
        sent.push(clock)
        if (answer instanceof Error) throw answer
        return answer
      },
      {
        sleep: async (ms) => {
          slept.push(ms)
          clock += ms
        },
        now: () => clock,
        random: () => random,
        show: (queueing) => shown.push(queueing),
        hasLeft: () => slept.length >= leaveAfter,
      },
    )
  return { wait, sent, shown, slept }
}

describe('the queue', () => {
  it('is none where the store has time', async () => {
    const crowd = aCrowd(['order'])
    expect(await crowd.wait()).toBe('order')
    expect(crowd.shown).toEqual([null])
    expect(crowd.sent).toEqual([0])
  })

  it('goes on until there is time, not before the store said, and shows when', async () => {
    const crowd = aCrowd([busy(2), busy(5, 429), 'order'])
    expect(await crowd.wait()).toBe('order')
    expect(crowd.slept).toEqual([2000, 5000])
    expect(crowd.shown).toEqual([
      { tries: 1, nextAt: 2000 },
      { tries: 1, nextAt: null },
      { tries: 2, nextAt: 7000 },
      { tries: 2, nextAt: null },
      null,
    ])
  })

  it('backs off and spreads the crowd out', () => {
    const waits = [1, 2, 3, 4, 9].map((tries) => [0, 1].map((random) => waitAfter(busy(0), tries, random)))
    expect(waits).toEqual([[400, 800], [800, 1600], [1600, 3200], [3200, 6400], [7500, 15000]])
    expect(waitAfter(busy(20), 1, 0)).toBe(20000)
    expect(waitAfter(busy(20), 1, 1)).toBe(30000)
  })

  it('has an end: so many tries, so much time', async () => {
    const tries = aCrowd([busy(0)])
    await expect(tries.wait()).rejects.toMatchObject({ isBusy: true })
    expect(tries.sent.length).toBe(MOST_TRIES)
    const long = aCrowd([busy(40)])
    await expect(long.wait()).rejects.toMatchObject({ isBusy: true })
    expect(long.sent).toEqual([0, 40_000, 80_000])
    expect(Math.max(...long.sent)).toBeLessThanOrEqual(MOST_MS)
    expect(long.shown.at(-1)).toBeNull()
    const far = aCrowd([busy(3600)])
    await expect(far.wait()).rejects.toMatchObject({ isBusy: true })
    expect(far.slept).toEqual([])
  })

  it('is left at once, and nothing more is sent', async () => {
    const crowd = aCrowd([busy(2)], { leaveAfter: 1 })
    await expect(crowd.wait()).rejects.toMatchObject({ isBusy: true })
    expect(crowd.sent.length).toBe(1)
  })

  it('waits out a lost answer and its own earlier try, but only once it queues', async () => {
    const lost = new ApiProblem(0, 'timeout', '')
    const working = new ApiProblem(409, 'idempotency_in_progress', '')
    const crowd = aCrowd([busy(1), lost, working, 'order'])
    expect(await crowd.wait()).toBe('order')
    await expect(aCrowd([lost, 'order']).wait()).rejects.toBe(lost)
  })

  it('takes a refusal for what it is, in the queue too', async () => {
    const refusal = new ApiProblem(409, 'out_of_stock', '有商品不够了。')
    const crowd = aCrowd([busy(1), refusal, 'order'])
    await expect(crowd.wait()).rejects.toBe(refusal)
    expect(crowd.sent.length).toBe(2)
    const broken = new Error('a bug')
    await expect(aCrowd([busy(1), broken]).wait()).rejects.toBe(broken)
  })

  it('is for 429 and 503 that say when to come back, in the header or in the body', async () => {
    expect(problemFrom(503, 'Service Unavailable', { 'Retry-After': '3' })).toMatchObject({ isBusy: true, retryAfter: 3 })
    expect(problemFrom(429, '<html>', { 'retry-after': '1' })).toMatchObject({ isBusy: true, isUndecided: true })
    expect(problemFrom(503, { retry_after_seconds: 5 })).toMatchObject({ isBusy: true, retryAfter: 5 })
    expect(problemFrom(503, { retry_after_seconds: 5 }, { 'Retry-After': '7' }).retryAfter).toBe(7)
    for (const nothing of [{}, { 'Retry-After': '' }, { 'Retry-After': 'Mon, 23 Nov 2026 08:00:00 GMT' }, { 'Retry-After': '-1' }]) {
      expect(problemFrom(503, {}, nothing).isBusy).toBe(false)
    }
    expect(problemFrom(500, {}, { 'Retry-After': '3' }).isBusy).toBe(false)
    expect(problemFrom(409, {}, { 'Retry-After': '3' }).isUndecided).toBe(false)
    const call = createClient({
      base: '', token: () => '', language: () => 'zh-CN', onSignedOut: () => undefined,
      transport: async () => ({ status: 503, body: '', headers: { 'Retry-After': '4' } }),
    })
    await expect(call('POST', '/orders')).rejects.toMatchObject({ isBusy: true, retryAfter: 4 })
  })
})
