import type { Api } from '../api/endpoints'
import type { Entry } from '../api/types'
import { choosePoint, chosenPoint } from './pickup_point'
import { session } from './session'
import { keptValue, memoryShelf, type Shelf } from './shelf'

const LEADER_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** By whose link this phone came; `isFollowed` once the store knows it of the member. */
interface Invitation {
  leader: string
  isUsed: boolean
  isFollowed: boolean
}

let kept = keptValue<Invitation | null>(memoryShelf(), 'invitation', null)

export function restoreInvitation(shelf: Shelf): void {
  kept = keptValue<Invitation | null>(shelf, 'invitation', null)
}

/** Notes the leader in the address the app was opened by; anything else in its place is ignored. */
export function noteInvitation(query: Record<string, unknown> | undefined): void {
  const leader = String(query?.leader ?? '')
  if (LEADER_ID.test(leader)) kept.write({ leader, isUsed: false, isFollowed: false })
}

/** Chooses the point to begin with: the link's, or one the store knows of. Null where nothing is to be asked. */
export async function begin(api: Pick<Api, 'entry' | 'followLeader'>): Promise<Entry | null> {
  const invitation = kept.read()
  const isNew = invitation !== null && !invitation.isUsed
  let entry: Entry | null = null
  if (isNew || !chosenPoint.value) {
    entry = await api.entry({ leader: isNew ? invitation.leader : undefined }).catch(() => null)
    if (entry?.point && (isNew || !chosenPoint.value)) choosePoint(entry.point)
    if (entry && isNew) kept.write({ ...invitation, isUsed: true })
  }
  await follow(api)
  return entry
}

/** Tells the store once by whose link a signed-in member came. */
export async function follow(api: Pick<Api, 'followLeader'>): Promise<void> {
  const invitation = kept.read()
  if (!invitation || invitation.isFollowed || !session.token) return
  const isDone = await api.followLeader(invitation.leader).then(
    () => true,
    (problem: { status?: number }) => problem?.status === 404, // a leader who left: nothing to tell any more
  )
  if (isDone) kept.write({ ...kept.read()!, isFollowed: true })
}
