/**
 * Finds jobs at a CE that came through a submit host, and that this host does not handle any more.
 */
import * as OwnAttributes from "../../../condor/OwnAttributes.ts"
import { type Finding, ok, skipped, warning } from "./Check.ts"
import type { Reply } from "./ToolProbe.ts"

const seconds = 3_600

const since = (attribute: string): string => `(time() - ${attribute}) > ${seconds}`

/**
 * The condition that a job came through a submit host and, for more than an hour, has been over or has waited for its input.
 */
export const constraint = `${OwnAttributes.names.gridKey} =!= undefined && (JobStatus == 4 && ${
  since("CompletionDate")
} || JobStatus == 3 && ${since("EnteredCurrentStatus")} || JobStatus == 5 && HoldReasonCode == 16 && ${since("QDate")})`

const states: ReadonlyMap<string, string> = new Map([
  ["4", "completed"],
  ["3", "removed"],
  ["5", "waiting for input"]
])

/**
 * Counts such jobs, from the output of `condor_q`: one line for each job, with its `JobStatus`.
 */
export const leftovers = (reply: Reply): Finding => {
  if (reply._tag !== "Answered" || reply.result.exitCode !== 0) return skipped("the schedd does not show its jobs")
  const lines = reply.result.stdout.split("\n")
  const counts = Array.from(
    states,
    ([status, word]) => [lines.filter((line) => line.trim() === status).length, word] as const
  )
    .filter(([count]) => count > 0)
  if (counts.length === 0) return ok("no job of a submit host has stayed for longer than an hour")
  return warning(
    `jobs of a submit host that have stayed for longer than an hour: ${
      counts.map(([count, word]) => `${count} ${word}`).join(", ")
    }`,
    `see that the submit host is up; jobs that it no longer has can go: condor_rm -constraint '${constraint}'`
  )
}
