/**
 * Reads the submit language: from the text of a description to the ads of its jobs, or to the error of `condor_submit`.
 *
 * **Details**
 *
 * It reads the commands of vanilla, container and grid jobs, macros, and the queue statement with `in` and `from`. It refuses all
 * other features of HTCondor as `unsupported`, so that none is taken for a typo.
 *
 * `test/live/oracle/FakeSubmit.test.ts` compares it with `condor_submit -dry-run`.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Result from "effect/Result"
import type * as ClassAd from "../../classad/ClassAd.ts"
import * as Ad from "./Ad.ts"
import { Draft, type Setting } from "./Draft.ts"
import * as Lines from "./Lines.ts"
import { Macros } from "./Macros.ts"
import * as Proxy from "./Proxy.ts"
import * as Queue from "./Queue.ts"
import * as Sizes from "./Sizes.ts"
import { trim } from "./Values.ts"
import type { Version } from "./Version.ts"

/** A description, and the setting in which it is read. */
export interface Request extends Setting {
  /** The text of the description. */
  readonly text: string
  /** The lines of `-append`. */
  readonly appended: ReadonlyArray<string>
  /** Returns the number of a new cluster. */
  readonly newCluster: () => number
  /** The environment of the tool. */
  readonly environment: (name: string) => string | undefined
  /** The standard input of the tool, if it is not the description. */
  readonly stdin: string | undefined
  /** The limit of `-maxjobs`. */
  readonly maxJobs: number | undefined
  /** The largest number of jobs that the schedd accepts in one submission. */
  readonly mostJobs: number
}

/** The jobs of a cluster, in their order. */
export interface Cluster {
  readonly number: number
  readonly ads: ReadonlyArray<ClassAd.ClassAd>
}

/** The clusters of a description. */
export interface Submission {
  readonly clusters: ReadonlyArray<Cluster>
  /** The warnings that the tool prints before it sends anything. */
  readonly warnings: string
  /** The warnings that the tool prints at the end. */
  readonly unused: string
}

/** The message of the tool when it refuses a description. */
export interface Refusal {
  readonly stderr: string
}

const deprecated = `
Warning: Use of multiple queue statements in a single submit file is deprecated.
         This functionality will be removed in the V24 feature series. To see
         how multiple queue statements can be converted into one visit:
https://htcondor.readthedocs.io/en/latest/auto-redirect.html?category=example&tag=convert-multi-queue-statements
`

/** The end of the lines that are read: a queue statement, the end of the text, or a line that is not read. */
type Stop =
  | { readonly _tag: "End"; readonly line: number }
  | { readonly _tag: "Queue"; readonly args: string; readonly line: number; readonly rest: ReadonlyArray<Lines.Line> }
  | { readonly _tag: "Foreign"; readonly line: number; readonly name: string }
  | { readonly _tag: "Invalid"; readonly line: number; readonly message: string; readonly detail: string }

const readUpToQueue = (version: Version, macros: Macros, lines: ReadonlyArray<Lines.Line>, last: number): Stop => {
  for (const [index, line] of lines.entries()) {
    const statement = Lines.statement(version, line.text, (name) => macros.expand(name))
    switch (statement._tag) {
      case "Command":
        macros.define(statement.name, statement.value)
        break
      case "Queue":
        return { _tag: "Queue", args: statement.args, line: line.number, rest: lines.slice(index + 1) }
      case "Foreign":
      case "Invalid":
        return { ...statement, line: line.number }
      case "Nothing":
        break
    }
  }
  return { _tag: "End", line: lines.at(-1)?.number ?? last }
}

const latestFirst = (warnings: Iterable<string>): string =>
  Array.from(warnings).toReversed().map((warning) => `WARNING: ${warning}\n`).join("")

const isContent = ({ text }: Lines.Line): boolean => text !== "" && !text.startsWith("#")

const refusal = (stderr: string): Result.Result<never, Refusal> => Result.fail({ stderr })

/** A cluster to which jobs may be added, and the program of its first job. */
interface OpenCluster {
  readonly number: number
  readonly ads: Array<ClassAd.ClassAd>
  readonly executable: string
}

const sourceOf = ({ file, version }: Request): string => version === "lts" ? "submit file" : file ?? "<stdin>"

