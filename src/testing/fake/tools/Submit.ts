/**
 * `condor_submit`.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as ClassAd from "../../../classad/ClassAd.ts"
import { isWholeHost, within } from "../../../condor/submit/Draft.ts"
import * as SubmitLanguage from "../../../condor/submit/SubmitLanguage.ts"
import { isUrl } from "../../../condor/submit/Values.ts"
import type { ToolCall, ToolResult } from "../../../condor/tools/CondorTool.ts"
import * as AccessControl from "../AccessControl.ts"
import * as Arguments from "../Arguments.ts"
import { text } from "../Attributes.ts"
import { emptyDirectory, type SpoolFile } from "../Payload.ts"
import * as Proxy from "../Proxy.ts"
import type { Staging } from "../Queue.ts"
import * as Spool from "../Spool.ts"
import { answer, type Tool, type Visit } from "../Tool.ts"
import * as ToolMessages from "../ToolMessages.ts"
import * as TransferErrors from "../TransferErrors.ts"
import { maxJobsPerSubmission } from "./Settings.ts"

const options: ReadonlyArray<Arguments.Option> = [
  { name: "terse", least: 1 },
  { name: "pool", least: 1, takes: "word" },
  { name: "remote", least: 1, takes: "word" },
  { name: "name", least: 1, takes: "word" },
  { name: "spool", least: 1 },
  { name: "file", least: 2, takes: "word" },
  { name: "append", least: 1, takes: "word" },
  { name: "batch-name", least: 1, takes: "word" },
  { name: "maxjobs", least: 3, takes: "word" },
  { name: "disable", least: 2 },
  { name: "single-cluster", least: 3 }
]

const failed = (stderr: string, stdout = ""): ToolResult => answer({ exitCode: 1, stdout, stderr })

/** The fake's part of the submit language: messages about unsupported features, and proxy certificates. */
export const own: Pick<SubmitLanguage.Request, "unsupported" | "proxyExpiry"> = {
  unsupported: (what) => ToolMessages.notPlayed("condor_submit", what),
  proxyExpiry: (pem) => Proxy.read(pem)?.expiresAt
}

/** A parsed command line. Without `file`, the description is on stdin. */
interface Plan {
  readonly terse: boolean
  readonly file: string | undefined
  readonly appended: ReadonlyArray<string>
  readonly maxJobs: number | undefined
}

const planOf = ({ args }: ToolCall): Result.Result<Plan, ToolResult> =>
  Result.match(Arguments.read(options, args.filter((argument) => argument !== "-")), {
    onFailure: (problem) =>
      Result.fail(failed(
        problem._tag === "Incomplete"
          ? `condor_submit: -${problem.option} requires another argument\n`
          : ToolMessages.notPlayed("condor_submit", `the option ${problem.argument}`)
      )),
    onSuccess: (given) => {
      if (!Arguments.has(given, "remote") && !Arguments.has(given, "spool")) {
        return Result.fail(failed(ToolMessages.notPlayed("condor_submit", "a submission without -remote or -spool")))
      }
      if (given.words.some((word) => word.includes("="))) {
        return Result.fail(failed(ToolMessages.notPlayed("condor_submit", "commands on the command line")))
      }
      const most = Arguments.last(given, "maxjobs")
      const batch = Arguments.last(given, "batch-name")
      return Result.succeed({
        terse: Arguments.has(given, "terse"),
        file: args.includes("-") ? undefined : given.words.at(-1) ?? Arguments.last(given, "file"),
        appended: [
          ...Arguments.all(given, "append"),
          ...(batch === undefined ? [] : [`MY.JobBatchName = "${batch.replaceAll(/^"|"$/g, "")}"`])
        ],
        maxJobs: most === undefined ? undefined : Number(most)
      })
    }
  })

/** A file of the client, with its name in the spool. */
type Named = readonly [name: string, file: SpoolFile]

type Reading = Effect.Effect<ReadonlyArray<Named>, TransferErrors.Failure, FileSystem.FileSystem | Path.Path>

const denied = (path: string): TransferErrors.Failure => ({
  doing: "reading from",
  path,
  errno: { number: 13, text: "Permission denied" }
})

