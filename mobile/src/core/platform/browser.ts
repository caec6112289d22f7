/**
 * What a browser needs and a mini program has of its own: pressing a `role="button"` with the
 * keyboard, a name for the field inside uni's input, the page's language for screen readers.
 */
export function startKeyboard(): void {
  // #ifdef H5
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' && event.key !== ' ') return
    const target = event.target as HTMLElement
    if (!/^(button|link|tab|checkbox|radio|switch)$/.test(target.getAttribute('role') ?? '')) return
    event.preventDefault()
    target.click()
  })
  // #endif
}

/**
 * uni draws pictures as an `img` without `alt`. Whatever a picture says is said by the text or the
 * `aria-label` around it, so the inner one is marked as decoration.
 */
export function muteInnerImages(): void {
  // #ifdef H5
  const mute = () => document.querySelectorAll('img:not([alt])').forEach((image) => image.setAttribute('alt', ''))
  new MutationObserver(mute).observe(document.body, { childList: true, subtree: true })
  mute()
  // #endif
}

/** Gives the real field inside a uni input its name, since uni passes no aria attributes on. */
export function nameField(host: unknown, name: string): void {
  // #ifdef H5
  const root = (host as { $el?: HTMLElement } | null)?.$el ?? (host as HTMLElement | null)
  const field = root?.querySelector?.('input, textarea')
  field?.setAttribute('aria-label', name)
  // #endif
}

export function setDocumentLanguage(language: string): void {
  // #ifdef H5
  document.documentElement.lang = language
  // #endif
}

export function setBrandColor(color: string): void {
  // #ifdef H5
  document.documentElement.style.setProperty('--brand', color)
  // #endif
}
