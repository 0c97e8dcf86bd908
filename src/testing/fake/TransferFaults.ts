/**
 * What goes wrong in the middle of one run of a tool.
 *
 * @since 0.1.0
 */

/** What may still go over a connection before it breaks. */
export class Allowance {
  #left: number
  #broke = false

  constructor(limit: number | undefined) {
    this.#left = limit ?? Number.POSITIVE_INFINITY
  }

  /** Whether something did not get through. */
  get broke(): boolean {
    return this.#broke
  }

  /** How many of so many bytes get through. */
  take(bytes: number): number {
    const through = Math.min(bytes, this.#left)
    this.#left -= through
    if (through < bytes) this.#broke = true
    return through
  }
}

/**
 * - `allowance`: of bytes of files, in either direction
 * - `spoolFull`: there is no room for input
 * - `diesCommitted`: `condor_submit` is gone when the schedd has the jobs, before it sends their input
 * - `arranged`: the ads of an answer as they are printed
 */
export interface TransferFaults {
  readonly allowance: Allowance
  readonly spoolFull: boolean
  readonly diesCommitted: boolean
  arranged<A>(ads: ReadonlyArray<A>): ReadonlyArray<A>
}

/** Nothing, but for what is given. */
export const make = (transferFaults: Partial<TransferFaults> = {}): TransferFaults => ({
  allowance: new Allowance(undefined),
  spoolFull: false,
  diesCommitted: false,
  arranged: (ads) => ads,
  ...transferFaults
})
