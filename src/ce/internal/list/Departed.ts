/**
 * Lists the jobs of one identity that have left the queue of a CE, without their handles.
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Constraint from "../../../condor/Constraint.ts"
import * as Epoch from "../../../condor/Epoch.ts"
import * as GridUniverse from "../../../condor/GridUniverse.ts"
import type { JobAd } from "../../../condor/JobAd.ts"
import type { PrintedAd } from "../../../condor/Schedd.ts"
import { DepartedJob, type Enumerable } from "../../../contract/Enumerable.ts"
import type { Session, Sessions } from "../credentials/Session.ts"
import * as HistoryQuery from "../query/HistoryQuery.ts"
import type * as OwnJobs from "../query/OwnJobs.ts"
import * as Records from "../query/Records.ts"
import * as Elements from "./Elements.ts"
import * as JobElement from "./JobElement.ts"

const { cases } = DepartedJob

const attributes: ReadonlyArray<string> = [...JobElement.attributes, "User", "Owner"]

// A completed job leaves the queue as soon as it is removed. A job that is removed while it runs may stay for days until the
// batch system has released it. It then leaves after jobs that were removed later.
const leavesAtOnce = "JobStatus == 3 && LastJobStatus == 4"

const left = ({ EnteredCurrentStatus, JobStatus }: JobAd): DateTime.Utc | undefined =>
  JobStatus === 3 ? Epoch.toDateTime(EnteredCurrentStatus) : undefined

const elementOf = (session: Session, printed: PrintedAd): DepartedJob =>
  JobElement.fromAd(session, printed, ({ status, ...common }, ad) => {
    const time = left(ad)
    return cases.Departed.make({
      ...common,
      status: status._tag === "Completed" ? { ...status, output: "Gone" } : status,
      ...(time === undefined ? {} : { left: time })
    })
  })

/**
 * Makes `departed` for one CE.
 *
 * **Details**
 *
 * The history is read back to the first job, of any user, that left before `since`. An answer does not show why it ends. So a
 * first query checks whether there is such a job. If there is none, an answer with the oldest job of the history is complete.
 */
export const make = (
  sessions: Sessions,
  place: OwnJobs.Place
): Enumerable["Service"]["departed"] => {
  // The oldest job is in the answer even if it does not satisfy the constraint.
  const isElsewhere = ({ ad, origin }: PrintedAd): boolean =>
    origin.EffectCEKey === undefined ||
    place.resources !== undefined && !GridUniverse.goesTo(place.resources, Result.getOrElse(ad, () => ({})))
  const read = Effect.fnUntraced(function*(session: Session, since: number, give: (one: DepartedJob) => void) {
    const { historyDepth } = session.settings
    const early = Constraint.all(leavesAtOnce, `EnteredCurrentStatus < ${since}`)
    let ends = false
    yield* Records.each(
      session.history({
        constraint: early,
        attributes: ["ClusterId", "ProcId", "JobStatus"],
        limit: 1,
        depth: historyDepth
      }),
      () => void (ends = true)
    )
    const oldest: HistoryQuery.Oldest = ends ? { _tag: "Unnamed" } : yield* HistoryQuery.findOldest(session)
    if (oldest._tag === "Closed") return { detail: oldest.detail }
    if (oldest._tag === "Empty") return undefined

    const owner = yield* session.owner
    const own = Constraint.all(JobElement.constraint(place), owner.condition)
    // Jobs that have left since the first query are in the answer, too.
    const depth = ends ? 2 * historyDepth : historyDepth
    let isWhole = ends
    let reaches: number | undefined
    const unnamed = yield* Records.each(
      session.history({
        constraint: HistoryQuery.withOldest(own, oldest),
        attributes,
        limit: depth,
        depth,
        since: early
      }),
      (printed) => {
        const { ad, origin } = printed
        const isOldest = HistoryQuery.isOldestOf(oldest, printed)
        isWhole ||= isOldest
        if (Result.isSuccess(ad) && ad.success.JobStatus === 3 && ad.success.LastJobStatus === 4) {
          reaches = ad.success.EnteredCurrentStatus
        }
        const isUnsaid = Result.isFailure(ad) && !isOldest && !owner.isOther(origin)
        if (isUnsaid || owner.owns(origin) && !(isOldest && isElsewhere(printed))) give(elementOf(session, printed))
      }
    )
    if (unnamed > 0) give(JobElement.unnamed(session, unnamed))
    return isWhole ? undefined : { detail: `the history was read back ${depth} jobs`, reaches }
  })

  return ({ since }) =>
    Elements.stream(sessions, "departed", (session, give: (name: string, job: DepartedJob) => void) =>
      read(
        session,
        Math.floor(DateTime.toEpochMillis(since) / 1000),
        (one) => give(one._tag === "Departed" ? `${one.handle}` : JSON.stringify(one), one)
      ).pipe(
        Effect.catchTag("HistoryClosed", ({ detail }) => Effect.succeed({ detail, reaches: undefined })),
        Effect.map((cut) => {
          if (cut === undefined) return []
          const { endpoint } = session.identity
          const reaches = Epoch.toDateTime(cut.reaches)
          return [cases.Cut.make({ endpoint, detail: cut.detail, ...(reaches === undefined ? {} : { reaches }) })]
        })
      ))
}
