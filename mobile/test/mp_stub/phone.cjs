// A phone without a screen: loads the built mini program, opens its pages, shows what they show.
//
// The framework's part of a mini program is small: it holds data, calls lifecycles, and hands events
// over. That part is written out here, so that the build runs in plain Node without WeChat's tools.
'use strict'
const fs = require('node:fs')
const path = require('node:path')

const { makeWx } = require('./wx.cjs')
const { parse, valueOf } = require('./wxml.cjs')

/** Names a mini program's JavaScript must not find: it runs without a browser. */
const ABSENT = ['window', 'document', 'navigator', 'localStorage', 'location', 'XMLHttpRequest', 'fetch']

class Phone {
  constructor(build, answer) {
    this.build = build
    this.modules = new Map()
    this.templates = new Map()
    this.stack = []
    this.errors = []
    this.timers = new Set()
    this.wx = makeWx(this, answer)
    this.app = null
  }

  /** Runs app.js and its launch. */
  start() {
    this.load('app.js')
    if (!this.app) throw new Error('app.js called no App()')
    this.app.onLaunch?.call(this.app, { path: 'pages/home/index', query: {}, scene: 1001 })
    this.app.onShow?.call(this.app, {})
  }

  load(file) {
    const full = path.join(this.build, file)
    if (this.modules.has(full)) return this.modules.get(full).exports
    const module = { exports: {} }
    this.modules.set(full, module)
    const near = (wanted) => this.load(path.relative(this.build, path.resolve(path.dirname(full), wanted)))
    const given = {
      module, exports: module.exports, require: near, wx: this.wx, console: this.console(),
      getApp: () => this.app, getCurrentPages: () => this.stack,
      setTimeout: (run, ms, ...rest) => this.timer(setTimeout, run, ms, rest),
      setInterval: (run, ms, ...rest) => this.timer(setInterval, run, ms, rest),
      App: (options) => (this.app = options), Behavior: (one) => one,
      // uni registers from inside vendor.js, so what was registered last belongs to the file being loaded.
      Page: (options) => (this.registered = options), Component: (options) => (this.registered = options),
    }
    const names = [...Object.keys(given), ...ABSENT]
    const run = new Function(...names, `${fs.readFileSync(full, 'utf8')}\n//# sourceURL=${file}`)
    run(...Object.values(given), ...ABSENT.map(() => undefined))
    return module.exports
  }

  timer(make, run, ms, rest) {
    const guarded = () => {
      try {
        run(...rest)
      } catch (error) {
        this.errors.push(error)
      }
    }
    const handle = make(guarded, ms)
    this.timers.add(handle)
    return handle
  }

  console() {
    const failed = (...words) => this.errors.push(words.find((word) => word instanceof Error) ?? new Error(words.join(' ')))
    return { ...console, error: failed, warn: (...words) => /Vue warn|Unhandled/.test(words.join(' ')) && failed(...words), log: () => undefined }
  }

  /** The options a page or component registers, loaded fresh once per file. */
  definition(route) {
    this.registered = null
    this.load(`${route}.js`)
    const module = this.modules.get(path.join(this.build, `${route}.js`))
    if (this.registered) module.definition = this.registered
    if (!module.definition) throw new Error(`${route}.js registered neither Page nor Component`)
    if (!this.templates.has(route)) {
      const json = JSON.parse(fs.readFileSync(path.join(this.build, `${route}.json`), 'utf8'))
      this.templates.set(route, {
        tree: parse(fs.readFileSync(path.join(this.build, `${route}.wxml`), 'utf8')),
        uses: json.usingComponents ?? {},
      })
    }
    return { options: module.definition, ...this.templates.get(route) }
  }

