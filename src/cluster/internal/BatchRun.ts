/**
 * The steps of a batch: submit, wait, fetch. If it fails or is interrupted, it withdraws its jobs by the key.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Activity from "effect/workflow/Activity"
import * as DurableDeferred from "effect/workflow/DurableDeferred"
import { type BackendError, BackendFailed } from "../../contract/BackendError.ts"
import { Cancellable, Purgeable, Submitter } from "../../contract/Capability.ts"
import type { FetchError } from "../../contract/JobError.ts"
import type { JobHandle } from "../../contract/JobHandle.ts"
import type { JobOutput } from "../../contract/JobOutput.ts"
import * as Outcomes from "../../contract/Outcomes.ts"
import { Submission } from "../../contract/Submission.ts"
import * as BatchEvents from "../BatchEvents.ts"
import * as SecretSource from "../SecretSource.ts"
import { type Batch, Collected, PilotBatch } from "./Batch.ts"
import { BatchWatch, Ended } from "./BatchWatch.ts"
import * as Handover from "./Handover.ts"
import * as Persistent from "./Persistent.ts"
import * as Remote from "./Remote.ts"
import * as RemoteRetriever from "./RemoteRetriever.ts"
import * as Sent from "./Sent.ts"

type Payload = typeof Batch.Type
type Failure = (typeof PilotBatch.errorSchema)["Type"]

// If a submission fails for one of these reasons before it was sent, any jobs of the key belong to another submission.
const others: ReadonlySet<Failure["_tag"]> = new Set([
  "InvalidSubmission",
  "SubmissionConflict",
  "UnsupportedFormat",
  "HistoryHidden"
])

const withdraw = (submitter: Submitter["Service"], { endpoint, key }: Payload) =>
  Handover.step(Activity.make({
    name: "withdraw",
    execute: submitter.withdraw(key).pipe(
      Effect.filterOrFail(
        ({ complete }) => complete,
        () => new BackendFailed({ endpoint, detail: `jobs of submission ${key} are left`, retry: "Later" })
      ),
      Persistent.persistForDays,
      Effect.asVoid,
      Effect.catch(({ message }) => Effect.logError(`batch ${key} may have left jobs: ${message}`))
    )
  }))

const send = Effect.fnUntraced(
  function*(submitter: Submitter["Service"], { copies, key, spec }: Payload) {
    return yield* submitter.submit(spec, yield* SecretSource.fill(key, copies), { key })
  }
)

const submit = Effect.fnUntraced(
  function*(submitter: Submitter["Service"], batch: Payload) {
    const submission = yield* send(submitter, batch)
    const { adopted, handles } = submission
    const { endpoint, key } = batch
    yield* BatchEvents.tell({ _tag: adopted ? "Adopted" : "Submitted", endpoint, key, jobs: handles.length })
    return submission
  }
)

// Whether the jobs of the key belong to another submission, for a batch that has recorded that it withdraws. The owner adopts jobs
// of this batch, and sends none.
const isTaken = (submitter: Submitter["Service"], batch: Payload) =>
  Handover.step(Activity.make({
    name: "taken",
    success: Schema.Boolean,
    execute: send(submitter, batch).pipe(
      Effect.as(false),
      Effect.catchIf(({ retry }) => retry === "Never", ({ _tag }) => Effect.succeed(others.has(_tag))),
      Persistent.persistForDays,
      Effect.catch(({ message }) => Effect.as(Effect.logWarning(message), false))
    )
  }))

/** Reads output that an earlier attempt fetched, by its manifest. `undefined` if this process does not have all files. */
export type ReadOutput = (handle: JobHandle, manifest: string) => Effect.Effect<JobOutput | undefined>

const fetched = (handle: JobHandle, { directory, exit, manifest }: JobOutput) =>
  Collected.cases.Fetched.make({ handle, exit, directory, manifest })

const collected = Effect.fnUntraced(
  function*(handle: JobHandle, outcome: Result.Result<JobOutput, FetchError>, read: ReadOutput) {
    if (Result.isSuccess(outcome)) return fetched(handle, outcome.success)
    const error = outcome.failure
    if (error._tag !== "AlreadyRetrieved") return Collected.cases.Failed.make({ handle, error })
    const { manifest } = error
    if (manifest === undefined) return Collected.cases.Elsewhere.make({ handle })
    const output = yield* read(handle, manifest)
    return output === undefined
      ? Collected.cases.Elsewhere.make({ handle, manifest })
      : fetched(handle, output)
  }
)

