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
import { localFailure } from "./Channel.ts"
import type { Settings } from "./Config.ts"
import * as Destination from "./Destination.ts"
import * as Lookup from "./Lookup.ts"
import * as Remove from "./Remove.ts"
import * as Retrieval from "./Retrieval.ts"
import type { Open, Session } from "./Session.ts"
import * as Status from "./Status.ts"

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

  // Points each job's own files to its directory below `staging`. The schedd copies SUBMIT_X over X when it tells a
  // client where to put what, and evaluates the expression for each job.
  const redirect = Effect.fnUntraced(
    function*(session: Session, jobs: ReadonlyArray<Retrieval.Candidate>, staging: string) {
      const literal = Constraint.stringLiteral(`${staging}/`)
      if (literal === undefined) return "the destination's path has a character that HTCondor cannot carry"
      const directory = `strcat(${literal},string(ClusterId),".",string(ProcId)`
      const result = yield* session.run("condor_qedit", [
        ...Lookup.address(session),
        "-constraint",
        Constraint.jobs(jobs.map((job) => job.id)),
        "SUBMIT_Iwd",
        `${directory})`,
        "SUBMIT_UserLog",
        `${directory},"/",UserLog)`,
        "SUBMIT_TransferOutputRemaps",
        "\"\""
      ])
      return result.exitCode === 0 ? undefined : yield* problem(session, "condor_qedit", result)
    }
  )

  // The words of a failure that may be one job's own, or the failure of the whole operation.
  const problem = Effect.fnUntraced(function*(
    session: Session,
    tool: "condor_qedit" | "condor_transfer_data",
    result: ToolResult
  ): Effect.fn.Return<string, BackendError> {
    if (ToolFailure.classify(result) === "Other") return ToolFailure.words(result)
    return yield* Effect.flip(session.explain(tool, result))
  })

  const stagingOf = (staging: string, job: Retrieval.Candidate) => path.join(staging, String(job.id))

  // Transfers some jobs, and says which the schedd counts as transferred. Exit code 0 says nothing: the tool passes over
  // jobs that it does not find. The schedd writes its note after the tool has ended.
  const transfer = Effect.fnUntraced(function*(
    session: Session,
    jobs: ReadonlyArray<Retrieval.Candidate>,
    staging: string
  ): Effect.fn.Return<{ readonly done: ReadonlySet<string>; readonly detail: string }, BackendError | LocalFailure> {
    for (const job of jobs) {
      const directory = stagingOf(staging, job)
      yield* fileSystem.remove(directory, { recursive: true, force: true }).pipe(
        Effect.andThen(fileSystem.makeDirectory(directory, { mode: 0o700 })),
        Effect.mapError((error) => localFailure(directory, error))
      )
    }
    const ids = jobs.map((job) => job.id)
    const none = new Set<string>()
    const refused = yield* redirect(session, jobs, staging)
    if (refused !== undefined) return { done: none, detail: refused }
    const constraint = Constraint.all(Constraint.jobs(ids), "JobStatus == 4")
    const result = yield* session.run(
      "condor_transfer_data",
      [...Lookup.address(session), "-constraint", constraint],
      { timeout: settings.limits.transferTimeout }
    )
    if (result.exitCode !== 0) {
      return { done: none, detail: yield* problem(session, "condor_transfer_data", result) }
    }
    const done = yield* Effect.repeat(
      Effect.map(Lookup.ownQueue(session, Constraint.jobs(ids)), (ads) =>
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
    return { done, detail: "the schedd does not count the transfer as complete" }
  })

  // All jobs of a batch together; those that this leaves over once more, alone, so that none fails for its neighbour.
  const fetchBatch = Effect.fnUntraced(
    function*(session: Session, jobs: ReadonlyArray<Retrieval.Candidate>, destination: string) {
      const staging = yield* fileSystem.makeTempDirectoryScoped({ directory: destination, prefix: ".htcondor-ce-" })
        .pipe(
          Effect.mapError((error) => localFailure(destination, error))
        )
      const outcomes = new Map<JobHandle, Outcome>()
      const placed: Array<Retrieval.Candidate> = []
      const settle = Effect.fnUntraced(function*(some: ReadonlyArray<Retrieval.Candidate>) {
        for (const job of some) {
          const outcome = yield* Effect.result(local.place(job, stagingOf(staging, job), destination, settings.limits))
          outcomes.set(job.handle, outcome)
          if (Result.isSuccess(outcome)) placed.push(job)
        }
      })
      const together = yield* transfer(session, jobs, staging)
      yield* settle(jobs.filter((job) => together.done.has(String(job.id))))
      for (const job of jobs.filter((one) => !together.done.has(String(one.id)))) {
        const alone = jobs.length === 1 ? together : yield* transfer(session, [job], staging)
        if (alone.done.has(String(job.id))) yield* settle([job])
        else outcomes.set(job.handle, Result.fail(new TransferFailed({ handle: job.handle, detail: alone.detail })))
      }
      yield* acknowledge(session, placed.map((job) => job.id))
      return Array.from(outcomes)
    },
    Effect.scoped
  )

  // Lets jobs leave whose output is safe. If that fails the output stays at the CE as well, until the next fetch of the
  // same job, or until its retention is over.
  const acknowledge = (session: Session, ids: Parameters<typeof Remove.remove>[1]) =>
    ids.length === 0 ? Effect.void : Remove.remove(session, ids, "JobStatus == 4", Remove.reasons.retrieved).pipe(
      Effect.catch((error) =>
        Effect.logWarning(
          `${ids.length} fetched jobs could not be released at ${session.endpoint.address}: ${error.message}`
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
      yield* acknowledge(session, unreleased.map((job) => job.id))
      for (let from = 0; from < candidates.length; from += batchSize) {
        outcomes.push(...yield* fetchBatch(session, candidates.slice(from, from + batchSize), destination))
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
