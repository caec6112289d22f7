import { computed, ref } from 'vue'

import { api } from '@/core/api'
import type { DeliveryWay, DeliveryWish, WayKind } from '@/core/api/types'
import { pickAddress, pickedAddress } from '@/core/store/address'

/** How the goods of some pickup days are to come, as it is picked; `again` asks what that costs. */
export function useDeliveryWish(days: () => string[], again: () => void) {
  const ways = ref<DeliveryWay[]>([])
  const wayKind = ref<WayKind>('pickup')
  const slotIds = ref<Record<string, string>>({}) // by pickup day

  const wish = computed<DeliveryWish | null>(() => {
    if (wayKind.value === 'pickup') return null
    const picked = days().filter((day) => slotIds.value[day])
    return {
      kind: wayKind.value,
      address_id: pickedAddress.value?.id ?? null,
      slots: picked.map((day) => ({ pickup_date: day, slot_id: slotIds.value[day] ?? '' })),
    }
  })

  async function readWays(): Promise<void> {
    ways.value = (await api.deliveryWays()).items
  }

  async function chooseWay(kind: WayKind): Promise<void> {
    ;[wayKind.value, slotIds.value] = [kind, {}]
    if (kind !== 'pickup' && !pickedAddress.value) pickAddress((await api.addresses()).items[0] ?? null)
    again()
  }

  function pickSlot(day: string, slotId: string): void {
    slotIds.value = { ...slotIds.value, [day]: slotId }
    again()
  }

  return { ways, wayKind, slotIds, wish, readWays, chooseWay, pickSlot }
}
