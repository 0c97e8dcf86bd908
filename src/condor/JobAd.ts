/**
 * The attributes of a job that this library asks for, as the tools print them in JSON.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as SchemaIssue from "effect/SchemaIssue"
import * as SchemaTransformation from "effect/SchemaTransformation"
import { ClusterId, ProcId } from "./JobId.ts"
import { names } from "./OwnAttributes.ts"

const optionalText = Schema.optionalKey(Schema.String)
const optionalInt = Schema.optionalKey(Schema.Int)
const optionalEpoch = Schema.optionalKey(Schema.Natural)

/**
 * A job ad, projected on the attributes named here. Times are seconds since 1970.
 *
 * **Details**
 *
 * `ServerTime` is the schedd's clock when `condor_q` was answered; the history has none. `ExitStatus` is left out on
 * purpose: it stays 0 whatever the exit code was. An attribute that was cleared, or that is not
 * of its type, is absent: whoever may edit a job's ad could otherwise make the job unreadable. Only the number and the
 * status are needed. The status may be any number: each release may have new ones.
 *
 * @category models
 * @since 0.1.0
 */
export const JobAd = Schema.Struct({
  ClusterId,
  ProcId,
  JobStatus: Schema.Int,
  LastJobStatus: optionalInt,
  User: optionalText,
  Owner: optionalText,
  EnteredCurrentStatus: optionalEpoch,
  JobCurrentStartDate: optionalEpoch,
  ServerTime: optionalEpoch,
  CompletionDate: optionalEpoch,
  ExitBySignal: Schema.optionalKey(Schema.Boolean),
  ExitCode: optionalInt,
  ExitSignal: optionalInt,
  HoldReason: optionalText,
  HoldReasonCode: optionalInt,
  HoldReasonSubCode: optionalInt,
  HoldCopiedFromTargetJob: Schema.optionalKey(Schema.Boolean),
  RemoveReason: optionalText,
  StageInStart: optionalEpoch,
  StageInFinish: optionalEpoch,
  StageOutStart: optionalEpoch,
  StageOutFinish: optionalEpoch,
  NumJobStarts: optionalInt,
  BytesSent: Schema.optionalKey(Schema.Finite),
  Out: optionalText,
  Err: optionalText,
  UserLog: optionalText,
  TransferOutput: optionalText,
  TransferOutputRemaps: optionalText,
  RoutedToJobId: optionalText,
  GridResource: optionalText,
  GridJobId: optionalText,
  GridJobStatus: optionalText,
  GridResourceUnavailableTime: optionalEpoch,
  TotalSubmitProcs: optionalInt,
  [names.key]: optionalText,
  [names.copy]: optionalInt,
  [names.copies]: optionalInt,
  [names.fetch]: optionalText,
  [names.format]: optionalInt,
  [names.payload]: optionalText,
  [names.gridKey]: optionalText
})

/**
 * @category models
 * @since 0.1.0
 */
export type JobAd = typeof JobAd.Type

/**
 * Whose a job is, and which copy of which submission.
 *
 * @category models
 * @since 0.1.0
 */
export const Origin = Schema.Struct({
  ClusterId,
  ProcId,
  User: optionalText,
  Owner: optionalText,
  TotalSubmitProcs: optionalInt,
  [names.key]: optionalText,
  [names.copy]: optionalInt,
  [names.copies]: optionalInt,
  [names.format]: optionalInt,
  [names.payload]: optionalText,
  [names.gridKey]: optionalText
})

/**
 * @category models
 * @since 0.1.0
 */
export type Origin = typeof Origin.Type

/**
 * What to ask the tools for, in the spelling in which {@link JobAd} expects the answer: they echo the case of the
 * question.
 *
 * @category constants
 * @since 0.1.0
 */
export const attributes: ReadonlyArray<string> = Object.keys(JobAd.fields).filter((name) =>
  name !== "TransferOutputRemaps"
)

/**
 * The same with what only who fetches has to know: the URLs to which outputs went, which may be long.
 *
 * @category constants
 * @since 0.1.0
 */
export const outputAttributes: ReadonlyArray<string> = Object.keys(JobAd.fields)

const decodeEncoded = Schema.decodeUnknownEffect(Schema.toEncoded(JobAd))

const required: ReadonlyArray<string> = ["ClusterId", "ProcId", "JobStatus"]

const isNatural = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0

// A schema of many fields takes ten times as long to say the same.
const fits: ReadonlyMap<string, (value: unknown) => boolean> = new Map(
  Object.entries(JobAd.fields).map(([name, field]) => [
    name,
    field === optionalText
      ? Predicate.isString
      : field === optionalInt || name === "JobStatus"
      ? Number.isSafeInteger
      : field === optionalEpoch
      ? isNatural
      : Schema.is(field)
  ])
)

// Attributes that are not of their type, where the job can be understood without them.
const withoutStrange = (record: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(
    Object.entries(record).filter(([name, value]) => required.includes(name) || fits.get(name)?.(value) !== false)
  )

/**
 * A job ad in the tools' JSON, where a cleared attribute is `null`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const JobAdFromJson = Schema.Record(Schema.String, Schema.Unknown).pipe(
  Schema.decodeTo(
    JobAd,
    SchemaTransformation.transformEffect({
      decode: (record, options) => {
        const present = Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null))
        return decodeEncoded(present, options).pipe(
          Effect.catch(() => decodeEncoded(withoutStrange(present), options)),
          Effect.mapError((error): SchemaIssue.Issue => error.issue)
        )
      },
      encode: (ad) => Effect.succeed({ ...ad })
    })
  )
)

const decode = Schema.decodeUnknownResult(JobAdFromJson)

const decodeOrigin = Schema.decodeUnknownResult(Origin)

/**
 * Whether a record is as a job ad should be: what `Schema.is(JobAd)` says of one without attributes that are `undefined`.
 *
 * @category guards
 * @since 0.1.0
 */
export const isJobAd = (record: Readonly<Record<string, unknown>>): record is JobAd =>
  required.every((name) => record[name] !== undefined) &&
  Object.keys(record).every((name) => {
    const value = record[name]
    return value === undefined || fits.get(name)?.(value) !== false
  })

/**
 * Reads one ad out of the tools' JSON.
 *
 * **Details**
 *
 * An ad that is as it should be, which nearly all are, is only looked at; the schema decides about all others.
 *
 * @category converting
 * @since 0.1.0
 */
export const fromJson = (record: unknown): Result.Result<JobAd, Schema.SchemaError> => {
  if (!Predicate.isReadonlyObject(record)) return decode(record)
  const present: Record<string, unknown> = {}
  for (const name of Object.keys(record)) {
    const value = record[name]
    if (value !== null && value !== undefined && fits.has(name)) present[name] = value
  }
  return isJobAd(present) ? Result.succeed(present) : decode(record)
}

/**
 * Reads the origin of a job out of an ad that cannot be read as a whole: a broken state makes nobody forget whose job it is.
 * Only the number is needed; an attribute that is not of its type is absent.
 *
 * @category converting
 * @since 0.1.0
 */
export const originFromJson = (
  record: { readonly [name: PropertyKey]: unknown }
): Result.Result<Origin, Schema.SchemaError> => decodeOrigin(withoutStrange(record))
