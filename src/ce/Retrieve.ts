/**
 * One-shot retrieval in two phases: the output is complete at its destination before the job leaves the CE.
 *
 * @since 0.1.0
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FileSystem from "effect/FileSystem"
import * as HashMap from "effect/HashMap"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import type { ToolResult } from "../condor/CondorTool.ts"
import * as Constraint from "../condor/Constraint.ts"
import * as ToolFailure from "../condor/ToolFailure.ts"
import type { BackendError, LocalFailure } from "../contract/BackendError.ts"
import type { OutputRetriever } from "../contract/Capability.ts"
import { type FetchError, TransferFailed } from "../contract/JobError.ts"
import type { JobHandle } from "../contract/JobHandle.ts"
import type { JobOutput } from "../contract/JobOutput.ts"
import * as Outcomes from "../contract/Outcomes.ts"
import * as SubmissionKey from "../contract/SubmissionKey.ts"
import { localFailure } from "./Channel.ts"
import type { Settings } from "./Config.ts"
import * as Destination from "./Destination.ts"
import * as Lookup from "./Lookup.ts"
import * as Remove from "./Remove.ts"
import * as Retrieval from "./Retrieval.ts"
import type { Open, Session } from "./Session.ts"
import * as Status from "./Status.ts"

// One batch of jobs, with its own directory, and the mark by which the schedd tells its transfers from those of another
// process: whoever marked a job last has it, and all others' transfers and removals pass it over.
interface Batch {
  readonly session: Session
  readonly staging: string
  readonly nonce: string
}

const mine = ({ nonce }: Batch): string => `JobStatus == 4 && EffectCEFetch == "${nonce}"`

type Outcome = Result.Result<JobOutput, FetchError>

// Jobs that are transferred by one run of a tool: a failure costs the repetition of as many.
const batchSize = 200

/**
 * The retrieval service of one CE.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function*(open: Open, settings: Settings) {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const local = yield* Destination.make
  const busy = new Map<string, Deferred.Deferred<void>>()

  // Points each job's own files to its directory below `staging`, and takes the job over from any other fetch of it. The
  // schedd copies SUBMIT_X over X when it tells a client where to put what, and evaluates the expression for each job.
  const redirect = Effect.fnUntraced(function*(batch: Batch, jobs: ReadonlyArray<Retrieval.Candidate>) {
    const literal = Constraint.stringLiteral(`${batch.staging}/`)
    if (literal === undefined) return "the destination's path has a character that HTCondor cannot carry"
    const directory = `strcat(${literal},string(ClusterId),".",string(ProcId)`
    const result = yield* batch.session.run("condor_qedit", [
      ...Lookup.address(batch.session),
      "-constraint",
      Constraint.all(Constraint.jobs(jobs.map((job) => job.id)), "JobStatus == 4"),
      "EffectCEFetch",
      `"${batch.nonce}"`,
      "SUBMIT_Iwd",
      `${directory})`,
      "SUBMIT_UserLog",
      `${directory},"/",UserLog)`,
      "SUBMIT_TransferOutputRemaps",
      "\"\""
    ])
    return result.exitCode === 0 ? undefined : yield* problem(batch.session, "condor_qedit", result)
  })

  // The words of a failure that may be one job's own, or the failure of the whole operation.
  const problem = Effect.fnUntraced(function*(
    session: Session,
    tool: "condor_qedit" | "condor_transfer_data",
    result: ToolResult
  ): Effect.fn.Return<string, BackendError> {
    if (ToolFailure.classify(result) === "Other") return ToolFailure.words(result)
    return yield* Effect.flip(session.explain(tool, result))
  })

  const stagingOf = ({ staging }: Batch, job: Retrieval.Candidate) => path.join(staging, String(job.id))

  // Transfers some jobs, and says which the schedd counts as transferred. Exit code 0 says nothing: the tool passes over
  // jobs that it does not find. The schedd writes its note after the tool has ended.
  const transfer = Effect.fnUntraced(function*(
    batch: Batch,
    jobs: ReadonlyArray<Retrieval.Candidate>
  ): Effect.fn.Return<{ readonly done: ReadonlySet<string>; readonly detail: string }, BackendError | LocalFailure> {
    const { session } = batch
    for (const job of jobs) {
      const directory = stagingOf(batch, job)
      yield* fileSystem.remove(directory, { recursive: true, force: true }).pipe(
        Effect.andThen(fileSystem.makeDirectory(directory, { mode: 0o700 })),
        Effect.mapError((error) => localFailure(directory, error))
      )
    }
    const ids = jobs.map((job) => job.id)
    const none = new Set<string>()
    const refused = yield* redirect(batch, jobs)
    if (refused !== undefined) return { done: none, detail: refused }
    const result = yield* session.run(
      "condor_transfer_data",
      [...Lookup.address(session), "-constraint", Constraint.all(Constraint.jobs(ids), mine(batch))],
      { timeout: settings.limits.transferTimeout }
    ).pipe(
      // The time is over for one job of many, and not for the operation.
      Effect.catchTag("ToolTimeout", (error) => Effect.succeed({ exitCode: 1, stdout: "", stderr: error.message }))
    )
    if (result.exitCode !== 0) {
      return { done: none, detail: yield* problem(session, "condor_transfer_data", result) }
    }
    const done = yield* Effect.repeat(
      Effect.map(Lookup.ownQueue(session, Constraint.all(Constraint.jobs(ids), mine(batch))), (ads) =>
        new Set(
          ads.flatMap(({ ad, id }) =>
            Result.isSuccess(ad) && Retrieval.transferCompleted(ad.success) ? [String(id)] : []
          )
        )),
      {
        schedule: Schedule.spaced("200 millis").pipe(Schedule.upTo({ times: 10 })),
        until: (set) => set.size === ids.length
      }
    )
    return { done, detail: "the schedd does not count the transfer as complete, or another fetch has taken over" }
  })

  // All jobs of a batch together; those that this leaves over once more, alone, so that none fails for its neighbour. A
  // failure of the operation stops there, and does not take back what was placed.
  const fetchBatch = Effect.fnUntraced(
    function*(session: Session, jobs: ReadonlyArray<Retrieval.Candidate>, destination: string) {
      const staging = yield* fileSystem.makeTempDirectoryScoped({ directory: destination, prefix: ".htcondor-ce-" })
        .pipe(
          Effect.mapError((error) => localFailure(destination, error))
        )
      const batch: Batch = { session, staging, nonce: yield* SubmissionKey.generate }
      const outcomes = new Map<Retrieval.Candidate, Outcome>()
      const settle = Effect.fnUntraced(function*(some: ReadonlyArray<Retrieval.Candidate>) {
        for (const job of some) {
          const placing = local.place(job, stagingOf(batch, job), destination, settings.limits)
          outcomes.set(job, yield* Effect.result(placing))
        }
      })
      const together = yield* transfer(batch, jobs)
      yield* settle(jobs.filter((job) => together.done.has(String(job.id))))
      const rest = Effect.gen(function*() {
        for (const job of jobs.filter((one) => !outcomes.has(one))) {
          const alone = jobs.length === 1 ? together : yield* transfer(batch, [job])
          if (alone.done.has(String(job.id))) yield* settle([job])
          else outcomes.set(job, Result.fail(new TransferFailed({ handle: job.handle, detail: alone.detail })))
        }
      })
      const ended = yield* Effect.result(rest)
      const placed = jobs.filter((job) => Option.exists(Option.fromNullishOr(outcomes.get(job)), Result.isSuccess))
      yield* acknowledge(session, placed, mine(batch))
      return {
        outcomes: Array.from(outcomes, ([job, outcome]) => [job.handle, outcome] as const),
        ended: Result.map(ended, () => undefined)
      }
    },
    Effect.scoped
  )

  // Lets jobs leave whose output is safe. If that fails the output stays at the CE as well, until the next fetch of the
  // same job, or until its retention is over.
  const acknowledge = (session: Session, jobs: ReadonlyArray<Retrieval.Candidate>, guard: string) =>
    jobs.length === 0
      ? Effect.void
      : Remove.remove(session, jobs.map((job) => job.id), guard, Remove.reasons.retrieved).pipe(
        Effect.catch((error) =>
          Effect.logWarning(
            `${jobs.length} fetched jobs could not be released at ${session.endpoint.address}: ${error.message}`
          )
        )
      )

  const fetchTargets = Effect.fnUntraced(
    function*(targets: ReadonlyArray<Lookup.Target>, session: Session, destination: string) {
      yield* fileSystem.makeDirectory(destination, { recursive: true }).pipe(
        Effect.mapError((error) => localFailure(destination, error))
      )
      const outcomes: Array<readonly [JobHandle, Outcome]> = []
      const find = yield* Lookup.find(session, targets)
      const candidates: Array<Retrieval.Candidate> = []
      const unreleased: Array<Retrieval.Candidate> = []
      for (const target of targets) {
        const { handle, id } = target
        const decided = Retrieval.decide(handle, id, find(target))
        const standing = yield* local.occupied(destination, handle)
        if (standing !== undefined) {
          outcomes.push([handle, Result.fail(standing)])
          if (standing._tag === "AlreadyRetrieved" && Result.isSuccess(decided)) unreleased.push(decided.success)
        } else if (Result.isSuccess(decided)) candidates.push(decided.success)
        else outcomes.push([handle, Result.fail(decided.failure)])
      }
      yield* acknowledge(session, unreleased, "JobStatus == 4")
      for (let from = 0; from < candidates.length; from += batchSize) {
        const batch = candidates.slice(from, from + batchSize)
        const { ended, outcomes: some } = yield* fetchBatch(session, batch, destination).pipe(
          Effect.catch((error) => Effect.succeed({ outcomes: [], ended: Result.fail(error) }))
        )
        outcomes.push(...some)
        if (Result.isSuccess(ended)) continue
        // Nothing was fetched yet: the caller loses nothing with the answers of the other jobs.
        if (!outcomes.some(([, outcome]) => Result.isSuccess(outcome))) return yield* ended.failure
        const answered = new Set(outcomes.map(([handle]) => handle))
        for (const { handle } of candidates.filter((job) => !answered.has(job.handle))) {
          outcomes.push([handle, Result.fail(new TransferFailed({ handle, detail: ended.failure.message }))])
        }
        break
      }
      return outcomes
    }
  )

  // One job is fetched by one fibre at a time: a second would point the transfer of the first to its own directory.
  const alone = <A, E, R>(handles: ReadonlyArray<JobHandle>, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.suspend(() => {
      const keys = handles.map(String)
      const waiting = keys.flatMap((key) => busy.get(key) ?? [])
      if (waiting.length > 0) {
        return Effect.andThen(Effect.forEach(waiting, Deferred.await, { discard: true }), alone(handles, effect))
      }
      const mine = Deferred.makeUnsafe<void>()
      for (const key of keys) busy.set(key, mine)
      return Effect.ensuring(
        effect,
        Effect.sync(() => {
          for (const key of keys) busy.delete(key)
          Deferred.doneUnsafe(mine, Exit.void)
        })
      )
    })

  const fetch = Effect.fn("OutputRetriever.fetch")(
    function*(handles: ReadonlyArray<JobHandle>, destination: string) {
      if (handles.length === 0) return HashMap.empty<JobHandle, Outcome>()
      yield* Effect.annotateCurrentSpan({ "htcondor.jobs": handles.length })
      const session = yield* open
      const { elsewhere, here } = Status.targets(session, handles)
      const outcomes = yield* alone(
        here.map((target) => target.handle),
        fetchTargets(here, session, path.resolve(destination))
      )
      return Outcomes.fromIterable<JobOutput, FetchError>([...elsewhere, ...outcomes])
    },
    Effect.scoped
  )

  const fetchOne = (handle: JobHandle, destination: string): Effect.Effect<JobOutput, FetchError | BackendError> =>
    Effect.flatMap(fetch([handle], destination), (outcomes) =>
      Option.match(Outcomes.get(outcomes, handle), {
        onNone: () => Effect.die(new Error("a handle was left without an outcome")),
        onSome: Effect.fromResult
      }))

  return { destructive: true, fetch, fetchOne } satisfies OutputRetriever["Service"]
})
