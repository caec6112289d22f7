import { api } from '../api'
import { isSafeBrand } from '../format/color'
import { language, t, type Language } from '../i18n'
import { muteInnerImages, setBrandColor, setDocumentLanguage, startKeyboard } from '../platform/browser'
import { setTabTitles } from '../platform/navigate'
import { watchNetwork } from '../platform/network'
import { phoneShelf } from '../platform/storage'
import { restoreBasket } from './basket'
import { noteInvitation, restoreInvitation } from './invitation'
import { restorePoint } from './pickup_point'
import { restoreSession } from './session'
import { keepShared, restoreSharedCart } from './shared_cart'
import { keptValue } from './shelf'
import { enterStore, shop } from './shop'

const keptLanguage = keptValue<Language>(phoneShelf, 'language', 'zh-CN')

/** Brings back what the phone remembers; runs once, before the first page. */
export function startApp(opened?: { query?: Record<string, unknown> }): void {
  language.value = keptLanguage.read()
  setDocumentLanguage(language.value)
  restoreSession(phoneShelf)
  restoreBasket(phoneShelf)
  restoreSharedCart(phoneShelf)
  restorePoint(phoneShelf)
  restoreInvitation(phoneShelf)
  noteInvitation(opened?.query)
  keepShared(api)
  startKeyboard()
  muteInnerImages()
  watchNetwork()
}

export function speak(chosen: Language): void {
  language.value = chosen
  keptLanguage.write(chosen)
  setDocumentLanguage(chosen)
  nameTabs()
}

export function nameTabs(): void {
  setTabTitles([t('tab.home'), t('tab.category'), t('tab.cart'), t('tab.me')])
}

/** The store's name, notice and clock; asked once, again with `anew`. */
export async function knowStore(anew = false): Promise<void> {
  if (shop.store && !anew) return
  const store = await api.store()
  enterStore(store, Date.now())
  if (isSafeBrand(store.brand_color)) setBrandColor(store.brand_color)
}
