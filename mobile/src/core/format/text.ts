export function formatDistance(metres: number): string {
  if (metres < 1000) return `${Math.max(10, Math.round(metres / 10) * 10)} m`
  return `${(metres / 1000).toFixed(metres < 10_000 ? 1 : 0)} km`
}

/** `48210937` as `4821 0937`: people read a code out in fours. */
export function formatCode(code: string): string {
  return code.replace(/(.{4})(?=.)/g, '$1 ')
}

/** The 8 digits inside a scanned or typed pickup code, or null when it is something else. */
export function readPickupCode(text: string): string | null {
  const found = /^(?:LINLI:PICKUP:)?(\d{8})$/.exec(text.replace(/\s/g, ''))
  return found?.[1] ?? null
}

export function isMobilePhone(text: string): boolean {
  return /^1[3-9]\d{9}$/.test(text)
}
