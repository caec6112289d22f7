import type { Handover, PickupDetail } from '../api/types'
import { parseTime } from '../format/time'

/** How many of each line go over the counter now. */
export type Ticks = Record<string, number>

/** How many of a line may go out: what waits, without what is being called back. */
export function mayTake(line: PickupDetail['lines'][number]): number {
  return Math.max(0, line.quantity - line.handed_quantity - (line.stopped?.quantity ?? 0))
}

/** Everything that may go out, ticked: the common case is that a neighbour takes it all. */
export function allTicked(pickup: PickupDetail): Ticks {
  const ticks: Ticks = {}
  for (const line of pickup.lines) {
    const left = mayTake(line)
    if (left > 0) ticks[line.id] = left
  }
  return ticks
}

export function tickedPieces(ticks: Ticks): number {
  return Object.values(ticks).reduce((count, quantity) => count + quantity, 0)
}

export function tickedLines(ticks: Ticks): { line_id: string; quantity: number }[] {
  return Object.entries(ticks)
    .filter(([, quantity]) => quantity > 0)
    .map(([line_id, quantity]) => ({ line_id, quantity }))
}

/** The latest handover that may still be taken back at `nowMs`. */
export function reversible(pickup: PickupDetail, nowMs: number): Handover | null {
  return (
    pickup.handovers.find(
      (one) => one.can_reverse_until !== null && parseTime(one.can_reverse_until) > nowMs,
    ) ?? null
  )
}

export function piecesIn(handover: Handover): number {
  return handover.lines.reduce((count, line) => count + line.quantity, 0)
}