  make(route, properties, owner, bindings) {
    const { options, tree, uses } = this.definition(route)
    const phone = this
    const one = {
      ...options.methods, file: route, is: route, tree, uses, owner, properties, options: {}, children: new Map(), __wxWebviewId__: 1,
      data: { ...structuredClone(options.data ?? {}), ...properties },
      setData(changes, done) {
        for (const [name, value] of Object.entries(changes)) setPath(one.data, name, value)
        phone.redraw()
        if (done) setTimeout(done, 0)
      },
      triggerEvent(name, detail) {
        const handler = bindings?.[name]?.()
        if (handler && owner?.[handler]) owner[handler]({ type: name, detail, currentTarget: { dataset: {} }, target: { dataset: {} } })
      },
      selectComponent: () => null,
      selectAllComponents: () => [],
      createSelectorQuery: () => ({ in: () => ({}) }),
      groupSetData: (run) => run(),
      lifetimes: { ...options.lifetimes },
      observers: options.observers ?? {},
    }
    // uni tells a page from a component by its route alone.
    if (!owner) one.route = route
    if (properties.uS) one.data.$slots = Object.fromEntries(properties.uS.map((name) => [name, true]))
    const attached = options.lifetimes?.attached ?? options.attached
    attached?.call(one)
    return one
  }

  /** Opens a page on top, runs its lifecycles and waits until it has settled. */
  async open(url) {
    const [route, search = ''] = url.replace(/^\//, '').split('?')
    this.stack[this.stack.length - 1]?.onHide?.()
    const query = Object.fromEntries(search.split('&').filter(Boolean).map((pair) => pair.split('=')))
    const page = this.make(route, {}, null, null)
    page.options = query
    this.stack.push(page)
    this.redraw()
    page.onLoad?.(query)
    page.onShow?.()
    const ready = this.definition(route).options.lifetimes?.ready
    ready?.call(page)
    page.onReady?.()
    await this.settle()
    return page
  }

  close() {
    const page = this.stack.pop()
    page?.onUnload?.()
    for (const handle of this.timers) clearTimeout(handle)
    this.timers.clear()
  }

  get top() {
    return this.stack[this.stack.length - 1]
  }

  /** Lets answers arrive and children mount until nothing moves any more. */
  async settle() {
    for (let quiet = 0; quiet < 4; quiet += 1) {
      const before = this.draws
      await new Promise((done) => setTimeout(done, 4))
      if (this.draws !== before) quiet = 0
    }
  }

  /**
   * Draws the page anew after every setData, as the framework does: uni numbers its property packets
   * by 0 and 1 in turn, so that a drawing left out would hide a change.
   */
  redraw() {
    this.draws = (this.draws ?? 0) + 1
    if (!this.top) return
    this.isDirty = true
    if (this.isDrawing) return
    this.isDrawing = true
    try {
      for (let turn = 0; this.isDirty; turn += 1) {
        if (turn > 200) throw new Error(`${this.top.file} never comes to rest`)
        this.isDirty = false
        this.shown = this.draw(this.top)
      }
    } finally {
      this.isDrawing = false
    }
  }

  /** What one instance shows, as plain nodes; child components are made and kept on the way. */
  draw(instance) {
    const seen = new Set()
    const nodes = this.drawAll(instance.tree.children, instance, instance.data, seen)
    for (const [key, child] of instance.children) {
      if (seen.has(key)) continue
      child.lifetimes.detached?.call(child)
      instance.children.delete(key)
    }
    return nodes
  }

  drawAll(nodes, instance, scope, seen) {
    const drawn = []
    let isTaken = false
    for (const node of nodes) {
      if (node.text !== undefined) {
        const text = String(valueOf(node.text, scope) ?? '')
        if (text.trim()) drawn.push({ text: text.trim() })
        continue
      }
      const { attrs } = node
      if ('wx:if' in attrs) isTaken = Boolean(valueOf(attrs['wx:if'], scope))
      else if ('wx:elif' in attrs) isTaken = isTaken ? null : Boolean(valueOf(attrs['wx:elif'], scope))
      else if ('wx:else' in attrs) isTaken = isTaken === false
      const isConditional = 'wx:if' in attrs || 'wx:elif' in attrs || 'wx:else' in attrs
      if (isConditional && isTaken !== true) {
        if (isTaken === null) isTaken = true
        continue
      }
      if (!('wx:for' in attrs)) {
        drawn.push(...this.drawNode(node, instance, scope, seen))
        continue
      }
      const list = valueOf(attrs['wx:for'], scope) ?? []
      if (!Array.isArray(list)) throw new Error(`wx:for over ${typeof list} in ${instance.file}`)
      list.forEach((item, index) => {
        const inner = Object.assign(Object.create(scope), {
          [attrs['wx:for-item'] ?? 'item']: item,
          [attrs['wx:for-index'] ?? 'index']: index,
        })
        drawn.push(...this.drawNode(node, instance, inner, seen))
      })
    }
    return drawn
  }

  drawNode(node, instance, scope, seen) {
    if (node.tag === 'block') return this.drawAll(node.children, instance, scope, seen)
    if (node.tag === 'slot') return this.drawSlot(node, instance, scope)
    const uses = instance.uses[node.tag]
    if (uses) return this.drawComponent(node, uses, instance, scope, seen)
    const attrs = {}
    for (const [name, text] of Object.entries(node.attrs)) {
      if (!name.startsWith('wx:')) attrs[name] = valueOf(text, scope)
    }
    return [{ tag: node.tag, attrs, owner: instance, children: this.drawAll(node.children, instance, scope, seen) }]
  }

  drawComponent(node, uses, instance, scope, seen) {
    const route = uses.startsWith('/') ? uses.slice(1) : path.posix.join(path.posix.dirname(instance.file), uses)
    const given = {}
    const bindings = {}
    for (const [name, text] of Object.entries(node.attrs)) {
      if (name.startsWith('wx:')) continue
      const bound = /^bind:?(.+)$/.exec(name)
      if (bound) bindings[bound[1]] = () => valueOf(text, scope)
      else given[name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase())] = valueOf(text, scope)
    }
    const key = `${node.tag}#${given.uI}`
    seen.add(key)
    let child = instance.children.get(key)
    if (!child) {
      child = this.make(route, given, instance, bindings)
      instance.children.set(key, child)
      child.lifetimes.ready?.call(child)
      this.isDirty = true
    } else if (child.properties.uP !== given.uP) {
      Object.assign(child.properties, given)
      Object.assign(child.data, given)
      child.observers.uP?.call(child, given.uP)
      this.isDirty = true
    }
    child.slot = { children: node.children, scope, instance, seen }
    return [{ tag: node.tag, attrs: given, owner: instance, children: this.draw(child) }]
  }

