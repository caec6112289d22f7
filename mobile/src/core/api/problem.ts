import type { ProblemBody } from './types'

/** What went wrong, in a form a page can show and decide on. */
export class ApiProblem extends Error {
  constructor(
    /** HTTP status; 0 when no answer came at all. */
    readonly status: number,
    /** The refusal's own code, or `offline`, `timeout`, `server_down`, `unreadable`. */
    readonly code: string,
    /** The server's sentence; empty when it gave none and the page has to choose words by `code`. */
    readonly sentence: string,
    readonly fields: Record<string, string> = {},
    readonly body: ProblemBody = {},
    /** Seconds after which the server asked to be asked again; null when it did not. */
    readonly retryAfter: number | null = null,
  ) {
    super(`${status} ${code} ${sentence}`.trim())
    this.name = 'ApiProblem'
  }

  /** True when the server has no time for us now and said when to come back: nothing was done. */
  get isBusy(): boolean {
    return (this.status === 429 || this.status === 503) && this.retryAfter !== null
  }

  /** True when the server said nothing final, so that the same submit may be sent again. */
  get isUndecided(): boolean {
    return this.status === 0 || this.status >= 500 || this.isBusy || this.code === 'idempotency_in_progress'
  }
}

export function problemFrom(status: number, body: unknown, headers: Record<string, unknown> = {}): ApiProblem {
  if (!isRecord(body)) {
    const code = status === 429 || status >= 500 ? 'server_down' : 'unreadable'
    return new ApiProblem(status, code, '', {}, {}, secondsIn(headers))
  }
  const problem = body as ProblemBody
  const code = problem.code || (status >= 500 ? 'server_down' : 'refused')
  // A 5xx detail is written for engineers; the page has better words.
  const sentence = status >= 500 ? '' : problem.detail || problem.title || ''
  return new ApiProblem(status, code, sentence, fieldSentences(problem.errors), problem, secondsIn(headers, problem))
}

/** A proxy says when to come back in the header alone, the store in the body as well. A date is no number of seconds. */
function secondsIn(headers: Record<string, unknown>, body: ProblemBody = {}): number | null {
  const told = Object.entries(headers).find(([name]) => name.toLowerCase() === 'retry-after')?.[1]
  const said = told === undefined || told === '' ? body.retry_after_seconds : told
  const seconds = said === undefined || said === null ? NaN : Number(said)
  return seconds >= 0 ? seconds : null
}

function fieldSentences(errors: unknown): Record<string, string> {
  const sentences: Record<string, string> = {}
  if (!isRecord(errors)) return sentences
  for (const [field, said] of Object.entries(errors)) {
    const first = Array.isArray(said) ? said[0] : said
    if (typeof first === 'string' && first) sentences[field] = first
  }
  return sentences
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
