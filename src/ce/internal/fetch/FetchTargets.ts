/**
 * Fetches jobs with distinct job ids: finds outputs that are at their places already, transfers the others, and releases the
 * fetched jobs.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as JobAd from "../../../condor/JobAd.ts"
import type { FetchError, RepeatableFetchError } from "../../../contract/JobError.ts"
import * as Errno from "../../../files/Errno.ts"
import { FreeSpace } from "../../../files/FreeSpace.ts"
import type * as PrivateDirectories from "../../../files/PrivateDirectories.ts"
import type { Settings } from "../../Config.ts"
import { localFailure } from "../credentials/BackendErrors.ts"
import type { Session } from "../credentials/Session.ts"
import * as JobLookup from "../query/JobLookup.ts"
import type { Target } from "../query/LookupResult.ts"
import type * as Acknowledge from "./Acknowledge.ts"
import * as Admission from "./Admission.ts"
import * as Claim from "./Claim.ts"
import * as Deposit from "./Deposit.ts"
import type * as Destination from "./Destination.ts"
import * as FetchBatches from "./FetchBatches.ts"
import * as FetchDecision from "./FetchDecision.ts"
import * as FetchOutcomes from "./FetchOutcomes.ts"
import * as FetchPlan from "./FetchPlan.ts"
import * as Manifest from "./Manifest.ts"
import * as ManifestNote from "./ManifestNote.ts"
import * as Tuning from "./tuning.ts"

/**
 * The outcomes of jobs, and the jobs that were to leave the CE and are `kept`.
 */
export interface Fetched<E> {
  readonly kept: ReadonlyArray<Claim.Claim>
  readonly outcomes: ReadonlyArray<FetchOutcomes.Outcome<E>>
}

// The decision for each job, from what the CE knows of it.
const decisions = (session: Session, targets: ReadonlyArray<Target>) =>
  Effect.map(
    JobLookup.lookupAll(session, targets, JobAd.outputAttributes),
    (resultOf) => (target: Target) =>
      FetchDecision.decide(target.handle, target.id, resultOf(target), session.settings.explanations)
  )

const placesOf = Effect.fnUntraced(function*(
  session: Session,
  targets: ReadonlyArray<Target>,
  standings: ReturnType<Manifest.Manifests["standings"]>
) {
  const decide = yield* decisions(session, targets)
  const standingOf = yield* standings
  return yield* Effect.forEach(
    targets,
    (target) =>
      Effect.map(Effect.result(standingOf(target.handle)), (standing): FetchPlan.Place => ({
        target,
        standing,
        decided: decide(target)
      })),
    { concurrency: Tuning.filesAtOnce }
  )
})

// The outcomes of jobs whose transfer failed because the site, or another process, has changed them in the meantime. Their output
// may be at this destination by now.
const failuresOf = Effect.fnUntraced(
  function*<E>(
    session: Session,
    { alreadyAt, missingOutput }: FetchPlan.Policy<E>,
    failed: ReadonlyArray<FetchDecision.Candidate>,
    standings: ReturnType<Manifest.Manifests["standings"]>
  ) {
    if (failed.length === 0) return []
    const places = yield* placesOf(session, failed, standings)
    return places.flatMap((place): ReadonlyArray<FetchOutcomes.Outcome<E>> => {
      const { decided, target: { handle } } = place
      if (Result.isSuccess(decided)) return []
      const output = FetchPlan.completeAt(place)
      return [[
        handle,
        output === undefined ? Result.fail(missingOutput(decided.failure)) : alreadyAt(output, false)
      ]]
    })
  },
  Effect.orElseSucceed(() => [])
)

/**
 * Makes the fetch of one CE. `policy` and `release` depend on whether the CE gives output once.
 */
