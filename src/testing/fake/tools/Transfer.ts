/**
 * `condor_transfer_data`.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import * as Result from "effect/Result"
import type * as ClassAd from "../../../classad/ClassAd.ts"
import * as Evaluator from "../../../classad/Evaluator.ts"
import * as Expr from "../../../classad/Expr.ts"
import { baseName } from "../../../condor/submit/Values.ts"
import type { ToolResult } from "../../../condor/tools/CondorTool.ts"
import * as AccessControl from "../AccessControl.ts"
import { text } from "../Attributes.ts"
import * as ConstraintIndex from "../ConstraintIndex.ts"
import type { Job } from "../Job.ts"
import * as JobSelection from "../JobSelection.ts"
import * as OutputTargets from "../OutputTargets.ts"
import type { SpoolFile } from "../Payload.ts"
import * as Sandbox from "../Sandbox.ts"
import * as Spool from "../Spool.ts"
import { answer, type Tool, type Visit } from "../Tool.ts"
import * as ToolMessages from "../ToolMessages.ts"
import * as TransferErrors from "../TransferErrors.ts"

const failed = (stderr: string, stdout = ""): ToolResult => answer({ exitCode: 1, stdout, stderr })

const usage = `Usage: condor_transfer_data [options] [constraints]
 where [options] is zero or more of:
  -help               Display this message and exit
  -version            Display version information and exit
  -name schedd_name   Connect to the given schedd
  -pool hostname      Use the given central manager to find daemons
  -addr <ip:port>     Connect directly to the given "sinful string"
 and where [constraints] is one or more of:
  cluster.proc        transfer data for the given job
  cluster             transfer data for the given cluster of jobs
  user                transfer data for all jobs owned by user
  -constraint expr    transfer data for all jobs matching the boolean expression
  -all                transfer data for all jobs (cannot be used with other constraints)
`

/** One request on a command line. The tool reads only the first letter of an option. */
type Wish =
  | { readonly _tag: "All" }
  | { readonly _tag: "Constraint"; readonly text: string }
  | { readonly _tag: "Word"; readonly text: string }

const wishes = (args: ReadonlyArray<string>): Result.Result<ReadonlyArray<Wish>, ToolResult> => {
  const result: Array<Wish> = []
  const rest = Array.from(args)
  for (let argument = rest.shift(); argument !== undefined; argument = rest.shift()) {
    const letter = argument.startsWith("-") ? argument.slice(1, 2) : undefined
    if (letter === undefined) result.push({ _tag: "Word", text: argument })
    else if (letter === "a" && argument[2] !== "d") result.push({ _tag: "All" })
    else if (letter === "c" || letter === "n" || letter === "p") {
      const name = { c: "constraint", n: "name", p: "pool" }[letter]
      const word = rest.shift()
      if (word === undefined) return Result.fail(failed(`condor_transfer_data: -${name} requires another argument\n`))
      if (letter === "c") result.push({ _tag: "Constraint", text: word })
    } else if (letter === "d" || letter === "h" || letter === "v" || letter === "a") {
      return Result.fail(failed(ToolMessages.notPlayed("condor_transfer_data", `the option ${argument}`)))
    } else return Result.fail(failed(`Unrecognized option: ${argument}\n${usage}`))
  }
  return result.length === 0 ? Result.fail(failed(`You did not specify any jobs\n${usage}`)) : Result.succeed(result)
}

/** The condition of one request, or a warning, after which the tool continues. Undefined if a constraint does not parse. */
const conditionOf = (wish: Wish, { queue }: Visit): Result.Result<Expr.Expr | undefined, string> => {
  if (wish._tag === "All") return Result.succeed(Expr.boolean(true))
  if (wish._tag === "Constraint") return Result.succeed(JobSelection.parse(wish.text, queue.version))
  const { text } = wish
  if (!/^[A-Za-z0-9]/.test(text)) return Result.fail(`Warning: unrecognized "${text}" skipped\n`)
  if (/^[A-Za-z]/.test(text)) return Result.succeed(JobSelection.condition({ _tag: "Owner", owner: text }))
  if (/^0+(?:\D|$)/.test(text)) return Result.fail(`Invalid cluster # from ${text}.\n`)
  if (!/^\d+(?:\.\d+)?$/.test(text)) return Result.fail(`Warning: unrecognized "${text}" skipped.\n`)
  const condition = JobSelection.condition(JobSelection.word(text))
  return Result.succeed(text.includes(".") ? Expr.parens(condition) : condition)
}

