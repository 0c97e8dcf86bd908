/**
 * The result of a check of a diagnosis.
 */
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"

/**
 * The checks, in the order in which they are made.
 *
 * - `tools`: HTCondor's tools are installed and run
 * - `temporary`: the directory for tokens is writable
 * - `name`: the CE's host name has an address
 * - `connection`: a process listens there
 * - `collector`: this process is an HTCondor collector, and answers
 * - `certificate`: the host certificate is trusted, and names this host
 * - `token`, `proxy`: the credentials are valid, by their own content
 * - `authentication`: the collector accepts the token, and maps it to a user
 * - `clock`: the CE's clock agrees with this host's
 * - `schedd`: the collector has a schedd with this name
 * - `read`: the schedd allows queries
 * - `write`: the schedd allows submitting, fetching and cancelling
 * - `limits`: the queue has room for more jobs
 * - `leftovers`: jobs that came through a submit host leave the CE again
 */
export const CheckName = Schema.Literals([
  "tools",
  "temporary",
  "name",
  "connection",
  "collector",
  "certificate",
  "token",
  "proxy",
  "authentication",
  "clock",
  "schedd",
  "read",
  "write",
  "limits",
  "leftovers"
])

export type CheckName = typeof CheckName.Type

/**
 * The result of one check.
 *
 * - `ok`: as it should be
 * - `warning`: works now, and may fail soon
 * - `failed`: jobs will not work
 * - `skipped`: not checked, because it is not needed, or because an earlier check failed
 */
export const Check = Schema.Struct({
  /** The name of the check. */
  check: CheckName,
  /** The outcome: `ok`, `warning`, `failed` or `skipped`. */
  status: Schema.Literals(["ok", "warning", "failed", "skipped"]),
  /** The finding in one line, for example `1.2.3.4:9619 takes connections`. It contains no secret. */
  detail: Schema.String,
  /** How to fix it. Only warnings and failures have it. */
  fix: Schema.optionalKey(Schema.String)
})

export type Check = typeof Check.Type

/**
 * A check without its name.
 */
export type Finding = Omit<Check, "check">

export const ok = (detail: string): Finding => ({ status: "ok", detail })

export const warning = (detail: string, fix: string): Finding => ({ status: "warning", detail, fix })

export const failed = (detail: string, fix: string): Finding => ({ status: "failed", detail, fix })

export const skipped = (detail: string): Finding => ({ status: "skipped", detail })

/**
 * A duration in its two largest units: `1d 2h`.
 */
export const lasting = (milliseconds: number): string =>
  Duration.format(Duration.seconds(Math.round(Math.abs(milliseconds) / 1000))).split(" ").slice(0, 2).join(" ")
