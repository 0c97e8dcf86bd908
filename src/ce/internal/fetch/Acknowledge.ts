/**
 * How fetched jobs leave the CE: tried again while that fails, and remembered by the backend until it succeeds.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import type * as Scope from "effect/Scope"
import * as OwnAttributes from "../../../condor/OwnAttributes.ts"
import type { BackendError } from "../../../contract/BackendError.ts"
import type { Session, Sessions } from "../credentials/Session.ts"
import * as GuardedActs from "../query/GuardedActs.ts"
import * as JobLookup from "../query/JobLookup.ts"
import type { LookupResult, Target } from "../query/LookupResult.ts"
import type * as Destination from "./Destination.ts"
import * as Manifest from "./Manifest.ts"
import * as ManifestNote from "./ManifestNote.ts"
import * as Tuning from "./tuning.ts"

/**
 * A job whose output is complete at its place.
 *
 * - `guard`: what must hold of it when the schedd removes it
 * - `mark`: of the fetch that transferred it, if it was this one
 * - `directory`: where its output and its manifest are
 */
export interface Claim extends Target {
  readonly guard: string
  readonly mark: string | undefined
  readonly directory: string
}

/**
 * - `Released`: the job has left the CE
 * - `TakenOver`: another process has marked the job as its own since, or has released it
 * - `Kept`: the job is at the CE as far as anybody knows
 */
export type Answer = "Released" | "TakenOver" | "Kept"

/**
 * What became of some jobs.
 */
export type Answers = ReadonlyMap<Claim, Answer>

/**
 * - `once`: tries to release jobs, and tells what became of each
 * - `insist`: tries again for some seconds what is `Kept`, with the latest credentials, and notes in the manifests of what is
 *   left then that it was not released
 * - `remember`: what is left is tried again after the next operation that writes, and when the backend is closed
 * - `remind`: tries now what is left of some jobs
 * - `sessions`: those whose operations are followed by that
 */
export interface Release {
  once(session: Session, claims: ReadonlyArray<Claim>): Effect.Effect<Answers>
  insist(answers: Answers): Effect.Effect<Answers>
  remember(claims: ReadonlyArray<Claim>): void
  remind(jobs: ReadonlyArray<Target>): Effect.Effect<void>
  readonly sessions: Sessions
}

// For these a few seconds change nothing, or it is the CE that does not answer in time.
const hopeless: ReadonlySet<BackendError["_tag"]> = new Set(["AuthorizationDenied", "NotInstalled", "TimedOut"])

const named = (claims: ReadonlyArray<Claim>): string => claims.map(({ handle }) => handle.job).join(", ")

/**
 * What is left.
 */
export const keptOf = (answers: Answers): ReadonlyArray<Claim> =>
  Array.from(answers).flatMap(([claim, answer]) => answer === "Kept" ? [claim] : [])

const keptAll = (claims: ReadonlyArray<Claim>): Map<Claim, Answer> => new Map(claims.map((claim) => [claim, "Kept"]))

// What became of a job that did not satisfy the guard. An earlier try may have removed it whose answer `wasLost`. Where none was,
// and nobody tells, it was the process that has marked it since.
const found = ({ mark }: Claim, what: LookupResult, wasLost: boolean): Answer => {
  const gone = mark === undefined || wasLost ? "Released" : "TakenOver"
  if (what._tag === "Absent") return gone
  if (what._tag === "Failed") return what.error._tag === "HistoryUnavailable" ? gone : "Kept"
  if (mark !== undefined && what.ad.EffectCEFetch !== mark) return "TakenOver"
  return what._tag === "History" || what.ad.JobStatus === 3 ? "Released" : "Kept"
}

/**
 * Makes what one backend releases its jobs with. When its scope ends, it tries once more, for a bounded time.
 */
