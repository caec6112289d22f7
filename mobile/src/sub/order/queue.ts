import { onUnload } from '@dcloudio/uni-app'
import { ref } from 'vue'

import { inQueue, type Queueing } from '@/core/api/queue'

/** A page's place in the queue of a store that is too busy: what to show, and the way out. */
export function useQueue() {
  const queueing = ref<Queueing | null>(null)
  let hasLeft = false
  let wake: (() => void) | undefined

  function leave(): void {
    hasLeft = true
    wake?.()
  }

  function run<T>(send: () => Promise<T>): Promise<T> {
    hasLeft = false
    return inQueue(send, {
      sleep: (ms) =>
        new Promise((resolve) => {
          const timer = setTimeout(resolve, ms)
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        }),
      now: () => Date.now(),
      random: () => Math.random(),
      show: (now) => {
        queueing.value = now
      },
      hasLeft: () => hasLeft,
    })
  }

  onUnload(leave)
  return { queueing, run, leave }
}
