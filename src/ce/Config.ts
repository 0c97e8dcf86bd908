/**
 * The configuration of one HTCondor-CE backend.
 *
 * @since 0.1.0
 */
import * as ByteSize from "effect/ByteSize"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { closed } from "../contract/Closed.ts"
import { Limits } from "../contract/Limits.ts"
import { Former, Route } from "./Route.ts"
import { Site } from "./Site.ts"

// A length of time as text: "90 seconds", "1.5 hours".
const Span = Schema.DurationFromString.check(
  Schema.makeFilter(
    (span: Duration.Duration) => Duration.isFinite(span) && Duration.isGreaterThan(span, Duration.zero),
    {
      expected: "a length of time above zero, such as \"90 seconds\""
    }
  )
)

// Bytes, as a number or as text: "1 GiB", "500 MB".
const Size = Schema.Union([Schema.ByteSizeFromNumber, Schema.ByteSizeFromString]).check(
  Schema.makeFilter((size: ByteSize.ByteSize) => Option.isSome(ByteSize.toNumber(size)), {
    expected: "a size that a number of bytes can say exactly"
  })
)

const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))

/**
 * The configuration of one CE, as JSON or any configuration has it; `typeof Config.Type` is a {@link Config}.
 *
 * **Details**
 *
 * Lengths of time are text with a unit, such as `"90 seconds"`, and become a `Duration`. Sizes are text with a unit, such as
 * `"1 GiB"`, or a number of bytes, and become a `ByteSize`. A field that is not known is refused, with the one that was likely
 * meant, and so is a value out of bounds. What the site can do for a payload is in {@link Site}.
 *
 * - `endpoint`: `<host>` or `<host>:<port>` of the CE's collector; the port is 9619 unless given. Names have no case, and may end
 *   in a dot. HTCondor's tools try one address of a host alone, the first
 * - `schedd`: the name of the CE's schedd; the host unless given. Where that is an address, the name has to be given
 * - `route`: `{ _tag: "Remote" }`, to submit to the CE itself (default), or `{ _tag: "Grid", pool, schedd }`, to submit to a
 *   submit host of one's own, which hands jobs on to the CE. What is said below of the CE as the schedd that the tools talk
 *   to is then said of the submit host: tokens and their audience, the host certificate, `retention`, `maxConcurrent`
 * - `formerly`: names that this CE had before, `{ endpoint, schedd }` as they were configured then. Handles and manifests that
 *   say one of them are taken for this CE's. The schedd, its queue and its history must be the same: job numbers go on
 * - `timeout`: for one run of a tool that does not move files (default 60 seconds)
 * - `retention`: how long a completed job that nobody fetches stays at the CE (default 10 days)
 * - `spoolingGrace`: how long a submission of the same key that is found half spooled may take to finish before it is
 *   removed and submitted anew (default 15 seconds). One whose transfer has begun is left alone for `limits.transferTimeout`
 * - `maxConcurrent`: how many tools run at one time for this endpoint (default 4); fewer while it answers slowly. Transfers and
 *   submissions leave one of these places for questions, if there is more than one
 * - `maxJobsPerCluster`: a submission of more copies becomes several clusters (default 5000)
 * - `slowAfter`: an answer that takes longer is slow (default 10 seconds, or half of `timeout` if that is less)
 * - `historyDepth`: how many of the jobs that left the queue last are looked through for one that is not in it (default
 *   20,000); one that left before them is `HistoryUnavailable`
 * - `limits`: what the deployment accepts as output
 * - `temporaryDirectory`: for token files and submissions (default: the system's)
 * - `token`: the kind of token to show to the CE (default `IdToken`)
 * - `proxy`: whether jobs take an X.509 proxy certificate with them (default false)
 * - `audience`: of tokens for this CE, which is what its `SCITOKENS_SERVER_AUDIENCE` says, letter for letter (default
 *   `<host>:<port>`, in lower case)
 * - `certificateAuthorities`: who may have signed the CE's host certificate, which is verified with `SciToken`, besides the
 *   system's: a file of certificates in PEM form, or a directory of them (default: as grid software finds them).
 *   That is the directory that `X509_CERT_DIR` names, or `/etc/grid-security/certificates` if it exists
 * - `freshness`: credentials that are good for less time than this are renewed (default 5 minutes)
 *
 * @category schemas
 * @since 0.1.0
 */
export const Config = closed(Schema.Struct({
  endpoint: Schema.NonEmptyString,
  schedd: Schema.optional(Schema.NonEmptyString),
  route: Schema.optional(Route),
  formerly: Schema.optional(Schema.Array(Former)),
  timeout: Schema.optional(Span),
  retention: Schema.optional(Span),
  spoolingGrace: Schema.optional(Span),
  maxConcurrent: Schema.optional(Count),
  maxJobsPerCluster: Schema.optional(Count),
  slowAfter: Schema.optional(Span),
  historyDepth: Schema.optional(Count),
  limits: Schema.optional(closed(Schema.Struct({
    maxBytes: Schema.optional(Size),
    maxFiles: Schema.optional(Schema.Natural),
    minFreeBytes: Schema.optional(Size),
    transferTimeout: Schema.optional(Span),
    jobTransferTimeout: Schema.optional(Span)
  }))),
  temporaryDirectory: Schema.optional(Schema.NonEmptyString),
  token: Schema.optional(Schema.Literals(["IdToken", "SciToken"])),
  proxy: Schema.optional(Schema.Boolean),
  audience: Schema.optional(Schema.NonEmptyString),
  certificateAuthorities: Schema.optional(closed(Schema.Struct({
    file: Schema.optional(Schema.NonEmptyString),
    directory: Schema.optional(Schema.NonEmptyString)
  }))),
  freshness: Schema.optional(Span),
  ...Site.fields
}))

