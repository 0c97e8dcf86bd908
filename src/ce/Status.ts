/**
 * What jobs are doing, in the words of the contract.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as HashMap from "effect/HashMap"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as JobState from "../condor/JobState.ts"
import * as OwnAttributes from "../condor/OwnAttributes.ts"
import type { StatusReporter } from "../contract/Capability.ts"
import type { StatusError } from "../contract/JobError.ts"
import type { JobHandle } from "../contract/JobHandle.ts"
import * as JobStatus from "../contract/JobStatus.ts"
import * as Outcomes from "../contract/Outcomes.ts"
import * as Lookup from "./Lookup.ts"
import type { Sessions } from "./Session.ts"
import * as StatusDiagnosis from "./StatusDiagnosis.ts"
import * as StatusOf from "./StatusOf.ts"
import * as Watch from "./Watch.ts"

const { cases } = JobStatus.JobStatus

/** A diagnosis as a field, where there is one. */
const diagnosed = (diagnosis: string | undefined) => diagnosis === undefined ? {} : { diagnosis }

// What thousands of jobs have in common is made once.
const staging = cases.Staging.make({})
const waiting = cases.Waiting.make({})
const blocked = cases.Waiting.make({
  diagnosis: "blocked: the input that it has in common with other jobs is not there yet"
})
const preparing = cases.Waiting.make({ diagnosis: "the schedd prepares its cluster" })
const running = cases.Running.make({})
const finishing = cases.Finishing.make({})
const suspended = cases.Suspended.make({})

/**
 * The contract's word for the state of a job in the queue.
 *
 * | state | status |
 * | --- | --- |
 * | Spooling | Staging |
 * | Idle | Waiting, with a diagnosis where the JobRouter or a gridmanager has not handed it on |
 * | Blocked, Preparing | Waiting, with a diagnosis |
 * | Running | Running |
 * | TransferringOutput | Finishing |
 * | Suspended | Suspended |
 * | Held | Held, with a diagnosis where the reason does not say all |
 * | Completed | Completed, and its output is kept |
 * | Left | Completed, and its output is gone |
 * | Removed | Removed, with a diagnosis where the reason is not plain |
 * | Other | Running, if it has begun, or Waiting, with a diagnosis |
 *
 * @category converting
 * @since 0.1.0
 */
export const fromState: (state: JobState.JobState) => JobStatus.JobStatus = JobState.JobState.match({
  Spooling: () => staging,
  Idle: ({ delay }) =>
    delay === undefined ? waiting : cases.Waiting.make({ diagnosis: StatusDiagnosis.ofDelay(delay) }),
  Blocked: () => blocked,
  Preparing: () => preparing,
  Running: () => running,
  TransferringOutput: () => finishing,
  Suspended: () => suspended,
  Held: (hold) => {
    const { code, reason, subcode } = hold
    return cases.Held.make({ code, subcode, reason, ...diagnosed(StatusDiagnosis.ofHold(hold)) })
  },
  Completed: ({ termination }) => cases.Completed.make({ exit: termination, output: "Kept" }),
  Left: ({ termination }) => cases.Completed.make({ exit: termination, output: "Gone" }),
  Removed: ({ reason }) => cases.Removed.make({ reason, ...diagnosed(StatusDiagnosis.ofRemoval(reason)) }),
  Other: ({ begun, status }) => {
    const diagnosis = `the compute element gives it the state ${status}, which this library does not know`
    return begun ? cases.Running.make({ diagnosis }) : cases.Waiting.make({ diagnosis })
  }
})

/**
 * What the queue is asked for: the state of a job, and whose ad it is. An answer is half as long without what only a fetch
 * has to know.
 *
 * @category constants
 * @since 0.1.0
 */
export const attributes: ReadonlyArray<string> = [
  "ClusterId",
  "ProcId",
  OwnAttributes.names.key,
  OwnAttributes.names.copy,
  OwnAttributes.names.format,
  ...JobState.attributes
]

/**
 * Whether the output of a completed job is at the CE: the schedd has it for as long as it has the job, which is not being
 * removed.
 *
 * @category getters
 * @since 0.1.0
 */
export const outputOf = (found: Lookup.Found): JobStatus.Output =>
  found._tag === "Queue" && found.ad.JobStatus === 4 ? "Kept" : "Gone"

/**
 * The status of a job whose state was looked up.
 *
 * @category converting
 * @since 0.1.0
 */
export const fromFound = (
  found: Lookup.Found
): Result.Result<JobStatus.JobStatus, Lookup.NotFound> => {
  switch (found._tag) {
    case "Absent":
      return Result.succeed(cases.Unknown.make({}))
    case "Failed":
      return Result.fail(found.error)
    case "Queue":
    case "History": {
      const status = fromState(JobState.fromAd(found.ad))
      return Result.succeed(
        // Also where the history has it as it was in the queue.
        status._tag === "Completed" && status.output !== outputOf(found)
          ? cases.Completed.make({ exit: status.exit, output: outputOf(found) })
          : status
      )
    }
  }
}

/**
 * Splits handles into those of this CE, each once and in the order asked, and the answers for the others.
 *
 * @category converting
 * @since 0.1.0
 */
export const targets = (session: Parameters<typeof Lookup.target>[0], handles: ReadonlyArray<JobHandle>) => {
  const here: Array<Lookup.Target> = []
  const elsewhere: Array<readonly [JobHandle, Result.Result<never, StatusError>]> = []
  // By their numbers, which few handles of different jobs share.
  const seen = new Map<string, Array<JobHandle>>()
  for (const handle of handles) {
    const others = seen.get(handle.job)
    if (others === undefined) seen.set(handle.job, [handle])
    else if (others.some((other) => Equal.equals(other, handle))) continue
    else others.push(handle)
    const result = Lookup.target(session, handle)
    if (Result.isSuccess(result)) here.push(result.success)
    else elsewhere.push([handle, Result.fail(result.failure)])
  }
  return { here, elsewhere }
}

/**
 * The status service of one CE.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function*(
  sessions: Sessions
): Effect.fn.Return<StatusReporter["Service"], never, Scope.Scope> {
  const status = Effect.fn("StatusReporter.status")(
    function*(handles: ReadonlyArray<JobHandle>) {
      if (handles.length === 0) return HashMap.empty<JobHandle, Result.Result<JobStatus.JobStatus, StatusError>>()
      yield* Effect.annotateCurrentSpan({ "htcondor.jobs": handles.length })
      return yield* sessions.use("read", (session) => {
        const { elsewhere, here } = targets(session, handles)
        // Written while the tool is at work, and not when it is done.
        const outcomes = HashMap.beginMutation(Outcomes.fromIterable<JobStatus.JobStatus, StatusError>(elsewhere))
        return Effect.map(
          Lookup.seek(
            session,
            here,
            attributes,
            ({ handle }, found) => HashMap.set(outcomes, handle, fromFound(found))
          ),
          () => HashMap.endMutation(outcomes)
        )
      })
    }
  )

  return {
    status,
    statusOf: StatusOf.make(status),
    watch: yield* Watch.make(status)
  }
})
