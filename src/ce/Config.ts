/**
 * The configuration of one HTCondor-CE backend.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import { Limits } from "../contract/Limits.ts"
import type { Former, Route } from "./Route.ts"
import type { Site } from "./Site.ts"

/**
 * What the site can do for a payload is in {@link Site}.
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
  readonly limits?: Partial<Limits> | undefined
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

const timeoutOf = (config: Config): Duration.Duration => Duration.fromInputUnsafe(config.timeout ?? "60 seconds")

/**
 * @category constructors
 * @since 0.1.0
 */
export const settings = (config: Config): Settings => ({
  timeout: timeoutOf(config),
  retention: Duration.fromInputUnsafe(config.retention ?? "10 days"),
  spoolingGrace: Duration.fromInputUnsafe(config.spoolingGrace ?? "15 seconds"),
  maxConcurrent: config.maxConcurrent ?? 4,
  maxJobsPerCluster: Math.max(1, Math.floor(config.maxJobsPerCluster ?? 5_000)),
  slowAfter: config.slowAfter === undefined
    ? Duration.min(Duration.seconds(10), Duration.divideUnsafe(timeoutOf(config), 2))
    : Duration.fromInputUnsafe(config.slowAfter),
  historyDepth: config.historyDepth ?? 20_000,
  limits: Limits.make(config.limits ?? {}),
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
