// Every page of the built mini program: it loads, asks the right things, and shows its faces.
'use strict'
const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')

const { aPhone, anAfterSale, anOrder, BUILD, moves, remember, routes } = require('./shop.cjs')

const MEMBER = '13900001234'
const LEADER = '13800000001'
const app = JSON.parse(fs.readFileSync(path.join(BUILD, 'app.json'), 'utf8'))
const ALL = [...app.pages, ...app.subPackages.flatMap(({ root, pages }) => pages.map((page) => `${root}/${page}`))]

/** Each page: who looks, how it is opened, what it must ask, what it shows loaded, empty and failed. */
const PAGES = {
  'pages/home/index': { asks: ['GET /store', 'GET /campaigns'], shows: ['今日鲜团', '番茄', '已售 126', '6.80'], empty: '今天还没有开团' },
  'pages/category/index': { asks: ['GET /categories', 'GET /products'], shows: ['全部', '生鲜', '粮油', '综合', '番茄'], empty: '这个分类今天没有商品' },
  'pages/cart/index': { asks: [], shows: ['购物车还是空的'], error: null },
  'pages/me/index': { as: MEMBER, asks: ['GET /me'], shows: ['邻居1234', '139****1234', '我的订单'] },
  'sub/goods/search': { query: 'q=fq', asks: ['GET /products?q=fq', 'GET /campaigns'], shows: ['番茄', '4 .80', '就这些了'], empty: '没有找到“fq”' },
  'sub/goods/joins': { query: 'id=campaign-1', asks: ['GET /campaigns/campaign-1/joins'], shows: ['李**', '番茄 500g ×2', '已取消'], empty: '还没有人接龙' },
  'sub/goods/team': { query: 'id=team-1', asks: ['GET /teams/team-1'], shows: ['还差 1 人', '王**', '团主', '丹东草莓', '参团 ¥39.80', '剩余时间'] },
  'sub/goods/teams': { query: 'product=product-4&item=item-4-1', asks: ['GET /teams?item=item-4-1', 'GET /products/product-4'], shows: ['正在拼的团', '王**', '还差 1 人', '我来开团 ¥39.80'] },
  'sub/goods/detail': { query: 'id=product-1&sku=sku-1-1', asks: ['GET /products/product-1', 'GET /products/product-1/reviews'], shows: ['番茄', '团购价', '4 .80', '加入购物车', '看全部评价'] },
  'sub/review/list': { query: 'product=product-1', asks: ['GET /products/product-1/reviews'], shows: ['3.5', '王**', '沙瓤的', '放到今天还是好的', '明天还有一批'], empty: '还没有评价' },
  'sub/review/mine': { as: MEMBER, before: (shop) => void fetched(shop), asks: ['GET /reviews/to-write'], shows: ['番茄', '写评价'], empty: '没有待评价的商品' },
  'sub/review/write': { as: MEMBER, query: 'line=x&title=%E7%95%AA%E8%8C%84', asks: [], shows: ['番茄', '打分', '提交评价'], error: null },
  'sub/pickup/choose': { asks: ['GET /pickup-points'], shows: ['桂花苑 3 号楼便利店', '团长 王秀兰', '休息中'], empty: '附近还没有自提点' },
  'sub/pickup/wish': { query: 'q=%E7%BB%BF%E5%9F%8E', asks: [], shows: ['留下小区和电话', '我愿意当团长', '提交申请'], error: null },
  'sub/order/confirm': { as: MEMBER, before: inCart, query: 'from=cart', asks: ['POST /quotes'], shows: ['番茄', '×2', '提交订单', '9 .60'] },
  'sub/order/draft': { query: 'id=draft-1&sign=abc', asks: ['GET /join-drafts/draft-1/abc'], shows: ['王** 的接龙', '番茄', '9 .60', '确认下单'] },
  'sub/order/cashier': { as: MEMBER, before: (shop) => ({ order: anOrder(shop).id }), asks: ['GET /orders/'], shows: ['9 .60', '立即支付 ¥9.60', '剩余支付时间'] },
  'sub/order/webpay': { query: `url=${encodeURIComponent('https://store.test/pay')}`, asks: [], shows: [], error: null },
  'sub/order/result': { as: MEMBER, before: (shop) => ({ order: anOrder(shop, { paid: true }).id }), asks: ['GET /orders/'], shows: ['支付成功', '取货码'] },
  'sub/order/list': { as: MEMBER, before: (shop) => void anOrder(shop), asks: ['GET /orders'], shows: ['待付款', '9 .60', '去支付'], empty: '还没有订单' },
  'sub/order/detail': { as: MEMBER, before: (shop) => ({ id: anOrder(shop, { paid: true }).id }), asks: ['GET /orders/'], shows: ['待提货', '支付成功，等待提货', '联系团长', '张阿姨'] },
  'sub/order/code': { as: MEMBER, before: (shop) => void anOrder(shop, { paid: true }), asks: ['GET /pickup-codes'], shows: ['请把取货码给团长看', '番茄', '×2'], empty: '没有待取的商品' },
  'sub/aftersale/list': { as: MEMBER, before: (shop) => void anAfterSale(shop), asks: ['GET /after-sales'], shows: ['待团长核实', '番茄', '¥4.80'], empty: '没有售后' },
  'sub/aftersale/new': { as: MEMBER, before: (shop) => ({ order: anOrder(shop, { paid: true }).id }), asks: ['GET /orders/'], shows: ['番茄', '还能申请 2 份', '变质不新鲜', '提交申请'] },
  'sub/aftersale/detail': { as: MEMBER, before: (shop) => ({ id: anAfterSale(shop).id }), asks: ['GET /after-sales/'], shows: ['待团长核实', '少发漏发', '提交售后申请', '撤销申请'] },
  'sub/account/login': { asks: ['GET /store'], shows: ['欢迎来到邻里鲜生', '获取验证码', '《隐私政策》'], error: null },
  'sub/account/coupons': { as: MEMBER, asks: ['GET /coupons/claimable'], shows: ['领券', '新客满30减5', '满 ¥30.00 减 ¥5.00', '还剩 120 张', '领取', '已领完'], empty: '现在没有可领的券' },
  'sub/account/points': { as: MEMBER, asks: ['GET /points', 'GET /points/moves'], shows: ['860', '可抵 ¥8.60', '每付 1 元得 1 积分', '120 积分将在 2026-12-31 到期', '开业送积分', '+60'], empty: '还没有积分' },
  'sub/account/settings': { as: MEMBER, asks: [], shows: ['简体中文', 'English', '退出登录'], error: null },
  'sub/account/addresses': { as: MEMBER, before: (shop) => void anAddress(shop), asks: ['GET /addresses'], shows: ['张阿姨', '上海花木路 1 号', '默认', '新增地址'], empty: '还没有收货地址' },
  'sub/account/address': { as: MEMBER, asks: [], shows: ['收货人', '详细地址', '没有定位', '保存地址'], error: null },
  'sub/account/agreement': { query: 'which=privacy', asks: [], shows: ['隐私政策', '手机尾号后 4 位'], error: null },
  'sub/leader/desk': { as: LEADER, asks: ['GET /leader/desk'], shows: ['王秀兰，辛苦了', '扫码核销', '18 .46', '1 人还没来'] },
  'sub/leader/pickups': { as: LEADER, before: (shop) => void anOrder(shop, { paid: true }), asks: ['GET /leader/pickups?date='], shows: ['邻居0001', '1 种 · 2 件'], empty: '没有待提货的人' },
  'sub/leader/verify': { as: LEADER, asks: [], shows: ['请输入 8 位取货码', '扫码核销'], error: null },
  'sub/leader/pickup': { as: LEADER, before: aPickup, asks: ['GET /leader/pickups/pickup-'], shows: ['邻居0001', '番茄', '确认提货（2 件）'] },
  'sub/leader/paste': { as: LEADER, asks: ['GET /leader/desk', 'GET /campaigns?pickup_point_id=point-1'], shows: ['把群里的接龙', '今日鲜团', '识别'], empty: '这个自提点现在没有在卖的团期' },
  'sub/leader/drafts': { as: LEADER, query: 'campaign=campaign-1', before: (shop) => void shop.world.drafts.push({ id: 'draft-1', number: 1, name: '王姐', goods: '番茄 500g ×2', pickup_point: { id: 'point-1', name: '桂花苑' }, state: 'waiting', link: 'https://store.test/x' }), asks: ['GET /leader/campaigns/campaign-1/drafts'], shows: ['1. 王姐', '番茄 500g ×2', '待确认', '复制链接'] },
  'sub/leader/offers': { as: LEADER, asks: ['GET /leader/offers'], shows: ['今日鲜团', '番茄 500g', '4 .80', '不卖', '复制群文案'], empty: '现在没有在卖的团' },
  'sub/leader/rests': { as: LEADER, before: (shop) => void shop.world.rests.push({ id: 'rest-0', pickup_point: null, first_on: '2030-01-02', last_on: '2030-01-03', days: '1月2日 周三至1月3日 周四', note: '回老家', orders: 2, members: 1 }), asks: ['GET /leader/desk', 'GET /leader/rests'], shows: ['1月2日 周三至1月3日 周四', '全部自提点 · 回老家', '已有 2 单要交货', '安排休息'] },
  'sub/leader/unclaimed': { as: LEADER, asks: ['GET /leader/unclaimed'], shows: ['李女士', '番茄 ×2', '已提醒'], empty: '没有逾期未取的货' },
  'sub/leader/commissions': { as: LEADER, asks: ['GET /leader/commissions'], shows: ['880 .50', '¥39.80 × 10% = ¥3.98', '已冲回'], empty: '还没有佣金' },
}