export const make = Effect.fnUntraced(function*<E extends FetchError>(
  settings: Settings,
  temporary: PrivateDirectories.Temporary,
  local: Destination.Destination,
  policy: FetchPlan.Policy<E | RepeatableFetchError>,
  release: Acknowledge.Release
) {
  const manifests = yield* Manifest.make
  const note = yield* ManifestNote.make
  const collector = yield* FetchBatches.make(settings, temporary, local, release)
  const freeSpace = yield* FreeSpace

  const planOf = Effect.fnUntraced(function*(session: Session, targets: ReadonlyArray<Target>, destination: string) {
    const places = yield* placesOf(session, targets, manifests.standings(destination, session))
    // This fetch, or a later purge, deletes the copy at the CE. So the output here must be on stable storage first.
    const unsettled = yield* local.settle(
      places.flatMap((place) => Result.isSuccess(place.decided) ? FetchPlan.completeAt(place) ?? [] : [])
    )
    return FetchPlan.make<E>(policy, places, (directory) => {
      const error = unsettled.get(directory)
      return error === undefined ? undefined : Errno.describe(error)
    })
  })

  // Transfers the output of candidates to their places, and adds the outcome of each to `outcomes`.
  const collect = Effect.fnUntraced(function*(
    session: Session,
    candidates: ReadonlyArray<FetchDecision.Candidate>,
    destination: string,
    deposit: Deposit.Deposit<E | RepeatableFetchError>,
    outcomes: Array<FetchOutcomes.Outcome<E | RepeatableFetchError>>
  ) {
    // Called for all candidates, and again for each batch: the sizes of some outputs are not known, and other processes write to
    // the same disk.
    const admit = (some: ReadonlyArray<FetchDecision.Candidate>) =>
      Effect.map(freeSpace(destination), (free) => {
        const { admitted, refused } = Admission.admit(some, settings.limits, Option.getOrUndefined(free))
        outcomes.push(...refused.map((error) => [error.handle, Result.fail(error)] as const))
        return admitted
      })
    const { answers, ended, failed, released } = yield* collector.collect(
      session,
      yield* admit(candidates),
      destination,
      admit,
      deposit
    )
    outcomes.push(...answers)
    if (ended === undefined) {
      outcomes.push(...yield* failuresOf(session, policy, failed, manifests.standings(destination, session)))
    } else if (FetchOutcomes.hasOutput(outcomes)) {
      const answered = new Set(outcomes.map(([handle]) => handle))
      outcomes.push(...FetchOutcomes.unreached(candidates.filter(({ handle }) => !answered.has(handle)), ended))
    } else return yield* Effect.fail(ended)
    return released
  })

  return Effect.fnUntraced(
    function*(
      session: Session,
      targets: ReadonlyArray<Target>,
      destination: string,
      deposit: Deposit.Deposit<E | RepeatableFetchError>
    ) {
      yield* Effect.mapError(local.ensure(destination), (error) => localFailure(destination, error))
      // The remains of killed fetches take space.
      yield* temporary.sweep(destination)
      yield* release.remind(targets)
      const { candidates, damaged, departed, outcomes, stood, undeposited, unreleased } = yield* planOf(
        session,
        targets,
        destination
      )
      for (const { missing, output: { directory, handle } } of damaged) {
        yield* Effect.logWarning(
          `${directory} lacks files of its manifest, the output of job ${handle.job} is fetched again: ${
            missing.join(", ")
          }`
        )
      }
      const refused = yield* Deposit.all(deposit, undeposited)
      // `Outcomes.fromIterable` keeps the last outcome of a job.
      for (const [{ handle }, error] of refused) outcomes.push([handle, Result.fail(error)])
      const isRefused = new Set(Array.from(refused.keys(), ({ directory }) => directory))
      const first = yield* release.once(session, unreleased.filter(({ directory }) => !isRefused.has(directory)))
      const released = yield* collect(session, candidates, destination, deposit, outcomes)
      const answers = yield* release.insist(new Map([...first, ...released]))
      // Another process may have noted in the manifest that it could not release them.
      const free = unreleased.filter((claim) => answers.get(claim) === "Released")
      yield* note([...departed, ...free.map(({ directory }) => directory)], true)
      return {
        kept: Claim.keptOf(answers),
        outcomes: FetchOutcomes.withReleases(policy, outcomes, stood, answers)
      }
    }
  )
})
