import type { ChosenPicture } from '../platform/pictures'
import type { ClientParts } from './client'
import { ApiProblem, problemFrom } from './problem'
import type { ReviewPicture } from './types'

export interface UploadRequest {
  url: string
  headers: Record<string, string>
  name: string
  picture: ChosenPicture
  timeoutMs: number
}

/** Sends one file; the answer's body comes as text. Rejects as a transport does. */
export type Carrier = (request: UploadRequest) => Promise<{ status: number; text: string }>

const TIMEOUT_MS = 60_000

/** How a review's picture gets to the store: the one request that is not JSON. */
export function createUpload(parts: Omit<ClientParts, 'transport'>, carry: Carrier) {
  return async function uploadReviewPicture(picture: ChosenPicture): Promise<ReviewPicture> {
    const token = parts.token()
    const headers: Record<string, string> = { Accept: 'application/json', 'Accept-Language': parts.language() }
    if (token) headers.Authorization = `Bearer ${token}`
    const url = `${parts.base}/api/v1/review-pictures`
    let answer: { status: number; text: string }
    try {
      answer = await carry({ url, headers, name: 'picture', picture, timeoutMs: TIMEOUT_MS })
    } catch (failure) {
      const reason = (failure as { reason?: string } | null)?.reason
      throw new ApiProblem(0, reason === 'timeout' ? 'timeout' : 'offline', '')
    }
    const body = read(answer.text)
    if (answer.status >= 200 && answer.status < 300) return body as ReviewPicture
    if (answer.status === 401 && token) parts.onSignedOut('/review-pictures')
    throw problemFrom(answer.status, body)
  }
}

function read(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