function fetched(shop) {
  const order = anOrder(shop, { paid: true })
  for (const line of shop.world.orders.find((one) => one.id === order.id).lines) line.handed_quantity = line.quantity
}

function anAddress(shop) {
  shop.tell('POST', '/addresses', { token: shop.token, body: { name: '张阿姨', phone: MEMBER, city: '上海', district: '', detail: '花木路 1 号', lat: null, lng: null, is_default: true } })
}

function inCart(shop) {
  const [item] = shop.world.items
  const line = { campaign_item_id: item.id, quantity: 2, selected: true, product_id: item.product.id, title: item.product.title, sku_label: item.sku.label, category: item.product.category, image: null, price: item.price, strike_price: null, available: 9, per_member_limit: null, pickup_date: '2030-01-02', problem: '', is_gone: false }
  remember(shop, 'cart', [line])
  remember(shop, 'point', shop.world.points[0])
}

function aPickup(shop) {
  anOrder(shop, { paid: true })
  return { id: `pickup-${shop.world.orders[0].pickup_code}` }
}

async function visit(route, mode) {
  const page = PAGES[route]
  const shop = await aPhone({ member: page.as, prepare: page.before })
  const query = shop.prepared
  shop.mode = mode
  shop.asked.length = 0
  const search = page.query ?? Object.entries(query).map(([name, value]) => `${name}=${value}`).join('&')
  await shop.phone.open(`/${route}?${search}`)
  return shop
}

