import { onHide, onLoad, onPullDownRefresh, onShow, onUnload } from '@dcloudio/uni-app'
import { ref, watch, type Ref } from 'vue'

import { ApiProblem } from '../api/problem'
import { wordsFor } from '../api/words'
import { requireSignIn } from '../auth/gate'
import { language, t, type Key } from '../i18n'
import { stopPullDown } from '../platform/device'
import { setPageTitle } from '../platform/navigate'
import { session } from '../store/session'
import { serverNow } from '../store/shop'

export type Phase = 'loading' | 'ready' | 'error' | 'guest'

export interface Loaded<T> {
  data: Ref<T | null>
  phase: Ref<Phase>
  words: Ref<string>
  problem: Ref<ApiProblem | null>
  load: () => Promise<void>
}

/**
 * One page's data with its four faces. What was shown stays while it is asked for again, so a
 * refresh never blanks the page; a failure replaces the page only when there is nothing to show.
 */
export function useLoaded<T>(ask: () => Promise<T>, options: { needsMember?: boolean } = {}): Loaded<T> {
  const data = ref(null) as Ref<T | null>
  const phase = ref<Phase>('loading')
  const words = ref('')
  const problem = ref<ApiProblem | null>(null)
  let turn = 0

  async function load(): Promise<void> {
    if (options.needsMember && !session.token) {
      phase.value = 'guest'
      return
    }
    const mine = (turn += 1)
    if (data.value === null) phase.value = 'loading'
    try {
      const answer = await ask()
      if (mine !== turn) return
      data.value = answer
      problem.value = null
      phase.value = 'ready'
    } catch (failure) {
      if (mine !== turn) return
      if (!(failure instanceof ApiProblem)) console.error(failure)
      problem.value = failure instanceof ApiProblem ? failure : null
      words.value = wordsFor(failure)
      if (problem.value?.status === 401) {
        data.value = null
        phase.value = 'guest'
      } else if (data.value === null) phase.value = 'error'
    } finally {
      stopPullDown()
    }
  }

  onPullDownRefresh(load)
  return { data, phase, words, problem, load }
}

/** The page's title in the language of the moment. */
export function useTitle(key: Key): void {
  onShow(() => setPageTitle(t(key)))
  watch(language, () => setPageTitle(t(key)))
}

/** Opens the login page when a guest arrives; the page loads by itself on the way back. */
export function useMembersOnly(load: () => Promise<void>): void {
  let wasSentAway = false
  onLoad(() => {
    if (requireSignIn()) void load()
    else wasSentAway = true
  })
  onShow(() => {
    if (wasSentAway && session.token) {
      wasSentAway = false
      void load()
    }
  })
  watch(
    () => session.token,
    (token) => {
      if (!token) wasSentAway = true
    },
  )
}

/** The store's hour, once a second while the page is on top. */
export function useNow(): Ref<number> {
  const now = ref(serverNow())
  let timer: ReturnType<typeof setInterval> | undefined
  function stop(): void {
    if (timer !== undefined) clearInterval(timer)
    timer = undefined
  }
  onShow(() => {
    stop()
    now.value = serverNow()
    timer = setInterval(() => {
      now.value = serverNow()
    }, 1000)
  })
  onHide(stop)
  onUnload(stop)
  return now
}
