/** Performs a situation, and records the answers of the tools. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import type { ToolResult } from "../../src/condor/tools/CondorTool.ts"
import * as Leftover from "./Leftover.ts"
import * as Masking from "./Masking.ts"
import { Rig } from "./Rig.ts"
import type { Situation, Step } from "./Situation.ts"

/** The lines of a text, from which the text can be restored. */
const Lines = Schema.Array(Schema.String)

/** One run of a tool. */
export const Answer = Schema.Struct({
  run: Schema.String,
  as: Schema.optionalKey(Schema.String),
  exitCode: Schema.Int,
  stdout: Lines,
  stderr: Lines,
  files: Schema.optionalKey(Schema.Record(Schema.String, Leftover.Leftover))
})

/** The answers of the tools in one situation. */
export const Transcript = Schema.Struct({ name: Schema.String, answers: Schema.Array(Answer) })

export type Transcript = typeof Transcript.Type

/** A situation does not reach an expected state. */
export class NotReached extends Schema.TaggedError<NotReached>("test/transcripts/NotReached")("NotReached", {
  situation: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `${this.situation}: ${this.detail}`
  }
}

// Much longer than any step, so that a stuck situation ends.
const patience = { milliseconds: 90_000, step: 500 }

// The environment of src/ce/internal/credentials/ToolEnvironment.ts.
const environment = (directory: string): Record<string, string> => ({
  CONDOR_CONFIG: "/dev/null",
  _CONDOR_SEC_CLIENT_AUTHENTICATION: "REQUIRED",
  _CONDOR_SEC_CLIENT_AUTHENTICATION_METHODS: "IDTOKENS",
  _CONDOR_SEC_CLIENT_ENCRYPTION: "REQUIRED",
  _CONDOR_SEC_CLIENT_INTEGRITY: "REQUIRED",
  _CONDOR_SEC_TOKEN_DIRECTORY: directory,
  _CONDOR_SEC_TOKEN_SYSTEM_DIRECTORY: directory,
  _CONDOR_QUERY_TIMEOUT: "60"
})

