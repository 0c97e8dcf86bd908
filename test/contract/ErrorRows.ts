/** One row for each error of the contract, and more if the cause decides its message. */
import { DateTime } from "effect"
import * as BackendError from "../../src/contract/BackendError.ts"
import * as JobError from "../../src/contract/JobError.ts"
import { JobStatus } from "../../src/contract/JobStatus.ts"
import type { Retry } from "../../src/contract/Retry.ts"
import { handle as makeHandle, key } from "./Handles.ts"
import { held, removed } from "./Statuses.ts"

const endpoint = "ce.example.org:9619"
const handle = makeHandle("12.3")
const report = { tool: "condor_q", exitCode: 1, output: "ERROR: no" }
const silent = { ...report, output: "" }
const retrievedAt = DateTime.makeUnsafe("2026-11-22T10:00:00Z")

export type Row = {
  readonly error:
    | BackendError.SubmitError
    | JobError.FetchError
    | JobError.HeldFetchError
    | JobError.CancelError
    | JobError.WaitError
    | JobError.ReleaseError
  readonly message: string
  readonly retry: Retry
}

export const backend: ReadonlyArray<Row> = [
  {
    error: new BackendError.CEUnavailable({ endpoint, detail: "does not answer" }),
    message: "ce.example.org:9619 does not answer",
    retry: "Later"
  },
  {
    error: new BackendError.CEUnavailable({ endpoint, detail: "does not answer", report: { output: "" } }),
    message: "ce.example.org:9619 does not answer",
    retry: "Later"
  },
  {
    error: new BackendError.HostNotTrusted({ endpoint, detail: "of another name", report: { output: "TLS alert 42" } }),
    message: "ce.example.org:9619 did not prove its identity: of another name (TLS alert 42)",
    retry: "AfterRepair"
  },
  {
    error: new BackendError.AuthenticationFailed({ endpoint, report: { output: "no", tool: "bridge" } }),
    message: "ce.example.org:9619 does not accept the credential (bridge: no)",
    retry: "AfterRepair"
  },
  {
    error: new BackendError.AuthorizationDenied({ endpoint, report: { output: "", exitCode: 3 } }),
    message: "ce.example.org:9619 denies the operation to this identity (exited with 3, silently)",
    retry: "AfterRepair"
  },
  {
    error: new BackendError.BackendFailed({ endpoint, detail: "the answer ends early" }),
    message: "ce.example.org:9619: the answer ends early",
    retry: "Later"
  },
  {
    error: new BackendError.SubmissionFailed({ endpoint, key, detail: "no input", leftover: ["1.0"] }),
    message: "ce.example.org:9619 did not accept submission key-1: no input; still at the compute element: 1.0",
    retry: "Later"
  },
  {
    error: new BackendError.SubmissionFenced({ endpoint, key, detail: "the lock was lost" }),
    message: "submission key-1 was not sent to ce.example.org:9619, its fence failed: the lock was lost",
    retry: "Later"
  },
  {
    error: new BackendError.SubmissionFenced({ endpoint, key, detail: "the lock was lost", leftover: ["1.0"] }),
    message:
      "submission key-1 was not sent to ce.example.org:9619, its fence failed: the lock was lost; still at the compute element: 1.0",
    retry: "Later"
  },
  {
    error: new BackendError.SubmissionRejected({ endpoint, key, detail: "no memory asked for" }),
    message: "ce.example.org:9619 refuses submission key-1 by its policy: no memory asked for",
    retry: "Never"
  },
  {
    error: new BackendError.HostNotTrusted({ endpoint, detail: "its certificate is for another name", report: silent }),
    message:
      "ce.example.org:9619 did not prove its identity: its certificate is for another name (condor_q exited with 1, silently)",
    retry: "AfterRepair"
  },
  {
    error: new BackendError.SubmissionRejected({ endpoint, key, detail: "no memory asked for", report }),
    message: "ce.example.org:9619 refuses submission key-1 by its policy: no memory asked for",
    retry: "Never"
  },
  {
    error: new BackendError.CEUnavailable({ endpoint, detail: "does not answer", report }),
    message: "ce.example.org:9619 does not answer (condor_q exited with 1: ERROR: no)",
    retry: "Later"
  },
  {
    error: new BackendError.CEUnavailable({ endpoint, detail: "does not answer", report: silent }),
    message: "ce.example.org:9619 does not answer (condor_q exited with 1, silently)",
    retry: "Later"
  },
  {
    error: new BackendError.AuthenticationFailed({ endpoint, report }),
    message: "ce.example.org:9619 does not accept the credential (condor_q exited with 1: ERROR: no)",
    retry: "AfterRepair"
  },
  {
    error: new BackendError.AuthorizationDenied({ endpoint, report }),
    message: "ce.example.org:9619 denies the operation to this identity (condor_q exited with 1: ERROR: no)",
    retry: "AfterRepair"
  },
  {
    error: new BackendError.CredentialUnavailable({ resource: endpoint, detail: "token file /t: is empty" }),
    message: "no credential for ce.example.org:9619: token file /t: is empty",
    retry: "AfterRepair"
  },
  {
    error: new BackendError.CredentialUnavailable({ resource: endpoint, detail: "no answer", retry: "Later" }),
    message: "no credential for ce.example.org:9619: no answer",
    retry: "Later"
  },
  {
    error: new BackendError.NotInstalled({ program: "condor_q", detail: "no such command" }),
    message: "cannot start condor_q: no such command",
    retry: "AfterRepair"
  },
  {
    error: new BackendError.BackendFailed({ endpoint, detail: "the tool failed", report }),
    message: "ce.example.org:9619: the tool failed (condor_q exited with 1: ERROR: no)",
    retry: "Later"
  },
  ...(["Now", "AfterRepair", "Never"] as const).map((retry) => ({
    error: new BackendError.BackendFailed({ endpoint, detail: `it says ${retry}`, retry, report: silent }),
    message: `ce.example.org:9619: it says ${retry} (condor_q exited with 1, silently)`,
    retry
  })),
  {
    error: new BackendError.TimedOut({ operation: "condor_submit", seconds: 60 }),
    message: "condor_submit did not end within 60 s and was killed",
    retry: "Later"
  },
  {
    error: new BackendError.LocalFailure({ path: "/data", detail: "no space" }),
    message: "/data: no space",
    retry: "AfterRepair"
  },
  {
    error: new BackendError.InvalidSubmission({ issues: [{ field: "arguments[1]", detail: "not on one line" }] }),
    message: "arguments[1]: not on one line",
    retry: "Never"
  },
  {
    error: new BackendError.InvalidSubmission({
      issues: [
        { field: "arguments[1]", detail: "not on one line" },
        ...Array.from({ length: 11 }, () => ({
          field: "tag",
          detail: "no"
        }))
      ]
    }),
    message: `arguments[1]: not on one line; ${"tag: no; ".repeat(9)}and 2 more`,
    retry: "Never"
  },
  {
    error: new BackendError.SubmissionConflict({ key, reason: "Copies", detail: "it has 3 copies" }),
    message: "the submission key key-1 is in use: it has 3 copies",
    retry: "Never"
  },
  {
    error: new BackendError.SubmissionConflict({ key, reason: "Staging", detail: "its jobs wait for input" }),
    message: "the submission key key-1 is in use: its jobs wait for input",
    retry: "Later"
  },
  {
    error: new BackendError.SubmissionConflict({ key, reason: "Unreadable", detail: "no ad can be read" }),
    message: "the submission key key-1 is in use: no ad can be read",
    retry: "Later"
  },
  {
    error: new BackendError.SubmissionFailed({ endpoint, key, detail: "no input", leftover: [], report }),
    message: "ce.example.org:9619 did not accept submission key-1: no input (condor_q exited with 1: ERROR: no)",
    retry: "Later"
  },
  {
    error: new BackendError.SubmissionFailed({ endpoint, key, detail: "no input", leftover: ["1.0", "1.1"], report }),
    message:
      "ce.example.org:9619 did not accept submission key-1: no input (condor_q exited with 1: ERROR: no); still at the compute element: 1.0, 1.1",
    retry: "Later"
  },
  ...(["Now", "AfterRepair", "Never"] as const).map((retry) => ({
    error: new BackendError.SubmissionFailed({ endpoint, key, detail: "no", retry, leftover: [], report: silent }),
    message: "ce.example.org:9619 did not accept submission key-1: no (condor_q exited with 1, silently)",
    retry
  })),
  {
    error: new BackendError.SubmissionRejected({
      endpoint,
      key,
      detail: "no memory asked for",
      leftover: ["1.0"],
      report
    }),
    message:
      "ce.example.org:9619 refuses submission key-1 by its policy: no memory asked for; still at the compute element: 1.0",
    retry: "Never"
  },
  {
    error: new BackendError.SubmissionConflict({ key, reason: "Duplicated", detail: "twice" }),
    message: "the submission key key-1 is in use: twice",
    retry: "AfterRepair"
  },
  {
    error: new BackendError.UnsupportedFormat({ endpoint, key, format: 2 }),
    message:
      "ce.example.org:9619 has jobs of submission key-1 in format 2: use the version of the library that submitted them",
    retry: "AfterRepair"
  },
  {
    error: new BackendError.UnsupportedFormat({ endpoint, key }),
    message:
      "ce.example.org:9619 has jobs of submission key-1 in an unknown format: use the version of the library that submitted them",
    retry: "AfterRepair"
  },
  {
    error: new BackendError.HistoryHidden({ endpoint, key, detail: "it is not shown" }),
    message: "ce.example.org:9619 does not show whether key key-1 was used before: it is not shown",
    retry: "AfterRepair"
  }
]

