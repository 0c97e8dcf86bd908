/** Processes of a cluster, which may be killed and frozen. */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as ChildProcess from "effect/process/ChildProcess"
import * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import * as Stream from "effect/Stream"
import { execPath, kill } from "node:process"
import { fileURLToPath } from "node:url"

/**
 * - `program`: a file of this directory
 * - `orders`: its only argument
 * - `cache`: the directory for compiled code
 * - `input`: the lines that it reads. Without this its input ends with this process
 * - `onLine`: gets each line that it prints
 */
export interface Options<E> {
  readonly program: string
  readonly orders: string
  readonly cache: string
  readonly input?: Stream.Stream<string> | undefined
  readonly onLine: (line: string) => Effect.Effect<void, E>
}

/**
 * Starts a process, which is killed when the scope ends.
 *
 * - `kill`: `SIGKILL`, and waits until the process is gone
 * - `freeze`, `thaw`: `SIGSTOP` and `SIGCONT`
 */
export const start = Effect.fnUntraced(function*<E>({ cache, input, onLine, orders, program }: Options<E>) {
  const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
  const file = fileURLToPath(new URL(program, import.meta.url))
  const handle = yield* spawner.spawn(
    ChildProcess.make(execPath, ["--disable-warning=ExperimentalWarning", file, orders], {
      extendEnv: true,
      env: { NODE_COMPILE_CACHE: cache },
      stdin: {
        stream: input === undefined ? "pipe" : Stream.encodeText(Stream.map(input, (line) => `${line}\n`)),
        endOnDone: false
      },
      stderr: "inherit",
      killSignal: "SIGKILL"
    })
  )
  yield* Stream.decodeText(handle.stdout).pipe(
    Stream.splitLines,
    // The last line of a process that was killed may be cut.
    Stream.runForEach((line) => Effect.catch(onLine(line), () => Console.error(line))),
    Effect.forkScoped
  )
  const signal = (name: "SIGSTOP" | "SIGCONT") => Effect.sync(() => kill(handle.pid, name))
  return {
    pid: handle.pid,
    kill: Effect.ignore(handle.kill({ killSignal: "SIGKILL" })),
    freeze: signal("SIGSTOP"),
    thaw: signal("SIGCONT")
  }
})

/** A process. */
export type Process = Effect.Success<ReturnType<typeof start>>
