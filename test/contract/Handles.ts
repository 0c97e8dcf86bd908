/** Handles for tests of the contract. */
import { JobHandle } from "../../src/contract/JobHandle.ts"
import { SubmissionKey } from "../../src/contract/SubmissionKey.ts"

export const key = SubmissionKey.make("key-1")

export const handle = (job: string, change: Partial<{ readonly endpoint: string; readonly copy: number }> = {}) =>
  new JobHandle({
    backend: "htcondor-ce",
    endpoint: "ce.example.org:9619",
    scheduler: "ce.example.org",
    job,
    key,
    copy: 0,
    ...change
  })
