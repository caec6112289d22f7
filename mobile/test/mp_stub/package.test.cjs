// The package itself: what WeChat refuses, and what a browser would have hidden.
'use strict'
const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')

const { BUILD } = require('./shop.cjs')

/** WeChat takes 2 MB a package; half a megabyte is kept free. */
const MOST_BYTES = 1.5 * 1024 * 1024
/** Vue asks for a browser by `typeof` and links its manual; nothing is fetched from there. */
const MENTIONED = ['https://vuejs.org', 'https://uniapp.dcloud.net.cn', 'http://www.w3.org']

const app = JSON.parse(fs.readFileSync(path.join(BUILD, 'app.json'), 'utf8'))
const files = fs.readdirSync(BUILD, { recursive: true }).map(String).filter((name) => fs.statSync(path.join(BUILD, name)).isFile())

function text(name) {
  return fs.readFileSync(path.join(BUILD, name), 'utf8')
}

test('no package is too large', () => {
  const sizes = new Map([['main', 0], ...app.subPackages.map(({ root }) => [root, 0])])
  for (const name of files) {
    const root = app.subPackages.find((one) => name.startsWith(`${one.root}/`))?.root ?? 'main'
    sizes.set(root, sizes.get(root) + fs.statSync(path.join(BUILD, name)).size)
  }
  for (const [root, size] of sizes) assert.ok(size <= MOST_BYTES, `${root}: ${size} bytes`)
})

test('the JavaScript names no browser', () => {
  for (const name of files.filter((one) => one.endsWith('.js'))) {
    const code = text(name).replace(/"undefined"!=typeof (window|document)\?\1/g, '')
    assert.doesNotMatch(code, /(?<![."'\w$])(window|document|localStorage)\b(?!["':])/, name)
  }
})

test('nothing is fetched but over https, and nothing from strangers', () => {
  for (const name of files.filter((one) => /\.(js|json|wxml|wxss)$/.test(one))) {
    const hosts = (text(name).match(/https?:\/\/[\w.-]+/g) ?? []).filter((host) => !MENTIONED.includes(host))
    assert.deepEqual(hosts.filter((host) => !allowed().includes(host)), [], name)
  }
})

test('tab icons are there and small enough', () => {
  for (const tab of app.tabBar.list) {
    for (const icon of [tab.iconPath, tab.selectedIconPath]) assert.ok(fs.statSync(path.join(BUILD, icon)).size < 40_960, icon)
  }
})

test('the location is explained before it is asked for', () => {
  assert.ok(app.permission['scope.userLocation'].desc)
  assert.deepEqual(app.requiredPrivateInfos, ['getLocation'])
})

/** The store's API, when the build was made for one store. */
function allowed() {
  const base = process.env.VITE_API_BASE
  return base?.startsWith('https://') ? [new URL(base).origin] : []
}
