/**
 * The times and the resource usage of a job, as the command line prints them.
 *
 * @since 0.1.0
 */
import * as ByteSize from "effect/ByteSize"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import type { JobRecord } from "../contract/JobRecord.ts"
import { type Row, statusRow } from "./Row.ts"
import * as Table from "./Table.ts"

const time = (at: DateTime.Utc | undefined): string =>
  at === undefined ? "" : DateTime.formatIso(at).replace(/\.000Z$/, "Z")

const seconds = (length: number | undefined): string =>
  length === undefined ? "" : Table.length(Duration.seconds(length))

const bytes = (size: number | undefined): string =>
  size === undefined ? "" : ByteSize.format(ByteSize.bytes(size), { precision: 1, system: "binary" })

/**
 * The row of a job's record.
 *
 * @category converting
 * @since 0.1.0
 */
export const recordRow = (record: JobRecord): Row => {
  const { holds, starts, status, times, usage } = record
  const { detail, hold } = statusRow(status)
  const isOn = status._tag === "Running" || status._tag === "Suspended"
  return {
    fields: { _tag: status._tag, ...record },
    detail,
    hold,
    runsSince: isOn ? times.started : undefined,
    cells: {
      SUBMITTED: time(times.submitted),
      STARTED: time(times.started),
      ENDED: time(times.ended),
      WALL: seconds(usage?.wallTime),
      CPU: seconds(usage?.cpu),
      MEMORY: bytes(usage?.memory),
      DISK: bytes(usage?.disk)
    },
    wide: {
      STAGED: time(times.staged),
      "FIRST STARTED": time(times.firstStarted),
      AVAILABLE: time(times.available),
      REMOVED: time(times.removed),
      IN: bytes(usage?.bytesIn),
      OUT: bytes(usage?.bytesOut),
      STARTS: starts === undefined ? "" : String(starts),
      HOLDS: Object.entries(holds ?? {}).map(([reason, count]) => `${count} ${reason}`).join(", ")
    }
  }
}
