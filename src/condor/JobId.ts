/**
 * The number of a job in a schedd: `cluster.proc`.
 *
 * @since 0.1.0
 */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

// The schedd stores both numbers in a C int. Cluster 0 is its own header ad.
const maximum = 2_147_483_647

/**
 * The number of a cluster (HTCondor: `ClusterId`), from 1.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ClusterId = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum })).pipe(Schema.brand("ClusterId"))

/**
 * @category models
 * @since 0.1.0
 */
export type ClusterId = typeof ClusterId.Type

/**
 * The number of a job in its cluster (HTCondor: `ProcId`), from 0.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ProcId = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum })).pipe(Schema.brand("ProcId"))

/**
 * @category models
 * @since 0.1.0
 */
export type ProcId = typeof ProcId.Type

/**
 * The number of one job. It is unique in its schedd until the schedd is reinstalled.
 *
 * @category models
 * @since 0.1.0
 */
export class JobId extends Schema.Class<JobId>("effect-htcondor-ce/condor/JobId")({
  /** The number of the cluster. */
  cluster: ClusterId,
  /** The number of the job in the cluster. */
  proc: ProcId
}) {
  override toString(): string {
    return `${this.cluster}.${this.proc}`
  }
}

const pattern = /^([1-9]\d{0,9})\.(0|[1-9]\d{0,9})$/

// For numbers that match the pattern.
const isClusterId = (value: number): value is ClusterId => value <= maximum
const isProcId = (value: number): value is ProcId => value <= maximum

/**
 * Reads a number such as `"123.0"`. It returns `Option.none()` for any other text.
 *
 * **Gotchas**
 *
 * Check each number with this function before it reaches a command line. `condor_rm` and `condor_transfer_data` treat any
 * other word as the name of a user, and act on all jobs of that user.
 *
 * **Example** (Reading the number of a job)
 *
 * ```ts
 * import { Option } from "effect"
 * import { JobId } from "effect-htcondor-ce/condor"
 * import * as assert from "node:assert"
 *
 * assert.strictEqual(String(Option.getOrThrow(JobId.fromString("123.0"))), "123.0")
 * assert.strictEqual(Option.isNone(JobId.fromString("alice")), true)
 * ```
 *
 * @category converting
 * @since 0.1.0
 */
export const fromString = (text: string): Option.Option<JobId> => {
  const match = pattern.exec(text)
  const [cluster, proc] = [Number(match?.[1]), Number(match?.[2])]
  return isClusterId(cluster) && isProcId(proc)
    ? Option.some(new JobId({ cluster, proc }, { disableChecks: true }))
    : Option.none()
}
