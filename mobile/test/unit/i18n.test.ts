import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterEach, describe, expect, test } from 'vitest'

import { language, t } from '@/core/i18n'
import en from '@/core/i18n/en'
import zhCN from '@/core/i18n/zh-CN'

const SRC = fileURLToPath(new URL('../../src', import.meta.url))
const keys = Object.keys(zhCN) as (keyof typeof zhCN)[]

function sources(folder = SRC): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    if (statSync(path).isDirectory()) return sources(path)
    return /\.(vue|ts)$/.test(name) && !path.includes('i18n') ? [path] : []
  })
}

function blanks(sentence: string): string[] {
  return (sentence.match(/\{\w+\}/g) ?? []).sort()
}

afterEach(() => {
  language.value = 'zh-CN'
})

describe('words', () => {
  test('both languages say the same things with the same blanks', () => {
    expect(Object.keys(en).sort()).toEqual([...keys].sort())
    for (const key of keys) {
      expect(en[key].trim(), key).not.toBe('')
      expect(blanks(en[key]), key).toEqual(blanks(zhCN[key]))
    }
  })

  test('English has no Chinese left in it', () => {
    for (const key of keys) expect(en[key], key).not.toMatch(/[\u4e00-\u9fff]/)
  })

  test('blanks are filled, unknown ones left to be seen', () => {
    expect(t('goods.sold', { n: 326 })).toBe('已售 326')
    language.value = 'en'
    expect(t('goods.sold', { n: 326 })).toBe('326 sold')
    expect(t('goods.sold')).toBe('{n} sold')
  })

  test('every sentence is used, and pages hold no words of their own', () => {
    const all = sources().map((path) => readFileSync(path, 'utf8'))
    const code = all.join('\n')
    const built = ['error.', 'result.', 'commission.', 'terms.', 'privacy.']
    const unused = keys.filter((key) => !code.includes(`'${key}'`) && !built.some((start) => key.startsWith(start)))
    expect(unused).toEqual([])

    const templates = sources()
      .filter((path) => path.endsWith('.vue'))
      .map((path) => [path, /<template>[\s\S]*<\/template>/.exec(readFileSync(path, 'utf8'))?.[0] ?? ''] as const)
    for (const [path, template] of templates) expect(template.match(/[\u4e00-\u9fff]+/g), path).toBeNull()
  })
})

describe('the core', () => {
  test('speaks to the phone only through core/platform', () => {
    const strays = sources(join(SRC, 'core'))
      .filter((path) => !path.includes('platform') && /\b(uni|wx)\.\w/.test(readFileSync(path, 'utf8')))
    expect(strays).toEqual([])
  })

  test('keeps every file within 400 lines', () => {
    const long = sources().filter((path) => !path.includes('i18n') && readFileSync(path, 'utf8').split('\n').length > 400)
    expect(long).toEqual([])
  })
})
