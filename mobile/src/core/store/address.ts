import { ref } from 'vue'

import type { Address } from '../api/types'

/** The address picked for the order at hand; forgotten when the app is closed. */
export const pickedAddress = ref<Address | null>(null)

export function pickAddress(address: Address | null): void {
  pickedAddress.value = address
}
