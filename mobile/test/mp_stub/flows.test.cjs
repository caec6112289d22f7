// What a neighbour does, tapped through on the built mini program.
'use strict'
const assert = require('node:assert/strict')
const { test } = require('node:test')

const { anOrder, fillCart, kept, moves, remember, routes, shopping } = require('./shop.cjs')

const MEMBER = '13900001234'

test('a tap on the stepper puts the item in the cart and the bar shows its total', async (t) => {
  const shop = await shopping(t)
  await shop.phone.open('/pages/home/index')

  await shop.phone.tap('stepper-more', 0)
  await shop.phone.tap('stepper-more', 0)

  assert.equal(shop.phone.text(shop.phone.find('stepper-count')), '2')
  assert.match(shop.phone.text(shop.phone.find('cart-bar')), /9 \.60/)
  assert.equal(kept(shop, 'cart')[0].quantity, 2)
})

test('the stepper stops at the limit per member and says so', async (t) => {
  const shop = await shopping(t)
  await shop.phone.open('/pages/home/index')
  const strawberry = shop.world.items.findIndex((item) => item.product.title === '丹东草莓')

  for (let n = 0; n < 3; n += 1) await shop.phone.tap('stepper-more', strawberry)

  assert.equal(kept(shop, 'cart')[0].quantity, 2)
  assert.ok(shop.phone.wx.calls.some(({ name, options }) => name === 'showToast' && options.title === '每人限购 2 件'))
})

test('a search suggests while it is typed, finds by initials and is remembered on the phone alone', async (t) => {
  const shop = await shopping(t)
  await shop.phone.open('/sub/goods/search')
  assert.match(shop.phone.text(), /也可以打拼音或首字母/)

  await shop.phone.type('product-search', 'fan')
  await new Promise((done) => setTimeout(done, 350))
  await shop.phone.settle()
  assert.ok(routes(shop).includes('GET /product-suggestions?q=fan'), routes(shop))
  await shop.phone.tap('search-hint', 0)

  assert.ok(routes(shop).some((one) => one.startsWith(`GET /products?q=${encodeURIComponent('番茄')}`)), routes(shop))
  assert.match(shop.phone.text(), /番茄.*就这些了/)
  assert.deepEqual(kept(shop, 'searches'), ['番茄'])

  await shop.phone.open('/sub/goods/search')
  assert.match(shop.phone.text(shop.phone.find('search-kept')), /番茄/)
  await shop.phone.tap('search-forget')
  assert.deepEqual(kept(shop, 'searches'), [])
})

test('a video stands before the pictures with its cover, and only where there is one', async (t) => {
  const shop = await shopping(t)
  await shop.phone.open('/sub/goods/detail?id=product-1')
  const [film] = shop.phone.find('detail-video')
  assert.match(film.attrs.src, /\/mock\/films\/product-1\.mp4$/)
  assert.match(film.attrs.poster, /\/mock\/pictures\/product-1\.svg$/)
  assert.match(shop.phone.text(), /1 ?\/ ?3/)

  await shop.phone.open('/sub/goods/detail?id=product-2')
  assert.equal(shop.phone.find('detail-video').length, 0)
})

test('a refused location leaves the search, which asks with the words typed', async (t) => {
  const shop = await shopping(t)
  await shop.phone.open('/sub/pickup/choose')

  await shop.phone.tap('point-locate')
  assert.match(shop.phone.text(), /没有拿到您的位置，可以直接搜索小区名称/)
  await shop.phone.type('point-search', '阳光')
  await new Promise((done) => setTimeout(done, 400))
  await shop.phone.settle()

  assert.ok(routes(shop).includes(`GET /pickup-points?q=${encodeURIComponent('阳光')}`), routes(shop))
  assert.match(shop.phone.text(), /阳光里水果店/)
  assert.doesNotMatch(shop.phone.text(), /桂花苑/)
})

