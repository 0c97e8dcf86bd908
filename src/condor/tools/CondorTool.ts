/**
 * The one place where HTCondor's command-line tools are run.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import type * as PlatformError from "effect/PlatformError"
import * as ChildProcess from "effect/process/ChildProcess"
import * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import * as Queue from "effect/Queue"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Pipe from "./Pipe.ts"
import * as Signal from "./Signal.ts"
import type { ToolResult } from "./ToolResult.ts"
import * as Wrapper from "./Wrapper.ts"

export type {
  /**
   * What a tool answered.
   *
   * @category models
   * @since 0.1.0
   */
  ToolResult
} from "./ToolResult.ts"

/**
 * The tools that this library runs.
 *
 * @category constants
 * @since 0.1.0
 */
export const toolNames = [
  "condor_submit",
  "condor_q",
  "condor_history",
  "condor_rm",
  "condor_release",
  "condor_qedit",
  "condor_transfer_data",
  "condor_status",
  "condor_ping",
  "condor_config_val"
] as const

/**
 * One of {@link toolNames}. The last is for a diagnosis alone, and `condor_ping` for failures, too.
 *
 * @category models
 * @since 0.1.0
 */
export type ToolName = typeof toolNames[number]

/**
 * One run of a tool. `environment` is added to the little that every tool gets (`PATH`, `LC_ALL`): nothing of this
 * process's own environment is inherited. `writableDirectory` is the one directory that the tool has to write to, if it writes
 * files at all.
 *
 * @category models
 * @since 0.1.0
 */
export interface ToolCall {
  readonly tool: ToolName
  readonly args: ReadonlyArray<string>
  readonly environment: Readonly<Record<string, string | Redacted.Redacted<string>>>
  readonly cwd?: string | undefined
  readonly writableDirectory?: string | undefined
  readonly stdin?: string | undefined
  readonly timeout: Duration.Input
}

/**
 * The tool cannot be started, or be listened to. `temporary` if the host could not do it this time, and another time may: it had
 * no memory, or no file descriptor.
 *
 * @category errors
 * @since 0.1.0
 */
export class ToolNotStarted
  extends Schema.TaggedError<ToolNotStarted>("effect-htcondor-ce/ToolNotStarted")("ToolNotStarted", {
    tool: Schema.String,
    detail: Schema.String,
    temporary: Schema.optionalKey(Schema.Literal(true))
  })
{}

/**
 * The tool did not end in time and was killed, with its process group.
 *
 * @category errors
 * @since 0.1.0
 */
export class ToolTimedOut extends Schema.TaggedError<ToolTimedOut>("effect-htcondor-ce/ToolTimedOut")("ToolTimedOut", {
  tool: Schema.String,
  seconds: Schema.Finite
}) {}

/**
 * The tool printed more than it may on one of its pipes, and was killed.
 *
 * @category errors
 * @since 0.1.0
 */
export class ToolOutputTooLarge extends Schema.TaggedError<ToolOutputTooLarge>("effect-htcondor-ce/ToolOutputTooLarge")(
  "ToolOutputTooLarge",
  { tool: Schema.String, pipe: Schema.Literals(["stdout", "stderr"]), maxBytes: Schema.Natural }
) {}

/**
 * @category errors
 * @since 0.1.0
 */
export type ToolError = ToolNotStarted | ToolTimedOut | ToolOutputTooLarge

/**
 * A tool whose answer is a stream ended with another exit code than 0. `stdout` is what had not arrived by then.
 *
 * @category errors
 * @since 0.1.0
 */
export class ToolExited extends Schema.TaggedError<ToolExited>("effect-htcondor-ce/ToolExited")("ToolExited", {
  exitCode: Schema.Int,
  stdout: Schema.String,
  stderr: Schema.String
}) {}

/**
 * Runs tools. Safe to interrupt: the tool's process group is killed and gone before the interruption completes.
 *
 * - `run`: gives all that a tool printed, whatever its exit code
 * - `stream`: gives the text of stdout as it arrives. It fails with `ToolExited` if the tool does not succeed
 *
 * @category services
 * @since 0.1.0
 */
