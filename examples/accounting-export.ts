/**
 * Accounting: one line of CSV for each job that has ended at a compute element, whether it is still there or has left it.
 *
 * The compute element knows which jobs existed, so the export needs no state. A value that the compute element does not know is an
 * empty field of the table, not 0.
 */
import { Array as Arr, DateTime, Effect, Option, Result, Stream } from "effect"
import { Capability, type JobHandle, type JobRecord, Outcomes } from "effect-htcondor-ce"

export const header = "job,key,copy,status,submitted,started,ended,wall_s,cpu_s,memory_bytes,exit"

const lineOf = ({ exit, handle, status, times, usage }: JobRecord.JobRecord): string => {
  const time = (value: DateTime.Utc | undefined) => value === undefined ? "" : DateTime.formatIso(value)
  const number = (value: number | undefined) => value === undefined ? "" : String(value)
  const ended = exit?._tag === "Code" ? `code ${exit.code}` : exit?._tag === "Signal" ? `signal ${exit.signal}` : ""
  return [
    handle.job,
    handle.key,
    String(handle.copy),
    status._tag,
    time(times.submitted),
    time(times.started),
    time(times.ended),
    number(usage?.wallTime),
    number(usage?.cpu),
    number(usage?.memory),
    ended
  ].join(",")
}

/** The handles of the jobs that have ended: those that left since `since`, and those whose output nobody has fetched yet. */
const endedSince = Effect.fn("endedSince")(function*(since: DateTime.Utc) {
  const { departed, list } = yield* Capability.Enumerable
  const gone = yield* Stream.runCollect(departed({ since }))
  const kept = yield* Stream.runCollect(list({ status: ["Completed"] }))
  const handles: Array<JobHandle.JobHandle> = []
  for (const job of [...gone, ...kept]) {
    if (job._tag === "Departed" || job._tag === "Listed") handles.push(job.handle)
    // An export that lacks jobs says so.
    else yield* Effect.logWarning("not in the export:", job)
  }
  return handles
})

/** The lines of the table, the header first. */
export const exportAccounting = Effect.fn("exportAccounting")(function*(since: DateTime.Utc) {
  const { describe } = yield* Capability.StatusReporter
  const handles = yield* endedSince(since)
  const lines = yield* Effect.forEach(Arr.chunksOf(handles, 1_000), (some) =>
    Effect.gen(function*() {
      const records = yield* describe(some)
      for (const [handle, error] of Outcomes.failures(records)) yield* Effect.logWarning(`${handle}: ${error.message}`)
      return Array.from(records, ([, record]) => Option.map(Result.getSuccess(record), lineOf)).flatMap(Option.toArray)
    }))
  return [header, ...lines.flat()]
})
