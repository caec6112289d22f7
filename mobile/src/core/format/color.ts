/** A brand colour carries white text, so it has to be dark enough for it (WCAG AA, 4.5:1). */
export function isSafeBrand(color: string): boolean {
  const found = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(color)
  if (!found) return false
  const [red, green, blue] = found.slice(1).map((pair) => {
    const part = parseInt(pair, 16) / 255
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
  return 1.05 / (luminance + 0.05) >= 4.5
}