  drawSlot(node, instance) {
    if (!instance.slot) return []
    const { children, scope, instance: owner, seen } = instance.slot
    const name = node.attrs.name
    const wanted = children.filter((child) => (child.attrs?.slot ? child.attrs.slot : undefined) === name)
    return this.drawAll(wanted, owner, scope, seen)
  }

  find(testid, nodes = this.shown) {
    const found = []
    for (const node of nodes ?? []) {
      if (node.attrs?.['data-testid'] === testid) found.push(node)
      found.push(...this.find(testid, node.children ?? []))
    }
    return found
  }

  text(nodes = this.shown) {
    return (nodes ?? []).map((node) => node.text ?? this.text(node.children)).join(' ').replace(/\s+/g, ' ').trim()
  }

  async tap(testid, index = 0) {
    const node = this.find(testid)[index]
    if (!node) throw new Error(`nothing to tap: ${testid} #${index} in ${this.text()}`)
    await this.fire(node, ['bindtap', 'catchtap'], { type: 'tap', detail: {} })
  }

  async type(testid, value) {
    const field = inner(this.find(testid)[0], (node) => node.tag === 'input' || node.tag === 'textarea')
    if (!field) throw new Error(`no field: ${testid}`)
    await this.fire(field, ['bindinput'], { type: 'input', detail: { value } })
  }

  async fire(node, names, event) {
    const name = names.map((one) => node.attrs[one]).find(Boolean)
    if (!name || !node.owner[name]) throw new Error(`no handler on ${node.attrs['data-testid'] ?? node.tag}`)
    const target = { dataset: {}, id: '' }
    node.owner[name]({ ...event, target, currentTarget: target, timeStamp: Date.now() })
    await new Promise((done) => setTimeout(done, 10))
    await this.settle()
  }
}

function inner(node, isWanted) {
  if (!node) return null
  if (isWanted(node)) return node
  for (const child of node.children ?? []) {
    const found = inner(child, isWanted)
    if (found) return found
  }
  return null
}

function setPath(data, name, value) {
  const steps = name.replace(/\[(\d+)\]/g, '.$1').split('.')
  let at = data
  for (const step of steps.slice(0, -1)) at = at[step] ?? (at[step] = {})
  at[steps[steps.length - 1]] = value
}

module.exports = { Phone }