// A word of a command line, quoted as in a shell.
const quoted = (word: string): string => /^[\w./:{},@=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`

const abridged = (line: string): string => line.length <= 600 ? line : `${line.slice(0, 300)} [...] ${line.slice(-200)}`

/** Performs one situation in its own directory, and leaves none of its jobs in the queue. */
export const record = Effect.fnUntraced(function*(situation: Situation) {
  const rig = yield* Rig
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const directory = yield* fileSystem.makeTempDirectoryScoped({ prefix: "transcript-" })
  const clusters = new Map<string, number>()
  const values = new Map([
    ["pool", rig.pool],
    ["closed", rig.pool.replace(/:\d+$/, ":9611")],
    ["host", rig.pool.replace(/:\d+$/, "")],
    ["schedd", rig.schedd],
    ["directory", directory],
    ["key", `k-${(yield* Random.nextIntBetween(0x10000000, 0x7fffffff)).toString(16)}`]
  ])
  const names: Masking.Names = { clusters, values }
  const fill = (text: string) => Masking.fill(text, names)
  yield* Effect.addFinalizer(() => rig.cleanUp(Array.from(clusters.values())))
  const notReached = (detail: string) => new NotReached({ situation: situation.name, detail })

  const run = (step: Extract<Step, { readonly _tag: "Run" }>): Effect.Effect<ToolResult, NotReached> =>
    rig.run({
      tool: step.tool,
      args: step.args.map(fill),
      environment: environment(rig.tokenDirectory(step.as)),
      cwd: path.join(directory, step.cwd ?? "."),
      stdin: step.stdin === undefined ? undefined : fill(step.stdin),
      timeout: "60 seconds"
    }).pipe(Effect.mapError((error) => notReached(`${step.tool}: ${error._tag}`)))

  // The number of jobs of all users in the queue that satisfy a condition.
  const count = Effect.fnUntraced(function*(condition: string) {
    const { exitCode, stdout, stderr } = yield* run({
      _tag: "Run",
      tool: "condor_q",
      args: ["-pool", "{pool}", "-name", "{schedd}", "-allusers", "-constraint", condition, "-af:j", "JobStatus"],
      as: "pilot"
    })
    return exitCode === 0
      ? stdout.split("\n").filter((line) => line !== "").length
      : yield* notReached(`condor_q ${condition}: ${stderr}`)
  })

  const wait = Effect.fnUntraced(function*(condition: string, jobs: number) {
    for (let waited = 0; waited < patience.milliseconds; waited += patience.step) {
      if ((yield* count(condition)) === jobs) return
      yield* rig.pass(patience.step)
    }
    return yield* notReached(`not ${jobs} jobs with ${condition} after ${patience.milliseconds} ms`)
  })

  const answers: Array<typeof Answer.Type> = []
  for (const step of situation.steps) {
    switch (step._tag) {
      case "Files": {
        for (const [name, { content, mode }] of Object.entries(step.files)) {
          const file = path.join(directory, fill(name))
          yield* fileSystem.makeDirectory(path.dirname(file), { recursive: true })
          yield* fileSystem.writeFileString(file, fill(content))
          yield* fileSystem.chmod(file, mode ?? 0o644)
        }
        break
      }
      case "Run": {
        const { describe, result } = yield* Leftover.of(directory, run(step))
        const cluster = /^(\d+)\.\d+ - |submitted to cluster (\d+)/m.exec(result.stdout)?.slice(1).find((number) =>
          number !== undefined
        )
        if (step.cluster !== undefined && cluster !== undefined) clusters.set(step.cluster, Number(cluster))
        const files = yield* describe(names)
        const masked = (text: string) => Masking.mask(text, names).split("\n")
        answers.push({
          run: abridged([step.tool, ...step.args].map(quoted).join(" ")),
          ...(step.as === "pilot" ? {} : { as: step.as }),
          exitCode: result.exitCode,
          stdout: masked(result.stdout),
          stderr: masked(result.stderr),
          ...(Object.keys(files).length === 0 ? {} : { files })
        })
        break
      }
      case "Site":
        yield* rig.site(step.act, fill(step.job), step.reason)
        break
      case "Until":
        yield* wait(fill(step.condition), step.jobs)
        break
      case "Gone":
        yield* wait(fill(`ClusterId == {${step.cluster}}`), 0)
        break
      case "Pass":
        yield* rig.pass(step.seconds * 1000)
        break
    }
  }
  return { name: situation.name, answers } satisfies Transcript
}, Effect.scoped)

// The longest situations start first.
const urgency = ({ steps }: Situation): number =>
  steps.reduce((sum, step) => sum + (step._tag === "Pass" ? step.seconds : step._tag === "Until" ? 3 : 0), 0)

/** Whether a situation needs no running job, and takes only a few seconds. */
export const isQuick = ({ steps }: Situation): boolean =>
  steps.every((step) =>
    step._tag !== "Site" &&
    !(step._tag === "Files" && Object.values(step.files).some(({ content }) => /JobStatus == 2/.test(content))) &&
    !(step._tag === "Pass" && step.seconds > 3) &&
    !(step._tag === "Until" && /JobStatus == [245]/.test(step.condition))
  )

/** Records several situations concurrently. They are independent, and mostly wait. */
export const recordAll = Effect.fnUntraced(function*(situations: ReadonlyArray<Situation>) {
  const [transcripts, failures] = yield* Effect.partition(
    situations.toSorted((a, b) => urgency(b) - urgency(a)),
    record,
    { concurrency: 16 }
  )
  const [failure] = failures
  if (failure !== undefined) {
    for (const { message } of failures) yield* Effect.logError(message)
    return yield* failure
  }
  return situations.flatMap(({ name }) => transcripts.find((transcript) => transcript.name === name) ?? [])
})