type Fetch = (
  handles: ReadonlyArray<JobHandle>,
  destination: string
) => Effect.Effect<Outcomes.Outcomes<JobOutput, FetchError>, BackendError>

// An error of a job is the outcome of that job.
const fetchAll = Effect.fnUntraced(
  function*(fetch: Fetch, handles: ReadonlyArray<JobHandle>, destination: string, read: ReadOutput) {
    const outcomes = yield* Persistent.persistEach(
      (waiting) => Sent.unlessInterrupted(fetch(waiting, destination)),
      handles
    )
    return yield* Effect.forEach(outcomes, ([handle, outcome]) => collected(handle, outcome, read))
  }
)

// A step that cancels or purges. If it fails for a job, that job stays at the compute element, and the batch does not try again.
const giveUp = <A, E extends Persistent.JobFailure>(
  key: string,
  name: "cancel" | "purge",
  operation: (handles: ReadonlyArray<JobHandle>) => Effect.Effect<Outcomes.Outcomes<A, E>, BackendError>,
  handles: ReadonlyArray<JobHandle>
) =>
  Handover.step(Activity.make({
    name,
    execute: Effect.flatMap(
      Persistent.persistEach((waiting) => Sent.unlessInterrupted(operation(waiting)), handles),
      (outcomes) =>
        Effect.forEach(
          Outcomes.failures(outcomes),
          ([, { message }]) => Effect.logWarning(`batch ${key} could not ${name}: ${message}`),
          { discard: true }
        )
    )
  }))

/**
 * A batch from its submission to its end. The engine stores each step when it is done. A process that continues the batch begins
 * with the first step that is not stored.
 *
 * The compensation is registered before the submission, and needs no handle, because the process may die between the submission and
 * its record.
 */
export const make = (read: ReadOutput, keepsOutput: boolean) =>
  Effect.fnUntraced(function*(batch: Payload) {
    const ce = yield* Remote.make(batch.endpoint, yield* Sent.token)
    const submitter = Context.get(ce.capabilities, Submitter)
    let failure: Failure | undefined
    let isSubmitted = false
    yield* PilotBatch.withCompensation(Effect.void, () =>
      Effect.gen(function*() {
        yield* Sent.withdraws
        if (!isSubmitted && !(yield* Sent.wasSent)) {
          if (failure === undefined ? yield* isTaken(submitter, batch) : others.has(failure._tag)) return
        }
        yield* withdraw(submitter, batch)
      }))

    const token = yield* DurableDeferred.token(Ended)
    const { adopted, handles } = yield* Handover.step(Activity.make({
      name: "submit",
      success: Submission,
      error: PilotBatch.errorSchema,
      execute: Effect.tap(Persistent.persist(Sent.unlessInterrupted(submit(submitter, batch))), ({ handles }) =>
        Effect.gen(function*() {
          const { key, deadline } = batch
          const client = (yield* BatchWatch.client)(batch.endpoint)
          yield* client.follow({ key, handles, deadline, token }, { discard: true })
        }).pipe(Effect.orDie, Handover.taken))
    })).pipe(Effect.tapError((error) =>
      Effect.sync(() => {
        failure = error
      })
    ))
    isSubmitted = true

    const ended = yield* Handover.delivered(DurableDeferred.await(Ended))
    const deadlineExceeded = ended === "DeadlineExceeded"
    if (deadlineExceeded) {
      const { cancel } = Context.get(ce.capabilities, Cancellable)
      yield* giveUp(batch.key, "cancel", cancel, handles)
    }
    const fetch = keepsOutput ? RemoteRetriever.repeatable(ce).fetch : RemoteRetriever.once(ce).fetch
    const jobs = yield* Handover.step(Activity.make({
      name: "fetch",
      success: Schema.Array(Collected),
      execute: fetchAll(fetch, handles, batch.destination, read)
    }))
    if (keepsOutput) {
      const { purge } = Context.get(ce.capabilities, Purgeable)
      const fetched = jobs.flatMap((job) =>
        job._tag === "Fetched" ? [job.handle] : []
      )
      yield* giveUp(batch.key, "purge", purge, fetched)
    }
    return { adopted, deadlineExceeded, jobs }
  }, Effect.tapCause((cause) => Cause.hasInterruptsOnly(cause) ? Effect.void : Sent.suspendIfInterrupted))
