/**
 * Requests credentials from the provider. If that fails, the last valid ones are used again.
 */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import { CredentialUnavailable } from "../../../contract/BackendError.ts"
import type { Credential, CredentialProvider } from "../../../contract/Credential.ts"
import type { Settings } from "../../Config.ts"
import * as CredentialSet from "./CredentialSet.ts"
import * as Tuning from "./tuning.ts"

/**
 * The needs whose credentials also satisfy a need, from the weakest to the strongest.
 */
export const alternatives: Readonly<Record<CredentialSet.Need, ReadonlyArray<CredentialSet.Need>>> = {
  read: ["read", "write", "submit"],
  write: ["write", "submit"],
  submit: ["submit"]
}

const whileLate = Schedule.min([Schedule.exponential(Tuning.firstLookAfter), Schedule.spaced(Tuning.laterLooksAfter)])
  .pipe(
    Schedule.jittered
  )

/**
 * Makes the requests for one CE.
 *
 * - `revisionOf`: the provider's mark of its present credentials; undefined if it has none
 * - `obtain`: new credentials. If the provider fails, its last ones with `isStale`, as long as they are valid.
 */
export const make = (provider: CredentialProvider["Service"], settings: Settings, audience: string) => {
  const asked = (need: CredentialSet.Need) => CredentialSet.requirements(settings, audience, need)
  const unavailable = (detail: string) => new CredentialUnavailable({ resource: audience, detail })
  const held = new Map<CredentialSet.Need, CredentialSet.CredentialSet>()
  const gaveUntil = new Map<CredentialSet.Need, number>()
  const noteEnd = (need: CredentialSet.Need, given: Credential, now: number) => {
    if (given._tag === "X509Proxy") return
    const end = CredentialSet.chooseToken(given, asked(need), now)?.expiresAt
    if (end !== undefined) gaveUntil.set(need, DateTime.toEpochMillis(end))
  }
  // If the provider does not answer, its credentials count as unchanged.
  const revisionOf = (need: CredentialSet.Need) =>
    Effect.map(
      Effect.timeoutOption(provider.revision?.(asked(need)) ?? Effect.undefined, settings.timeout),
      Option.getOrUndefined
    )

  const askOnce = Effect.fnUntraced(function*(need: CredentialSet.Need, revision: string | undefined) {
    const given = yield* provider.credentials(asked(need)).pipe(
      Effect.timeoutOrElse({
        duration: settings.timeout,
        orElse: () =>
          Effect.fail(
            new CredentialUnavailable({
              resource: audience,
              detail: `the provider did not answer within ${Duration.toSeconds(settings.timeout)} s`,
              retry: "Later"
            })
          )
      })
    )
    const obtainedAt = yield* Clock.currentTimeMillis
    given.forEach((one) => noteEnd(need, one, obtainedAt))
    const accepted = yield* Effect.mapError(
      Effect.fromResult(CredentialSet.accept(given, asked(need), obtainedAt)),
      unavailable
    )
    const set: CredentialSet.CredentialSet = { ...accepted, obtainedAt, revision, isStale: false }
    held.set(need, set)
    return set
  })

  // The last credentials have just expired: new ones may arrive at any moment.
  const isLate = (need: CredentialSet.Need) =>
    Effect.map(Clock.currentTimeMillis, (now) =>
      alternatives[need].some((one) => {
        const set = held.get(one)
        const ends = [gaveUntil.get(one), set === undefined ? undefined : CredentialSet.goodUntil(set, need)]
        return ends.some((end) => end !== undefined && end <= now && now < end + Duration.toMillis(Tuning.lateness))
      }))

  const ask = (need: CredentialSet.Need, revision: string | undefined) =>
    Effect.retry(askOnce(need, revision), { schedule: whileLate, while: () => isLate(need) })

  const obtain = Effect.fnUntraced(function*(need: CredentialSet.Need) {
    // The revision is read before the credentials, so that a change in between is seen the next time.
    const revision = yield* revisionOf(need)
    return yield* Effect.catch(
      ask(need, revision),
      Effect.fnUntraced(function*(error) {
        const now = yield* Clock.currentTimeMillis
        const old = alternatives[need]
          .flatMap((one) => held.get(one) ?? [])
          .find((set) => CredentialSet.goodUntil(set, need) > now)
        if (old === undefined) return yield* error
        const until = CredentialSet.goodUntil(old, need)
        yield* Effect.logWarning(
          `credentials that are good${
            until === Number.POSITIVE_INFINITY ? "" : ` until ${DateTime.formatIso(DateTime.makeUnsafe(until))}`
          } cannot be renewed: ${error.message}`
        )
        return { ...old, obtainedAt: now, revision, isStale: true }
      })
    )
  })

  return { obtain, revisionOf }
}
