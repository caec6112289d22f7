import { onShow } from '@dcloudio/uni-app'
import { watch } from 'vue'

import { setCartBadge } from '../platform/navigate'
import { cartPieces } from '../store/basket'
import { nameTabs } from '../store/start'

/** What the four tab pages share: the bar's words in the language of the moment, the cart's badge. */
export function useTabBar(): void {
  onShow(() => {
    nameTabs()
    setCartBadge(cartPieces.value)
  })
  watch(cartPieces, setCartBadge)
}
