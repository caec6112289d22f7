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
  uni.onNetworkStatusChange(({ isConnected }) => {
    isOnline.value = isConnected
  })
}