export class CondorTool extends Context.Service<CondorTool, {
  run(call: ToolCall): Effect.Effect<ToolResult, ToolError>
  stream(call: ToolCall): Stream.Stream<string, ToolError | ToolExited>
}>()("effect-htcondor-ce/condor/CondorTool") {}

/**
 * The service of a runner that gives all at the end.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (run: CondorTool["Service"]["run"]): CondorTool["Service"] => ({
  run,
  stream: (call) =>
    Stream.fromEffect(
      Effect.flatMap(run(call), (result) =>
        result.exitCode === 0 ? Effect.succeed(result.stdout) : Effect.fail(new ToolExited(result)))
    )
})

/**
 * - `binDirectory`: where the tools are; without it they are looked up in `PATH`
 * - `path`: the tools' `PATH`; without it that of this process
 * - `confine`: a tool that writes files is run by `bwrap` (bubblewrap, for Linux, with user namespaces), which lets it write
 *   to its directory and to nothing else, and hides the host's devices and processes (default false). The schedd tells
 *   `condor_transfer_data` where to put files; this library asks it for what it has told before, and only a schedd that lies
 *   would tell something else.
 * - `maxOutputBytes`: of an answer that is a stream (default 256 MiB, which is some 500,000 jobs of `condor_q`). Of an
 *   answer that is kept 16 MiB are accepted, and of stderr 1 MiB, unless this is less.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  readonly binDirectory?: string | undefined
  readonly path?: string | undefined
  readonly confine?: boolean | undefined
  readonly maxOutputBytes?: number | undefined
}

// A PlatformError's own message holds the whole command line.
const describe = (error: PlatformError.PlatformError): string =>
  error.reason._tag === "NotFound" ? "no such command" : error.reason._tag

const notStarted = (tool: ToolName, error: PlatformError.PlatformError, place = ""): ToolNotStarted =>
  new ToolNotStarted({
    tool,
    detail: `${place}${describe(error)}`,
    ...(error.reason._tag === "NotFound" || error.reason._tag === "PermissionDenied" ? {} : { temporary: true })
  })

// A condor_submit that outlives its client would submit behind the back of the next one, a condor_transfer_data would go on
// writing to what the next one sweeps away, a condor_qedit would point the next one's transfer elsewhere. On Linux they die
// with it.
const lasting: ReadonlySet<ToolName> = new Set(["condor_submit", "condor_transfer_data", "condor_qedit"])

// A constraint may name thousands of jobs. No argument holds a secret: those are in files.
const shortened = (argument: string): string => {
  const text = argument.length > 2_000 ? `${argument.slice(0, 2_000)}…` : argument
  return /^[\w.,:=@%+/-]+$/.test(text) ? text : JSON.stringify(text)
}

const mebibyte = 1024 * 1024

// What is kept is the answer to a command, and not a list of jobs.
const maxKeptBytes = 16 * mebibyte

const maxErrorBytes = mebibyte

// Runs a command until it has ended, and all of its text has been taken. What `onStdout` takes is not kept.
const spawnAndWait = Effect.fnUntraced(
  function*(
    spawner: ChildProcessSpawner.ChildProcessSpawner["Service"],
    searchPath: string,
    command: Wrapper.Command,
    { cwd, environment, stdin, tool }: ToolCall,
    maxBytes: number,
    onStdout: ((text: string) => void) | undefined
  ): Effect.fn.Return<ToolResult, ToolError, Scope.Scope> {
    const [program, ...words] = command
    const handle = yield* Pipe.spawn(
      spawner,
      ChildProcess.make(program, words, {
        env: { PATH: searchPath, LC_ALL: "C", ...environment },
        stdin: stdin === undefined ? "ignore" : Stream.make(new TextEncoder().encode(stdin)),
        // condor tools leave SIGTERM to its default; a wrapper around them may not.
        forceKillAfter: "2 seconds",
        ...(cwd === undefined ? {} : { cwd })
      })
    ).pipe(
      Effect.mapError((error) => notStarted(tool, error, program === "bwrap" ? "bwrap: " : ""))
    )
    const pipe = (name: "stdout" | "stderr", most: number, onText?: (text: string) => void) =>
      Pipe.make(
        Stream.mapError(handle[name], (error): ToolError => notStarted(tool, error)),
        {
          maxBytes: most,
          tooMuch: () => new ToolOutputTooLarge({ tool, pipe: name, maxBytes: most }),
          onText
        }
      )
    const stdout = pipe("stdout", onStdout === undefined ? Math.min(maxBytes, maxKeptBytes) : maxBytes, onStdout)
    const stderr = pipe("stderr", Math.min(maxBytes, maxErrorBytes))
    const exitCode = yield* Pipe.exit(
      Effect.catch(Effect.map(handle.exitCode, Number), (error) => Effect.succeed(128 + Signal.fromError(error))),
      [stdout, stderr]
    )
    const result: ToolResult = { exitCode, stdout: stdout.rest(), stderr: stderr.rest() }
    const detail = Wrapper.failure(command, result)
    return detail === undefined ? result : yield* new ToolNotStarted({ tool, detail })
  },
  Effect.scoped
)

/**
 * Runs the tools as child processes of this one.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  options: Options = {}
): Layer.Layer<
  CondorTool,
  Config.ConfigError,
  ChildProcessSpawner.ChildProcessSpawner | FileSystem.FileSystem | Path.Path
> =>
  Layer.effect(
    CondorTool,
    Effect.gen(function*() {
      const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
      const fileSystem = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      // Absolute, because a tool may run in another directory than this process.
      const commandOf = (tool: ToolName) =>
        options.binDirectory === undefined ? tool : path.resolve(options.binDirectory, tool)
      const searchPath = options.path ?? (yield* Config.String("PATH").pipe(Config.withDefault("/usr/bin:/bin")))
      const maxBytes = options.maxOutputBytes ?? 256 * mebibyte
      const canBeMortal = yield* Effect.cached(Wrapper.hasSetpriv(spawner, searchPath))

      const commandFor = Effect.fnUntraced(function*(
        { args, tool, writableDirectory }: ToolCall
      ): Effect.fn.Return<Wrapper.Command> {
        const command = [commandOf(tool), ...args] as const
        if (options.confine === true && writableDirectory !== undefined) {
          const real = Effect.orElseSucceed(fileSystem.realPath(writableDirectory), () => writableDirectory)
          return Wrapper.confined(yield* real, command)
        }
        return lasting.has(tool) && (yield* canBeMortal) ? Wrapper.mortal(command) : command
      })

      const runTool = Effect.fn("CondorTool.run")(function*(
        call: ToolCall,
        onStdout?: (text: string) => void
      ): Effect.fn.Return<ToolResult, ToolError> {
        yield* Effect.annotateCurrentSpan({ "process.command": call.tool, "process.args_count": call.args.length })
        yield* Effect.logDebug([call.tool, ...call.args.map(shortened)].join(" "))
        const spawned = Effect.flatMap(
          commandFor(call),
          (command) => spawnAndWait(spawner, searchPath, command, call, maxBytes, onStdout)
        )
        const result = yield* spawned.pipe(
          Effect.timeoutOrElse({
            duration: call.timeout,
            orElse: () =>
              Effect.fail(
                new ToolTimedOut({
                  tool: call.tool,
                  seconds: Duration.toSeconds(Duration.fromInputUnsafe(call.timeout))
                })
              )
          })
        )
        yield* Effect.annotateCurrentSpan({ "process.exit_code": result.exitCode })
        return result
      })

      const stream = (call: ToolCall): Stream.Stream<string, ToolError | ToolExited> =>
        Stream.callback((answer) =>
          Effect.flatMap(
            runTool(call, (text) => Queue.offerUnsafe(answer, text)),
            (result) => {
              if (result.exitCode !== 0) return Effect.fail(new ToolExited(result))
              Queue.offerUnsafe(answer, result.stdout)
              return Queue.end(answer)
            }
          )
        )

      return { run: (call: ToolCall) => runTool(call), stream }
    })
  )
