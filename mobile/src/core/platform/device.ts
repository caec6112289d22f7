/** Small powers of the phone: words on screen, calling, copying, scanning, brightness. */

export function say(sentence: string): void {
  uni.showToast({ title: sentence, icon: 'none', duration: 2200 })
}

export function ask(question: {
  title: string
  content: string
  confirm: string
  cancel: string
}): Promise<boolean> {
  return new Promise((resolve) => {
    uni.showModal({
      title: question.title,
      content: question.content,
      confirmText: question.confirm,
      cancelText: question.cancel,
      confirmColor: '#0b7a3b',
      success: (answer) => resolve(answer.confirm),
      fail: () => resolve(false),
    })
  })
}

/** Offers a few choices; resolves to the index chosen, or null when dismissed. */
export function choose(choices: string[]): Promise<number | null> {
  return new Promise((resolve) => {
    uni.showActionSheet({
      itemList: choices,
      success: (answer) => resolve(answer.tapIndex),
      fail: () => resolve(null),
    })
  })
}

export function callPhone(phoneNumber: string): void {
  uni.makePhoneCall({ phoneNumber, fail: () => undefined })
}

export function copyText(text: string): Promise<boolean> {
  return new Promise((resolve) => {
    uni.setClipboardData({
      data: text,
      showToast: false,
      success: () => resolve(true),
      fail: () => resolve(false),
    })
  })
}

export function stopPullDown(): void {
  uni.stopPullDownRefresh()
}

export function scrollToTop(): void {
  uni.pageScrollTo({ scrollTop: 0, duration: 0, fail: () => undefined })
}

/** True where the camera can read a code; a plain browser cannot, there the code is typed. */
export function canScan(): boolean {
  let able = false
  // #ifdef MP-WEIXIN
  able = true
  // #endif
  return able
}

export function scanCode(): Promise<string | null> {
  return new Promise((resolve) => {
    // #ifdef MP-WEIXIN
    uni.scanCode({
      scanType: ['qrCode', 'barCode'],
      success: (found) => resolve(found.result),
      fail: () => resolve(null),
    })
    // #endif
    // #ifndef MP-WEIXIN
    resolve(null)
    // #endif
  })
}

export function buzz(): void {
  // #ifdef MP-WEIXIN
  uni.vibrateShort({ fail: () => undefined } as UniApp.VibrateShortOptions)
  // #endif
}

/** Full brightness while a code is shown; returns what undoes it. */
export function brighten(): () => void {
  let undo = () => undefined as void
  // #ifdef MP-WEIXIN
  uni.getScreenBrightness({
    success: ({ value }) => {
      uni.setScreenBrightness({ value: 1, fail: () => undefined })
      undo = () => uni.setScreenBrightness({ value, fail: () => undefined })
    },
    fail: () => undefined,
  })
  // #endif
  return () => undo()
}

/** Height of the phone's own status bar, which a page without a title bar must leave free. */
export function statusBarHeight(): number {
  let height = 0
  // #ifdef MP-WEIXIN
  height = uni.getWindowInfo().statusBarHeight
  // #endif
  return height
}