test('with a location the points come nearest first with their distance', async (t) => {
  const shop = await shopping(t)
  shop.phone.wx.next.location = { latitude: 31.21980001234, longitude: 121.5412 }
  await shop.phone.open('/sub/pickup/choose')

  await shop.phone.tap('point-locate')

  assert.ok(routes(shop).includes('GET /pickup-points?lat=31.219800&lng=121.541200'), routes(shop))
  assert.match(shop.phone.text(shop.phone.find('point').slice(0, 1)), /阳光里水果店.*10 m/)
})

test('signing in wants consent, then goes back to the page that asked', async (t) => {
  const shop = await shopping(t)
  await shop.phone.open('/sub/account/login?back=%2Fsub%2Forder%2Flist')

  await shop.phone.type('login-phone', MEMBER)
  await shop.phone.tap('login-send')
  await shop.phone.type('login-code', '123456')
  await shop.phone.tap('login-submit')
  assert.ok(!routes(shop).includes('POST /auth/sessions'))
  await shop.phone.tap('login-consent')
  await shop.phone.tap('login-submit')

  assert.ok(routes(shop).includes('POST /auth/sessions'))
  assert.deepEqual(moves(shop), ['redirectTo /sub/order/list'])
  assert.deepEqual(shop.phone.errors, [])
})

test('a wrong code is said beside the field and nothing typed is lost', async (t) => {
  const shop = await shopping(t)
  await shop.phone.open('/sub/account/login')

  await shop.phone.type('login-phone', MEMBER)
  await shop.phone.type('login-code', '000000')
  await shop.phone.tap('login-consent')
  await shop.phone.tap('login-submit')

  assert.match(shop.phone.text(shop.phone.find('login-code')), /验证码不对，请重新输入/)
  assert.deepEqual(moves(shop), [])
})

test('a lost answer keeps the idempotency key, so that the second press cannot order twice', async (t) => {
  const shop = await shopping(t, { member: MEMBER })
  await fillCart(shop, 2)
  await shop.phone.open('/sub/order/confirm?from=cart')
  await shop.phone.type('contact-name', '张阿姨')
  await shop.phone.type('contact-phone', MEMBER)

  shop.mode = 'offline'
  await shop.phone.tap('submit-order')
  shop.mode = 'loaded'
  await shop.phone.tap('submit-order')

  const sent = shop.asked.filter(({ method, route }) => method === 'POST' && route === '/orders')
  assert.equal(sent.length, 2)
  assert.equal(sent[0].header['Idempotency-Key'], sent[1].header['Idempotency-Key'])
  assert.equal(shop.world.orders.length, 1)
  assert.match(moves(shop)[0], /^redirectTo \/sub\/order\/cashier\?order=/)
  assert.deepEqual(kept(shop, 'cart'), [])
})

test('points are ticked, seen in the total, and go with the order', async (t) => {
  const shop = await shopping(t, { member: MEMBER })
  await fillCart(shop, 2)
  await shop.phone.open('/sub/order/confirm?from=cart')
  assert.match(shop.phone.text(), /用 480 积分抵 ¥4\.80/)

  await shop.phone.tap('confirm-points')
  assert.match(shop.phone.text(shop.phone.find('confirm-discount')), /积分.*-¥4\.80/)
  assert.match(shop.phone.text(shop.phone.find('confirm-total')), /4 \.80/)
  await shop.phone.type('contact-name', '张阿姨')
  await shop.phone.type('contact-phone', MEMBER)
  await shop.phone.tap('submit-order')

  const { body } = shop.asked.find(({ method, route }) => method === 'POST' && route === '/orders')
  assert.deepEqual([body.use_points, body.expected_total.amount], [true, 480])
  assert.equal(shop.world.orders[0].total.amount, 480)
})

