import { ref, type Ref } from 'vue'

import { wordsFor } from '../api/words'
import { say } from '../platform/device'

/** One thing at a time: a press while another is under way does nothing, and what goes wrong is said in words. */
export function useActing(): { isBusy: Ref<boolean>; act: (doing: () => Promise<void>) => Promise<void> } {
  const isBusy = ref(false)

  async function act(doing: () => Promise<void>): Promise<void> {
    if (isBusy.value) return
    isBusy.value = true
    try {
      await doing()
    } catch (failure) {
      say(wordsFor(failure))
    } finally {
      isBusy.value = false
    }
  }

  return { isBusy, act }
}
