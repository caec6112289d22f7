import type { FoundProduct } from './types'

/** 到货提醒: a SKU a member waits for. */
export interface StockWait {
  sku_id: string
  product_id: string
  title: string
  sku_label: string
  asked_at: string
}

/** Goods instead of those a search did not find: alike in sign or sound, or what sells best. */
export interface SimilarProducts {
  why: 'similar' | 'popular'
  items: FoundProduct[]
}