/** The requested jobs of the user. A condition that cannot be evaluated selects no job. */
const jobsOf = (
  visit: Visit,
  wished: ReadonlyArray<Wish>
): Result.Result<{ readonly jobs: ReadonlyArray<Job>; readonly said: string }, ToolResult> => {
  const { queue, user } = visit
  const conditions: Array<Expr.Expr | undefined> = []
  let said = ""
  for (const wish of wished) {
    const condition = conditionOf(wish, visit)
    if (Result.isFailure(condition)) said += condition.failure
    else conditions.push(condition.success)
  }
  if (conditions.length === 0) return Result.fail(failed(`${said}Unable to create a job constraint!\n`))
  const known = conditions.flatMap((condition) => condition === undefined ? [] : [Expr.parens(condition)])
  const all = known.length < conditions.length ? undefined : JobSelection.join("||", known)
  const jobs = all === undefined || JobSelection.tooDeep(all, queue.version)
    ? []
    : ConstraintIndex.jobs(queue, all).filter((job) => job.user === user)
  return Result.succeed({ jobs, said })
}

const streamsOf = (ad: ClassAd.ClassAd): ReadonlyArray<string> =>
  ["Out", "Err"].map((name) => text(ad, name) ?? "").filter((name) => name !== "" && name !== "/dev/null")

const listed = (list: string): ReadonlyArray<string> =>
  list.split(",").map((one) => one.trim()).filter((one) => one !== "")

/** `SpooledOutputFiles`: the files that the CE found in the sandbox. It replaces the job's own list. */
const spooledList = ({ ad }: Job, now: number): ReadonlyArray<string> | undefined => {
  const value = Evaluator.evaluateWith(Expr.attribute("SpooledOutputFiles"), { now, random: () => 0 }, { my: ad })
  return value._tag === "String" ? listed(value.value) : undefined
}

/**
 * The names that must exist: the requested outputs without uploads (or `SpooledOutputFiles`), stdout and stderr. Without a
 * list, none must exist.
 */
const demanded = (job: Job, now: number): ReadonlyArray<string> => {
  const { ad } = job
  const spooled = spooledList(job, now)
  const list = text(ad, "TransferOutput")
  if (spooled === undefined && list === undefined) return []
  const outputs = spooled ?? listed(list ?? "").filter((name) => !name.endsWith("/")).map(baseName)
    .filter((name) => Sandbox.destination(ad, name) === undefined)
  return Array.from(new Set([...outputs, ...streamsOf(ad)]))
}

/** The files in the order of the transfer: directories, requested files, other files, the log. */
const inOrder = (job: Job, now: number): ReadonlyArray<readonly [name: string, file: SpoolFile]> => {
  const names = demanded(job, now)
  const log = text(job.ad, "UserLog")
  const rank = (name: string): number => {
    if (name === log) return names.length + 1
    const at = names.findIndex((one) => one === name || name.startsWith(`${one}/`))
    return name.includes("/") ? -1 : at < 0 ? names.length : at
  }
  const isSent = (name: string) => name === log || names.some((one) => one === name || name.startsWith(`${one}/`))
  return Array.from(job.outputs)
    .filter(([name]) => spooledList(job, now) === undefined || isSent(name))
    .toSorted(([a], [b]) => rank(a) - rank(b))
}

const privately = { recursive: true, mode: 0o700 } as const

/** Writes the first `through` bytes of a file. Until the file is complete, only its owner can read it. */
const write = (path: string, { content, mode }: SpoolFile, through: number) =>
  Effect.gen(function*() {
    const fileSystem = yield* FileSystem.FileSystem
    // HTCondor does not truncate a file that is empty already.
    const before = yield* Effect.option(fileSystem.stat(path))
    const empty = before._tag === "Some" && before.value.type === "File" && Number(before.value.size) === 0
    const file = yield* fileSystem.open(path, { flag: empty ? "r+" : "w", mode: 0o600 })
    // In two steps, so that an interruption leaves a part.
    const half = Math.ceil(through / 2)
    if (half > 0) yield* file.writeAll(content.subarray(0, half))
    yield* Effect.yieldNow
    if (through > half) yield* file.writeAll(content.subarray(half, through))
    if (through === content.length) yield* fileSystem.chmod(path, mode)
  }).pipe(
    Effect.scoped,
    Effect.mapError((error): TransferErrors.Failure => ({
      doing: "writing to",
      path,
      errno: TransferErrors.errnoOf(error)
    }))
  )

