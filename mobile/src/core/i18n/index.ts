import { ref } from 'vue'

import en from './en'
import zhCN from './zh-CN'

export type Key = keyof typeof zhCN
export type Language = 'zh-CN' | 'en'
export type Params = Record<string, string | number>

export const language = ref<Language>('zh-CN')

const CATALOGUES: Record<Language, Record<Key, string>> = { 'zh-CN': zhCN, en }

/**
 * The sentence under `key` in the language of the moment, `{name}` replaced from `params`.
 *
 * Our own twenty lines instead of a library: uni's mini program build swaps vue-i18n for a copy of
 * its own that leaves `{name}` untouched, which no H5 test can see.
 */
export function t(key: Key, params: Params = {}): string {
  const sentence = CATALOGUES[language.value][key] ?? zhCN[key] ?? key
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) =>
    name in params ? String(params[name]) : whole,
  )
}
