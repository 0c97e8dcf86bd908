/**
 * What a check of a diagnosis has found.
 */
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"

/**
 * The checks, in the order in which they are made.
 *
 * - `tools`: HTCondor's tools are there, and can be run
 * - `temporary`: the directory for tokens can be written to
 * - `name`: the CE's host has an address
 * - `connection`: somebody listens there
 * - `collector`: it is HTCondor, and answers
 * - `certificate`: the host certificate is trusted, and is that of this host
 * - `token`, `proxy`: what they say about themselves
 * - `authentication`: the token opens the door, and as whom
 * - `clock`: the CE's is as ours
 * - `schedd`: there is one of this name
 * - `read`: looking at jobs is allowed
 * - `write`: submitting, fetching and cancelling is
 * - `limits`: there is room for more jobs
 * - `leftovers`: jobs that came by a submit host leave the CE again
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
 * - `ok`: as it should be
 * - `warning`: it will do, and may not for long
 * - `failed`: jobs will not get through
 * - `skipped`: not looked at, because there is no need, or because of something before
 *
 * `fix` is what to do about it, of a warning and of a failure.
 */
export const Check = Schema.Struct({
  check: CheckName,
  status: Schema.Literals(["ok", "warning", "failed", "skipped"]),
  detail: Schema.String,
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
 * A time as people say it, by its two largest units: `1d 2h`.
 */
export const lasting = (milliseconds: number): string =>
  Duration.format(Duration.seconds(Math.round(Math.abs(milliseconds) / 1000))).split(" ").slice(0, 2).join(" ")