/** The transfer of a job. Fails with the tool's message. */
type Fetching = Effect.Effect<void, string, FileSystem.FileSystem | Path.Path>

/** Creates the directories of a file that the schedd sends. */
const makeSent = Effect.fnUntraced(
  function*(job: Job, targets: OutputTargets.OutputTargets, name: string, isNew: boolean) {
    const fileSystem = yield* FileSystem.FileSystem
    const parts = name.split("/").slice(0, -1)
    for (const [index] of parts.entries()) {
      const { path } = OutputTargets.target(targets, parts.slice(0, index + 1).join("/"), isNew)
      if (yield* Effect.orElseSucceed(fileSystem.exists(path), () => false)) continue
      yield* Effect.mapError(fileSystem.makeDirectory(path), (error) => {
        const { number, text } = TransferErrors.errnoOf(error)
        return TransferErrors.outputTransfer(
          job,
          `TOOL at 127.0.0.1 failed to create directory ${path}: ${text} (errno ${number})`
        )
      })
    }
  }
)

/** Fetches the output of one job. Tries all files, and reports the first failure. */
const fetch = (visit: Visit, job: Job): Fetching =>
  Effect.gen(function*() {
    const { call, transferFaults, queue } = visit
    const fileSystem = yield* FileSystem.FileSystem
    const now = Math.floor(queue.now / 1000)
    const isNew = queue.version === "latest"
    const targets = OutputTargets.of(job.ad, now)
    if (targets === undefined) return yield* Effect.fail(TransferErrors.outputUninitialised(job))
    if (isNew) yield* Effect.ignore(fileSystem.makeDirectory(targets.directory, privately))
    const failures: Array<TransferErrors.Failure> = []
    let unmade: string | undefined
    for (const [name, file] of inOrder(job, now)) {
      const made = yield* Effect.result(makeSent(job, targets, name, isNew))
      if (Result.isFailure(made)) unmade ??= made.failure
      if (name.endsWith("/")) continue
      const { makes, path } = OutputTargets.target(targets, name, isNew)
      if (makes !== undefined) yield* Effect.ignore(fileSystem.makeDirectory(makes, privately))
      const through = transferFaults.allowance.take(file.content.length)
      const written = yield* Effect.result(write(path, file, through))
      if (through < file.content.length) return yield* Effect.fail(TransferErrors.broken(call, job))
      if (Result.isFailure(written)) failures.push(written.failure)
    }
    if (unmade !== undefined) return yield* Effect.fail(unmade)
    if (failures.length > 0) return yield* Effect.fail(TransferErrors.outputRefused(job, failures))
    const names = Array.from(job.outputs.keys())
    const missing = demanded(job, now)
      .filter((name) => !names.some((one) => one === name || one.startsWith(`${name}/`)))
      .map((name): TransferErrors.Failure => ({
        doing: "reading from",
        path: `${Spool.directoryOf(job)}/${name}`,
        errno: TransferErrors.noSuchFile
      }))
    if (missing.length > 0) return yield* Effect.fail(TransferErrors.outputMissing(call, queue.version, job, missing))
  })

export const run: Tool = Effect.fnUntraced(function*(visit: Visit) {
  const { call, queue, user } = visit
  const wished = wishes(call.args)
  if (Result.isFailure(wished)) return wished.failure
  const meant = jobsOf(visit, wished.success)
  if (Result.isFailure(meant)) return meant.failure
  if (!visit.mayWrite) return AccessControl.denied(call, queue.version, user)
  const { jobs, said } = meant.success
  const stdout = "Fetching data files...\n"
  for (const job of jobs) queue.stageOutBegan(job)
  const fetched = yield* Effect.result(Effect.forEach(jobs, (job) => fetch(visit, job), { discard: true }))
  if (Result.isFailure(fetched)) return failed(`${said}${fetched.failure}`, stdout)
  yield* visit.present
  for (const job of jobs) queue.stageOutFinished(job)
  return answer({ stdout, stderr: said })
})