function assertUnbroken(shop) {
  assert.deepEqual(shop.phone.errors.map((error) => error.stack), [])
}

test('every page of app.json is in the build and in this table', () => {
  for (const page of ALL) {
    for (const ending of ['js', 'json', 'wxml']) assert.ok(fs.existsSync(path.join(BUILD, `${page}.${ending}`)), `${page}.${ending}`)
  }
  assert.deepEqual([...ALL].sort(), Object.keys(PAGES).sort())
})

for (const [route, page] of Object.entries(PAGES)) {
  test(`${route} asks for its things and shows them`, async (t) => {
    const shop = await visit(route, 'loaded')
    t.after(() => shop.phone.close())

    assertUnbroken(shop)
    for (const wanted of page.asks) assert.ok(routes(shop).some((asked) => asked.startsWith(wanted)), `${wanted} in ${routes(shop)}`)
    for (const wanted of page.shows) assert.ok(shop.phone.text().includes(wanted), `“${wanted}” in: ${shop.phone.text()}`)
  })

  if (page.empty) {
    test(`${route} says so when there is nothing`, async (t) => {
      const shop = await visit(route, 'empty')
      t.after(() => shop.phone.close())

      assertUnbroken(shop)
      assert.ok(shop.phone.text().includes(page.empty), shop.phone.text())
    })
  }

  if (page.error !== null) {
    test(`${route} says what failed and tries again`, async (t) => {
      const shop = await visit(route, 'error')
      t.after(() => shop.phone.close())

      assertUnbroken(shop)
      assert.ok(shop.phone.text().includes('系统开小差了，请稍后重试'), shop.phone.text())
      assert.ok(!shop.phone.text().includes('Service Unavailable'))
      shop.mode = 'loaded'
      await shop.phone.tap(route === 'pages/me/index' ? 'me-retry' : 'empty-action')
      for (const wanted of page.shows) assert.ok(shop.phone.text().includes(wanted), `“${wanted}” in: ${shop.phone.text()}`)
    })
  }

  if (page.as) {
    test(`${route} sends a guest to the login page, or stays readable`, async (t) => {
      const shop = await aPhone()
      t.after(() => shop.phone.close())
      await shop.phone.open(`/${route}?id=x&order=x`)

      assertUnbroken(shop)
      if (['pages/me/index', 'sub/account/settings'].includes(route)) assert.deepEqual(moves(shop), [])
      else assert.match(moves(shop)[0], new RegExp(`^navigateTo /sub/account/login\\?back=${encodeURIComponent(`/${route}`)}`))
    })
  }
}
