/**
 * Pilots as DIRAC and DiracX know them: their stamp, their job reference and their status, to and from what this library says.
 * Pure: it talks to no DiracX.
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
 * The status of a pilot in DiracX.
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
 * @category models
 * @since 0.1.0
 */
export type PilotStatus = typeof PilotStatus.Type

/**
 * The name of one pilot: 32 hexadecimal digits, in lower case.
 *
 * @category models
 * @since 0.1.0
 */
export const PilotStamp = Schema.String.check(
  Schema.isPattern(/^[0-9a-f]{32}$/, { expected: "a pilot stamp of 32 hexadecimal digits" })
).pipe(Schema.brand("PilotStamp"))

/**
 * @category models
 * @since 0.1.0
 */
export type PilotStamp = typeof PilotStamp.Type

/** The submission and the copy that a stamp names. */
type Copy = Pick<JobHandle, "key" | "copy">

/**
 * The stamp of one copy: the 24 digits of a key that `SubmissionKey.generate` made, and 8 of the number of the copy. There is
 * none for another key.
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
 * The submission and the copy that a stamp names. Any stamp names one, but only one of {@link toStamp} names one that exists.
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
 * The job reference of a pilot: `htcondorce://<host>/<cluster>.<proc>`, with the port where it is not 9619. There is none for a
 * job that went by way of a submit host, because its number is that host's.
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
 * The handle of the pilot with a job reference and a stamp. A reference of DIRAC may end in `:::` and the stamp, and then
 * needs no other. `schedd` is the name of the CE's schedd (default: the host).
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
 * The status of a pilot whose job has this one.
 *
 * **Details**
 *
 * - `Submitted`: its input is on the way; `Waiting`: it is queued, or held: a hold is no end
 * - `Running`: it runs, is suspended, or its output is on the way
 * - `Done`: it has completed with an exit code of 0, or with one that is not told, or had completed when it left
 * - `Failed`: it has completed with another exit code, or by a signal
 * - `Deleted`: somebody has removed it, with this library or without; `Aborted`: it was removed for any other cause
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
 * What a job may be doing whose pilot has this status.
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
 * Whether a pilot's status does not change any more.
 *
 * @category guards
 * @since 0.1.0
 */
export const isFinal = (status: PilotStatus): boolean =>
  status === "Done" || status === "Failed" || status === "Deleted" || status === "Aborted"