/** Reads a file, or all files below a directory. */
const readInput: (file: string, name: string) => Reading = Effect.fnUntraced(
  function*(file: string, name: string) {
    const fileSystem = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    if (yield* isWholeHost(file)) return yield* Effect.fail(denied(file))
    const info = yield* fileSystem.stat(file)
    if (info.type !== "Directory") {
      return [[name, { content: yield* fileSystem.readFile(file), mode: info.mode & 0o777 }] as const]
    }
    const entries = yield* fileSystem.readDirectory(file)
    if (entries.length === 0) return [[`${name}/`, emptyDirectory] as const]
    const all = yield* Effect.forEach(
      entries.toSorted(),
      (entry) => readInput(path.join(file, entry), `${name}/${entry}`)
    )
    return all.flat()
  },
  (effect, file) =>
    Effect.mapError(
      effect,
      (error): TransferErrors.Failure =>
        "doing" in error ? error : { doing: "reading from", path: file, errno: TransferErrors.errnoOf(error) }
    )
)

/** The paths of a job's input files, with their names in the spool. The executable is the last. */
const inputsOf = (ad: ClassAd.ClassAd): ReadonlyArray<readonly [file: string, name: string]> => {
  const stored = Spool.rewritten(ad)
  const iwd = text(ad, "Iwd") ?? ""
  const own = (text(ad, "TransferInput") ?? "").split(",").filter((name) => name !== "")
  const theirs = (text(stored, "TransferInput") ?? "").split(",")
  const inputs = own.map((path, index) => [path, theirs[index] ?? path] as const).filter(([path]) => !isUrl(path))
  const program = text(ad, "Cmd")
  const stdin = text(ad, "In")
  const proxy = text(ad, "x509userproxy")
  return [
    ...inputs,
    ...(proxy === undefined ? [] : [[proxy, text(stored, "x509userproxy") ?? proxy] as const]),
    ...(stdin === undefined || stdin === "/dev/null" ? [] : [[stdin, text(stored, "In") ?? stdin] as const]),
    ...(program === undefined || ClassAd.get(ad, "TransferExecutable") !== undefined
      ? []
      : [[program, text(stored, "Cmd") ?? program] as const])
  ].map(([path, name]) => [within(iwd, path), name])
}

/** Reads each file once. All jobs of a submission share its bytes. */
type Reader = (file: string, name: string) => Effect.Effect<Result.Result<ReadonlyArray<Named>, TransferErrors.Failure>>

const reader = Effect.gen(function*() {
  const context = yield* Effect.context<FileSystem.FileSystem | Path.Path>()
  const known = new Map<string, Result.Result<ReadonlyArray<Named>, TransferErrors.Failure>>()
  const read: Reader = (file, name) =>
    Effect.suspend(() => {
      const key = `${file}\n${name}`
      const before = known.get(key)
      if (before !== undefined) return Effect.succeed(before)
      return Effect.provideContext(Effect.result(readInput(file, name)), context).pipe(
        Effect.tap((result) => Effect.sync(() => known.set(key, result)))
      )
    })
  return read
})

/** Sends the input of one job. Fails with the tool's message. */
const sendJob = Effect.fnUntraced(
  function*(
    { call, transferFaults: { allowance, spoolFull }, queue }: Visit,
    job: { readonly cluster: number; readonly proc: number },
    ad: ClassAd.ClassAd,
    reader: Reader
  ): Effect.fn.Return<ReadonlyMap<string, SpoolFile>, string> {
    const read = yield* Effect.forEach(inputsOf(ad), ([file, name]) => reader(file, name))
    const files = read.flatMap((one) => Result.isSuccess(one) ? one.success : [])
    for (const [name, { content }] of files) {
      if (spoolFull) {
        const path = `${Spool.directoryOf(job)}.tmp/${name}`
        return yield* Effect.fail(
          TransferErrors.inputRefused(call, job, [{ doing: "writing to", path, errno: TransferErrors.noSpace }])
        )
      }
      if (allowance.take(content.length) < content.length) return yield* Effect.fail(TransferErrors.broken(call, job))
    }
    const escapes = new Set(files.flatMap(([name]) => Spool.escapes(name)))
    if (escapes.size > 0) return yield* Effect.fail(TransferErrors.inputEscapes(call, job, Array.from(escapes)))
    const failures = read.flatMap((one) => Result.isFailure(one) ? [one.failure] : [])
    if (failures.length > 0) return yield* Effect.fail(TransferErrors.inputFailed(call, queue.version, job, failures))
    return new Map(files)
  }
)

