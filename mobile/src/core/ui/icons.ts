/** Our line icons, 24×24, drawn for this product; `%c` is the colour. */
const PATHS = {
  pin: 'M12 21s-7-6.1-7-11.2A7 7 0 0 1 19 9.8c0 5.1-7 11.2-7 11.2zM12 12.4a2.6 2.6 0 1 0 0-5.2 2.6 2.6 0 0 0 0 5.2z',
  search: 'M10.8 17.6a6.8 6.8 0 1 0 0-13.6 6.8 6.8 0 0 0 0 13.6zM20.5 20.5l-4.8-4.8',
  right: 'M9 5l7 7-7 7',
  down: 'M5 9l7 7 7-7',
  left: 'M15 5l-7 7 7 7',
  close: 'M6 6l12 12M18 6L6 18',
  plus: 'M12 5v14M5 12h14',
  minus: 'M5 12h14',
  check: 'M5 12.5l4.6 4.6L19 7.5',
  clock: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5.2l3.4 2',
  bell: 'M6 16.5V11a6 6 0 1 1 12 0v5.5l1.5 1.5h-15zM10 20.5h4',
  phone: 'M6.5 3.5h3l1.6 4.3-2.1 1.5a11 11 0 0 0 5.7 5.7l1.5-2.1 4.3 1.6v3a2 2 0 0 1-2.2 2A16 16 0 0 1 4.5 5.7a2 2 0 0 1 2-2.2z',
  cart: 'M3 4h2.3l2.3 11.2h10.2L20 7.5H6.2M9 19.8h.01M16.5 19.8h.01',
  scan: 'M4 8.5V5.5A1.5 1.5 0 0 1 5.5 4h3M15.5 4h3A1.5 1.5 0 0 1 20 5.5v3M20 15.5v3a1.5 1.5 0 0 1-1.5 1.5h-3M8.5 20h-3A1.5 1.5 0 0 1 4 18.5v-3M4 12h16',
  keypad: 'M6 6h.01M12 6h.01M18 6h.01M6 12h.01M12 12h.01M18 12h.01M6 18h.01M12 18h.01M18 18h.01',
  list: 'M8.5 6.5H20M8.5 12H20M8.5 17.5H20M4.5 6.5h.01M4.5 12h.01M4.5 17.5h.01',
  coin: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM8.5 8l3.5 4.5L15.5 8M12 12.5V17M9 13h6M9 15.2h6',
  wallet: 'M4 7.5A2 2 0 0 1 6 5.5h11v3M4 7.5V18a2 2 0 0 0 2 2h13V8.5H5.5A1.5 1.5 0 0 1 4 7.5zM16 14.2h.01',
  box: 'M4 8l8-4 8 4v8.5l-8 4-8-4zM4 8l8 4 8-4M12 12v8.5',
  qr: 'M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h2.5M20 14v2.5M14 17.5v2.5h2.5M19.5 19.5h.5',
  gear: 'M12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM12 3.5v2.3M12 18.2v2.3M3.5 12h2.3M18.2 12h2.3M6 6l1.6 1.6M16.4 16.4L18 18M18 6l-1.6 1.6M7.6 16.4L6 18',
  doc: 'M7 3.5h7l4 4V20.5H7zM14 3.5v4h4M9.8 12h5M9.8 15.5h5',
  store: 'M4.5 9.5L6 4.5h12l1.5 5M4.5 9.5a2.5 2.5 0 0 0 5 0 2.5 2.5 0 0 0 5 0 2.5 2.5 0 0 0 5 0M5.5 12v8h13v-8M10 20v-4.5h4V20',
  person: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5a7.5 7.5 0 0 1 15 0',
  trash: 'M5 7h14M9.5 7V4.5h5V7M7 7l.8 13h8.4L17 7M10.5 10.5v6M13.5 10.5v6',
  warn: 'M12 4l9 15.5H3zM12 10v4.5M12 17h.01',
  truck: 'M3 6.5h11v10H3zM14 10h3.6l3.4 3.5v3h-7M7.2 19a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6zM17.2 19a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6z',
  globe: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM3.5 12h17M12 3c2.5 2.6 3.7 5.6 3.7 9S14.5 18.4 12 21c-2.5-2.6-3.7-5.6-3.7-9S9.5 5.6 12 3z',
  back: 'M9 7l-4.5 5L9 17M4.5 12H20M12 9l4 6M16 9l-4 6',
  locate: 'M12 18a6 6 0 1 0 0-12 6 6 0 0 0 0 12zM12 3v3M12 18v3M3 12h3M18 12h3M12 12h.01',
  leaf: 'M5 19c0-9 5-14 15-14 0 10-5 15-12 14M5 20c1-5 4-8 8-10',
  fruit: 'M12 8c-5-3-8 .5-8 5 0 4 3 8 5.5 8 1 0 1.5-.5 2.5-.5s1.5.5 2.5.5C17 21 20 17 20 13c0-4.5-3-8-8-5zM12 8c0-2.5 1-4 3-5',
  meat: 'M14.5 4.5c3-1.5 6 1.5 5 5-1 4-5 8-9 8.5l-3 2.5-1.5-1-1-1.5L7.5 15c.5-4 3-8.5 7-10.5z',
  fish: 'M3.5 12c3-5 9-6.5 13-1l4-3.5v9l-4-3.5c-4 5.5-10 4-13-1zM8 11h.01',
  egg: 'M12 3.5c3.5 0 6.5 5.5 6.5 10a6.5 6.5 0 0 1-13 0c0-4.5 3-10 6.5-10z',
  grain: 'M4 11h16a8 8 0 0 1-16 0zM8 20h8M9 7.5V5M12 7.5V4M15 7.5V5',
} as const

export type IconName = keyof typeof PATHS

export function iconUrl(name: IconName, color: string, weight = 1.8): string {
  const path = PATHS[name] ?? PATHS.box
  return svgUrl(
    `<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' stroke='${color}' stroke-width='${weight}' stroke-linecap='round' stroke-linejoin='round'><path d='${path}'/></svg>`,
  )
}

/** An SVG as an address a picture can show; built by hand, for the mini program has no btoa. */
export function svgUrl(svg: string): string {
  return `data:image/svg+xml,${encodeURIComponent(svg).replace(/'/g, '%27')}`
}
