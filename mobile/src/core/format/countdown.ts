export interface Remaining {
  days: number
  hours: number
  minutes: number
  seconds: number
  isOver: boolean
}

/** What is left until an instant; never negative, so that a late page shows zeros and not nonsense. */
export function remaining(untilMs: number, nowMs: number): Remaining {
  const left = Math.max(0, Math.ceil((untilMs - nowMs) / 1000)) || 0
  return {
    days: Math.floor(left / 86_400),
    hours: Math.floor(left / 3600) % 24,
    minutes: Math.floor(left / 60) % 60,
    seconds: left % 60,
    isOver: left === 0,
  }
}
