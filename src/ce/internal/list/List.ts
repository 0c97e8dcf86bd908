/**
 * The jobs of one identity in the queue of a CE, without any handle.
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Constraint from "../../../condor/Constraint.ts"
import type { JobAd } from "../../../condor/JobAd.ts"
import type { JobId } from "../../../condor/JobId.ts"
import * as JobState from "../../../condor/JobState.ts"
import * as OwnAttributes from "../../../condor/OwnAttributes.ts"
import type { PrintedAd } from "../../../condor/Schedd.ts"
import type { BackendError } from "../../../contract/BackendError.ts"
import { type Enumerable, ListedJob, type ListFilter } from "../../../contract/Enumerable.ts"
import { JobHandle } from "../../../contract/JobHandle.ts"
import { SubmissionKey } from "../../../contract/SubmissionKey.ts"
import type { ResolvedRoute } from "../../Route.ts"
import type { Session, Sessions } from "../credentials/Session.ts"
import * as Records from "../query/Records.ts"
import * as StatusMapping from "../query/StatusMapping.ts"

const attributes: ReadonlyArray<string> = [
  ...StatusMapping.attributes,
  "QDate",
  OwnAttributes.names.copies,
  OwnAttributes.names.tag
]

// A text that no literal can carry is compared here alone.
const saying = (text: string | undefined, condition: (literal: string) => string): ReadonlyArray<string> => {
  const literal = text === undefined ? undefined : Constraint.stringLiteral(text)
  return literal === undefined ? [] : [condition(literal)]
}

// What the schedd is asked for. It also gives those of which it cannot say whether they have the status.
const constraintOf = ({ keyPrefix, status, tag }: ListFilter, ours: string | undefined): string =>
  Constraint.all(
    OwnAttributes.hasAnyKey,
    ...(ours === undefined ? [] : [ours]),
    ...saying(tag, OwnAttributes.hasTag),
    ...saying(keyPrefix, (literal) => OwnAttributes.keyBegins(literal, (keyPrefix ?? "").length)),
    ...(status === undefined ? [] : [`${Constraint.any(status.map((one) => StatusMapping.mayBe[one]))} =!= false`])
  )

const isKey = Schema.is(SubmissionKey)
const isCopy = Schema.is(JobHandle.fields.copy)

// What the ad of a job in the queue says, as far as it makes sense.
const timeOf = ({ QDate }: JobAd) =>
  QDate === undefined ? {} : Option.match(DateTime.make(QDate * 1000), {
    onNone: () => ({}),
    onSome: (submitted) => ({ submitted })
  })

const { cases } = ListedJob

const elementOf = (session: Session, { ad, id, origin }: PrintedAd): ListedJob => {
  const [endpoint, job] = [session.identity.endpoint, String(id)]
  const unreadable = (detail: string) => cases.Unreadable.make({ endpoint, job, detail })
  const { EffectCECopies: copies, EffectCECopy: copy, EffectCEFormat: format, EffectCEKey: key } = origin
  if (format !== OwnAttributes.format && (format !== undefined || Result.isSuccess(ad))) {
    return cases.OtherFormat.make({ endpoint, job, ...(format === undefined ? {} : { format }) })
  }
  if (Result.isFailure(ad)) return unreadable(ad.failure)
  if (!isKey(key)) return unreadable("what it has for a submission key is none")
  if (!isCopy(copy)) return unreadable("it does not say which copy it is")
  const status = StatusMapping.fromState(JobState.fromAd(ad.success), session.settings.explanations)
  return cases.Listed.make({
    handle: new JobHandle({ ...session.identity, job, key, copy }),
    ...(copies === undefined || copies < 0 ? {} : { copies }),
    ...(ad.success.EffectCETag === undefined ? {} : { tag: ad.success.EffectCETag }),
    status,
    ...timeOf(ad.success)
  })
}

// A schedd compares as it was asked to. This is the last word.
const isWanted = ({ keyPrefix = "", status, tag }: ListFilter) => (job: ListedJob): boolean =>
  job._tag !== "Listed" ||
  (tag === undefined || job.tag === tag) && job.handle.key.startsWith(keyPrefix) &&
    (status === undefined || status.includes(job.status._tag))

// An answer may begin anew.
const makeSeen = () => {
  const clusters = new Map<number, Set<number>>()
  return ({ cluster, proc }: JobId): boolean => {
    const procs = clusters.get(cluster) ?? new Set()
    if (procs.has(proc)) return true
    clusters.set(cluster, procs.add(proc))
    return false
  }
}

/**
 * The listing of one CE's jobs.
 */
export const make = (sessions: Sessions, { ours }: Pick<ResolvedRoute, "ours">): Enumerable["Service"] => {
  const list = (filter: ListFilter = {}): Stream.Stream<ListedJob, BackendError> => {
    if (filter.status?.length === 0) return Stream.empty
    const wanted = isWanted(filter)
    return Stream.callback<ListedJob, BackendError>((into) => {
      const hasSeen = makeSeen()
      const read = Effect.fnUntraced(function*(session: Session) {
        const unnamed = yield* Records.each(
          session.queue({ constraint: constraintOf(filter, ours), attributes }),
          (printed) => {
            const job = elementOf(session, printed)
            if (wanted(job) && !hasSeen(printed.id)) Queue.offerUnsafe(into, job)
          }
        )
        if (unnamed > 0) {
          const { endpoint } = session.identity
          Queue.offerUnsafe(into, cases.Unreadable.make({ endpoint, detail: `${unnamed} jobs have no number` }))
        }
      })
      return Effect.andThen(sessions.use("read", read), Queue.end(into))
    }).pipe(Stream.withSpan("Enumerable.list"))
  }
  return { list }
}
