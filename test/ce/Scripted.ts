/** A CE of scripted answers, and the calls that the library makes of its tools. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect, FileSystem, Layer, Path, Redacted, Result } from "effect"
import type { Candidate } from "../../src/ce/internal/fetch/FetchDecision.ts"
import * as Evaluator from "../../src/classad/Evaluator.ts"
import * as Expr from "../../src/classad/Expr.ts"
import * as Parser from "../../src/classad/Parser.ts"
import * as Values from "../../src/classad/Value.ts"
import { JobId } from "../../src/condor/index.ts"
import {
  Capability,
  CondorTool,
  Credential,
  type HTCondorCE,
  JobHandle,
  Outcomes,
  SubmissionKey
} from "../../src/index.ts"
import * as Backend from "../testing/Backend.ts"

export const endpoint = "ce.example.org:9619"

export const key = SubmissionKey.SubmissionKey.make("task-1")

/** The handle of a job: as with every submission of this library, the proc is the copy. */
export const handle = (job: string, copy = Number(job.split(".")[1])): JobHandle.JobHandle =>
  new JobHandle.JobHandle({
    backend: "htcondor-ce",
    endpoint,
    scheduler: "ce.example.org",
    job,
    key,
    copy
  })

/** A completed job whose output can be fetched. */
export const candidate = (proc: number, some: Partial<Candidate> = {}): Candidate => ({
  handle: handle(`7.${proc}`, proc),
  id: JobId.JobId.make({ cluster: JobId.ClusterId.make(7), proc: JobId.ProcId.make(proc) }),
  exit: { _tag: "Code", code: 0 },
  stdout: "out",
  stderr: "err",
  log: "job.log",
  promised: [],
  bytes: undefined,
  record: {
    version: 1,
    handle: handle(`7.${proc}`, proc),
    status: { _tag: "Completed", exit: { _tag: "Code", code: 0 }, output: "Kept" },
    times: {}
  },
  ...some
})

/** The identity of the caller at the schedd. */
export const pilot = "pilot@users.htcondor.org"

/** Whether a call asks for that identity. */
export const isIdentity = ({ args }: CondorTool.ToolCall): boolean => args.includes("-totals")

/** The ad of a job, as `condor_q -json` prints it. */
export const ad = (job: string, attributes: Record<string, unknown> = {}) => {
  const [cluster, proc] = job.split(".").map(Number)
  return {
    ClusterId: cluster,
    ProcId: proc,
    JobStatus: 1,
    EffectCEFormat: 1,
    EffectCEKey: key,
    EffectCECopies: 1,
    EffectCECopy: proc,
    User: pilot,
    ...attributes
  }
}

export const completedAd = (job: string, attributes: Record<string, unknown> = {}) =>
  ad(job, {
    JobStatus: 4,
    ExitBySignal: false,
    ExitCode: 0,
    EnteredCurrentStatus: 1_000,
    CompletionDate: 1_000,
    Out: "stdout",
    Err: "stderr",
    UserLog: "job.log",
    TransferOutput: "",
    ...attributes
  })

export const constraintOf = ({ args }: CondorTool.ToolCall): string =>
  args.includes("-constraint") ? args[args.indexOf("-constraint") + 1] ?? "" : ""

export const expressionOf = (constraint: string): Expr.Expr =>
  Result.getOrThrow(Parser.parse(constraint, { strings: "old", version: "23.9" }))

const firstOf = (expr: Expr.Expr): Expr.Expr =>
  expr._tag === "Binary" && expr.operator === "&&" ? firstOf(expr.left) : expr

export type Ad = ReturnType<typeof ad>

/** Whether a job satisfies a constraint, at this time of the schedd. */
export const satisfies = (constraint: Expr.Expr, now = 0) => (job: Ad): boolean =>
  Values.truth(Evaluator.evaluateWith(constraint, { now, random: () => 0 }, {
    my: Expr.ad(
      Object.entries(job).flatMap(([name, value]) =>
        typeof value === "number"
          ? [[name, Expr.integer(BigInt(value))] as const]
          : typeof value === "string"
          ? [[name, Expr.string(value)] as const]
          : []
      )
    )
  })) === true

/** The jobs that match the first condition of a call's constraint. */
export const picked = (call: CondorTool.ToolCall, jobs: ReadonlyArray<Ad>): ReadonlyArray<Ad> =>
  constraintOf(call) === "" ? [] : jobs.filter(satisfies(firstOf(expressionOf(constraintOf(call)))))

