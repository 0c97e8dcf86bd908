/** The real HTCondor of `scripts/stack`, with the configuration `bench`. */
import * as Effect from "effect/Effect"
import * as ChildProcess from "effect/process/ChildProcess"
import * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import * as Stream from "effect/Stream"
import { fail } from "./Benchmark.ts"

export const version = "latest"
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

/** What a command of the script prints. */
export const run = Effect.fnUntraced(function*(...args: ReadonlyArray<string>) {
  const failed = (why: string) => fail(`scripts/stack ${args.join(" ")} failed: ${why}`)
  const { exitCode, stderr, stdout } = yield* Effect.mapError(answer(args), ({ message }) => failed(message))
  return exitCode === 0 ? stdout : yield* failed(stderr.trim())
})

/** The stack's own variables, `HTCONDOR_CE_<name>`. What is not running is started, and ended with the scope. */
export const up = Effect.gen(function*() {
  if ((yield* Effect.result(run("status", version)))._tag === "Failure") {
    yield* Effect.addFinalizer(() => Effect.ignore(run("down", version)))
  }
  yield* run("up", version, "--config", config)
  const exports = yield* run("env", version)
  return (name: string) => new RegExp(`^export HTCONDOR_CE_${name}=(.*)$`, "m").exec(exports)?.[1] ?? ""
})

const lines = (text: string): Array<string> => text.split("\n").filter((line) => line.trim() !== "")

/** What is left of jobs at the CE and in its spool, and of jobs in the pool that have not ended. */
export const left = Effect.gen(function*() {
  const queue = yield* run("inside", version, "condor_q", "-allusers", "-af:j", "JobStatus")
  const spool = yield* run("inside", version, "find", "/var/lib/condor-ce/spool", "-name", "cluster*")
  const pool = yield* run(
    "inside",
    version,
    "--pool",
    "condor_q",
    "-allusers",
    "-constraint",
    // What has completed is the JobRouter's, which may forget it when the schedd is killed.
    "JobStatus != 4",
    "-af:j",
    "JobStatus"
  )
  return [
    ...lines(queue).map((line) => `CE: ${line}`),
    ...lines(spool).map((line) => `spool: ${line}`),
    ...lines(pool).map((line) => `pool: ${line}`)
  ]
})
