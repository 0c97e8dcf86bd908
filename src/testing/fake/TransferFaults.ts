/**
 * The faults during one call of a tool.
 *
 * @since 0.1.0
 */

/** How many bytes a connection transfers before it breaks. */
export class Allowance {
  #left: number
  #broke = false

  constructor(limit: number | undefined) {
    this.#left = limit ?? Number.POSITIVE_INFINITY
  }

  /** Whether the connection broke. */
  get broke(): boolean {
    return this.#broke
  }

  /** How many of these bytes are transferred. */
  take(bytes: number): number {
    const through = Math.min(bytes, this.#left)
    this.#left -= through
    if (through < bytes) this.#broke = true
    return through
  }
}

/**
 * The faults.
 *
 * - `allowance`: the limit of bytes of file contents, in either direction
 * - `spoolFull`: the spool has no room for input
 * - `diesCommitted`: `condor_submit` dies after it has submitted the jobs, and before it sends their input
 * - `arranged`: duplicates or reorders the ads of an answer
 */
export interface TransferFaults {
  readonly allowance: Allowance
  readonly spoolFull: boolean
  readonly diesCommitted: boolean
  arranged<A>(ads: ReadonlyArray<A>): ReadonlyArray<A>
}

/** No faults, except those given. */
export const make = (transferFaults: Partial<TransferFaults> = {}): TransferFaults => ({
  allowance: new Allowance(undefined),
  spoolFull: false,
  diesCommitted: false,
  arranged: (ads) => ads,
  ...transferFaults
})
