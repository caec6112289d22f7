// Phones that shop in the made-up store, and what the tests ask of them.
'use strict'
const fs = require('node:fs')
const path = require('node:path')

const { Phone } = require('./phone.cjs')

const BUILD = path.join(__dirname, '../../dist/build/mp-weixin')
if (!fs.existsSync(path.join(BUILD, 'app.json'))) throw new Error('no mini program build here: run `npm run build:mp` first')

/** The build keeps its things by store; one built for no particular store keeps them under none. */
const SCOPE = `linli.${(process.env.VITE_API_BASE ?? '').replace(/\/+$/, '')}.`

/** A started phone in a fresh store; `mode` is `loaded`, `empty` or `error`. */
async function aPhone({ mode = 'loaded', member = '', prepare = () => ({}) } = {}) {
  const { Refusal } = await import('../mock_api/asked.mjs')
  const { answer } = await import('../mock_api/routes.mjs')
  const { makeWorld } = await import('../mock_api/world.mjs')
  const world = makeWorld()
  const shop = { world, mode, scene: 'open', asked: [] }
  const tell = (method, route, { body = {}, token = '', key = '' } = {}) => {
    const url = new URL(route, 'https://store.test')
    return answer({ world, scene: shop.scene, method, path: url.pathname, query: url.searchParams, body, token, key })
  }
  const phone = new Phone(BUILD, (request) => {
    const url = new URL(request.url, 'https://store.test')
    const route = url.pathname.replace('/api/v1', '') + url.search
    shop.asked.push({ method: request.method, route, body: request.data, header: request.header })
    const isStore = route === '/store'
    if (shop.mode === 'offline') return null
    const meddled = shop.meddle?.(request.method, route, () => tell(request.method, route, { body: request.data ?? {}, token: (request.header.Authorization ?? '').slice(7), key: request.header['Idempotency-Key'] }))
    if (meddled) return meddled
    if (shop.mode === 'error' && !isStore) return { status: 503, body: 'Service Unavailable' }
    if (shop.mode === 'empty' && request.method === 'GET' && LISTS.test(url.pathname)) {
      return { status: 200, body: { items: [], next: null, summary: NO_MONEY, rating: { average: '', count: 0, by_stars: [0, 0, 0, 0, 0] } } }
    }
    try {
      return tell(request.method, route, {
        body: request.data ?? {}, token: (request.header.Authorization ?? '').slice(7), key: request.header['Idempotency-Key'],
      })
    } catch (failure) {
      if (failure instanceof Refusal) return { status: failure.status, body: failure.body }
      throw failure
    }
  })
  Object.assign(shop, { phone, tell })
  if (member) {
    const { body } = tell('POST', '/auth/sessions', { body: { phone: member, code: '123456' } })
    shop.token = body.token
    remember(shop, 'session', { token: body.token, member: body.member })
  }
  shop.prepared = prepare(shop) ?? {}
  phone.start()
  return shop
}

/** The same for one test: the phone is closed after it. */
async function shopping(t, options) {
  const shop = await aPhone(options)
  t.after(() => shop.phone.close())
  return shop
}

/** So many of the first goods in the cart, and a point to fetch them at. */
async function fillCart(shop, quantity) {
  await shop.phone.open('/pages/home/index')
  for (let n = 0; n < quantity; n += 1) await shop.phone.tap('stepper-more', 0)
  shop.phone.close()
  await shop.phone.open('/sub/pickup/choose')
  await shop.phone.tap('point')
  shop.phone.close()
  shop.phone.wx.calls.length = 0
}

const LISTS = /\/(coupons|claimable|reviews|products|addresses|to-write|campaigns|joins|pickup-points|orders|pickup-codes|pickups|commissions|moves|unclaimed|rests|offers)$|(v1|leader)\/after-sales$/
const NONE = { amount: 0, currency: 'CNY' }
const NO_MONEY = { accrued: NONE, pending: NONE, available: NONE }

/** An order of this phone's member, paid if wanted, placed behind the app's back. */
function anOrder(shop, { paid = false, quantity = 2 } = {}) {
  const item = shop.world.items[0]
  const { body: order } = shop.tell('POST', '/orders', {
    token: shop.token, key: `k${Math.random()}`,
    body: {
      lines: [{ campaign_item_id: item.id, quantity }], pickup_point_id: 'point-1',
      contact: { name: '张阿姨', phone: '13900001234' }, remark: '', expected_total: { amount: item.price.amount * quantity, currency: 'CNY' },
    },
  })
  if (paid) shop.tell('POST', '/mock-payments/pay', { body: { order: order.id } })
  return order
}

/** A request about this phone's own paid order, in any state, made behind the app's back. */
function anAfterSale(shop, { state = '' } = {}) {
  const order = anOrder(shop, { paid: true })
  const { body } = shop.tell('POST', '/after-sales', {
    token: shop.token, key: `k${Math.random()}`,
    body: { line_id: order.lines[0].id, reason: 'short', remedy: 'refund', quantity: 1, words: '少了一份', photo_ids: [] },
  })
  if (state) shop.world.afterSales[0].state = state
  return body
}

/** What the phone keeps for this store under a name. */
function kept(shop, name) {
  return JSON.parse(shop.phone.wx.storage.get(SCOPE + name) ?? 'null')
}

function remember(shop, name, value) {
  shop.phone.wx.storage.set(SCOPE + name, JSON.stringify(value))
}

function routes(shop) {
  return shop.asked.map(({ method, route }) => `${method} ${route}`)
}

function moves(shop) {
  return shop.phone.wx.calls
    .filter(({ name }) => ['navigateTo', 'redirectTo', 'switchTab', 'navigateBack'].includes(name))
    .map(({ name, options }) => `${name} ${options.url ?? ''}`.trim())
}

module.exports = { aPhone, anAfterSale, anOrder, BUILD, fillCart, kept, moves, remember, routes, shopping }
