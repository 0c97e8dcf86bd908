/** Statuses with all their fields. A test names only the fields that it checks. */
import { JobStatus } from "../../src/contract/JobStatus.ts"

const { cases } = JobStatus

export const held = (change: Partial<Omit<typeof cases.Held.Type, "_tag">> = {}) =>
  cases.Held.make({
    code: 12,
    subcode: 2,
    name: "TransferOutputError",
    reason: "no output",
    cause: "Payload",
    advice: "Resubmit.",
    copied: true,
    ...change
  })

export const removed = (change: Partial<Omit<typeof cases.Removed.Type, "_tag">> = {}) =>
  cases.Removed.make({ reason: "via condor_rm", cause: "Request", advice: "Ask.", ...change })