/** The answer of `condor_history` for the jobs that have left, newest first. */
export const past = (call: CondorTool.ToolCall, jobs: ReadonlyArray<Ad>): Partial<CondorTool.ToolResult> => {
  const most = (option: string) =>
    call.args.includes(option) ? Number(call.args[call.args.indexOf(option) + 1]) : Infinity
  const read = (call.args.includes("-forwards") ? jobs.toReversed() : jobs).slice(0, most("-scanlimit"))
  const found = constraintOf(call) === "" ? read : read.filter(satisfies(expressionOf(constraintOf(call))))
  return { stdout: JSON.stringify(found.slice(0, most("-limit"))) }
}

export const printed = (...ads: ReadonlyArray<unknown>): Partial<CondorTool.ToolResult> => ({
  stdout: ads.length === 0 ? "" : JSON.stringify(ads)
})

/** The output of `condor_history` when it finds nothing. `condor_q` then prints nothing. */
export const emptyList = "[\n]\n"

/** The cluster in a call that checks whether it is the first with its key. */
export const looking = (call: CondorTool.ToolCall): string | undefined =>
  call.tool === "condor_q" ? /ClusterId < (\d+)/.exec(constraintOf(call))?.[1] : undefined

export const token = "eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl"

/** A file system that stores nothing and takes no time, for tests under a TestClock. */
export const instant: Layer.Layer<FileSystem.FileSystem | Path.Path> = Layer.merge(
  FileSystem.layerNoop({
    makeTempDirectory: () => Effect.succeed("/nowhere"),
    exists: () => Effect.succeed(true),
    remove: () => Effect.void,
    makeDirectory: () => Effect.void,
    writeFile: () => Effect.void
  }),
  Path.layer
)

/**
 * The backend over a function that answers each call, except the one for the identity. The calls are recorded. A
 * cluster that looks for older ones sees itself, unless the function shows other jobs. A history without a record is
 * empty.
 */
export const backend = (
  answer: (
    call: CondorTool.ToolCall
  ) => Partial<CondorTool.ToolResult> | Effect.Effect<Partial<CondorTool.ToolResult>, CondorTool.ToolError>,
  config: Partial<HTCondorCE.Config> = {},
  platform: Layer.Layer<FileSystem.FileSystem | Path.Path> = NodeServices.layer,
  identity: Partial<CondorTool.ToolResult> = { stdout: JSON.stringify([{ MyName: pilot }]) }
) => {
  const calls: Array<CondorTool.ToolCall> = []
  const tool = Layer.succeed(
    CondorTool.CondorTool,
    CondorTool.make((call) =>
      Effect.suspend(() => {
        calls.push(call)
        const result = isIdentity(call) ? identity : answer(call)
        const own = looking(call)
        return Effect.map(Effect.isEffect(result) ? result : Effect.succeed(result), (one) => ({
          exitCode: 0,
          stderr: "",
          ...one,
          stdout: (one.stdout ?? "") !== "" || (one.exitCode ?? 0) !== 0
            ? one.stdout ?? ""
            : own !== undefined
            ? printed(ad(`${own}.0`)).stdout ?? ""
            : call.tool === "condor_history"
            ? emptyList
            : ""
        }))
      })
    )
  )
  const layer = Backend.layer({ endpoint, ...config }).pipe(
    Layer.provide([
      tool,
      Credential.layerStatic([
        Credential.fromText("IdToken", Redacted.make(token)),
        Credential.fromText("SciToken", Redacted.make(token))
      ])
    ]),
    Layer.provideMerge(platform)
  )
  return { calls, layer }
}

/** An empty CE, and the resources for which its credential provider is asked. */
export const askingFor = (config: HTCondorCE.Config) => {
  const resources: Array<string> = []
  const layer = Backend.layer(config).pipe(
    Layer.provide([
      Layer.succeed(
        CondorTool.CondorTool,
        CondorTool.make(() => Effect.succeed({ exitCode: 0, stdout: "", stderr: "" }))
      ),
      Layer.succeed(Credential.CredentialProvider, {
        credentials: ({ resource }) =>
          Effect.sync(() => {
            resources.push(resource)
            return [Credential.fromText("IdToken", Redacted.make(token))]
          })
      })
    ]),
    Layer.provide(NodeServices.layer)
  )
  return { layer, resources }
}

export const status = (handles: ReadonlyArray<JobHandle.JobHandle>) =>
  Effect.flatMap(Capability.StatusReporter, (reporter) => reporter.status(handles))

/** The status of each job, or the tag of its failure. */
export const shown = Effect.fnUntraced(function*(handles: ReadonlyArray<JobHandle.JobHandle>) {
  const outcomes = yield* status(handles)
  return handles.map((one) => {
    const outcome = Outcomes.get(outcomes, one)
    if (outcome._tag === "None") return "nothing"
    return Result.isSuccess(outcome.value) ? outcome.value.success._tag : outcome.value.failure._tag
  })
})

/** Whether a call is the control query for all users, about jobs that another query left out. */
export const isControl = (call: CondorTool.ToolCall): boolean => call.args.includes("-allusers")