/**
 * {@link Limits} as code says them: sizes as `ByteSize.Input`, a number of bytes or `"1 GiB"`, and lengths of time as
 * `Duration.Input`, `"10 minutes"` or a number of milliseconds. Each has its default unless given.
 *
 * @category models
 * @since 0.1.0
 */
export interface LimitsInput {
  readonly maxBytes?: ByteSize.Input | undefined
  readonly maxFiles?: number | undefined
  readonly minFreeBytes?: ByteSize.Input | undefined
  readonly transferTimeout?: Duration.Input | undefined
  readonly jobTransferTimeout?: Duration.Input | undefined
}

/**
 * The configuration of one CE as code says it: what its schema decodes to, and lengths of time and sizes in any form that
 * `Duration` and `ByteSize` take.
 *
 * @category models
 * @since 0.1.0
 */
export interface Config extends Site {
  readonly endpoint: string
  readonly schedd?: string | undefined
  readonly route?: Route | undefined
  readonly formerly?: ReadonlyArray<Former> | undefined
  readonly timeout?: Duration.Input | undefined
  readonly retention?: Duration.Input | undefined
  readonly spoolingGrace?: Duration.Input | undefined
  readonly maxConcurrent?: number | undefined
  readonly maxJobsPerCluster?: number | undefined
  readonly slowAfter?: Duration.Input | undefined
  readonly historyDepth?: number | undefined
  readonly limits?: LimitsInput | undefined
  readonly temporaryDirectory?: string | undefined
  readonly token?: "IdToken" | "SciToken" | undefined
  readonly proxy?: boolean | undefined
  readonly audience?: string | undefined
  readonly certificateAuthorities?:
    | { readonly file?: string | undefined; readonly directory?: string | undefined }
    | undefined
  readonly freshness?: Duration.Input | undefined
}

/**
 * A configuration with every default filled in.
 *
 * @category models
 * @since 0.1.0
 */
export interface Settings extends Site {
  readonly timeout: Duration.Duration
  readonly retention: Duration.Duration
  readonly spoolingGrace: Duration.Duration
  readonly maxConcurrent: number
  readonly maxJobsPerCluster: number
  readonly slowAfter: Duration.Duration
  readonly historyDepth: number
  readonly limits: Limits
  readonly temporaryDirectory: string | undefined
  readonly token: "IdToken" | "SciToken"
  readonly proxy: boolean
  readonly audience: string | undefined
  readonly certificateAuthorities: { readonly file?: string | undefined; readonly directory?: string | undefined }
  readonly freshness: Duration.Duration
}

// A size in bytes, and a length of time, where one is given.
const bytes = <K extends string>(name: K, size: ByteSize.Input | undefined) =>
  size === undefined ? {} : { [name]: ByteSize.toNumberUnsafe(ByteSize.fromInputUnsafe(size)) }

const span = <K extends string>(name: K, length: Duration.Input | undefined) =>
  length === undefined ? {} : { [name]: Duration.fromInputUnsafe(length) }

const limitsOf = (limits: LimitsInput): Limits =>
  Limits.make({
    ...bytes("maxBytes", limits.maxBytes),
    ...(limits.maxFiles === undefined ? {} : { maxFiles: limits.maxFiles }),
    ...bytes("minFreeBytes", limits.minFreeBytes),
    ...span("transferTimeout", limits.transferTimeout),
    ...span("jobTransferTimeout", limits.jobTransferTimeout)
  })

const count = (value: number): number => Math.max(1, Math.floor(value))

const timeoutOf = (config: Config): Duration.Duration => Duration.fromInputUnsafe(config.timeout ?? "60 seconds")

/**
 * @category constructors
 * @since 0.1.0
 */
export const settings = (config: Config): Settings => ({
  timeout: timeoutOf(config),
  retention: Duration.fromInputUnsafe(config.retention ?? "10 days"),
  spoolingGrace: Duration.fromInputUnsafe(config.spoolingGrace ?? "15 seconds"),
  maxConcurrent: count(config.maxConcurrent ?? 4),
  maxJobsPerCluster: count(config.maxJobsPerCluster ?? 5_000),
  slowAfter: config.slowAfter === undefined
    ? Duration.min(Duration.seconds(10), Duration.divideUnsafe(timeoutOf(config), 2))
    : Duration.fromInputUnsafe(config.slowAfter),
  historyDepth: count(config.historyDepth ?? 20_000),
  limits: limitsOf(config.limits ?? {}),
  temporaryDirectory: config.temporaryDirectory,
  token: config.token ?? "IdToken",
  proxy: config.proxy ?? false,
  audience: config.audience,
  certificateAuthorities: config.certificateAuthorities ?? {},
  freshness: Duration.fromInputUnsafe(config.freshness ?? "5 minutes"),
  container: config.container,
  urlSchemes: config.urlSchemes,
  siteCommands: config.siteCommands,
  siteAttributes: config.siteAttributes,
  explanations: config.explanations
})
