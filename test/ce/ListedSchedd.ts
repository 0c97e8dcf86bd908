/** A schedd with a list of jobs, for tests in which other clients submit at any step. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect, FileSystem } from "effect"
import type { CondorTool, HTCondorCE } from "../../src/index.ts"
import { type Ad, ad, backend, constraintOf, expressionOf, past, printed, satisfies } from "./Scripted.ts"

type Job = Ad & { readonly [attribute: string]: unknown }

export interface Listed {
  queue: ReadonlyArray<Job>
  history: ReadonlyArray<Job>
}

/** The jobs of a cluster that holds some copies of a submission (default: idle). */
export const cluster = (
  number: number,
  range: { readonly first: number; readonly count: number; readonly copies: number },
  attributes: Record<string, unknown> = {}
): ReadonlyArray<Job> =>
  Array.from({ length: range.count }, (_, proc) =>
    ad(`${number}.${proc}`, {
      EffectCECopies: range.copies,
      EffectCECopy: range.first + proc,
      TotalSubmitProcs: range.count,
      ...attributes
    }))

export const spooling = { JobStatus: 5, HoldReasonCode: 16 }

/** Jobs with other values of some attributes. */
export const changed = (
  jobs: ReadonlyArray<Job>,
  changes: (job: Job) => Partial<Job>
): ReadonlyArray<Job> => jobs.map((job) => Object.assign({}, job, changes(job)))

const valueOf = (description: string, name: string): string | undefined =>
  new RegExp(`^My\\.${name} = "?([^"\\n]*)"?$`, "m").exec(description)?.[1]

/**
 * The backend in front of such a schedd. `after` runs when a `condor_submit` of this client has committed its jobs,
 * and makes the changes of other clients. `condor_submit` waits for it and for `end`, and then exits with the code
 * `exit`. The cluster ids are 50, 51 and so on. `now` is the schedd's constant clock, in seconds.
 */
export const schedd = (
  jobs: Partial<Listed> = {},
  others: {
    readonly wait?: Effect.Effect<void>
    readonly after?: (schedd: Listed, number: number) => void
    readonly end?: Effect.Effect<void>
    readonly exit?: (number: number) => number
    readonly now?: number
    readonly answer?: (call: CondorTool.ToolCall, schedd: Listed) =>
      | Effect.Effect<Partial<CondorTool.ToolResult>, CondorTool.ToolError>
      | undefined
  } = {},
  config: Partial<HTCondorCE.Config> = {}
) => {
  const listed: Listed = { queue: [], history: [], ...jobs }
  let next = 50
  const submit = Effect.fnUntraced(function*(call: CondorTool.ToolCall) {
    const fileSystem = yield* FileSystem.FileSystem
    const description = yield* Effect.orDie(fileSystem.readFileString(`${call.cwd}/submission.sub`))
    const number = next++
    const rows = description.split("\n").flatMap((line) => /^(\d+) /.exec(line)?.[1] ?? [])
    yield* others.wait ?? Effect.void
    const mine = cluster(number, {
      first: Number(rows[0]),
      count: rows.length,
      copies: Number(valueOf(description, "EffectCECopies"))
    }, {
      ...spooling,
      EffectCEPayload: valueOf(description, "EffectCEPayload"),
      EffectCEAttempt: valueOf(description, "EffectCEAttempt")
    })
    listed.queue = [...listed.queue, ...mine]
    others.after?.(listed, number)
    yield* others.end ?? Effect.void
    return { exitCode: others.exit?.(number) ?? 0, stdout: `${number}.0 - ${number}.${rows.length - 1}\n` }
  })
  const made = backend((call) => {
    const own = others.answer?.(call, listed)
    if (own !== undefined) return own
    if (call.tool === "condor_submit") return Effect.provide(submit(call), NodeServices.layer)
    if (call.tool === "condor_history") return past(call, listed.history)
    const meant = satisfies(expressionOf(constraintOf(call)), others.now)
    if (call.tool === "condor_rm") {
      const removed = listed.queue.filter(meant)
      listed.queue = listed.queue.filter((job) => !removed.includes(job))
      const RemoveReason = call.args[call.args.indexOf("-reason") + 1]
      listed.history = [
        ...changed(removed, (job) => ({ JobStatus: 3, LastJobStatus: job.JobStatus, RemoveReason })),
        ...listed.history
      ]
      return { stdout: removed.map((job) => `job_${job.ClusterId}_${job.ProcId} = 1\n`).join("") }
    }
    const shown = listed.queue.filter(meant)
    return shown.length === 0 ? { stdout: "[\n]\n" } : printed(...shown)
  }, config)
  return { ...made, listed, toolsOf: () => made.calls.map(({ tool }) => tool) }
}