// Reads the lines of `-append`. `line` is the place in the description for messages.
const append = (request: Request, macros: Macros, line: number): Result.Result<void, Refusal> => {
  for (const text of request.appended) {
    const statement = Lines.statement(request.version, trim(text), (name) => macros.expand(name))
    if (statement._tag === "Command") macros.define(statement.name, statement.value)
    else if (statement._tag === "Foreign") return refusal(request.unsupported(`the statement "${statement.name}"`))
    else if (statement._tag !== "Nothing") {
      return refusal(
        `\nERROR: on Line ${line} of ${sourceOf(request)}: \n\nERROR: Failed to parse -a argument line (#1).\n`
      )
    }
  }
  return Result.succeed(undefined)
}

// The rows of a queue statement, from the statement or from a file. It fails if the file cannot be read.
const rowsOf = Effect.fnUntraced(function*(request: Request, { file, rows }: Queue.Queue) {
  if (file === undefined) return rows
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const text = file === "-"
    ? request.stdin ?? ""
    : yield* fileSystem.readFileString(path.resolve(request.directory, file))
  return Lines.lines(text).map((line) => line.text)
})

// Adds a job to the latest cluster, or to a new one. Returns the message of the tool if that is impossible.
const addJob = Effect.fnUntraced(
  function*(
    request: Request,
    macros: Macros,
    clusters: Array<OpenCluster>,
    said: Set<string>
  ): Effect.fn.Return<string | undefined, never, FileSystem.FileSystem | Path.Path> {
    const { version } = request
    const named = macros.get("executable", "Cmd") ?? ""
    const before = clusters.at(-1)
    // In 23.x another program begins another cluster.
    const cluster = before === undefined || (version === "lts" && before.ads.length > 0 && before.executable !== named)
      ? { number: request.newCluster(), ads: [], executable: named }
      : before
    if (cluster !== before) clusters.push(cluster)
    macros.provide("Cluster", `${cluster.number}`)
    macros.provide("ClusterId", `${cluster.number}`)
    macros.provide("Process", `${cluster.ads.length}`)
    macros.provide("ProcId", `${cluster.ads.length}`)
    macros.provide("JobId", `${cluster.number}.${cluster.ads.length}`)
    if (version === "latest") {
      macros.provide("JobListId", `${cluster.number}`)
      macros.provide("TaskId", "0")
    }
    const draft = new Draft(macros, request, cluster.ads[0])
    Ad.begin(draft)
    const problem = draft.problem ?? (yield* Sizes.ofProgram(draft, macros.get("executable", "Cmd")))
    if (problem !== undefined) return problem
    Ad.finish(draft)
    if (draft.problem === undefined) yield* Proxy.ofJob(draft, cluster.ads.length === 0, request.environment)
    for (const warning of draft.warnings) said.add(warning)
    const last = draft.problem ?? (yield* Sizes.ofInputs(draft))
    if (last !== undefined) return `${last}${latestFirst(said)}`
    cluster.ads.push(draft.ad)
    return undefined
  }
)

// Adds the jobs of each row of a queue statement. `before` has the earlier warnings. Returns all warnings.
const addRows = Effect.fnUntraced(function*(
  request: Request,
  macros: Macros,
  queue: Queue.Queue,
  rows: ReadonlyArray<string> | undefined,
  clusters: Array<OpenCluster>,
  said: Set<string>,
  before: string
): Effect.fn.Return<Result.Result<string, Refusal>, never, FileSystem.FileSystem | Path.Path> {
  const { version } = request
  // 25.x submits at least one job.
  const count = version === "latest" ? Math.max(1, queue.count) : queue.count
  let warnings = before
  for (const variable of queue.variables) macros.vary(variable, "")
  const emptied = new Set<string>()
  for (const [index, row] of (rows ?? [""]).entries()) {
    const values = rows === undefined ? [] : Queue.columns(version, row, queue.variables.length)
    for (const [column, value] of values.entries()) {
      const variable = queue.variables[column]
      if (variable === undefined) continue
      macros.vary(variable, value)
      if (value === "") emptied.add(variable)
      else emptied.delete(variable)
    }
    if (version === "lts" && emptied.size > 0) {
      const which = queue.variables.filter((variable) => emptied.has(variable))
      warnings += `\nWARNING: Empty value(s) for ${which.join(",")} at ItemIndex=${index}!`
    }
    macros.provide("ItemIndex", `${index}`)
    macros.provide("Row", `${index}`)
    for (let step = 0; step < count; step++) {
      macros.provide("Step", `${step}`)
      const jobs = clusters.reduce((sum, { ads }) => sum + ads.length, 0)
      if (request.maxJobs !== undefined && jobs >= request.maxJobs) {
        return refusal(`\nERROR: Number of submitted jobs would exceed -maxjobs (${request.maxJobs})\n`)
      }
      if (jobs >= request.mostJobs) {
        const words = "Number of submitted jobs would exceed MAX_JOBS_PER_SUBMISSION"
        return refusal(`${warnings}\nERROR: Failed to create proc\n${words}\n`)
      }
      const problem = yield* addJob(request, macros, clusters, said)
      if (macros.foreign !== undefined) return refusal(request.unsupported(`the macro ${macros.foreign}`))
      if (problem !== undefined) return refusal(`${warnings}${problem}`)
    }
  }
  for (const variable of queue.variables) macros.vary(variable, "<Queue_item>")
  return Result.succeed(warnings)
})

