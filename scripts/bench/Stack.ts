/** The real HTCondor of `scripts/stack`, with the configuration `bench`. */
import * as Effect from "effect/Effect"
import * as ChildProcess from "effect/process/ChildProcess"
import * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import * as Stream from "effect/Stream"
import * as process from "node:process"
import { fail } from "./Failed.ts"

/** `HTCONDOR_CE_STACK_VERSION`, or the latest. */
export const version = process.env["HTCONDOR_CE_STACK_VERSION"] ?? "latest"
const config = "bench"
const script = `${import.meta.dirname}/../stack`

const answer = Effect.fnUntraced(function*(args: ReadonlyArray<string>) {
  const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
  const handle = yield* spawner.spawn(ChildProcess.make(script, args, { extendEnv: true, stdin: "ignore" }))
  const [stdout, stderr, exitCode] = yield* Effect.all([
    Stream.mkString(Stream.decodeText(handle.stdout)),
    Stream.mkString(Stream.decodeText(handle.stderr)),
    Effect.map(handle.exitCode, Number)
  ], { concurrency: "unbounded" })
  return { stdout, stderr, exitCode }
}, Effect.scoped)

/** The output of a command of the script. */
export const run = Effect.fnUntraced(function*(...args: ReadonlyArray<string>) {
  const failed = (why: string) => fail(`scripts/stack ${args.join(" ")} failed: ${why}`)
  const { exitCode, stderr, stdout } = yield* Effect.mapError(answer(args), ({ message }) => failed(message))
  return exitCode === 0 ? stdout : yield* failed(stderr.trim())
})

/** The stack's own variables, `HTCONDOR_CE_<name>`. Starts the stack if it is not running; the end of the scope stops it. */
export const up = Effect.gen(function*() {
  if ((yield* Effect.result(run("status", version)))._tag === "Failure") {
    yield* Effect.addFinalizer(() => Effect.ignore(run("down", version)))
  }
  yield* run("up", version, "--config", config)
  const exports = yield* run("env", version)
  return (name: string) => new RegExp(`^export HTCONDOR_CE_${name}=(.*)$`, "m").exec(exports)?.[1] ?? ""
})

const lines = (text: string): Array<string> => text.split("\n").filter((line) => line.trim() !== "")

/** The jobs and spool directories that are left at the CE, and the jobs in the pool that have not ended: of one tag, or all. */
export const left = Effect.fnUntraced(function*(tag?: string) {
  const isOurs = (line: string) => tag === undefined || line.trim().endsWith(` ${tag}`)
  const queue = lines(yield* run("inside", version, "condor_q", "-allusers", "-af:j", "JobStatus", "EffectCETag"))
  // A directory in the spool names its cluster only: it is ours unless the cluster is known to be another's.
  const others = new Set(queue.filter((line) => !isOurs(line)).map((line) => line.trim().split(".")[0]))
  const spool = yield* run("inside", version, "find", "/var/lib/condor-ce/spool", "-name", "cluster*")
  const pool = yield* run(
    "inside",
    version,
    "--pool",
    "condor_q",
    "-allusers",
    "-constraint",
    // The JobRouter removes completed jobs. It may forget them when the schedd is killed.
    "JobStatus != 4",
    "-af:j",
    "JobStatus",
    "EffectCETag"
  )
  return [
    ...queue.filter(isOurs).map((line) => `CE: ${line}`),
    ...lines(spool).filter((line) => !others.has(/cluster(\d+)/.exec(line)?.[1] ?? "")).map((line) => `spool: ${line}`),
    ...lines(pool).filter(isOurs).map((line) => `pool: ${line}`)
  ]
})
