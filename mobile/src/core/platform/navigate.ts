/** Moves between pages. Tab pages cannot be pushed, so the one list of them lives here. */
const TABS = ['/pages/home/index', '/pages/category/index', '/pages/cart/index', '/pages/me/index']

export function go(url: string): void {
  if (TABS.includes(bare(url))) uni.switchTab({ url: bare(url) })
  else uni.navigateTo({ url })
}

export function replace(url: string): void {
  if (TABS.includes(bare(url))) uni.switchTab({ url: bare(url) })
  else uni.redirectTo({ url })
}

/** Goes one page back, or to `otherwise` when this page was opened directly. */
export function back(otherwise = '/pages/home/index'): void {
  if (getCurrentPages().length > 1) uni.navigateBack({ delta: 1 })
  else replace(otherwise)
}

/** The page on top with its query, fit for `go` and for coming back after signing in. */
export function here(): string {
  const pages = getCurrentPages()
  const top = pages[pages.length - 1] as
    | { route?: string; options?: Record<string, string>; $page?: { fullPath?: string } }
    | undefined
  if (!top) return '/pages/home/index'
  if (top.$page?.fullPath) return top.$page.fullPath
  const query = Object.entries(top.options ?? {})
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&')
  return `/${top.route ?? ''}${query ? `?${query}` : ''}`
}

/** Leaves for an address outside the app: the cashier of a payment method. */
export function leaveFor(url: string): void {
  // #ifdef H5
  window.location.href = url
  // #endif
  // #ifndef H5
  uni.redirectTo({ url: `/sub/order/webpay?url=${encodeURIComponent(url)}` })
  // #endif
}

export function setPageTitle(title: string): void {
  uni.setNavigationBarTitle({ title, fail: () => undefined })
}

export function setTabTitles(titles: string[]): void {
  titles.forEach((text, index) => uni.setTabBarItem({ index, text, fail: () => undefined }))
}

const CART_TAB = 2

export function setCartBadge(pieces: number): void {
  // Only tab pages have a bar; elsewhere the call fails and the next tab page sets it again.
  const fail = () => undefined
  if (pieces > 0) uni.setTabBarBadge({ index: CART_TAB, text: pieces > 99 ? '99+' : String(pieces), fail })
  else uni.removeTabBarBadge({ index: CART_TAB, fail })
}

function bare(url: string): string {
  return url.split('?')[0] ?? url
}
