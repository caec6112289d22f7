/**
 * Which store this is.
 *
 * H5 is served by the store's own host, so an empty base means the same origin. A mini program is
 * built for one store (VITE_API_BASE) or, on the third-party platform, told by its ext config.
 */
export function apiBase(): string {
  // #ifdef MP-WEIXIN
  const ext = (uni.getExtConfigSync?.() ?? {}) as { api_base?: string }
  if (ext.api_base) return trimmed(ext.api_base)
  // #endif
  return trimmed(import.meta.env.VITE_API_BASE || '')
}

export function storeScope(): string {
  // #ifdef H5
  if (!apiBase()) return window.location.host
  // #endif
  return apiBase()
}

/** Makes an address from the API absolute; a mini program has no origin to resolve it against. */
export function absoluteUrl(url: string): string {
  if (/^[a-z]+:/i.test(url)) return url
  let origin = apiBase()
  // #ifdef H5
  // Spelled out, because uni would hang a bare `/media/...` under the page's own folder.
  if (!origin) origin = window.location.origin
  // #endif
  return `${origin}${url}`
}

function trimmed(base: string): string {
  return base.replace(/\/+$/, '')
}
