/** 到货提醒: a SKU a member waits for. */
export interface StockWait {
  sku_id: string
  product_id: string
  title: string
  sku_label: string
  asked_at: string
}
