import { back, go, here, replace } from '../platform/navigate'
import { endSession, session } from '../store/session'

const LOGIN = '/sub/account/login'

/** True when signed in; otherwise opens the login page, which comes back to where we are. */
export function requireSignIn(): boolean {
  if (session.token) return true
  openLogin()
  return false
}

/** Goes to a page that needs a member, by way of the login page for guests. */
export function goSignedIn(url: string): void {
  if (session.token) go(url)
  else go(`${LOGIN}?back=${encodeURIComponent(url)}`)
}

/** The server no longer knows our token: forget it and ask for the phone number once. */
export function signedOut(): void {
  if (!session.token) return
  endSession()
  openLogin()
}

/** After signing in: down to the page that asked when it lies below us, else to `target`. */
export function comeBack(target: string, isBelow: boolean): void {
  const page = target || '/pages/me/index'
  if (isBelow) back(page)
  else replace(page)
}

function openLogin(): void {
  const now = here()
  if (now.startsWith(LOGIN)) return
  go(`${LOGIN}?back=${encodeURIComponent(now)}&below=1`)
}
