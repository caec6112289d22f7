import { beforeEach, describe, expect, test, vi } from 'vitest'

import { newKey, SubmitAttempt } from '@/core/api/attempt'
import { createClient, queryString, type Transport, type WireRequest } from '@/core/api/client'
import { endpoints } from '@/core/api/endpoints'
import { ApiProblem } from '@/core/api/problem'
import { wordsFor } from '@/core/api/words'
import { language } from '@/core/i18n'
import { memoryShelf } from '@/core/store/shelf'

const signedOut = vi.fn()

function aClient(transport: Transport, token = 'secret') {
  const base = 'https://store.test'
  return createClient({ base, transport, token: () => token, language: () => 'zh-CN', onSignedOut: signedOut })
}

async function refused(transport: Transport, token?: string): Promise<ApiProblem> {
  const failure = await aClient(transport, token)('GET', '/me').catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(ApiProblem)
  return failure as ApiProblem
}

beforeEach(() => {
  signedOut.mockClear()
  language.value = 'zh-CN'
})

describe('a request', () => {
  test('carries the token, the language and the key, and only the fields given', async () => {
    const sent: WireRequest[] = []
    const call = aClient(async (request) => {
      sent.push(request)
      return { status: 201, body: { id: '1' } }
    })

    await call('POST', '/orders', { body: { remark: '' }, idempotencyKey: 'k1' })
    await call('GET', '/orders', { query: { state: 'paid', cursor: undefined, q: '' } })

    expect(sent[0]?.headers).toMatchObject({ Authorization: 'Bearer secret', 'Idempotency-Key': 'k1', 'Accept-Language': 'zh-CN' })
    expect(sent[0]?.url).toBe('https://store.test/api/v1/orders')
    expect(sent[1]?.url).toBe('https://store.test/api/v1/orders?state=paid')
    expect(sent[1]?.headers).not.toHaveProperty('Idempotency-Key')
  })

  test('a location is sent with six decimals, as many as the API takes', async () => {
    const urls: string[] = []
    const api = endpoints(aClient(async ({ url }) => {
      urls.push(url)
      return { status: 200, body: { items: [], next: null } }
    }))

    await api.pickupPoints({ lat: 31.22431234567, lng: 121.5 })

    expect(urls).toEqual(['https://store.test/api/v1/pickup-points?lat=31.224312&lng=121.500000'])
  })

  test('queries are escaped', () => {
    expect(queryString({ q: '桂花 & 苑' })).toBe('?q=%E6%A1%82%E8%8A%B1%20%26%20%E8%8B%91')
    expect(queryString(undefined)).toBe('')
  })
})

describe('what went wrong', () => {
  test('a problem keeps its code, sentence, fields and facts', async () => {
    const body = { code: 'too_many_codes', detail: '验证码发得太频繁', errors: { phone: ['请稍后再试'] }, retry_after_seconds: 30 }
    const problem = await refused(async () => ({ status: 429, body }))

    expect(problem).toMatchObject({ status: 429, code: 'too_many_codes', fields: { phone: '请稍后再试' } })
    expect(problem.body.retry_after_seconds).toBe(30)
    expect(wordsFor(problem)).toBe('验证码发得太频繁')
    expect(problem).toMatchObject({ isBusy: true, isUndecided: true, retryAfter: 30 })
  })

  test('no network, a slow one and a broken server each have plain words', async () => {
    const offline = await refused(() => Promise.reject({ reason: 'offline' }))
    const slow = await refused(() => Promise.reject({ reason: 'timeout' }))
    const broken = await refused(async () => ({ status: 502, body: '<html>Bad Gateway</html>' }))
    const bug = await refused(async () => ({ status: 500, body: { code: 'server_error', detail: 'Traceback' } }))

    expect(wordsFor(offline)).toBe('网络没连上，请检查后重试')
    expect(wordsFor(slow)).toBe('网络有点慢，请稍后重试')
    expect(wordsFor(broken)).toBe('系统开小差了，请稍后重试')
    expect(wordsFor(bug)).not.toContain('Traceback')
    expect([offline, slow, broken, bug].every((problem) => problem.isUndecided)).toBe(true)
  })

  test('a submit still under way is undecided too', async () => {
    const problem = await refused(async () => ({ status: 409, body: { code: 'idempotency_in_progress' } }))
    expect(problem.isUndecided).toBe(true)
  })

  test('an expired token asks for a new sign-in; a guest’s 401 does not', async () => {
    const answer: Transport = async () => ({ status: 401, body: { code: 'session_ended', detail: '登录已过期' } })

    await refused(answer)
    expect(signedOut).toHaveBeenCalledTimes(1)
    await refused(answer, '')
    expect(signedOut).toHaveBeenCalledTimes(1)
  })

  test('a bug of ours is not passed off as the network', () => {
    expect(wordsFor(new TypeError('x'))).toBe('页面出错了，请稍后重试')
  })
})

describe('a submit', () => {
  test('keeps its key while the body stays the same, also over a reload', () => {
    const shelf = memoryShelf()
    const key = new SubmitAttempt('order', shelf).keyFor({ lines: [1] })

    expect(new SubmitAttempt('order', shelf).keyFor({ lines: [1] })).toBe(key)
    expect(new SubmitAttempt('order', shelf).keyFor({ lines: [2] })).not.toBe(key)
  })

  test('is a new one once it is settled', () => {
    const attempt = new SubmitAttempt('order', memoryShelf())
    const key = attempt.keyFor('same')
    attempt.settle()
    expect(attempt.keyFor('same')).not.toBe(key)
  })

  test('has a key in the API’s form', () => {
    expect(newKey()).toMatch(/^[0-9a-f]{32}$/)
    expect(newKey()).not.toBe(newKey())
  })
})