/** Reads a description. */
export const read = Effect.fnUntraced(function*(
  request: Request
): Effect.fn.Return<Result.Result<Submission, Refusal>, never, FileSystem.FileSystem | Path.Path> {
  const unsupported = (what: string) => refusal(request.unsupported(what))
  const known = Sizes.remembering(yield* FileSystem.FileSystem)
  const { version } = request
  const macros = new Macros(request.environment)
  const clusters: Array<OpenCluster> = []
  let lines = Lines.lines(request.text)
  let last = 0
  let statements = 0
  let warnings = ""
  const said = new Set<string>()

  const refuse = (line: number, message: string, more = "") => {
    const note = statements > 1 ? deprecated : ""
    return refusal(
      `${note}\nERROR: on Line ${line} of ${sourceOf(request)}: ${message}\n${more}` +
        `\nERROR: Failed to parse command file (line ${line}).\n`
    )
  }

  for (;;) {
    const stop = readUpToQueue(version, macros, lines, last)
    last = stop.line
    if (stop._tag === "Foreign") return unsupported(`the statement "${stop.name}"`)
    if (stop._tag === "Invalid") {
      const detail = `Submit:-1:Error "${request.file ?? "<stdin>"}", Line ${stop.line}: ${stop.detail}\n`
      return refuse(stop.line, stop.message, stop.detail === "" ? "" : detail)
    }
    if (stop._tag === "End" && statements > 0) break
    if (stop._tag === "End" && version === "lts") return refuse(stop.line, "no queue statement")
    const appended = append(request, macros, stop.line)
    if (Result.isFailure(appended)) return Result.fail(appended.failure)
    statements++
    const parsed = stop._tag === "End"
      ? Queue.read(version, "", stop.line, [])
      : Queue.read(version, macros.expand(stop.args), stop.line, stop.rest)
    if (macros.foreign !== undefined) return unsupported(`the macro ${macros.foreign}`)
    if (Result.isFailure(parsed)) {
      const { failure } = parsed
      return "foreign" in failure ? unsupported(failure.foreign) : refuse(failure.line, failure.message)
    }
    const queue = parsed.success
    const rows = yield* Effect.result(rowsOf(request, queue))
    if (Result.isFailure(rows)) {
      return refuse(stop.line, `can't open file ${queue.file}: No such file or directory`)
    }
    const added = yield* addRows(request, macros, queue, rows.success, clusters, said, warnings).pipe(
      Effect.provideService(FileSystem.FileSystem, known)
    )
    if (Result.isFailure(added)) return Result.fail(added.failure)
    warnings = added.success
    if (stop._tag === "End") break
    lines = queue.rest
    const extra = version === "latest" ? lines.find(isContent) : undefined
    if (extra !== undefined) {
      return request.file === undefined
        ? refuse(extra.number, "Extra data was provided to STDIN after queue statement")
        : refuse(extra.number, "Extra data found after queue statement")
    }
  }
  if (statements > 1) warnings += deprecated
  return Result.succeed({
    clusters: clusters.map(({ ads, number }) => ({ number, ads })),
    warnings,
    unused: latestFirst([...said, ...(clusters.length === 0 ? [] : macros.unused())])
  })
})
