/** The steps that make up situations. */
import { SubmitDescription } from "../../src/condor/index.ts"
import * as JobAd from "../../src/condor/JobAd.ts"
import type { ToolName } from "../../src/condor/tools/CondorTool.ts"
import { type Identity, type Payload, script, type SiteAct, type Situation, type Step } from "./Situation.ts"

export const situation = (name: string, ...steps: ReadonlyArray<Step | ReadonlyArray<Step>>): Situation => ({
  name,
  steps: steps.flat()
})

/** The options that select the schedd. */
export const at: ReadonlyArray<string> = ["-pool", "{pool}", "-name", "{schedd}"]

export interface How {
  readonly as?: Identity | undefined
  readonly stdin?: string | undefined
  readonly cwd?: string | undefined
  readonly cluster?: string | undefined
}

/** A run of a tool with its whole command line. */
export const bare = (tool: ToolName, args: ReadonlyArray<string>, how: How = {}): Step => ({
  _tag: "Run",
  tool,
  args,
  ...how,
  as: how.as ?? "pilot"
})

/** A run of a tool with the schedd. */
export const run = (tool: ToolName, ...args: ReadonlyArray<string>): Step => bare(tool, [...at, ...args])

export const runAs = (as: Identity, tool: ToolName, ...args: ReadonlyArray<string>): Step =>
  bare(tool, [...at, ...args], { as })

export const files = (contents: Readonly<Record<string, string>>, mode?: number): Step => ({
  _tag: "Files",
  files: Object.fromEntries(Object.entries(contents).map(([name, content]) => [name, { content, mode }]))
})

export const site = (act: SiteAct, job: string, reason?: string): Step => ({ _tag: "Site", act, job, reason })

export const pass = (seconds: number): Step => ({ _tag: "Pass", seconds })

/** The `leave_in_queue` of a default submission, but for one hour. */
export const leaveInQueue =
  "JobStatus == 4 && (CompletionDate =?= undefined || CompletionDate == 0 || (time() - CompletionDate) < 3600)"

// The commands of every description. `undefined` omits one.
const usual: Readonly<Record<string, string | undefined>> = {
  universe: "vanilla",
  executable: "job.sh",
  output: "out.$(Process)",
  error: "err.$(Process)",
  log: "log",
  should_transfer_files: "YES",
  when_to_transfer_output: "ON_EXIT",
  transfer_output_files: "\"\"",
  leave_in_queue: leaveInQueue
}

export const description = (
  commands: Readonly<Record<string, string | undefined>> = {},
  queue: string = "queue"
): string =>
  [
    ...Object.entries({ ...usual, ...commands })
      .flatMap(([command, value]) => value === undefined ? [] : [`${command} = ${value}`]),
    queue,
    ""
  ].join("\n")

export const submitArguments = (
  file: string
): ReadonlyArray<string> => ["-terse", "-pool", "{pool}", "-remote", "{schedd}", file]

/** Submits a description. Its file and the program have the name of the cluster. */
export const submitText = (
  cluster: string,
  text: string,
  payload: Payload = {},
  as: Identity = "pilot"
): ReadonlyArray<Step> => [
  files({ [`${cluster}.sub`]: text }),
  files({ [`${cluster}.sh`]: script(payload) }, 0o755),
  bare("condor_submit", submitArguments(`${cluster}.sub`), { cluster, as })
]

export const submit = (
  cluster: string,
  payload: Payload = {},
  commands: Readonly<Record<string, string | undefined>> = {},
  queue: string = "queue",
  as: Identity = "pilot"
): ReadonlyArray<Step> =>
  submitText(cluster, description({ executable: `${cluster}.sh`, ...commands }, queue), payload, as)

/** A job that no machine of the pool can run. */
export const idle = (cluster: string, queue = "queue", as: Identity = "pilot"): ReadonlyArray<Step> => [
  ...submit(cluster, {}, { requirements: "False" }, queue, as),
  waiting(cluster, queueCount(queue))
]

const queueCount = (queue: string): number => Number(/^queue (\d+)$/.exec(queue)?.[1] ?? 1)

const until = (condition: string) => (cluster: string, jobs = 1): Step => ({
  _tag: "Until",
  condition: `ClusterId == {${cluster}} && ${condition}`,
  jobs
})

/** The job is idle, and the pool behind the CE has it. */
export const waiting = until("JobStatus == 1 && Managed =?= \"External\" && CompletionDate =!= undefined")

export const running = until("JobStatus == 2")

/** The pool holds the job, and the CE has copied the hold. */
export const held = until("JobStatus == 5 && HoldReasonCode =!= 16")

/** The CE holds the job, and has removed it from the pool. */
export const heldBySite = until("JobStatus == 5 && Managed =?= \"Schedd\"")

/** The job has completed, and the pool is done with it. */
export const completed = until("JobStatus == 4 && JobFinishedHookDone =!= undefined")

export const satisfying = (condition: string, jobs = 1): Step => ({ _tag: "Until", condition, jobs })

/** The cluster has left the queue, and is in the history. */
export const gone = (cluster: string): ReadonlyArray<Step> => [{ _tag: "Gone", cluster }, pass(1)]

/** A description as the library writes it, with one copy for each environment. */
export const library = (
  executable: string,
  environments: typeof SubmitDescription.SubmitDescription.Encoded["environments"],
  description: Partial<typeof SubmitDescription.SubmitDescription.Encoded> = {}
): string =>
  SubmitDescription.toText({
    executable,
    arguments: [],
    inputs: [],
    urls: [],
    copyInputs: false,
    outputs: [],
    uploads: [],
    stdout: "stdout",
    stderr: "stderr",
    log: "log",
    requests: { cpus: 1 },
    leaveInQueueSeconds: 3600,
    attributes: { EffectCEKey: "{key}", EffectCECopies: environments.length },
    environments,
    site: { commands: {}, attributes: {} },
    ...description
  })

/** The same for jobs that no machine of the pool can run. */
export const libraryIdle = (...parameters: Parameters<typeof library>): string =>
  library(...parameters).replace("queue v_copy", "requirements = False\nqueue v_copy")

/** The attributes that the library queries. */
export const projection = JobAd.attributes.join(",")

/** The attributes that show the life of a job. */
export const life = [
  projection,
  "HoldReasonSubCode",
  "LastHoldReason",
  "LastHoldReasonCode",
  "LastHoldReasonSubCode",
  "ReleaseReason",
  "StageInFinish",
  "ExitStatus",
  "NumHolds",
  "Owner",
  "Managed",
  "JobFinishedHookDone",
  "LeaveJobInQueue"
].join(",")

export const look = (cluster: string): Step =>
  run("condor_q", "-constraint", `ClusterId == {${cluster}}`, "-json", "-attributes", life)

const lookBackAt = (constraint: string): Step =>
  run("condor_history", "-constraint", constraint, "-limit", "1", "-json", "-attributes", life)

/** The jobs of a cluster in the history, each by a query: the jobs of one condor_rm leave the queue in any order. */
export const lookBack = (cluster: string, jobs = 1): ReadonlyArray<Step> =>
  jobs === 1
    ? [lookBackAt(`ClusterId == {${cluster}}`)]
    : Array.from({ length: jobs }, (_, proc) => lookBackAt(`ClusterId == {${cluster}} && ProcId == ${proc}`))
