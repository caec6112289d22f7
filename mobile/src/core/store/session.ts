import { reactive } from 'vue'

import type { Member, Session } from '../api/types'
import { keptValue, type Shelf } from './shelf'

interface SignedIn {
  token: string
  member: Member | null
}

export const session = reactive<SignedIn>({ token: '', member: null })

let kept = keptValue<SignedIn | null>({ read: () => null, write: () => undefined }, 'session', null)

export function restoreSession(shelf: Shelf): void {
  kept = keptValue<SignedIn | null>(shelf, 'session', null)
  const before = kept.read()
  session.token = before?.token ?? ''
  session.member = before?.member ?? null
}

export function beginSession(started: Session): void {
  session.token = started.token
  session.member = started.member
  kept.write({ token: started.token, member: started.member })
}

export function rememberMember(member: Member): void {
  session.member = member
  kept.write({ token: session.token, member })
}

export function endSession(): void {
  session.token = ''
  session.member = null
  kept.write(null)
}
