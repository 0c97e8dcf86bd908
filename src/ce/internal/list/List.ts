/**
 * Lists the jobs of one identity in the queue of a CE, without their handles.
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Constraint from "../../../condor/Constraint.ts"
import * as OwnAttributes from "../../../condor/OwnAttributes.ts"
import type { BackendError } from "../../../contract/BackendError.ts"
import { type Enumerable, ListedJob, type ListFilter } from "../../../contract/Enumerable.ts"
import type { Sessions } from "../credentials/Session.ts"
import type * as OwnJobs from "../query/OwnJobs.ts"
import * as Records from "../query/Records.ts"
import * as StatusMapping from "../query/StatusMapping.ts"
import * as Elements from "./Elements.ts"
import * as JobElement from "./JobElement.ts"

// A text that no literal can carry is only compared in this process, by `isWanted`.
const saying = (text: string | undefined, condition: (literal: string) => string): ReadonlyArray<string> => {
  const literal = text === undefined ? undefined : Constraint.stringLiteral(text)
  return literal === undefined ? [] : [condition(literal)]
}

// The constraint for the schedd. It also selects jobs for which the schedd cannot decide the status.
const constraintOf = ({ keyPrefix, status, tag }: ListFilter, place: OwnJobs.Place): string =>
  Constraint.all(
    JobElement.constraint(place),
    ...saying(tag, OwnAttributes.hasTag),
    ...saying(keyPrefix, (literal) => OwnAttributes.keyBegins(literal, (keyPrefix ?? "").length)),
    ...(status === undefined ? [] : [`${Constraint.any(status.map((one) => StatusMapping.mayBe[one]))} =!= false`])
  )

const { cases } = ListedJob

// The same filter, applied to the answer: only this one is exact.
const isWanted = ({ keyPrefix = "", status, tag }: ListFilter) => (job: ListedJob): boolean =>
  job._tag !== "Listed" ||
  (tag === undefined || job.tag === tag) && job.handle.key.startsWith(keyPrefix) &&
    (status === undefined || status.includes(job.status._tag))

/**
 * Makes `list` for one CE.
 */
export const make = (sessions: Sessions, place: OwnJobs.Place): Enumerable["Service"]["list"] => {
  const list = (filter: ListFilter = {}): Stream.Stream<ListedJob, BackendError> => {
    if (filter.status?.length === 0) return Stream.empty
    const wanted = isWanted(filter)
    const query = { constraint: constraintOf(filter, place), attributes: JobElement.attributes }
    return Elements.stream(sessions, "list", (session, give: (name: string, job: ListedJob) => void) =>
      Effect.map(
        Records.each(session.queue(query), (printed) => {
          const job = JobElement.fromAd(session, printed, (common) => cases.Listed.make(common))
          if (wanted(job)) give(String(printed.id), job)
        }),
        (unnamed) => unnamed > 0 ? [JobElement.unnamed(session, unnamed)] : []
      ))
  }
  return list
}
