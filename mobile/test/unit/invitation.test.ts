import { beforeEach, describe, expect, test, vi } from 'vitest'

import type { Entry, PickupPoint } from '../../src/core/api/types'
import { begin, noteInvitation, restoreInvitation } from '../../src/core/store/invitation'
import { choosePoint, chosenPoint, restorePoint } from '../../src/core/store/pickup_point'
import { session } from '../../src/core/store/session'
import { memoryShelf } from '../../src/core/store/shelf'

const LEADER = '019a8f2e-7c00-7000-8000-000000000002'
const point = (id: string) => ({ id, name: id, leader: { id: LEADER, name: '陈姐' } }) as PickupPoint

function aStore(changes: Partial<Entry> = {}) {
  const entry: Entry = { why: 'link', sentence: '', point: point('hers'), cities: [], ...changes }
  return { entry: vi.fn(async () => entry), followLeader: vi.fn(async () => ({ leader: { id: LEADER, name: '陈姐' }, bound_at: '' })) }
}

beforeEach(() => {
  const shelf = memoryShelf()
  restorePoint(shelf)
  restoreInvitation(shelf)
  session.token = ''
})

describe('a leader’s link', () => {
  test('wins over the point chosen before, once', async () => {
    choosePoint(point('mine'))
    noteInvitation({ leader: LEADER })
    const store = aStore()

    await begin(store)
    choosePoint(point('another'))
    await begin(store)

    expect(store.entry).toHaveBeenCalledTimes(1)
    expect(store.entry).toHaveBeenCalledWith({ leader: LEADER })
    expect(chosenPoint.value?.id).toBe('another')
  })

  test('is told to the store once somebody is signed in, and once only', async () => {
    noteInvitation({ leader: LEADER })
    const store = aStore()

    await begin(store)
    expect(store.followLeader).not.toHaveBeenCalled()
    session.token = 'token'
    await begin(store)
    await begin(store)

    expect(store.followLeader).toHaveBeenCalledTimes(1)
  })

  test('that cannot be told now is told later, of one who left never again', async () => {
    noteInvitation({ leader: LEADER })
    session.token = 'token'
    const store = aStore()
    store.followLeader.mockRejectedValueOnce({ status: 503 }).mockRejectedValueOnce({ status: 404 })

    for (let time = 0; time < 4; time++) await begin(store)

    expect(store.followLeader).toHaveBeenCalledTimes(2)
  })

  test('of nonsense is none', async () => {
    for (const leader of ['', 'x', '<script>', undefined]) noteInvitation({ leader })
    choosePoint(point('mine'))
    const store = aStore()

    expect(await begin(store)).toBeNull()
    expect(store.entry).not.toHaveBeenCalled()
  })
})

describe('without a link', () => {
  test('the store’s point is taken where none was chosen', async () => {
    await begin(aStore({ why: 'last' }))
    expect(chosenPoint.value?.id).toBe('hers')
  })

  test('a store that cannot be reached leaves the choice open', async () => {
    const store = aStore()
    store.entry.mockRejectedValueOnce(new Error('offline'))
    expect(await begin(store)).toBeNull()
    expect(chosenPoint.value).toBeNull()
  })
})
