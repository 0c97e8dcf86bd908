/**
 * Runs payloads as processes of this host, each in its own directory.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberMap from "effect/FiberMap"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import type * as PlatformError from "effect/PlatformError"
import * as ChildProcess from "effect/process/ChildProcess"
import * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Signal from "../../condor/tools/Signal.ts"
import { text } from "./Attributes.ts"
import { idOf, type Job } from "./Job.ts"
import type { PayloadJob, SpoolFile } from "./Payload.ts"
import type { Ending, Runner } from "./Runner.ts"
import * as ScratchDirectory from "./ScratchDirectory.ts"
import * as Usage from "./Usage.ts"

const notStarted = (reason: string, code = 6, subcode = 2): Ending => ({ _tag: "NotStarted", code, subcode, reason })

// A text without `#!`. A shell would run it as a shell script; HTCondor does not.
const isUninterpreted = ({ content }: SpoolFile): boolean => {
  const beginning = content.subarray(0, 256)
  return !beginning.includes(0) && !new TextDecoder().decode(beginning).startsWith("#!")
}

// `interpreter` is the interpreter of the script, if it does not exist.
const failedToStart = (executable: string, interpreter: string | undefined): Ending => {
  const failed = `Error from slot1_1@worker: Failed to execute '${executable}'`
  return interpreter === undefined
    ? notStarted(`${failed}: (errno=8: 'Exec format error')`, 6, 8)
    : notStarted(
      `${failed}: invalid interpreter (${interpreter}) specified on first line of script ` +
        "(errno=2: 'No such file or directory')"
    )
}

// Ends when the process group has ended and its output is on disk.
const wait = Effect.fnUntraced(
  function*(
    spawner: ChildProcessSpawner.ChildProcessSpawner["Service"],
    fileSystem: FileSystem.FileSystem,
    command: ChildProcess.Command,
    out: string,
    error: string
  ) {
    const handle = yield* spawner.spawn(command)
    const written = yield* Effect.forkScoped(Effect.all([
      Stream.run(handle.stdout, fileSystem.sink(out)),
      Stream.run(handle.stderr, fileSystem.sink(error))
    ], { concurrency: "unbounded" }))
    const exit = yield* handle.exitCode.pipe(
      Effect.map((code) => ({ code: Number(code) })),
      Effect.catch((error) => Effect.succeed({ signal: Signal.fromError(error) }))
    )
    yield* Effect.ignore(handle.kill({ killSignal: "SIGKILL" }))
    yield* Effect.ignore(Effect.timeout(Fiber.join(written), "1 second"))
    return exit
  },
  Effect.scoped
)

/**
 * A runner whose processes are killed when the scope ends. `ended` is called for each process that ends before it is stopped.
 *
 * **Details**
 *
 * A process has the same access to this host as any process of its user. Its environment has only the variables of the job,
 * `PATH`, `_CONDOR_SCRATCH_DIR` and, with a proxy certificate, `X509_USER_PROXY`. When the process ends or is stopped, its
 * process group is killed.
 */
export const make = Effect.fnUntraced(function*(
  options: { readonly path: string },
  ended: (job: Job, ending: Ending) => Effect.Effect<void>
): Effect.fn.Return<
  Runner,
  PlatformError.PlatformError,
  FileSystem.FileSystem | Path.Path | ChildProcessSpawner.ChildProcessSpawner | Scope.Scope
> {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
  const scratch = yield* ScratchDirectory.make
  const root = yield* fileSystem.makeTempDirectoryScoped({ prefix: "htcondor-ce-fake-" })
  const fibers = yield* FiberMap.make<string>()
  const fork = yield* FiberMap.runtime(fibers)<never>()

  const execute = Effect.fnUntraced(
    function*(job: Job, payload: PayloadJob) {
      const directory = yield* fileSystem.makeTempDirectoryScoped({ directory: root, prefix: `${idOf(job)}-` })
      const [sandbox, out, error] = [
        path.join(directory, "scratch"),
        path.join(directory, "out"),
        path.join(directory, "err")
      ]
      yield* fileSystem.makeDirectory(sandbox, { mode: 0o700 })
      const [url] = payload.urls.values()
      if (url !== undefined || payload.image !== undefined) {
        const what = url === undefined ? "runs no container images" : `fetches nothing from ${url}`
        return notStarted(`Error from slot1_1@worker: an embedded schedd ${what}`, 13, 256)
      }
      const name = text(job.ad, "Cmd") ?? ""
      yield* scratch.writeInputs(sandbox, job, name)
      const executable = path.resolve(sandbox, name)
      const program = job.inputs.get(name)
      if (program !== undefined && isUninterpreted(program)) {
        return failedToStart(executable, yield* scratch.missingInterpreter(executable))
      }
      const input = job.inputs.get(text(job.ad, "In") ?? "")
      const proxy = text(job.ad, "x509userproxy")
      const command = ChildProcess.make(executable, payload.arguments, {
        cwd: sandbox,
        env: {
          PATH: options.path,
          ...payload.environment,
          ...proxy === undefined ? {} : { X509_USER_PROXY: path.join(sandbox, proxy) },
          _CONDOR_SCRATCH_DIR: sandbox
        },
        stdin: input === undefined ? "ignore" : Stream.make(input.content),
        forceKillAfter: "1 second"
      })
      const exit = yield* Effect.result(wait(spawner, fileSystem, command, out, error))
      if (Result.isFailure(exit)) return failedToStart(executable, yield* scratch.missingInterpreter(executable))
      const nothing = new Uint8Array()
      const ending: Ending = {
        _tag: "Ended",
        exit: exit.success,
        // The usage of a process of this host is not measured.
        used: Usage.measured(),
        leavings: {
          files: yield* scratch.filesOf(sandbox),
          stdout: (yield* scratch.readFile(out))?.content ?? nothing,
          stderr: (yield* scratch.readFile(error))?.content ?? nothing
        }
      }
      return ending
    },
    Effect.scoped
  )

  return {
    start: (job, payload) => {
      const run = execute(job, payload).pipe(
        Effect.catch((error) => Effect.succeed(notStarted(`Error from slot1_1@worker: ${error.reason.message}`))),
        Effect.flatMap((ending) => ended(job, ending))
      )
      fork(idOf(job), run)
      return Result.succeed(undefined)
    },
    stop: (job) => {
      const fiber = FiberMap.getUnsafe(fibers, idOf(job))
      if (Option.isSome(fiber)) fiber.value.interruptUnsafe()
    }
  }
})
