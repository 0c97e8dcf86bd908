/**
 * Future events, in the order of time.
 *
 * @since 0.1.0
 */

/** One future event. A cancelled one does not happen. */
export interface Entry {
  readonly at: number
  readonly act: () => void
  cancelled: boolean
}

interface Numbered extends Entry {
  readonly order: number
}

const before = (a: Numbered, b: Numbered): boolean => a.at < b.at || a.at === b.at && a.order < b.order

/** A heap with the earliest entry first. Entries with the same time keep the order in which they were added. */
export class EventQueue {
  private heap: Array<Numbered> = []
  private count = 0

  add(at: number, act: () => void): Entry {
    const entry: Numbered = { at, act, cancelled: false, order: this.count++ }
    this.rise(this.heap.length, entry)
    return entry
  }

  /** The time of the next entry. */
  get next(): number | undefined {
    return this.first()?.at
  }

  /** Removes and returns the next entry, if it is due. */
  take(now: number): Entry | undefined {
    const first = this.first()
    if (first === undefined || first.at > now) return undefined
    this.drop()
    return first
  }

  clear(): void {
    this.heap = []
  }

  private first(): Numbered | undefined {
    while (this.heap[0]?.cancelled === true) this.drop()
    return this.heap[0]
  }

  private drop(): void {
    const last = this.heap.pop()
    if (last !== undefined && this.heap.length > 0) this.sink(last)
  }

  private rise(from: number, entry: Numbered): void {
    let place = from
    while (place > 0) {
      const parent = (place - 1) >> 1
      const above = this.heap[parent]
      if (above === undefined || before(above, entry)) break
      this.heap[place] = above
      place = parent
    }
    this.heap[place] = entry
  }

  private sink(entry: Numbered): void {
    let place = 0
    for (;;) {
      const left = this.heap[2 * place + 1]
      const right = this.heap[2 * place + 2]
      const smaller = left !== undefined && right !== undefined && before(right, left) ? right : left
      if (smaller === undefined || before(entry, smaller)) break
      this.heap[place] = smaller
      place = 2 * place + (smaller === right ? 2 : 1)
    }
    this.heap[place] = entry
  }
}
