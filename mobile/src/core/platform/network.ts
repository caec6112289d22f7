import { ref } from 'vue'

/** False while the phone has no network; every page shows the bar that says so. */
export const isOnline = ref(true)

export function watchNetwork(): void {
  uni.getNetworkType({
    success: ({ networkType }) => {
      isOnline.value = networkType !== 'none'
    },
    fail: () => undefined,
  })
  // #ifdef H5
  // uni listens to the Network Information API, which says nothing when a desktop goes offline.
  window.addEventListener('offline', () => (isOnline.value = false))
  window.addEventListener('online', () => (isOnline.value = true))
  // #endif
  // #ifndef H5
  uni.onNetworkStatusChange(({ isConnected }) => {
    isOnline.value = isConnected
  })
  // #endif
}