test('who would take something similar says so, and reads in the order what came instead', async (t) => {
  const shop = await shopping(t, { member: MEMBER })
  await fillCart(shop, 1)
  await shop.phone.open('/sub/order/confirm?from=cart')
  await shop.phone.tap('confirm-substitutes')
  await shop.phone.type('contact-name', '张阿姨')
  await shop.phone.type('contact-phone', MEMBER)
  await shop.phone.tap('submit-order')

  const { body } = shop.asked.find(({ method, route }) => method === 'POST' && route === '/orders')
  assert.equal(body.accept_substitutes, true)
  shop.world.orders[0].lines[0].notes = ['缺货，1 份换成“海南千禧 500g”']
  await shop.phone.open(`/sub/order/detail?id=${shop.world.orders[0].id}`)
  assert.match(shop.phone.text(shop.phone.find('line-note')), /换成“海南千禧/)
})

test('what goes back of goods that nobody fetches is read before the order', async (t) => {
  const shop = await shopping(t, { member: MEMBER })
  shop.scene = 'unclaimed'
  await fillCart(shop, 1)
  await shop.phone.open('/sub/order/confirm?from=cart')
  assert.match(shop.phone.text(shop.phone.find('confirm-unclaimed')), /按 80% 退款/)
})

test('pieces that come later are refused on the order, and the money is asked for once', async (t) => {
  const shop = await shopping(t, { member: MEMBER })
  await fillCart(shop, 1)
  await shop.phone.open('/sub/order/confirm?from=cart')
  await shop.phone.type('contact-name', '张阿姨')
  await shop.phone.type('contact-phone', MEMBER)
  await shop.phone.tap('submit-order')
  const [order] = shop.world.orders
  order.lines[0].notes = ['1 份改到 11-25 提货']
  order.lines[0].later = { quantity: 1, pickup_date: '2026-11-25', can_refuse: true }
  await shop.phone.open(`/sub/order/detail?id=${order.id}`)
  await shop.phone.tap('order-refuse-later')
  assert.equal(order.lines[0].refunded_quantity, 1)
  assert.match(shop.phone.text(shop.phone.find('line-refunded')), /1/)
  assert.equal(shop.asked.filter(({ route }) => route.endsWith('/refusal')).length, 1)
})

test('the last piece lost to another phone is told line by line and the rest can be ordered', async (t) => {
  const shop = await shopping(t, { member: MEMBER })
  await fillCart(shop, 2)
  await shop.phone.open('/sub/order/confirm?from=cart')
  await shop.phone.type('contact-name', '张阿姨')
  await shop.phone.type('contact-phone', MEMBER)

  shop.world.items[0].available = 1
  await shop.phone.tap('submit-order')
  assert.match(shop.phone.text(shop.phone.find('changes-sheet')), /商品有变化.*番茄.*只剩 1 份/)
  await shop.phone.tap('changes-accept')
  assert.match(shop.phone.text(shop.phone.find('confirm-total')), /4 \.80/)
  await shop.phone.tap('submit-order')

  assert.equal(shop.world.orders.length, 1)
  assert.equal(shop.world.orders[0].lines[0].quantity, 1)
  assert.deepEqual(shop.phone.errors, [])
})

test('what the shared cart loses while it is being ordered stays on the page and is told', async (t) => {
  const shop = await shopping(t, { member: MEMBER })
  await fillCart(shop, 2)
  await shop.phone.open('/sub/order/confirm?from=cart')
  await shop.phone.type('contact-name', '张阿姨')
  await shop.phone.type('contact-phone', MEMBER)

  shop.world.items[0].available = 0
  await shop.phone.open('/pages/cart/index') // on top of it: the cart is shared with the store meanwhile
  assert.ok(routes(shop).some((route) => route.startsWith('PUT /cart')))
  assert.equal(kept(shop, 'cart')[0].is_gone, true)
  shop.phone.close()
  shop.phone.redraw()
  assert.match(shop.phone.text(), /番茄/)
  await shop.phone.tap('submit-order')
  assert.match(shop.phone.text(shop.phone.find('changes-sheet')), /商品有变化.*番茄/)
  assert.equal(shop.world.orders.length, 0)
})

