import { ref } from 'vue'

import type { PickupPoint } from '../api/types'
import { keptValue, type Shelf } from './shelf'

/** The pickup point this phone shops for. */
export const chosenPoint = ref<PickupPoint | null>(null)

let kept = keptValue<PickupPoint | null>({ read: () => null, write: () => undefined }, 'point', null)

export function restorePoint(shelf: Shelf): void {
  kept = keptValue<PickupPoint | null>(shelf, 'point', null)
  chosenPoint.value = kept.read()
}

export function choosePoint(point: PickupPoint): void {
  chosenPoint.value = point
  kept.write(point)
}
