/**
 * Pilots of DIRAC and DiracX: converts their stamp, job reference and status to and from those of this library. Pure: it calls no
 * DiracX.
 *
 * @since 0.1.0
 */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { JobHandle } from "../contract/JobHandle.ts"
import { JobStatus } from "../contract/JobStatus.ts"
import { SubmissionKey } from "../contract/SubmissionKey.ts"
import { defaultPort } from "./Endpoint.ts"

/**
 * The schema of a pilot's status in DiracX.
 *
 * @category models
 * @since 0.1.0
 */
export const PilotStatus = Schema.Literals([
  "Submitted",
  "Waiting",
  "Running",
  "Done",
  "Failed",
  "Deleted",
  "Aborted",
  "Unknown"
])

/**
 * The status of a pilot in DiracX, for example `"Waiting"`.
 *
 * @category models
 * @since 0.1.0
 */
export type PilotStatus = typeof PilotStatus.Type

/**
 * The schema of a pilot stamp, the name of one pilot: 32 hexadecimal digits, in lower case.
 *
 * @category models
 * @since 0.1.0
 */
export const PilotStamp = Schema.String.check(
  Schema.isPattern(/^[0-9a-f]{32}$/, { expected: "a pilot stamp of 32 hexadecimal digits" })
).pipe(Schema.brand("PilotStamp"))

/**
 * The name of one pilot: 32 hexadecimal digits.
 *
 * @category models
 * @since 0.1.0
 */
export type PilotStamp = typeof PilotStamp.Type

/** The key and the copy number that a stamp contains. */
type Copy = Pick<JobHandle, "key" | "copy">

/**
 * The stamp of one copy: the 24 digits of a key from `SubmissionKey.generate`, and 8 digits for the number of the copy. `None`
 * for any other key.
 *
 * **Example** (Registering a pilot)
 *
 * ```ts
 * import { Effect, Option } from "effect"
 * import { Capability, DiracX, SubmissionKey } from "effect-htcondor-ce"
 * import * as assert from "node:assert"
 *
 * export const program = Effect.gen(function*() {
 *   const { submit } = yield* Capability.Submitter
 *   const { handles: [handle] } = yield* submit({ executable: "/bin/true" }, [{}], { key: yield* SubmissionKey.generate })
 *   assert.ok(handle)
 *   const stamp = Option.getOrThrow(DiracX.toStamp(handle))
 *   const reference = Option.getOrThrow(DiracX.toReference(handle))
 *   assert.strictEqual(reference, `htcondorce://ce.example.org/${handle.job}`)
 *   // Later, from the pilot's record in DiracX:
 *   assert.deepStrictEqual(DiracX.toHandle(reference, { stamp }), Option.some(handle))
 * })
 * ```
 *
 * @category converting
 * @since 0.1.0
 */
export const toStamp = ({ copy, key }: Copy): Option.Option<PilotStamp> => {
  const [, digits] = /^k-([0-9a-f]{24})$/.exec(key) ?? []
  return digits === undefined || copy > 0xffffffff
    ? Option.none()
    : Option.some(PilotStamp.make(digits + copy.toString(16).padStart(8, "0")))
}

/**
 * The key and the copy number of a stamp. Every stamp has both, but only one from {@link toStamp} names a copy that exists.
 *
 * @category converting
 * @since 0.1.0
 */
export const fromStamp = (stamp: PilotStamp): Copy => ({
  key: SubmissionKey.make(`k-${stamp.slice(0, 24)}`),
  copy: Number.parseInt(stamp.slice(24), 16)
})

const suffix = `:${defaultPort}`

/**
 * The job reference of a pilot: `htcondorce://<host>/<cluster>.<proc>`, with the port if it is not 9619. `None` for a job through
 * a submit host, because its job id is one of that host.
 *
 * @category converting
 * @since 0.1.0
 */
