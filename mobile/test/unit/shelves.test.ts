import { describe, expect, test } from 'vitest'

import type { Category } from '@/core/api/types'
import { pathTo, shelvesBelow } from '@/pages/category/shelves'

function named(id: string, parent_id: string | null, level: number): Category {
  return { id, parent_id, name: id, icon: '', level }
}

const ALL = [named('fresh', null, 1), named('greens', 'fresh', 2), named('leaves', 'greens', 3), named('fruit', 'fresh', 2), named('rice', null, 1)]

describe('the shelves of the category page', () => {
  test('lead down to what is chosen', () => {
    expect(pathTo(ALL, 'leaves').map((one) => one.id)).toEqual(['fresh', 'greens', 'leaves'])
    expect(pathTo(ALL, '')).toEqual([])
  })

  test('offer what stands below each step, and mark the way', () => {
    expect(shelvesBelow(ALL, 'fresh').map((one) => [one.level, one.names.length, one.chosen])).toEqual([[2, 2, '']])
    expect(shelvesBelow(ALL, 'leaves').map((one) => [one.level, one.chosen])).toEqual([[2, 'greens'], [3, 'leaves']])
    expect(shelvesBelow(ALL, 'rice')).toEqual([])
  })

  test('forget a category that is hidden since', () => {
    expect(shelvesBelow(ALL, 'gone')).toEqual([])
  })

  test('end where one stands in itself', () => {
    const ring = [named('a', 'b', 1), named('b', 'a', 2)]
    expect(pathTo(ring, 'a')).toHaveLength(3)
  })
})
