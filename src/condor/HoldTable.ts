/**
 * The cause and the advice for each of HTCondor's holds at an HTCondor-CE.
 *
 * **Details**
 *
 * The codes 1, 3, 6, 12, 13, 14, 26 and 33 were observed on 23.9 and 25.14. The other rules follow HTCondor's manual and
 * source. (Manual: "Hold Reason Codes".)
 */
import type { HoldCause } from "../contract/JobStatus.ts"
import * as HoldReason from "./HoldReason.ts"
import type { HoldRule } from "./ReasonRules.ts"

type Unconditional = Pick<HoldRule, "cause" | "advice">

const all = (codes: ReadonlyArray<number>, cause: HoldCause, advice: string): ReadonlyArray<HoldRule> =>
  codes.map((code) => ({ code, cause, advice }))

const broken = "Report this to the site, and send jobs elsewhere until it is fixed."

const tryAgain = "Resubmit the job; if several jobs end like this, report this to the site."

/**
 * The first rule that applies counts.
 */
export const rules: ReadonlyArray<HoldRule> = [
  {
    code: 0,
    includes: "Job disappeared from remote schedd",
    cause: "Site",
    advice: "Resubmit the job: the compute element has lost it, or its administrator removed it."
  },
  {
    code: HoldReason.request,
    copied: true,
    cause: "Request",
    advice:
      "Ask the site, or cancel and resubmit the job: the batch system holds it, for this reason or for one that a later hold has overwritten."
  },
  {
    code: HoldReason.request,
    cause: "Request",
    advice: "Release the job if it has never started; otherwise cancel and resubmit it, because what it did is lost."
  },
  ...all([2], "Site", broken),
  {
    code: 3,
    copied: true,
    cause: "Submission",
    advice: "Look at how the payload ended, and resubmit the job: its own on_exit_hold holds it."
  },
  ...all([3], "Submission", "Correct the job's own periodic_hold, or resubmit the job: a release loses what it did."),
  ...all([4], "Credential", "Renew the credential that the job carries, and resubmit the job."),
  ...all([5], "Submission", "Correct the job's own policy, which has no value, and resubmit the job."),
  ...all(
    [6],
    "Submission",
    "Correct the program, its #! line or its image, so that the machine can start it, and resubmit the job."
  ),
  ...all([7, 8, 9, 10], "Site", tryAgain),
  ...all([11, 18], "Transfer", tryAgain),
  {
    code: HoldReason.output,
    subcode: 2,
    cause: "Payload",
    advice: "Find out why the payload left no such output, and resubmit the job; its other outputs are whole."
  },
  {
    code: HoldReason.output,
    subcode: 21,
    cause: "Payload",
    advice:
      "Have the payload write regular files where outputs are promised, and no links to directories, and resubmit the job."
  },
  ...[28, 122].map((subcode): HoldRule => ({
    code: HoldReason.output,
    subcode,
    cause: "Site",
    advice: "Report to the site that its spool is full or over quota, and resubmit the job later."
  })),
  ...all(
    [HoldReason.output],
    "Transfer",
    "Look at the reason for the file or URL that could not be written, and resubmit the job."
  ),
  {
    code: HoldReason.input,
    subcode: 2,
    cause: "Transfer",
    advice: "Resubmit the job: an input is not at the compute element any more."
  },
  ...all(
    [HoldReason.input],
    "Transfer",
    "Check the URL or the file that the reason names, and release the job when it can be read; if it had started, resubmit it."
  ),
  ...all([14], "Site", "Cancel and resubmit the job: its directory at the compute element cannot be used."),
  ...all([HoldReason.submittedOnHold], "Request", "Release the job: it was submitted on hold."),
  ...all([HoldReason.spoolingInput], "Submission", "Wait: the job's input is still on the way."),
  ...all([17, 22, 23, 24, 25, 27, 28, 29, 30, 31, 49], "Site", broken),
  ...all(
    [19, 43, 44, 45, 48],
    "Site",
    "Report to the site which of its checks failed, and send jobs elsewhere until it is fixed."
  ),
  ...all([20], "Submission", "Resubmit the job: the time at which it was to start has passed."),
  ...all([21], "Policy", "Resubmit the job with other requests, or ask the site: a rule of the machine holds it."),
  {
    code: 26,
    includes: "invalid job universe",
    cause: "Submission",
    advice: "Resubmit the job in a universe that the site routes: vanilla."
  },
  {
    code: 26,
    includes: "no matching routes",
    cause: "Policy",
    advice: "Ask for what the site has a route for, or ask the site: no route fits the job, or the routes are full."
  },
  ...all([26], "Policy", "Ask the site about the rule that the reason names, and resubmit the job in keeping with it."),
  ...all([32], "Resources", "Resubmit the job with less input, or let it read large inputs from URLs."),
  ...all(
    [33],
    "Resources",
    "Resubmit the job with less output, or let it write large outputs to URLs: what is kept is cut off."
  ),
  { code: 34, subcode: 102, cause: "Resources", advice: "Resubmit the job with a request for more memory." },
  { code: 34, subcode: 104, cause: "Resources", advice: "Resubmit the job with a request for more disk." },
  ...all([34], "Resources", "Resubmit the job with a request for more of what the reason names."),
  ...all([35], "Submission", "Correct the name of the image, and resubmit the job."),
  ...all([36], "Payload", "Resubmit the job: the payload failed to write a checkpoint."),
  ...all([37, 38, 39, 40, 41, 42], "Site", "Report to the site that its batch system could not use a cloud."),
  ...all([46, 47], "Resources", "Resubmit the job with a request for more run time.")
]

/**
 * The cause and the advice for a hold to which no rule applies.
 */
export const unknown = (code: number): Unconditional =>
  code >= HoldReason.firstVacate
    ? { cause: "Site", advice: "Resubmit the job: the batch system took it away from its machine." }
    : {
      cause: "Unknown",
      advice: "Read the reason, and resubmit the job; if several jobs end like this, report this to the site."
    }
