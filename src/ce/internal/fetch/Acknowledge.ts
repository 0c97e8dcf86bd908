/**
 * Releases fetched jobs from the CE: repeats failed attempts, and the backend remembers jobs until they are released.
 */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import type * as Scope from "effect/Scope"
import type { BackendError } from "../../../contract/BackendError.ts"
import type { Session, Sessions } from "../credentials/Session.ts"
import * as JobLookup from "../query/JobLookup.ts"
import type { Target } from "../query/LookupResult.ts"
import * as Claim from "./Claim.ts"
import type * as Destination from "./Destination.ts"
import * as ManifestNote from "./ManifestNote.ts"
import * as ReleaseBacklog from "./ReleaseBacklog.ts"
import * as Tuning from "./tuning.ts"

/**
 * - `once`: one attempt to release jobs; returns what became of each
 * - `insist`: repeats the attempt for some seconds for the jobs that are `Kept`, with the latest credentials. Then notes in the
 *   manifests of those that remain that they were not released.
 * - `remember`: retries these jobs after the next operation that writes, and when the backend is closed
 * - `remind`: retries remembered jobs now, if they are among `jobs`
 */
export interface Release {
  once(session: Session, claims: ReadonlyArray<Claim.Claim>): Effect.Effect<Claim.Answers>
  insist(answers: Claim.Answers): Effect.Effect<Claim.Answers>
  remember(claims: ReadonlyArray<Claim.Claim>): void
  remind(jobs: ReadonlyArray<Target>): Effect.Effect<void>
}

/**
 * The release of a backend that leaves all jobs at the CE.
 */
export const none: Release = {
  once: () => Effect.succeed(new Map()),
  insist: Effect.succeed,
  remember: () => undefined,
  remind: () => Effect.void
}

// A retry within a few seconds does not help: the error lasts, or the CE does not answer in time.
const hopeless: ReadonlySet<BackendError["_tag"]> = new Set(["AuthorizationDenied", "NotInstalled", "TimedOut"])

const named = (claims: ReadonlyArray<Claim.Claim>): string => claims.map(({ handle }) => handle.job).join(", ")

// `unanswered`: jobs with a failed earlier attempt. The CE may have removed them all the same.
const attempt = Effect.fnUntraced(function*(
  session: Session,
  claims: ReadonlyArray<Claim.Claim>,
  unanswered: WeakSet<Claim.Claim>
): Effect.fn.Return<Claim.Answers, BackendError> {
  const answers = new Map<Claim.Claim, Claim.Answer>()
  const removals = yield* Effect.tapError(
    Claim.remove(session, claims),
    () => Effect.sync(() => claims.forEach((claim) => unanswered.add(claim)))
  )
  const unmatched: Array<Claim.Claim> = []
  for (const claim of claims) {
    if (removals.failed.has(String(claim.id))) unanswered.add(claim)
    const answer = Claim.answerOf(removals, claim)
    if (answer === undefined) unmatched.push(claim)
    else answers.set(claim, answer)
  }
  if (unmatched.length > 0) {
    const resultOf = yield* JobLookup.lookupAll(session, unmatched)
    for (const claim of unmatched) answers.set(claim, Claim.found(claim, resultOf(claim), unanswered.has(claim)))
  }
  return answers
})

/**
 * Makes the release of one backend. It also returns `sessions`: each of their write operations is followed by an attempt to
 * release the remembered jobs. When the scope ends, it tries once more, for a bounded time.
 */
export const make = Effect.fnUntraced(function*(
  opened: Sessions,
  local: Destination.Destination
): Effect.fn.Return<
  Release & { readonly sessions: Sessions },
  never,
  FileSystem.FileSystem | Path.Path | Scope.Scope
> {
  const note = yield* ManifestNote.make
  const unanswered = new WeakSet<Claim.Claim>()

  const once: Release["once"] = (session, claims) => {
    const keptAll: Claim.Answers = new Map(claims.map((claim) => [claim, "Kept"]))
    return claims.length === 0 ? Effect.succeed(keptAll) : Effect.catch(
      attempt(session, claims, unanswered),
      (error) => Effect.as(Effect.logInfo(`${named(claims)} not released yet: ${error.message}`), keptAll)
    )
  }

  const insist: Release["insist"] = Effect.fnUntraced(function*(before) {
    const answers = new Map(before)
    const left = () => Claim.keptOf(answers)
    if (left().length === 0) return answers
    let detail = "the schedd did not remove them"
    const isOver = Effect.suspend(() => opened.use("write", (session) => attempt(session, left(), unanswered))).pipe(
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

  return { once, insist, ...(yield* ReleaseBacklog.make(opened, local)) }
})
