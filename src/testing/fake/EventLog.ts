/**
 * The event log of a job, as a schedd writes it and sends it to the client.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import { text } from "./Attributes.ts"
import type { Job } from "./Job.ts"
import type { Exit } from "./Lifecycle.ts"

const padded = (value: number): string => String(value).padStart(3, "0")

// HTCondor writes local time. The time zone of the fake is UTC.
const dateOf = (now: number): string => DateTime.formatIso(DateTime.makeUnsafe(now)).slice(0, 19).replace("T", " ")

const event = (job: Job, now: number, code: string, ...lines: ReadonlyArray<string>): string =>
  `${code} (${padded(job.cluster)}.${padded(job.proc)}.000) ${dateOf(now)} ${lines.join("\n")}\n...\n`

const usage = ["Run Remote", "Run Local", "Total Remote", "Total Local"].map((what) =>
  `\t\tUsr 0 00:00:00, Sys 0 00:00:00  -  ${what} Usage`
)

const traffic = ["Run Bytes Sent", "Run Bytes Received", "Total Bytes Sent", "Total Bytes Received"].map((what) =>
  `\t0  -  ${what} By Job`
)

export const submitted = (job: Job, now: number, address: string): string =>
  event(job, now, "000", `Job submitted from host: <${address}>`)

export const handedOn = (job: Job, now: number): string =>
  event(
    job,
    now,
    "027",
    "Job submitted to grid resource",
    ...["GridResource", "GridJobId"].map((name) => `    ${name}: ${text(job.ad, name) ?? ""}`)
  )

export const executing = (job: Job, now: number, routed: string): string =>
  event(job, now, "001", `Job executing on host: ${routed}`)

export const terminated = (job: Job, now: number, exit: Exit) =>
  event(
    job,
    now,
    "005",
    "Job terminated.",
    ...!("signal" in exit)
      ? [`\t(1) Normal termination (return value ${"code" in exit ? exit.code : -1})`]
      : [`\t(0) Abnormal termination (signal ${exit.signal})`, "\t(0) No core file"],
    ...usage,
    ...traffic
  )

export const released = (job: Job, now: number, reason: string): string =>
  event(job, now, "013", "Job was released.", `\t${reason}`)

export const aborted = (job: Job, now: number, reason: string): string =>
  event(job, now, "009", "Job was aborted.", `\t${reason}`)