test('the way down the store\'s categories leads to their goods, sorted as wished, and an empty one back to all', async (t) => {
  const shop = await shopping(t, { prepare: (one) => remember(one, 'point', one.world.points[0]) })
  await shop.phone.open('/pages/category/index')
  const titles = () => shop.phone.text()

  await shop.phone.tap('category', 1)
  assert.ok(routes(shop).includes('GET /products?category=category-1&pickup_point_id=point-1'), routes(shop))
  assert.match(titles(), /蔬菜.*水果.*水产/)
  assert.doesNotMatch(titles(), /东北五常大米/)
  await shop.phone.tap('shelf-2', 0)
  await shop.phone.tap('shelf-3', 0)
  assert.match(titles(), /本地鸡毛菜/)
  assert.doesNotMatch(titles(), /番茄/)

  await shop.phone.tap('shelf-2', 1)
  await shop.phone.tap('sort-price')
  assert.ok(routes(shop).includes('GET /products?category=category-4&sort=price&pickup_point_id=point-1'), routes(shop))
  assert.match(titles(), /赣南脐橙.*阳光玫瑰葡萄.*丹东草莓/)
  await shop.phone.tap('sort-price')
  assert.match(titles(), /丹东草莓.*阳光玫瑰葡萄.*赣南脐橙/)
  await shop.phone.tap('sort-sales')
  assert.match(titles(), /赣南脐橙.*阳光玫瑰葡萄.*丹东草莓/)
  await shop.phone.tap('stepper-more', 0)
  assert.match(shop.phone.text(shop.phone.find('cart-bar')), /25 \.90/)

  await shop.phone.tap('category', 4)
  assert.match(titles(), /这个分类今天没有商品/)
  await shop.phone.tap('empty-action')
  assert.match(titles(), /番茄/)
  assert.deepEqual(shop.phone.errors, [])
})

test('the result page follows the order from waiting to paid', async (t) => {
  const shop = await shopping(t, { member: MEMBER })
  const order = anOrder(shop)
  await shop.phone.open(`/sub/order/result?order=${order.id}`)
  assert.match(shop.phone.text(), /正在确认支付结果/)

  shop.tell('POST', '/mock-payments/pay', { body: { order: order.id } })
  await shop.phone.tap('result-view-order').catch(() => undefined)
  await new Promise((done) => setTimeout(done, 2100))
  await shop.phone.settle()

  assert.match(shop.phone.text(), /支付成功.*取货码/)
})

test('pickup codes stay readable without a network', async (t) => {
  const shop = await shopping(t, { member: MEMBER })
  anOrder(shop, { paid: true })
  await shop.phone.open('/sub/order/code')
  const shown = shop.phone.text(shop.phone.find('pickup-digits'))
  shop.phone.close()

  shop.mode = 'offline'
  await shop.phone.open('/sub/order/code')

  assert.match(shown, /^\d{4} \d{4}$/)
  assert.equal(shop.phone.text(shop.phone.find('pickup-digits')), shown)
  assert.match(shop.phone.text(), /显示的是上次保存的取货码/)
})

test('English replaces every word, parameters included', async (t) => {
  const shop = await shopping(t, { prepare: (one) => remember(one, 'language', 'en') })
  await shop.phone.open('/pages/home/index')

  assert.match(shop.phone.text(), /126 sold/)
  assert.doesNotMatch(shop.phone.text(), /\{\w+\}|已售|截单/)
})

test('a token the server forgot leads to the login page once', async (t) => {
  const shop = await shopping(t, { member: MEMBER })
  shop.world.tokens.clear()
  await shop.phone.open('/sub/order/list')

  assert.equal(moves(shop).length, 1)
  assert.match(moves(shop)[0], /^navigateTo \/sub\/account\/login\?back=%2Fsub%2Forder%2Flist/)
  assert.equal(kept(shop, 'session'), null)
})

