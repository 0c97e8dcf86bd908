/**
 * The fetched jobs that a backend has not released yet. It retries after other operations, and when the backend is closed.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { Sessions } from "../credentials/Session.ts"
import type { Target } from "../query/LookupResult.ts"
import * as Claim from "./Claim.ts"
import type * as Destination from "./Destination.ts"
import * as Manifest from "./Manifest.ts"
import * as ManifestNote from "./ManifestNote.ts"
import * as Tuning from "./tuning.ts"

/**
 * Makes the empty backlog of one backend. When its scope ends, it tries once more, for a bounded time.
 */
export const make = Effect.fnUntraced(function*(opened: Sessions, local: Destination.Destination) {
  const note = yield* ManifestNote.make
  const manifests = yield* Manifest.make
  const waiting = new Map<string, Claim.Claim>()

  // The jobs whose output is still complete at its place, and on stable storage. The next fetch handles the others.
  const stillPlaced = Effect.fnUntraced(function*(claims: ReadonlyArray<Claim.Claim>) {
    const outputs = yield* Effect.forEach(claims, ({ directory, handle }) => manifests.wholeAt(directory, handle), {
      concurrency: Tuning.filesAtOnce
    })
    const complete = outputs.filter((output) => output !== undefined)
    const unsettled = yield* local.settle(complete)
    const stable = new Set(complete.flatMap(({ directory }) => unsettled.has(directory) ? [] : [directory]))
    return claims.filter(({ directory }) => stable.has(directory))
  })

  // A job that does not satisfy its guard has left the CE, or another process releases it.
  const retry = (asked: ReadonlyArray<Claim.Claim>) => {
    const keep = (claims: ReadonlyArray<Claim.Claim>) => {
      for (const claim of claims) if (!waiting.has(claim.handle.job)) waiting.set(claim.handle.job, claim)
    }
    return Effect.gen(function*() {
      for (const { handle } of asked) waiting.delete(handle.job)
      const some = yield* stillPlaced(asked)
      if (some.length === 0) return
      const removals = yield* opened.use("write", (session) => Claim.remove(session, some))
      const isKept = (claim: Claim.Claim) => Claim.answerOf(removals, claim) === "Kept"
      keep(some.filter(isKept))
      yield* note(some.filter((claim) => !isKept(claim)).map(({ directory }) => directory), true)
    }).pipe(
      // Jobs whose retry failed or was interrupted stay in the backlog.
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
  const sessions: Sessions = { endpoint: opened.endpoint, use }

  return {
    /** Retries these jobs after the next operation that writes, and when the backend is closed. */
    remember: (claims: ReadonlyArray<Claim.Claim>) => {
      for (const claim of claims) waiting.set(claim.handle.job, claim)
    },
    /** Retries remembered jobs now, if they are among `jobs`. */
    remind: (jobs: ReadonlyArray<Target>) =>
      retry(jobs.flatMap(({ handle }) => waiting.get(handle.job) ?? []).slice(0, Tuning.remindedAtOnce)),
    /** The sessions of the backend. Each of their write operations is followed by a retry. */
    sessions
  }
})
