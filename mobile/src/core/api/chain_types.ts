/** One neighbour's row of a pasted chain: what was understood, and what is asked about the rest. */
export interface ChainRow {
  number: number
  written: string
  name: string
  wants: { title: string; quantity: number; is_assumed: boolean }[]
  questions: { sentence: string; choices: { value: string; title: string }[] }[]
  is_clear: boolean
  is_cancelled: boolean
}

export interface ChainReading {
  text: string
  rows: ChainRow[]
  clear: number
  unclear: number
}

/** A draft at a leader's point; it has a link as long as a neighbour can confirm it. */
export interface LeaderDraft {
  id: string
  number: number
  name: string
  goods: string
  pickup_point: { id: string; name: string }
  state: 'waiting' | 'ordered' | 'withdrawn'
  link: string
}
