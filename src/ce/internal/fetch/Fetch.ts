/**
 * Retrieval in two phases: the output is complete at its destination before the job, if it is given once, leaves the CE.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Result from "effect/Result"
import * as JobAd from "../../../condor/JobAd.ts"
import type { BackendError } from "../../../contract/BackendError.ts"
import type { OutputRetriever, RepeatableOutputRetriever } from "../../../contract/Capability.ts"
import { type FetchError, type RepeatableFetchError, TransferFailed } from "../../../contract/JobError.ts"
import type { JobHandle } from "../../../contract/JobHandle.ts"
import type { JobOutput } from "../../../contract/JobOutput.ts"
import * as Outcomes from "../../../contract/Outcomes.ts"
import * as Errno from "../../../files/Errno.ts"
import { FreeSpace } from "../../../files/FreeSpace.ts"
import type * as PrivateDirectories from "../../../files/PrivateDirectories.ts"
import type { Settings } from "../../Config.ts"
import { localFailure } from "../credentials/BackendErrors.ts"
import type { Session, Sessions } from "../credentials/Session.ts"
import * as Operation from "../metrics/Operation.ts"
import * as Exclusive from "../query/Exclusive.ts"
import * as JobLookup from "../query/JobLookup.ts"
import * as JobTargets from "../query/JobTargets.ts"
import type { Target } from "../query/LookupResult.ts"
import * as Acknowledge from "./Acknowledge.ts"
import * as Admission from "./Admission.ts"
import type * as Destination from "./Destination.ts"
import * as FetchBatches from "./FetchBatches.ts"
import * as FetchDecision from "./FetchDecision.ts"
import * as FetchHeld from "./FetchHeld.ts"
import * as FetchPlan from "./FetchPlan.ts"
import * as Manifest from "./Manifest.ts"
import * as ManifestNote from "./ManifestNote.ts"
import * as Tuning from "./tuning.ts"

// Both retrievers: they differ by their policy, and one releases what it has fetched.
const retriever = Effect.fnUntraced(function*<E extends FetchError>(
  sessions: Sessions,
  settings: Settings,
  temporary: PrivateDirectories.Temporary,
  local: Destination.Destination,
  policy: FetchPlan.Policy<E | RepeatableFetchError>,
  release?: Acknowledge.Release
) {
  type Outcome = Result.Result<JobOutput, E | RepeatableFetchError>
  const path = yield* Path.Path
  const manifests = yield* Manifest.make
  const note = yield* ManifestNote.make
  const collector = yield* FetchBatches.make(settings, temporary, local, release)
  const freeSpace = yield* FreeSpace
  // A second fibre would point the transfer of the first to its own directory.
  const exclusively = Exclusive.make()

  // What became of jobs whose transfer failed, where the site, or another process, has done something with them meanwhile.
  const failuresOf = Effect.fnUntraced(
    function*(session: Session, failed: ReadonlyArray<FetchDecision.Candidate>) {
      if (failed.length === 0) return []
      const resultOf = yield* JobLookup.lookupAll(session, failed, JobAd.outputAttributes)
      return failed.flatMap((job): ReadonlyArray<readonly [JobHandle, Outcome]> => {
        const decided = FetchDecision.decide(job.handle, job.id, resultOf(job), session.settings.explanations)
        return Result.isSuccess(decided) ? [] : [[job.handle, Result.fail(policy.missingOutput(decided.failure))]]
      })
    },
    Effect.orElseSucceed(() => [])
  )

  const planOf = Effect.fnUntraced(function*(session: Session, targets: ReadonlyArray<Target>, destination: string) {
    const resultOf = yield* JobLookup.lookupAll(session, targets, JobAd.outputAttributes)
    const standingOf = yield* manifests.standings(destination, session)
    const places = yield* Effect.forEach(
      targets,
      (target) =>
        Effect.map(Effect.result(standingOf(target.handle)), (standing): FetchPlan.Place => ({
          target,
          standing,
          decided: FetchDecision.decide(target.handle, target.id, resultOf(target), session.settings.explanations)
        })),
      { concurrency: Tuning.filesAtOnce }
    )
    // What is at the CE yet is given up for the output that stands here, by this fetch or by a purge.
    const unsettled = yield* local.settle(
      places.flatMap((place) => Result.isSuccess(place.decided) ? FetchPlan.completeAt(place) ?? [] : [])
    )
    return FetchPlan.make<E>(policy, places, (directory) => {
      const error = unsettled.get(directory)
      return error === undefined ? undefined : Errno.describe(error)
    })
  })

  const fetchTargets = Effect.fnUntraced(
    function*(targets: ReadonlyArray<Target>, session: Session, destination: string) {
      yield* Effect.mapError(local.ensure(destination), (error) => localFailure(destination, error))
      // What killed fetches have left takes room.
      yield* temporary.sweep(destination)
      if (release !== undefined) yield* release.remind(targets)
      const plan = yield* planOf(session, targets, destination)
      const { candidates, departed, outcomes, stood, unreleased } = plan
      for (const { missing, output: { directory, handle } } of plan.damaged) {
        yield* Effect.logWarning(
          `${directory} lacks files of its manifest, the output of job ${handle.job} is fetched again: ${
            missing.join(", ")
          }`
        )
      }
      const first = release === undefined ? [] : yield* release.once(session, unreleased)
      // Those that have room beside all others, and of each batch those that still have it: there are outputs of unknown
      // size, and others who write.
      const admit = Effect.fnUntraced(function*(some: ReadonlyArray<FetchDecision.Candidate>) {
        const free = Option.getOrUndefined(yield* freeSpace(destination))
        const { admitted, refused } = Admission.admit(some, settings.limits, free)
        outcomes.push(...refused.map((error) => [error.handle, Result.fail(error)] as const))
        return admitted
      })
      const collected = yield* collector.collect(session, yield* admit(candidates), destination, admit)
      const { ended } = collected
      outcomes.push(...collected.answers)
      if (ended !== undefined) {
        // Nothing was fetched yet: the caller loses nothing with the answers of the other jobs.
        if (!outcomes.some(([, outcome]) => Result.isSuccess(outcome))) return yield* Effect.fail(ended)
        const answered = new Set(outcomes.map(([handle]) => handle))
        for (const { handle } of candidates.filter((job) => !answered.has(job.handle))) {
          outcomes.push([
            handle,
            Result.fail(new TransferFailed({ handle, detail: ended.message, retry: ended.retry }))
          ])
        }
      } else outcomes.push(...yield* failuresOf(session, collected.failed))
      const tried = new Map([...first, ...collected.released])
      const answers = release === undefined ? tried : yield* release.insist(tried)
      // Another process may have noted that it could not release them.
      const free = unreleased.filter((claim) => answers.get(claim) === "Released")
      yield* note([...departed, ...free.map(({ directory }) => directory)], true)
      const released = new Map(Array.from(answers, ([{ handle }, answer]) => [handle, answer]))
      return {
        kept: Acknowledge.keptOf(answers),
        outcomes: [
          ...outcomes.map(([handle, outcome]): readonly [JobHandle, Outcome] => [
            handle,
            Result.map(outcome, (output) => {
              const answer = released.get(handle)
              return {
                ...output,
                released: answer === "Released",
                ...(answer === "TakenOver" ? { takenOver: true } : {})
              }
            })
          ]),
          ...stood.flatMap(([handle, output]): ReadonlyArray<readonly [JobHandle, Outcome]> =>
            released.get(handle) === "Kept" ? [[handle, policy.alreadyAt(output, true)]] : []
          )
        ]
      }
    }
  )

  const fetch = Effect.fn(release !== undefined ? "OutputRetriever.fetch" : "RepeatableOutputRetriever.fetch")(
    function*(handles: ReadonlyArray<JobHandle>, destination: string) {
      if (handles.length === 0) return Outcomes.fromIterable<JobOutput, E | RepeatableFetchError>([])
      yield* Effect.annotateCurrentSpan({ "htcondor.jobs": handles.length })
      const { kept, outcomes } = yield* sessions.use("write", (session) => {
        const { elsewhere, here } = JobTargets.targets(session, handles)
        // Of two handles that share a number, the second finds what the first has left.
        const fetched = Effect.gen(function*() {
          const done: Array<Effect.Success<ReturnType<typeof fetchTargets>>> = []
          for (const round of JobLookup.rounds(here)) {
            const some = Array.from(round.values())
            // Handles of one job may say several names of its CE.
            const keys = some.map(({ handle: { copy, job, key } }) => `${job}/${key}/${copy}`)
            const one = yield* Effect.result(exclusively(keys, fetchTargets(some, session, path.resolve(destination))))
            if (Result.isSuccess(one)) {
              done.push(one.success)
              continue
            }
            const { failure } = one
            // The caller must hear of what was fetched: its job is gone.
            if (!done.some(({ outcomes }) => outcomes.some(([, outcome]) => Result.isSuccess(outcome)))) {
              return yield* Effect.fail(failure)
            }
            done.push({
              kept: [],
              outcomes: some.map(({ handle }) => [
                handle,
                Result.fail(new TransferFailed({ handle, detail: failure.message, retry: failure.retry }))
              ])
            })
          }
          return done
        })
        return Effect.map(
          fetched,
          (rounds) => ({
            kept: rounds.flatMap((round) => round.kept),
            outcomes: Outcomes.inOrder(
              Outcomes.fromIterable<JobOutput, E | RepeatableFetchError>([
                ...elsewhere,
                ...rounds.flatMap((round) => round.outcomes)
              ]),
              handles
            )
          })
        )
      })
      // Last of all: what a caller was not told of is not released, whoever removes its destination meanwhile.
      release?.remember(kept)
      return outcomes
    },
    Operation.fetch(sessions.endpoint)
  )

  const fetchOne = (
    handle: JobHandle,
    destination: string
  ): Effect.Effect<JobOutput, E | RepeatableFetchError | BackendError> =>
    Effect.flatMap(fetch([handle], destination), (outcomes) =>
      Option.match(Outcomes.get(outcomes, handle), {
        onNone: () => Effect.die(new Error("a handle was left without an outcome")),
        onSome: Effect.fromResult
      }))

  return { fetch, fetchOne, fetchHeld: yield* FetchHeld.make(sessions, temporary, local, exclusively) }
})

/**
 * The service of one CE that gives output once.
 */
export const make = (
  sessions: Sessions,
  settings: Settings,
  temporary: PrivateDirectories.Temporary,
  local: Destination.Destination,
  release: Acknowledge.Release
) =>
  Effect.map(
    retriever(sessions, settings, temporary, local, FetchPlan.once, release),
    (services) => ({ destructive: true, ...services }) satisfies OutputRetriever["Service"]
  )

/**
 * The service of one CE that keeps output until it is purged, or until its retention is over.
 */
export const makeRepeatable = (
  sessions: Sessions,
  settings: Settings,
  temporary: PrivateDirectories.Temporary,
  local: Destination.Destination
) =>
  Effect.map(
    retriever(sessions, settings, temporary, local, FetchPlan.repeatable),
    (services) => ({ destructive: false, ...services }) satisfies RepeatableOutputRetriever["Service"]
  )
