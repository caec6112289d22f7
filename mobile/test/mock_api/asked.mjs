// Who asks, and how the made-up store refuses: as problem+json.
import { randomUUID } from 'node:crypto'

export class Refusal extends Error {
  constructor(status, code, detail, extra = {}) {
    super(code)
    this.status = status
    this.body = { type: `about:${code}`, title: detail, status, code, detail, request_id: randomUUID(), ...extra }
  }
}

export function list(items) {
  return { items, next: null }
}

export function found(thing) {
  if (!thing) throw new Refusal(404, 'not_found', '内容不存在或已删除')
  return thing
}

export function theMember({ world, token }) {
  const id = world.tokens.get(token)
  if (!id) throw new Refusal(401, 'signed_out', '请先登录')
  return world.members.get(id)
}

export function theLeader(asked) {
  const member = theMember(asked)
  if (!member.is_leader) throw new Refusal(403, 'not_a_leader', '您还不是团长')
  return member
}
