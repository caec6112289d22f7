import { beforeEach, describe, expect, test } from 'vitest'

import type { CampaignItem } from '@/core/api/types'
import { language } from '@/core/i18n'
import { blockWord, formWord, fullWords, soldPart, stateAt } from '@/core/store/campaigns'
import { ceiling, lineFrom, pieces, saved, settled, total, withQuantity, type CartLine } from '@/core/store/cart'
import { applyQuote, changesIn, changesInRefusal, refusedLines } from '@/core/store/changes'
import { allTicked, mayTake, reversible, tickedLines, tickedPieces } from '@/core/store/handover'

const cny = (amount: number) => ({ amount, currency: 'CNY' })
const DAY = '2026-11-24'

function anItem(changes: Partial<CampaignItem> = {}): CampaignItem {
  return {
    id: 'item-1',
    product: { id: 'product-1', title: '番茄', subtitle: '', image: null, category: '蔬菜' },
    sku: { id: 'sku-1', label: '500g' },
    price: cny(480),
    strike_price: cny(680),
    member_price: null,
    available: 10,
    quota: 20,
    sold: 10,
    per_member_limit: null,
    min_form_quantity: null,
    is_failed: false,
    ...changes,
  }
}

function aLine(quantity: number, changes: Partial<CampaignItem> = {}): CartLine {
  return lineFrom(anItem(changes), DAY, quantity)
}

beforeEach(() => {
  language.value = 'zh-CN'
})

describe('the cart', () => {
  test('adds, changes and drops a line by its quantity', () => {
    const one = withQuantity([], anItem(), DAY, 1)
    const three = withQuantity(one, anItem(), DAY, 3)

    expect(pieces(one)).toBe(1)
    expect(three).toHaveLength(1)
    expect(total(three, 'CNY')).toEqual(cny(1440))
    expect(withQuantity(three, anItem(), DAY, 0)).toEqual([])
  })

  test('never holds more than the stock or the limit', () => {
    expect(ceiling({ available: 3, per_member_limit: 5 })).toBe(3)
    expect(ceiling({ available: 30, per_member_limit: 2 })).toBe(2)
    expect(withQuantity([], anItem({ available: 2 }), DAY, 9)[0]?.quantity).toBe(2)
    expect(withQuantity([], anItem({ available: 0 }), DAY, 1)).toEqual([])
  })

  test('keeps a line unselected when its quantity changes', () => {
    const unselected = [{ ...aLine(1), selected: false }]
    expect(withQuantity(unselected, anItem(), DAY, 2)[0]?.selected).toBe(false)
  })

  test('counts what strike prices save, and nothing where there is none', () => {
    expect(saved([aLine(2), { ...aLine(1), strike_price: null }], 'CNY')).toEqual(cny(400))
  })
})

describe('the store’s last word', () => {
  const quoted = { campaign_item_id: 'item-1', quantity: 3, unit_price: cny(480), is_member_price: false, total: cny(1440) }

  test('stock short: says how many are left, and settles down to them', () => {
    const lines = applyQuote([aLine(3)], {
      lines: [{ ...quoted, available: 1, problem: { code: 'not_enough', sentence: '只剩 1 份' } }],
    })

    expect(lines[0]).toMatchObject({ problem: '只剩 1 份', is_gone: false, available: 1 })
    expect(settled(lines)[0]).toMatchObject({ quantity: 1, problem: '' })
  })

  test.each(['closed', 'off_sale', 'paused', 'not_open', 'sold_out'])('%s: the line is put aside', (code) => {
    const lines = applyQuote([aLine(3)], { lines: [{ ...quoted, available: 5, problem: { code, sentence: '' } }] })

    expect(lines[0]?.is_gone).toBe(true)
    expect(lines[0]?.problem).not.toBe('')
    expect(settled(lines)).toEqual([])
  })

  test('a moved price is told even when nothing is wrong', () => {
    const changes = changesIn([aLine(3)], [{ ...quoted, unit_price: cny(520), available: 9, problem: null }])
    expect(changes).toEqual([
      { campaign_item_id: 'item-1', title: '番茄', sku_label: '500g', sentence: '价格变为 ¥5.20' },
    ])
    expect(changesIn([aLine(3)], [{ ...quoted, available: 9, problem: null }])).toEqual([])
  })

  test('a member price is no change to confirm', () => {
    const cheaper = { ...quoted, unit_price: cny(450), is_member_price: true, available: 9, problem: null }
    expect(changesIn([aLine(3)], [cheaper])).toEqual([])
  })

  test('a refusal is read line by line, and unmoved prices are left out', () => {
    const told = refusedLines({
      lines: [
        { campaign_item_id: 'item-1', quantity: 1, available: 9, code: 'price', sentence: '现价 ¥4.80', unit_price: cny(480) },
        { campaign_item_id: 'item-2', quantity: 1, available: 0, code: 'sold_out', sentence: '刚刚被抢完了' },
        'nonsense',
      ],
    })
    const changes = changesInRefusal([aLine(1), aLine(1, { id: 'item-2' })], told)

    expect(changes.map(({ campaign_item_id, sentence }) => [campaign_item_id, sentence])).toEqual([
      ['item-2', '刚刚被抢完了'],
    ])
    expect(refusedLines({})).toEqual([])
  })
})

