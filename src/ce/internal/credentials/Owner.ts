/**
 * Whom a schedd takes a client for, and so whose jobs are the client's own.
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Constraint from "../../../condor/Constraint.ts"
import type { JobAd } from "../../../condor/JobAd.ts"
import type { BackendError } from "../../../contract/BackendError.ts"
import * as Explain from "./Explain.ts"
import * as Question from "./Question.ts"
import type { Session } from "./Session.ts"

/**
 * - `condition`: that a job is the owner's, for a schedd
 * - `owns`: the same, of an ad
 * - `isOther`: that an ad says that its job is somebody else's. One that cannot be read may say nothing
 */
export interface Owner {
  readonly condition: string
  owns(ad: Pick<JobAd, "User" | "Owner">): boolean
  isOther(ad: Pick<JobAd, "User" | "Owner">): boolean
}

const Summary = Schema.fromJsonString(Schema.NonEmptyArray(Schema.Struct({ MyName: Schema.NonEmptyString })))

const decode = Schema.decodeUnknownResult(Summary)

/**
 * The owner in the answer to `condor_q -totals -json`; `undefined` if it names none.
 *
 * **Details**
 *
 * A 23.x schedd tells its users apart by `Owner` and answers with that. A 25.x schedd does so by `User`, which has a domain.
 */
export const read = (stdout: string): Owner | undefined => {
  const summary = decode(stdout)
  if (Result.isFailure(summary)) return undefined
  const [{ MyName: name }] = summary.success
  const attribute = name.includes("@") ? "User" : "Owner"
  const literal = Constraint.stringLiteral(name)
  return literal === undefined
    ? undefined
    : {
      condition: `${attribute} =?= ${literal}`,
      owns: (ad) => ad[attribute] === name,
      isOther: (ad) => (ad[attribute] ?? name) !== name
    }
}

/**
 * Asks a schedd. It answers with the name by which it picks the jobs that `condor_q` shows, whatever right the client has,
 * and however long its queue is.
 */
export const ask = Effect.fnUntraced(function*(
  session: Pick<Session, "endpoint" | "run" | "explain">
): Effect.fn.Return<Owner, BackendError> {
  const args = [...Question.address(session), "-totals", "-json", "-constraint", "false"]
  const result = yield* session.run("condor_q", args)
  if (result.exitCode !== 0) return yield* Effect.flip(session.explain("condor_q", result))
  const owner = read(result.stdout)
  if (owner !== undefined) return owner
  const detail = "the schedd does not say whom it takes the client for"
  return yield* Explain.unreadable(session.endpoint, "condor_q", detail, result.stdout)
})

/**
 * Remembers for each credential whom the schedd took it for. It holds as many as there are kinds of operations.
 */
export const memory = <Kind>() => {
  const held = new Map<Kind, { readonly token: Redacted.Redacted<string>; readonly owner: Owner }>()
  return <E>(
    kind: Kind,
    token: Redacted.Redacted<string>,
    ask: Effect.Effect<Owner, E>
  ): Effect.Effect<Owner, E> =>
    Effect.suspend(() => {
      const known = Array.from(held.values()).find((one) => Redacted.value(one.token) === Redacted.value(token))
      return known === undefined
        ? Effect.tap(ask, (owner) => Effect.sync(() => held.set(kind, { token, owner })))
        : Effect.succeed(known.owner)
    })
}
