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

// A duration as text: "90 seconds", "1.5 hours".
const Span = Schema.DurationFromString.check(
  Schema.makeFilter(
    (span: Duration.Duration) => Duration.isFinite(span) && Duration.isGreaterThan(span, Duration.zero),
    {
      expected: "a length of time above zero, such as \"90 seconds\""
    }
  )
)

// A size in bytes, as a number or as text: "1 GiB", "500 MB".
const Size = Schema.Union([Schema.ByteSizeFromNumber, Schema.ByteSizeFromString]).check(
  Schema.makeFilter((size: ByteSize.ByteSize) => Option.isSome(ByteSize.toNumber(size)), {
    expected: "a size that a number of bytes can say exactly"
  })
)

const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))

/**
 * The schema of a {@link Config}, for JSON and any other source of configuration.
 *
 * **Details**
 *
 * A duration is text with a unit, such as `"90 seconds"`, and becomes a `Duration`. A size is text with a unit, such as
 * `"1 GiB"`, or a number of bytes, and becomes a `ByteSize`. Decoding fails for a value out of bounds, and for an unknown field;
 * the message names the field that was probably meant. The fields about the site are those of {@link Site}.
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
 * {@link Limits} in code: sizes as `ByteSize.Input` (a number of bytes, or `"1 GiB"`), and durations as `Duration.Input`
 * (`"10 minutes"`, or a number of milliseconds).
 *
 * @category models
 * @since 0.1.0
 */
export interface LimitsInput {
  /** The bytes that one job may bring back in all. Default: 1 GiB. */
  readonly maxBytes?: ByteSize.Input | undefined
  /** The number of files and of directories that one job may bring back; each has this limit. Default: 10,000. */
  readonly maxFiles?: number | undefined
  /** The bytes that must stay free at the destination, during the transfer and after it. Default: 0. */
  readonly minFreeBytes?: ByteSize.Input | undefined
  /** The longest transfer of the output of many jobs together, or of the input of a submission. Default: 10 minutes. */
  readonly transferTimeout?: Duration.Input | undefined
  /** The longest transfer of the output of one job. Default: 10 minutes. */
  readonly jobTransferTimeout?: Duration.Input | undefined
}

/**
 * The configuration of one CE in code. Durations and sizes have any form that `Duration` and `ByteSize` accept. The schema of the
 * same name decodes to it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Config extends Site {
  /**
   * The CE's collector: `<host>` or `<host>:<port>`. Default port: 9619. Names are case-insensitive and may end in a
   * dot. HTCondor's tools try only the first address of a host.
   */
  readonly endpoint: string
  /** The name of the CE's schedd. Default: the host. Required if the endpoint is an IP address. */
  readonly schedd?: string | undefined
  /**
   * `{ _tag: "Remote" }` submits to the CE itself (default). `{ _tag: "Grid", pool, schedd }` submits to a submit host,
   * whose gridmanager hands the jobs on to the CE.
   *
   * With `Grid` the tools talk to the submit host. Its tokens, its host certificate, `audience`, `retention` and
   * `maxConcurrent` are then meant wherever these fields name the CE.
   */
  readonly route?: Route | undefined
  /**
   * Former names of this CE: `{ endpoint, schedd }` as they were configured then. Handles and manifests with such a
   * name stay valid. The schedd, its queue and its history must be the same.
   */
  readonly formerly?: ReadonlyArray<Former> | undefined
  /** The longest run of a tool that moves no files. Default: 60 seconds. */
  readonly timeout?: Duration.Input | undefined
  /** How long the CE keeps a completed job that nobody fetches. Default: 10 days. */
  readonly retention?: Duration.Input | undefined
  /**
   * If an earlier `submit` with the same key is found unfinished, wait this long for it, then remove its jobs and
   * submit again. Default: 15 seconds. An attempt whose file transfer has begun gets `limits.transferTimeout`.
   */
  readonly spoolingGrace?: Duration.Input | undefined
  /**
   * The number of tools that run concurrently for this endpoint. Default: 4; fewer while the CE answers slowly. If it
   * is more than 1, transfers and submissions leave one place for queries.
   */
  readonly maxConcurrent?: number | undefined
  /** A submission of more copies becomes several clusters. Default: 5000. */
  readonly maxJobsPerCluster?: number | undefined
  /**
   * A call that takes longer counts as slow, and lowers the number of concurrent tools. Default: 10 seconds, or half of
   * `timeout` if that is less.
   */
  readonly slowAfter?: Duration.Input | undefined
  /**
   * How many jobs of the history are searched, the newest first, for a job that has left the queue. Default: 20,000. An
   * older job is `HistoryUnavailable`.
   */
  readonly historyDepth?: number | undefined
  /** Limits on the output of jobs, and on the time of transfers. */
  readonly limits?: LimitsInput | undefined
  /** The directory for token files and submissions. Default: the system's. */
  readonly temporaryDirectory?: string | undefined
  /** The kind of token for the CE: `IdToken` (default) or `SciToken`. */
  readonly token?: "IdToken" | "SciToken" | undefined
  /** Whether jobs carry an X.509 proxy certificate. Default: false. */
  readonly proxy?: boolean | undefined
  /**
   * The audience of tokens for this CE, exactly as its `SCITOKENS_SERVER_AUDIENCE` has it. Default: `<host>:<port>`, in
   * lower case.
   */
  readonly audience?: string | undefined
  /**
   * The certificate authorities that may sign the CE's host certificate, in addition to the system's: a file in PEM
   * format, or a directory. With `SciToken` the tools verify that certificate. Default: the directory in `X509_CERT_DIR`, or
   * `/etc/grid-security/certificates` if it exists.
   */
  readonly certificateAuthorities?:
    | { readonly file?: string | undefined; readonly directory?: string | undefined }
    | undefined
  /** Credentials that expire within this time are renewed. Default: 5 minutes. */
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

// A field in bytes, and a field with a duration, if a value is given.
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
 * Fills in the defaults of a configuration.
 *
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
