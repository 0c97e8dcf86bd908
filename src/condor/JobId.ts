/**
 * The number of a job in a schedd: `cluster.proc`.
 *
 * @since 0.1.0
 */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

// The schedd keeps both in a C int; cluster 0 is its own header ad.
const maximum = 2_147_483_647

/**
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
 * The number of one job. It is unique in its schedd until the schedd is installed anew.
 *
 * @category models
 * @since 0.1.0
 */
export class JobId
  extends Schema.Class<JobId>("effect-htcondor-ce/condor/JobId")({ cluster: ClusterId, proc: ProcId })
{
  override toString(): string {
    return `${this.cluster}.${this.proc}`
  }
}

const pattern = /^([1-9]\d{0,9})\.(0|[1-9]\d{0,9})$/

// Of numbers that the pattern has let through.
const isClusterId = (value: number): value is ClusterId => value <= maximum
const isProcId = (value: number): value is ProcId => value <= maximum

/**
 * Reads `"123.0"`; `Option.none()` for any other text.
 *
 * **Gotchas**
 *
 * Only what this function reads may reach a command line: `condor_rm` and `condor_transfer_data` take any other word for the
 * name of a user, and act on all of that user's jobs.
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
