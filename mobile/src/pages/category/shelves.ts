import type { Category } from '@/core/api/types'

/** A row of choices: the categories of one level below the chosen one above. */
export interface Shelf {
  level: number
  names: Category[]
  chosen: string
}

/** The way down to a category, itself last; empty for none or for one that is gone. */
export function pathTo(all: Category[], id: string): Category[] {
  const path: Category[] = []
  let one = all.find((category) => category.id === id)
  while (one && path.length < 3) {
    path.unshift(one)
    const above = one.parent_id
    one = above === null ? undefined : all.find((category) => category.id === above)
  }
  return path
}

/** What can be chosen below the first level on the way to a category: none, one or two rows. */
export function shelvesBelow(all: Category[], id: string): Shelf[] {
  const path = pathTo(all, id)
  return path.flatMap((one, at) => {
    const names = all.filter((category) => category.parent_id === one.id)
    return names.length ? [{ level: at + 2, names, chosen: path[at + 1]?.id ?? '' }] : []
  })
}
