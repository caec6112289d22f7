/** An `application/problem+json` answer; further members depend on `code`. */
export interface ProblemBody {
  type?: string
  title?: string
  status?: number
  code?: string
  detail?: string
  request_id?: string
  errors?: Record<string, string[]>
  [extra: string]: unknown
}