describe('a campaign', () => {
  const cutoff_at = '2026-11-22T20:00:00+08:00'
  const cutoff = Date.UTC(2026, 10, 22, 12)

  test('is closed from its cut-off on, whatever the page still holds', () => {
    expect(stateAt({ state: 'open', cutoff_at }, cutoff - 1)).toBe('open')
    expect(stateAt({ state: 'open', cutoff_at }, cutoff)).toBe('closed')
    expect(stateAt({ state: 'scheduled', cutoff_at }, cutoff)).toBe('scheduled')
  })

  test('says in a word why nothing can be bought', () => {
    expect(blockWord('open', { available: 1 })).toBe('')
    expect(blockWord('open', { available: 0 })).toBe('已抢光')
    expect(blockWord('scheduled', { available: 1 })).toBe('未开团')
    expect(blockWord('closed', { available: 1 })).toBe('已截单')
  })

  test('names what binds: the limit or the stock', () => {
    expect(fullWords({ available: 9, per_member_limit: 2 })).toBe('每人限购 2 件')
    expect(fullWords({ available: 1, per_member_limit: 2 })).toBe('只剩 1 件了')
  })

  test('shows a stock bar only where there is a quota', () => {
    expect(soldPart(anItem())).toBe(0.5)
    expect(soldPart(anItem({ quota: null }))).toBeNull()
    expect(soldPart(anItem({ sold: 0, available: 0 }))).toBe(1)
  })
})

describe('handing over', () => {
  const line = { order_number: '1', title: '番茄', sku_label: '', image: null, stopped: null, notes: [], state: 'open' }
  const pickup = {
    id: 'p', member: { nickname: '张', phone_last4: '1234' }, pickup_point: { id: 'a', name: 'A' }, pickup_date: DAY,
    line_count: 2, pieces: 5, state: 'partly_taken' as const, taken_at: null, taken_by: null, to_bring: [],
    lines: [
      { ...line, id: 'one', quantity: 3, handed_quantity: 1 },
      { ...line, id: 'two', quantity: 2, handed_quantity: 2 },
    ],
    handovers: [{ id: 'h', at: '2026-11-24T17:00:00+08:00', by: '陈姐', lines: [], can_reverse_until: '2026-11-24T17:10:00+08:00' }],
  }

  test('leaves out what is being called back', () => {
    const stopped = { quantity: 1, sentence: '1 份正在召回' }
    const [first, second] = pickup.lines
    expect(allTicked({ ...pickup, lines: [{ ...first!, stopped }, second!] })).toEqual({ one: 1 })
    expect(mayTake({ ...first!, stopped: { ...stopped, quantity: 9 } })).toBe(0)
  })

  test('offers only what is still waiting', () => {
    const ticks = allTicked(pickup)
    expect(tickedLines(ticks)).toEqual([{ line_id: 'one', quantity: 2 }])
    expect(tickedPieces(ticks)).toBe(2)
    expect(tickedLines({ one: 0 })).toEqual([])
  })

  test('can be undone until its hour and not after', () => {
    expect(reversible(pickup, Date.UTC(2026, 10, 24, 9, 9))?.id).toBe('h')
    expect(reversible(pickup, Date.UTC(2026, 10, 24, 9, 10))).toBeNull()
  })
})

describe('a minimum', () => {
  test('says how many are missing, and how it ended', () => {
    expect(formWord('open', anItem())).toBe('')
    expect(formWord('open', anItem({ sold: 8, min_form_quantity: 20 }))).toBe('满 20 份成团，还差 12 份')
    expect(formWord('open', anItem({ sold: 20, min_form_quantity: 20 }))).toBe('已成团')
    expect(formWord('closed', anItem({ sold: 8, min_form_quantity: 20 }))).toBe('满 20 份成团')
    expect(formWord('closed', anItem({ sold: 8, min_form_quantity: 20, is_failed: true }))).toBe('未成团，已退款')
  })
})