/** Spools the input of a cluster in one transfer. If the transfer breaks, the schedd removes the cluster. */
const spool = Effect.fnUntraced(
  function*(visit: Visit, { ads, number }: SubmitLanguage.Cluster, staging: Staging, reader: Reader) {
    yield* visit.present
    staging.began()
    const inputs = yield* Effect.forEach(ads, (ad, proc) => sendJob(visit, { cluster: number, proc }, ad, reader))
    yield* visit.present
    staging.done(inputs)
  },
  (effect, { present }, _, staging) =>
    Effect.onExit(
      effect,
      (exit) => exit._tag === "Success" ? Effect.void : Effect.andThen(present, Effect.sync(() => staging.failed()))
    )
)

const ids = ({ ads, number }: SubmitLanguage.Cluster): string => `${number}.0 - ${number}.${ads.length - 1}\n`

/** The output on stdout, and the hint on stderr. */
const report = (
  visit: Visit,
  plan: Plan,
  clusters: ReadonlyArray<SubmitLanguage.Cluster>
): readonly [string, string] => {
  if (plan.terse) return [clusters.map(ids).join(""), ""]
  const jobs = clusters.reduce((sum, { ads }) => sum + ads.length, 0)
  const began = plan.file === undefined ? ".".repeat(jobs) : `Submitting job(s)${".".repeat(jobs)}\n`
  const counts = clusters.map(({ ads, number }) => `${ads.length} job(s) submitted to cluster ${number}.\n`).join("")
  const numbers = clusters.map(({ number }) => number).join(" ")
  const hint = visit.queue.version === "latest" && clusters.length > 0
    ? `To monitor your job(s), run: condor_watch_q -clusters ${numbers}\n`
    : ""
  return [`${began}${counts}`, hint]
}

/** The text of the submit description. */
const descriptionOf = Effect.fnUntraced(function*(call: ToolCall, file: string | undefined, directory: string) {
  if (file === undefined) return Result.succeed(call.stdin ?? "")
  const fileSystem = yield* FileSystem.FileSystem
  const read = yield* Effect.result(fileSystem.readFileString(within(directory, file)))
  return Result.mapError(
    read,
    (error) => failed(`\nERROR: Failed to open command file (${file}) (${TransferErrors.errnoOf(error).text})\n`)
  )
})

export const run: Tool = Effect.fnUntraced(function*(visit: Visit) {
  const { call, queue, user } = visit
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const planned = planOf(call)
  if (Result.isFailure(planned)) return planned.failure
  const plan = planned.success
  if (!visit.mayWrite) return AccessControl.denied(call, queue.version, user)
  const here = path.resolve(call.cwd ?? ".")
  const directory = yield* Effect.orElseSucceed(fileSystem.realPath(here), () => here)
  const description = yield* descriptionOf(call, plan.file, directory)
  if (Result.isFailure(description)) return description.failure
  const committed = yield* visit.transaction(Effect.gen(function*() {
    const submission = yield* SubmitLanguage.read({
      text: description.success,
      version: queue.version,
      remote: true,
      username: user.replace(/@.*$/, ""),
      directory,
      file: plan.file,
      now: Math.floor(queue.now / 1000),
      ...own,
      appended: plan.appended,
      newCluster: () => queue.newCluster(),
      environment: (name) => {
        const value = call.environment[name]
        return Redacted.isRedacted(value) ? Redacted.value(value) : value
      },
      stdin: call.stdin,
      maxJobs: plan.maxJobs,
      mostJobs: maxJobsPerSubmission
    })
    yield* visit.present
    return Result.map(submission, (one) => ({
      ...one,
      submitted: one.clusters.map((cluster) =>
        [cluster, queue.submit(user, cluster.number, cluster.ads.map(Spool.rewritten))] as const
      )
    }))
  }))
  if (Result.isFailure(committed)) {
    return failed(committed.failure.stderr, plan.terse || plan.file === undefined ? "" : "Submitting job(s)")
  }
  const { clusters, submitted, unused, warnings } = committed.success
  const [stdout, hint] = report(visit, plan, clusters)
  if (visit.transferFaults.diesCommitted) return answer({ stdout })
  const files = yield* reader
  const spooled = yield* Effect.result(
    Effect.forEach(submitted, ([cluster, staging]) => spool(visit, cluster, staging, files), { discard: true })
  )
  return Result.match(spooled, {
    onFailure: (words) => failed(`${warnings}${hint}${words}`, stdout),
    onSuccess: () => answer({ stdout, stderr: `${warnings}${hint}${unused}` })
  })
})
