// A small stand-in for the store's API, so that the pages can be looked at and driven without it.
// It also serves the H5 build under /m/ the way the store's host does, with its security policy.
//
//   npm run build:h5 && npm run dev:mock        then open http://127.0.0.1:8790/m/
//
// ?scene= in the cookie-less world is a header or /mock/scene?set=<open|scheduled|paused|closed|tabs|evening|none|down|slow|busy>.
// Any phone signs in with 123456; 13800000001 is the leader.
import { createReadStream, existsSync, statSync } from 'node:fs'
import http from 'node:http'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'

import { Refusal } from './asked.mjs'
import { answer } from './routes.mjs'
import { makeWorld, picture } from './world.mjs'

const PORT = Number(process.env.PORT || 8790)
const H5 = fileURLToPath(new URL('../../dist/build/h5/', import.meta.url))
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.png': 'image/png', '.svg': 'image/svg+xml', '.json': 'application/json' }
const POLICY = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'"

let world = makeWorld()
let scene = 'open'

http.createServer(async (request, response) => {
  const url = new URL(request.url, 'http://mock')
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  try {
    if (url.pathname.startsWith('/m/')) return file(response, url.pathname.slice(3) || 'index.html')
    if (url.pathname === '/mock/scene') {
      scene = url.searchParams.get('set') ?? 'open'
      return json(response, 200, { scene })
    }
    if (url.pathname === '/mock/reset') {
      world = makeWorld()
      scene = 'open'
      return json(response, 200, {})
    }
    if (url.pathname.startsWith('/mock/pictures/')) {
      response.writeHead(200, { 'Content-Type': 'image/svg+xml' })
      return response.end(picture(url.pathname) ?? '')
    }
    if (url.pathname === '/mock/cashier') return cashier(response, url)
    if (!url.pathname.startsWith('/api/v1/')) return json(response, 404, {})
    if (scene === 'down') return json(response, 503, { code: 'server_down', detail: 'database unreachable' })
    if (scene === 'busy' && request.method === 'POST' && url.pathname === '/api/v1/orders') return json(response, 503, { code: 'database_away', retry_after_seconds: 5 })
    if (scene === 'slow') await new Promise((done) => setTimeout(done, 3000))
    const { status, body } = answer({
      world, scene, method: request.method, path: url.pathname.slice(7), query: url.searchParams,
      body: chunks.length ? JSON.parse(Buffer.concat(chunks).toString()) : {},
      token: (request.headers.authorization ?? '').replace('Bearer ', ''),
      key: request.headers['idempotency-key'],
    })
    json(response, status, body)
  } catch (failure) {
    if (failure instanceof Refusal) return json(response, failure.status, failure.body)
    console.error(failure)
    json(response, 500, { code: 'bug', detail: String(failure) })
  }
}).listen(PORT, '127.0.0.1', () => console.log(`mock store: http://127.0.0.1:${PORT}/m/`))

function json(response, status, body) {
  const type = status >= 400 ? 'application/problem+json' : 'application/json'
  response.writeHead(status, { 'Content-Type': `${type}; charset=utf-8` })
  response.end(status === 204 ? undefined : JSON.stringify(body))
}

function file(response, path) {
  const wanted = join(H5, normalize(path))
  if (!wanted.startsWith(H5) || !existsSync(wanted) || !statSync(wanted).isFile()) return json(response, 404, {})
  response.writeHead(200, { 'Content-Type': TYPES[extname(wanted)] ?? 'application/octet-stream', 'Content-Security-Policy': POLICY })
  createReadStream(wanted).pipe(response)
}

/** The sandbox cashier's page: pays, refuses, or says nothing. */
function cashier(response, url) {
  const order = url.searchParams.get('order')
  const act = url.searchParams.get('act')
  if (act) {
    answer({ world, scene: 'open', method: 'POST', path: `/mock-payments/${act}`, query: url.searchParams, body: { order }, token: '', key: '' })
    response.writeHead(302, { Location: `/m/#/sub/order/result?order=${order}` })
    return response.end()
  }
  const link = (name, label) => `<p><a id="${name}" href="/mock/cashier?order=${order}&act=${name}">${label}</a></p>`
  response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' })
  response.end(`<!doctype html><meta name=viewport content="width=device-width"><h1>沙盒收银台</h1>${link('pay', '支付成功')}${link('fail', '支付失败')}${link('mute', '不回应')}`)
}