export const toReference = ({ backend, endpoint, job }: JobHandle): Option.Option<string> =>
  backend === "htcondor-ce"
    ? Option.some(`htcondorce://${endpoint.endsWith(suffix) ? endpoint.slice(0, -suffix.length) : endpoint}/${job}`)
    : Option.none()

const reference = /^htcondorce:\/\/([^/\s:[\]]+|\[[^/\s[\]]+\])(:\d{1,5})?\/(\d+\.\d+)(?::::([0-9a-f]{32}))?$/

/**
 * The handle of the pilot with a job reference and a stamp. A reference of DIRAC may end in `:::` and the stamp, and then needs
 * no other. `schedd` is the name of the CE's schedd (default: the host). `None` if the text is no reference, or if there is no
 * stamp.
 *
 * @category converting
 * @since 0.1.0
 */
export const toHandle = (
  text: string,
  options: { readonly stamp?: PilotStamp | undefined; readonly schedd?: string | undefined } = {}
): Option.Option<JobHandle> => {
  const [, host, port = suffix, job, own] = reference.exec(text) ?? []
  const stamp = options.stamp ?? (own === undefined ? undefined : PilotStamp.make(own))
  if (host === undefined || job === undefined || stamp === undefined) return Option.none()
  return Option.some(
    new JobHandle({
      backend: "htcondor-ce",
      endpoint: `${host}${port}`,
      scheduler: options.schedd ?? host.replace(/^\[|\]$/g, ""),
      job,
      ...fromStamp(stamp)
    })
  )
}

/**
 * The status of a pilot whose job has this status.
 *
 * **Details**
 *
 * - `Submitted`: its input is being transferred
 * - `Waiting`: it is queued, or held: a held job has not ended
 * - `Running`: it runs, is suspended, or its output is being transferred
 * - `Done`: it has completed with exit code 0 or an unknown one, or it had completed when it left the queue
 * - `Failed`: it has completed with another exit code, or through a signal
 * - `Deleted`: a user has removed it, through this library or not
 * - `Aborted`: it was removed for any other cause
 *
 * @category converting
 * @since 0.1.0
 */
export const fromStatus: (status: JobStatus) => PilotStatus = JobStatus.match({
  Staging: (): PilotStatus => "Submitted",
  Waiting: (): PilotStatus => "Waiting",
  Held: (): PilotStatus => "Waiting",
  Running: (): PilotStatus => "Running",
  Suspended: (): PilotStatus => "Running",
  Finishing: (): PilotStatus => "Running",
  Completed: ({ exit }): PilotStatus =>
    exit._tag === "Signal" || exit._tag === "Code" && exit.code !== 0 ? "Failed" : "Done",
  Removed: ({ cause }): PilotStatus => {
    switch (cause) {
      case "Retrieved":
      case "Purged":
      case "Expired":
        return "Done"
      case "Cancelled":
      case "Request":
        return "Deleted"
      default:
        return "Aborted"
    }
  },
  Unknown: (): PilotStatus => "Unknown"
})

/**
 * The statuses that the job of a pilot with this status may have. Use it to filter a list.
 *
 * @category converting
 * @since 0.1.0
 */
export const toStatuses: Readonly<Record<PilotStatus, ReadonlyArray<JobStatus["_tag"]>>> = {
  Submitted: ["Staging"],
  Waiting: ["Waiting", "Held"],
  Running: ["Running", "Suspended", "Finishing"],
  Done: ["Completed", "Removed"],
  Failed: ["Completed"],
  Deleted: ["Removed"],
  Aborted: ["Removed"],
  Unknown: ["Unknown"]
}

/**
 * Whether a pilot's status does not change any more: `Done`, `Failed`, `Deleted` or `Aborted`.
 *
 * @category guards
 * @since 0.1.0
 */
export const isFinal = (status: PilotStatus): boolean =>
  status === "Done" || status === "Failed" || status === "Deleted" || status === "Aborted"