test('goods of two days are ordered in one go and paid at once', async (t) => {
  const shop = await shopping(t, { member: MEMBER })
  await fillCart(shop, 1)
  const rice = shop.world.items.find((item) => item.product.category === '粮油')
  await shop.phone.open(`/sub/goods/detail?id=${rice.product.id}`)
  await shop.phone.tap('add-to-cart')
  await shop.phone.tap('sku-confirm')
  shop.phone.close()
  await shop.phone.open('/sub/order/confirm?from=cart')
  assert.match(shop.phone.text(shop.phone.find('confirm-when')), /分 2 单，一起付款/)
  assert.equal(shop.phone.find('confirm-part').length, 2)
  await shop.phone.type('contact-name', '张阿姨')
  await shop.phone.type('contact-phone', MEMBER)
  await shop.phone.tap('submit-order')

  assert.ok(routes(shop).includes('POST /checkouts'))
  const [first, second] = shop.world.orders
  assert.equal(first.checkout, second.checkout)
  await shop.phone.open(`/sub/order/cashier?order=${second.id}`)
  assert.match(shop.phone.text(shop.phone.find('pay-amount')), /74 \.70/)
  assert.match(shop.phone.text(), /2 个订单一起付款/)
  await shop.phone.tap('pay-now')
  shop.tell('POST', '/mock-payments/pay', { body: { order: second.id } })
  assert.deepEqual([first.state, second.state], ['paid', 'paid'])

  await shop.phone.open(`/sub/order/detail?id=${first.id}`)
  assert.match(shop.phone.text(shop.phone.find('together')), /一起付款的订单.*待提货.*待提货/)
  await shop.phone.open('/sub/order/list')
  assert.equal(shop.phone.find('order-together').length, 2)
  assert.deepEqual(shop.phone.errors, [])
})

test('a point that rests says so at home, where nothing is sold, and among the points', async (t) => {
  const shop = await shopping(t, {
    prepare: (made) => {
      remember(made, 'point', made.world.points[0])
      made.world.points[0].rest = { first_on: '2030-01-02', last_on: '2030-01-02', note: '', sentence: '王秀兰1月2日 周三休息，这几天不能提货' }
    },
  })
  shop.mode = 'empty'
  await shop.phone.open('/pages/home/index')
  assert.match(shop.phone.text(), /王秀兰1月2日 周三休息/)
  shop.mode = 'loaded'
  await shop.phone.open('/sub/pickup/choose')
  assert.match(shop.phone.text(shop.phone.find('point-rest')), /王秀兰1月2日 周三休息/)
})

test('who finds no point asks for one, and only with a yes to being called', async (t) => {
  const shop = await shopping(t)
  await shop.phone.open('/sub/pickup/choose')
  await shop.phone.tap('point-wish')
  assert.ok(moves(shop).at(-1).includes('/sub/pickup/wish'), moves(shop))
  await shop.phone.open('/sub/pickup/wish?q=%E7%BB%BF%E5%9F%8E%E4%B8%80%E6%9C%9F')
  await shop.phone.type('wish-city', '上海')
  await shop.phone.type('wish-name', '王女士')
  await shop.phone.type('wish-phone', '1390')
  shop.phone.wx.next.location = { latitude: 31.21980001234, longitude: 121.5412 }
  await shop.phone.tap('wish-locate')
  await shop.phone.tap('wish-send')
  assert.equal(shop.world.wishes.length, 0, 'not agreed')
  await shop.phone.tap('wish-agree')
  await shop.phone.tap('wish-send')
  assert.match(shop.phone.text(), /请填写正确的手机号/)
  await shop.phone.type('wish-phone', '13900001234')
  await shop.phone.tap('wish-send')
  await shop.phone.settle()

  assert.deepEqual(shop.world.wishes, [{ name: '王女士', phone: '13900001234', city: '上海', estate: '绿城一期', address: '', lat: 31.2198, lng: 121.5412, would_lead: false, agrees: true }])
  assert.match(shop.phone.text(shop.phone.find('wish-done')), /店家会打电话和您联系/)
})
