import { svgUrl, iconUrl, type IconName } from './icons'

/** Drawings of the empty and failed states, in the house colours. */
const SCENES = {
  basket: `<path d='M52 74h96l-9 48a8 8 0 0 1-8 6H69a8 8 0 0 1-8-6z' fill='#cfe8d8'/><path d='M46 66h108v12H46z' fill='#0b7a3b'/><path d='M76 66l16-30M124 66l-16-30' stroke='#0b7a3b' stroke-width='6' fill='none' stroke-linecap='round'/><path d='M80 90v26M100 90v26M120 90v26' stroke='#fff' stroke-width='6' stroke-linecap='round'/>`,
  paper: `<rect x='62' y='26' width='76' height='104' rx='8' fill='#fff' stroke='#cfe8d8' stroke-width='4'/><path d='M78 52h44M78 70h44M78 88h28' stroke='#0b7a3b' stroke-width='6' stroke-linecap='round'/><circle cx='130' cy='116' r='20' fill='#0b7a3b'/><path d='M122 116l6 6 11-12' stroke='#fff' stroke-width='5' fill='none' stroke-linecap='round' stroke-linejoin='round'/>`,
  pin: `<ellipse cx='100' cy='126' rx='40' ry='8' fill='#dfe9e2'/><path d='M100 122s-34-30-34-56a34 34 0 0 1 68 0c0 26-34 56-34 56z' fill='#0b7a3b'/><circle cx='100' cy='66' r='14' fill='#fff'/>`,
  search: `<circle cx='92' cy='72' r='34' fill='#fff' stroke='#0b7a3b' stroke-width='8'/><path d='M118 98l26 26' stroke='#0b7a3b' stroke-width='10' stroke-linecap='round'/><path d='M80 66a14 14 0 0 1 14-10' stroke='#cfe8d8' stroke-width='6' fill='none' stroke-linecap='round'/>`,
  cloud: `<path d='M64 112h76a24 24 0 0 0 2-48 38 38 0 0 0-72-6 27 27 0 0 0-6 54z' fill='#e3e9e5'/><path d='M100 70v20M100 101v1' stroke='#b42318' stroke-width='8' stroke-linecap='round'/>`,
  coins: `<ellipse cx='100' cy='112' rx='40' ry='14' fill='#f0c86a'/><path d='M60 98v14a40 14 0 0 0 80 0V98z' fill='#f0c86a'/><ellipse cx='100' cy='98' rx='40' ry='14' fill='#f8dfa3'/><path d='M60 78v14a40 14 0 0 0 80 0V78z' fill='#f0c86a'/><ellipse cx='100' cy='78' rx='40' ry='14' fill='#f8dfa3'/><path d='M92 72l8 7 8-7M100 79v10' stroke='#8a5a00' stroke-width='4' fill='none' stroke-linecap='round'/>`,
  qr: `<rect x='58' y='36' width='84' height='84' rx='10' fill='#fff' stroke='#cfe8d8' stroke-width='4'/><path d='M72 50h20v20H72zM108 50h20v20h-20zM72 86h20v20H72z' fill='none' stroke='#0b7a3b' stroke-width='6'/><path d='M108 86h8v8M128 86v20h-20v-6' stroke='#0b7a3b' stroke-width='6' fill='none'/>`,
  clock: `<circle cx='100' cy='78' r='44' fill='#fff' stroke='#0b7a3b' stroke-width='8'/><path d='M100 52v28l18 12' stroke='#0b7a3b' stroke-width='8' fill='none' stroke-linecap='round' stroke-linejoin='round'/>`,
} as const

export type SceneName = keyof typeof SCENES

export function sceneUrl(name: SceneName): string {
  return svgUrl(
    `<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 200 150'><circle cx='100' cy='78' r='68' fill='#eef6f0'/>${SCENES[name]}</svg>`,
  )
}

interface Stand {
  ground: string
  ink: string
  icon: IconName
}

const STANDS: [RegExp, Stand][] = [
  [/果|莓|瓜|橙|橘|柑|梨|桃|蕉|葡萄|提子|fruit/i, { ground: '#fdeee6', ink: '#c25a2c', icon: 'fruit' }],
  [/肉|猪|牛|羊|鸡|禽|meat/i, { ground: '#fbe9e9', ink: '#b4534f', icon: 'meat' }],
  [/鱼|虾|蟹|水产|海鲜|fish|sea/i, { ground: '#e6f1f8', ink: '#33719c', icon: 'fish' }],
  [/蛋|奶|乳|egg|dairy/i, { ground: '#fdf5e0', ink: '#9a6b12', icon: 'egg' }],
  [/米|面|粮|油|豆|grain/i, { ground: '#f6f0e4', ink: '#86683a', icon: 'grain' }],
  [/菜|菇|葱|蒜|姜|番茄|西红柿|土豆|萝卜|椒|茄|瓜|veg/i, { ground: '#e8f4ea', ink: '#3d8a52', icon: 'leaf' }],
]
const PLAIN: Stand = { ground: '#edf1ee', ink: '#6d7f73', icon: 'box' }

/** What stands in for a missing product picture: a drawing by its category, else by its title. */
export function standIn(category: string, title: string): { ground: string; url: string } {
  const stand = standFor(category) ?? standFor(title) ?? PLAIN
  return { ground: stand.ground, url: iconUrl(stand.icon, stand.ink, 1.3) }
}

function standFor(words: string): Stand | undefined {
  return STANDS.find(([pattern]) => pattern.test(words))?.[1]
}
