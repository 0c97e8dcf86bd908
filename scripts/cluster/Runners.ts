/** Runners in processes of their own, which may be killed and frozen. */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as ChildProcess from "effect/process/ChildProcess"
import * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { execPath, kill } from "node:process"
import { fileURLToPath } from "node:url"
import { Event, Orders } from "./Orders.ts"

const program = fileURLToPath(new URL("runner.ts", import.meta.url))

const encode = Schema.encodeEffect(Schema.fromJsonString(Orders))
const decode = Schema.decodeUnknownEffect(Schema.fromJsonString(Event))

/**
 * Starts a runner, which is killed when the scope ends. `onEvent` gets what it tells.
 *
 * - `kill`: `SIGKILL`, and waits until the process is gone
 * - `freeze`, `thaw`: `SIGSTOP` and `SIGCONT`
 */
export const start = Effect.fnUntraced(
  function*(
    orders: typeof Orders.Type,
    cache: string,
    onEvent: (event: typeof Event.Type) => Effect.Effect<void>
  ) {
    const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
    const handle = yield* spawner.spawn(
      ChildProcess.make(execPath, ["--disable-warning=ExperimentalWarning", program, yield* encode(orders)], {
        extendEnv: true,
        env: { NODE_COMPILE_CACHE: cache },
        stdin: { stream: "pipe", endOnDone: false },
        stderr: "inherit",
        killSignal: "SIGKILL"
      })
    )
    yield* Stream.decodeText(handle.stdout).pipe(
      Stream.splitLines,
      // The last line of a process that was killed may be cut.
      Stream.runForEach((text) => decode(text).pipe(Effect.flatMap(onEvent), Effect.catch(() => Console.error(text)))),
      Effect.forkScoped
    )
    const signal = (name: "SIGSTOP" | "SIGCONT") => Effect.sync(() => kill(handle.pid, name))
    return {
      kill: Effect.ignore(handle.kill({ killSignal: "SIGKILL" })),
      freeze: signal("SIGSTOP"),
      thaw: signal("SIGCONT")
    }
  }
)
