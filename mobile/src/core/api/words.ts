import { t, type Key } from '../i18n'
import zhCN from '../i18n/zh-CN'
import { ApiProblem } from './problem'

/** One plain sentence for anything that failed: the server's own where it has one. */
export function wordsFor(failure: unknown): string {
  if (!(failure instanceof ApiProblem)) return t('error.unreadable')
  if (failure.status === 401) return failure.sentence || t('error.signed_out')
  if (failure.sentence) return failure.sentence
  if (failure.status === 404) return t('error.not_found')
  const key = `error.${failure.code}`
  return key in zhCN ? t(key as Key) : t('error.refused')
}
