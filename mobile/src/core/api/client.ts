import { ApiProblem, problemFrom } from './problem'

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

export interface WireRequest {
  method: Method
  url: string
  headers: Record<string, string>
  body: unknown
  timeoutMs: number
}

export interface WireAnswer {
  status: number
  body: unknown
  headers?: Record<string, unknown>
}

/** Sends one request; rejects with `{ reason: 'timeout' | 'offline' }` when no answer came. */
export type Transport = (request: WireRequest) => Promise<WireAnswer>

export interface ClientParts {
  base: string
  transport: Transport
  token: () => string
  language: () => string
  /** Called once per refused answer; the token it was refused with is already known to be useless. */
  onSignedOut: (path: string) => void
}

export interface CallOptions {
  query?: Record<string, string | number | null | undefined>
  body?: unknown
  idempotencyKey?: string
}

export type Call = <T>(method: Method, path: string, options?: CallOptions) => Promise<T>

const TIMEOUT_MS = 15_000

export function createClient(parts: ClientParts): Call {
  return async function call<T>(method: Method, path: string, options: CallOptions = {}): Promise<T> {
    const headers: Record<string, string> = {
      Accept: 'application/json',
      'Accept-Language': parts.language(),
    }
    const token = parts.token()
    if (token) headers.Authorization = `Bearer ${token}`
    if (options.idempotencyKey) headers['Idempotency-Key'] = options.idempotencyKey
    if (options.body !== undefined) headers['Content-Type'] = 'application/json'

    let answer: WireAnswer
    try {
      answer = await parts.transport({
        method,
        url: `${parts.base}/api/v1${path}${queryString(options.query)}`,
        headers,
        body: options.body,
        timeoutMs: TIMEOUT_MS,
      })
    } catch (failure) {
      const reason = (failure as { reason?: string } | null)?.reason
      throw new ApiProblem(0, reason === 'timeout' ? 'timeout' : 'offline', '')
    }

    if (answer.status >= 200 && answer.status < 300) return answer.body as T
    const problem = problemFrom(answer.status, answer.body, answer.headers)
    // Signing in itself may answer 401 for a wrong code; that is not an expired session.
    if (answer.status === 401 && token) parts.onSignedOut(path)
    throw problem
  }
}

export function queryString(query: CallOptions['query']): string {
  const pairs = Object.entries(query ?? {})
    .filter(([, value]) => value !== undefined && value !== null && value !== '')
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`)
  return pairs.length ? `?${pairs.join('&')}` : ''
}
