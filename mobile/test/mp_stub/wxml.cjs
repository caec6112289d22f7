// Reads the WXML uni writes: enough of the language to know what a page shows and what a tap calls.
'use strict'

/** Parses WXML into nodes `{ tag, attrs, children }` and text nodes `{ text }`. */
function parse(source) {
  const root = { tag: 'root', attrs: {}, children: [] }
  const open = [root]
  let at = 0
  while (at < source.length) {
    if (source.startsWith('<!--', at)) {
      at = source.indexOf('-->', at) + 3
    } else if (source.startsWith('</', at)) {
      at = source.indexOf('>', at) + 1
      open.pop()
    } else if (source[at] === '<') {
      const { node, end, isClosed } = readTag(source, at)
      open[open.length - 1].children.push(node)
      if (!isClosed) open.push(node)
      at = end
    } else {
      const next = source.indexOf('<', at)
      const end = next === -1 ? source.length : next
      open[open.length - 1].children.push({ text: source.slice(at, end) })
      at = end
    }
  }
  if (open.length !== 1) throw new Error(`unclosed <${open[open.length - 1].tag}>`)
  return root
}

function readTag(source, start) {
  let at = start + 1
  const nameEnd = at + source.slice(at).search(/[\s/>]/)
  const node = { tag: source.slice(at, nameEnd), attrs: {}, children: [] }
  at = nameEnd
  for (;;) {
    at += source.slice(at).search(/\S/)
    if (source.startsWith('/>', at)) return { node, end: at + 2, isClosed: true }
    if (source[at] === '>') return { node, end: at + 1, isClosed: false }
    const name = /^[^\s=/>]+/.exec(source.slice(at))[0]
    at += name.length
    if (source[at] !== '=') {
      node.attrs[name] = true
      continue
    }
    const quote = source[at + 1]
    const end = source.indexOf(quote, at + 2)
    node.attrs[name] = source.slice(at + 2, end)
    at = end + 1
  }
}

const compiled = new Map()

/** The value of an attribute or a text: one `{{…}}` keeps its type, mixed text becomes a string. */
function valueOf(text, scope) {
  if (text === true) return true
  const whole = /^\{\{((?:(?!\}\}).)*)\}\}$/s.exec(text)
  if (whole) return evaluate(whole[1], scope)
  return text.replace(/\{\{(.*?)\}\}/gs, (_, expression) => {
    const value = evaluate(expression, scope)
    return value === undefined || value === null ? '' : String(value)
  })
}

function evaluate(expression, scope) {
  let run = compiled.get(expression)
  if (!run) {
    // WXML allows `{{a: b}}` for objects; uni never writes it, so plain expressions are enough.
    run = new Function('scope', `with (scope) { return (${expression}) }`)
    compiled.set(expression, run)
  }
  // In WXML an unknown name is undefined, not an error.
  return run(new Proxy(scope, { has: (_, name) => typeof name === 'string', get: (data, name) => (typeof name === 'symbol' ? undefined : data[name]) }))
}

module.exports = { parse, valueOf }