export const job: ReadonlyArray<Row> = [
  {
    error: new JobError.WrongEndpoint({ handle, endpoint: "other:9619" }),
    message: "job 12.3 belongs to ce.example.org:9619 (ce.example.org), not to other:9619",
    retry: "Never"
  },
  {
    error: new JobError.UnreadableJob({ handle, detail: "no JobStatus" }),
    message: "job 12.3: no JobStatus",
    retry: "Later"
  },
  {
    error: new JobError.UnsupportedJobFormat({ handle, format: 2 }),
    message: "job 12.3 has format 2: use the version of the library that submitted it",
    retry: "AfterRepair"
  },
  {
    error: new JobError.UnsupportedJobFormat({ handle }),
    message: "job 12.3 has an unknown format: use the version of the library that submitted it",
    retry: "AfterRepair"
  },
  {
    error: new JobError.HistoryUnavailable({ handle, detail: "not here", temporary: false }),
    message: "job 12.3 is not in the queue of ce.example.org:9619, and the history is unavailable: not here",
    retry: "AfterRepair"
  },
  {
    error: new JobError.HistoryUnavailable({ handle, detail: "no answer", temporary: true }),
    message: "job 12.3 is not in the queue of ce.example.org:9619, and the history is unavailable: no answer",
    retry: "Later"
  },
  {
    error: new JobError.EndedOtherwise({ handle, status: JobStatus.make({ _tag: "Unknown" }) }),
    message: "job 12.3 has ended without meeting the condition, it is Unknown",
    retry: "Never"
  },
  {
    error: new JobError.WaitTimedOut({
      handle,
      seconds: 60,
      status: held({ reason: "by the site" })
    }),
    message: "job 12.3 did not meet the condition within 60 s, it is Held: by the site",
    retry: "Later"
  },
  {
    error: new JobError.WaitTimedOut({ handle, seconds: 60 }),
    message: "job 12.3 did not meet the condition within 60 s, and no status was received",
    retry: "Later"
  },
  {
    error: new JobError.StatusUnavailable({
      handle,
      error: new BackendError.TimedOut({ operation: "condor_q", seconds: 60 })
    }),
    message: "the call failed for job 12.3: condor_q did not end within 60 s and was killed",
    retry: "Later"
  },
  {
    error: new JobError.StatusUnavailable({
      handle,
      error: new BackendError.AuthenticationFailed({ endpoint, report })
    }),
    message:
      "the call failed for job 12.3: ce.example.org:9619 does not accept the credential (condor_q exited with 1: ERROR: no)",
    retry: "AfterRepair"
  },
  {
    error: new JobError.UnknownJob({ handle }),
    message: "ce.example.org:9619 knows no job 12.3 of submission key-1",
    retry: "Never"
  },
  {
    error: new JobError.NotFinished({ handle, status: JobStatus.cases.Running.make({}) }),
    message: "job 12.3 has not completed, it is Running",
    retry: "Later"
  },
  {
    error: new JobError.NotFinished({
      handle,
      status: held({ reason: "no" })
    }),
    message: "job 12.3 has not completed, it is Held: no",
    retry: "AfterRepair"
  },
  {
    error: new JobError.NotHeld({ handle, status: JobStatus.cases.Running.make({}) }),
    message: "job 12.3 is not held, it is Running",
    retry: "Never"
  },
  {
    error: new JobError.NothingLeft({ handle, code: 13, subcode: 2, reason: "no input" }),
    message: "job 12.3 is held, and has left nothing that can be fetched (13/2): no input",
    retry: "Never"
  },
  {
    error: new JobError.AlreadyRetrieved({ handle, retrievedAt }),
    message: "the output of job 12.3 was retrieved at 2026-11-22T10:00:00.000Z",
    retry: "Never"
  },
  {
    error: new JobError.AlreadyRetrieved({ handle, retrievedAt, manifest: "/out/manifest.json" }),
    message: "the output of job 12.3 was retrieved at 2026-11-22T10:00:00.000Z, see /out/manifest.json",
    retry: "Never"
  },
  {
    error: new JobError.AlreadyRetrieved({ handle, retrievedAt, released: false }),
    message:
      "the output of job 12.3 was retrieved at 2026-11-22T10:00:00.000Z; the compute element did not release the job",
    retry: "Never"
  },
  {
    error: new JobError.OutputMissing({ handle, detail: "it was removed" }),
    message: "job 12.3 has no output: it was removed",
    retry: "Never"
  },
  {
    error: new JobError.LimitExceeded({ handle, limit: "maxBytes", allowed: 10, actual: 11 }),
    message: "the output of job 12.3 exceeds maxBytes: 11 of 10 bytes allowed",
    retry: "AfterRepair"
  },
  {
    error: new JobError.LimitExceeded({ handle, limit: "jobTransferTimeout", allowed: 600, actual: 601 }),
    message: "the output of job 12.3 exceeds jobTransferTimeout: stopped after 601 seconds",
    retry: "Later"
  },
  {
    error: new JobError.StatusUnavailable({
      handle,
      error: new BackendError.BackendFailed({ endpoint, detail: "it was killed", retry: "Now", report: silent })
    }),
    message: "the call failed for job 12.3: ce.example.org:9619: it was killed (condor_q exited with 1, silently)",
    retry: "Now"
  },
  {
    error: new JobError.StatusUnavailable({
      handle,
      error: new BackendError.BackendFailed({ endpoint, detail: "it was killed", retry: "Never", report: silent })
    }),
    message: "the call failed for job 12.3: ce.example.org:9619: it was killed (condor_q exited with 1, silently)",
    retry: "Never"
  },
  {
    error: new JobError.TransferFailed({ handle, detail: "no", retry: "Now" }),
    message: "the output of job 12.3 was not transferred: no",
    retry: "Now"
  },
  {
    error: new JobError.TransferFailed({ handle, detail: "no", retry: "AfterRepair" }),
    message: "the output of job 12.3 was not transferred: no",
    retry: "AfterRepair"
  },
  {
    error: new JobError.TransferFailed({ handle, detail: "no", retry: "Never" }),
    message: "the output of job 12.3 was not transferred: no",
    retry: "Never"
  },
  {
    error: new JobError.TransferFailed({ handle, detail: "no space" }),
    message: "the output of job 12.3 was not transferred: no space",
    retry: "Later"
  },
  {
    error: new JobError.DepositFailed({ handle, directory: "/out/key-1.0.811c9dc5", detail: "the store\nis full" }),
    message: "the output of job 12.3 is in /out/key-1.0.811c9dc5 and was not deposited: the store is full",
    retry: "Later"
  },
  {
    error: new JobError.DestinationTaken({ handle, directory: "/out/key-1.0.811c9dc5" }),
    message: "/out/key-1.0.811c9dc5 exists and is not the output of job 12.3",
    retry: "AfterRepair"
  },
  {
    error: new JobError.UnsupportedManifest({ handle, manifest: "/out/manifest.json", version: "2" }),
    message: "the manifest /out/manifest.json of job 12.3 has version 2, which cannot be read",
    retry: "AfterRepair"
  },
  { error: new JobError.NotOwner({ handle, owner: "other" }), message: "job 12.3 belongs to other", retry: "Never" },
  {
    error: new JobError.NotRemovable({ handle, detail: "refused" }),
    message: "job 12.3 was not removed: refused",
    retry: "Later"
  },
  {
    error: new JobError.ReleaseFutile({ handle, status: held({ reason: "no" }), advice: "Resubmit." }),
    message: "a release of job 12.3 does not help, it is Held: no; Resubmit.",
    retry: "AfterRepair"
  },
  {
    error: new JobError.ReleaseFutile({ handle, status: removed(), advice: "Wait.", retry: "Later" }),
    message: "job 12.3 was not released in time, it is Removed: via condor_rm; Wait.",
    retry: "Later"
  }
]