export const make = Effect.fnUntraced(function*(
  opened: Sessions,
  local: Destination.Destination
): Effect.fn.Return<Release, never, FileSystem.FileSystem | Path.Path | Scope.Scope> {
  const note = yield* ManifestNote.make
  const manifests = yield* Manifest.make
  const waiting = new Map<string, Claim>()
  // Those of which some try to release them has failed: it may have been done all the same.
  const unanswered = new WeakSet<Claim>()

  const remove = (session: Session, claims: ReadonlyArray<Claim>) => {
    const guards = new Map(claims.map(({ guard, id }) => [String(id), guard]))
    const [first = "false", ...others] = new Set(guards.values())
    return GuardedActs.remove(
      session,
      claims,
      others.length === 0 ? first : (id) => guards.get(String(id)) ?? "false",
      OwnAttributes.reasons.retrieved
    )
  }

  const attempt = Effect.fnUntraced(function*(
    session: Session,
    claims: ReadonlyArray<Claim>
  ): Effect.fn.Return<Answers, BackendError> {
    const answers = new Map<Claim, Answer>()
    const removals = yield* Effect.tapError(
      remove(session, claims),
      () => Effect.sync(() => claims.forEach((claim) => unanswered.add(claim)))
    )
    const unmatched: Array<Claim> = []
    for (const claim of claims) {
      const removal = removals.results.get(String(claim.id))
      if (removals.failed.has(String(claim.id))) {
        unanswered.add(claim)
        answers.set(claim, "Kept")
      } else if (removal === undefined) unmatched.push(claim)
      else answers.set(claim, GuardedActs.hasGone(removal) ? "Released" : "Kept")
    }
    if (unmatched.length > 0) {
      const resultOf = yield* JobLookup.lookupAll(session, unmatched)
      for (const claim of unmatched) answers.set(claim, found(claim, resultOf(claim), unanswered.has(claim)))
    }
    return answers
  })

  const once: Release["once"] = (session, claims) =>
    claims.length === 0 ? Effect.succeed(keptAll(claims)) : Effect.catch(
      attempt(session, claims),
      (error) => Effect.as(Effect.logInfo(`${named(claims)} not released yet: ${error.message}`), keptAll(claims))
    )

  const insist: Release["insist"] = Effect.fnUntraced(function*(before) {
    const answers = new Map(before)
    const left = () => keptOf(answers)
    if (left().length === 0) return answers
    let detail = "the schedd did not remove them"
    const isOver = Effect.suspend(() => opened.use("write", (session) => attempt(session, left()))).pipe(
      Effect.match({
        onFailure: (error) => {
          detail = error.message
          return hopeless.has(error._tag)
        },
        onSuccess: (some) => {
          some.forEach((answer, claim) => answers.set(claim, answer))
          return left().length === 0
        }
      })
    )
    yield* Effect.repeat(isOver, { schedule: Tuning.releaseTries, until: (over) => over })
    const kept = left()
    if (kept.length > 0) {
      yield* Effect.logWarning(`${kept.length} fetched jobs were not released (${named(kept)}): ${detail}`)
      yield* note(kept.map(({ directory }) => directory), false)
    }
    return answers
  })

  // Those that do not satisfy their guard have left, or are another process's to release.
  const retry = (asked: ReadonlyArray<Claim>) => {
    const keep = (claims: ReadonlyArray<Claim>) => {
      for (const claim of claims) if (!waiting.has(claim.handle.job)) waiting.set(claim.handle.job, claim)
    }
    return Effect.gen(function*() {
      for (const { handle } of asked) waiting.delete(handle.job)
      // Time has passed: what is not complete at its place any more, or not on stable storage, is left to the next fetch.
      const outputs = yield* Effect.forEach(asked, ({ directory, handle }) => manifests.wholeAt(directory, handle), {
        concurrency: Tuning.filesAtOnce
      })
      const complete = outputs.filter((output) => output !== undefined)
      const unsettled = yield* local.settle(complete)
      const stable = new Set(complete.flatMap(({ directory }) => unsettled.has(directory) ? [] : [directory]))
      const some = asked.filter(({ directory }) => stable.has(directory))
      if (some.length === 0) return
      const removals = yield* opened.use("write", (session) => remove(session, some))
      const isKept = ({ id }: Claim) => {
        const removal = removals.results.get(String(id))
        return removals.failed.has(String(id)) || removal !== undefined && !GuardedActs.hasGone(removal)
      }
      keep(some.filter(isKept))
      yield* note(some.filter((claim) => !isKept(claim)).map(({ directory }) => directory), true)
    }).pipe(
      // Also when it is interrupted, wherever it is: those that were looked at are looked at again.
      Effect.onExit((exit) => Effect.sync(() => Exit.isFailure(exit) ? keep(asked) : undefined)),
      Effect.catch((error) => Effect.logWarning(`${waiting.size} fetched jobs are not released yet: ${error.message}`))
    )
  }

  yield* Effect.addFinalizer(() =>
    Effect.suspend(() =>
      waiting.size === 0 ? Effect.void : Effect.timeoutOption(retry(Array.from(waiting.values())), Tuning.closing)
    )
  )

  const use: Sessions["use"] = (need, operation) =>
    need === "read"
      ? opened.use(need, operation)
      : Effect.tap(
        opened.use(need, operation),
        () => retry(Array.from(waiting.values()).slice(0, Tuning.remindedAtOnce))
      )

  return {
    once,
    insist,
    remember: (claims) => {
      for (const claim of claims) waiting.set(claim.handle.job, claim)
    },
    remind: (jobs) =>
      retry(jobs.flatMap(({ handle }) => waiting.get(handle.job) ?? []).slice(0, Tuning.remindedAtOnce)),
    sessions: { endpoint: opened.endpoint, use }
  }
})
