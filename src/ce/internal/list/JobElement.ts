/**
 * Makes the element of a listing from the ad of a job.
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Constraint from "../../../condor/Constraint.ts"
import * as Epoch from "../../../condor/Epoch.ts"
import type { JobAd } from "../../../condor/JobAd.ts"
import * as OwnAttributes from "../../../condor/OwnAttributes.ts"
import type { PrintedAd } from "../../../condor/Schedd.ts"
import { ListedJob } from "../../../contract/Enumerable.ts"
import { JobHandle } from "../../../contract/JobHandle.ts"
import { SubmissionKey } from "../../../contract/SubmissionKey.ts"
import type { Session } from "../credentials/Session.ts"
import * as OwnJobs from "../query/OwnJobs.ts"
import * as StatusMapping from "../query/StatusMapping.ts"

/**
 * The attributes to query.
 */
export const attributes: ReadonlyArray<string> = [
  ...StatusMapping.attributes,
  "QDate",
  OwnAttributes.names.copies,
  OwnAttributes.names.tag
]

/**
 * The condition that a job belongs to this library and to this CE.
 */
export const constraint = (place: OwnJobs.Place): string =>
  Constraint.all(OwnAttributes.hasAnyKey, ...OwnJobs.here(place))

const isKey = Schema.is(SubmissionKey)
const isCopy = Schema.is(JobHandle.fields.copy)

const { cases } = ListedJob

type Unusable = Extract<ListedJob, { readonly _tag: "OtherFormat" | "Unreadable" }>

type Common = Omit<Extract<ListedJob, { readonly _tag: "Listed" }>, "_tag">

/**
 * The element for a job. `usable` makes it from the content of a usable ad.
 */
export const fromAd = <A>(
  session: Pick<Session, "identity" | "settings">,
  { ad, id, origin }: PrintedAd,
  usable: (common: Common, ad: JobAd) => A
): A | Unusable => {
  const [endpoint, job] = [session.identity.endpoint, String(id)]
  const unreadable = (detail: string) => cases.Unreadable.make({ endpoint, job, detail })
  const { EffectCECopies: copies, EffectCECopy: copy, EffectCEFormat: format, EffectCEKey: key } = origin
  if (format !== OwnAttributes.format && (format !== undefined || Result.isSuccess(ad))) {
    return cases.OtherFormat.make({ endpoint, job, ...(format === undefined ? {} : { format }) })
  }
  if (Result.isFailure(ad)) return unreadable(ad.failure)
  if (!isKey(key)) return unreadable("its submission key is not a valid one")
  if (!isCopy(copy)) return unreadable("it does not say which copy it is")
  const submitted = Epoch.toDateTime(ad.success.QDate)
  return usable({
    handle: new JobHandle({ ...session.identity, job, key, copy }),
    ...(copies === undefined || copies < 0 ? {} : { copies }),
    ...(ad.success.EffectCETag === undefined ? {} : { tag: ad.success.EffectCETag }),
    status: StatusMapping.fromAd(ad.success, session.settings.explanations),
    ...(submitted === undefined ? {} : { submitted })
  }, ad.success)
}

/**
 * The element for records without a job id.
 */
export const unnamed = ({ identity: { endpoint } }: Pick<Session, "identity">, count: number): Unusable =>
  cases.Unreadable.make({ endpoint, detail: `${count} records have no number` })
