/**
 * The service that runs HTCondor's command-line tools.
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
import * as Errno from "../../files/Errno.ts"
import * as Pipe from "./Pipe.ts"
import * as Signal from "./Signal.ts"
import type { ToolResult } from "./ToolResult.ts"
import * as Wrapper from "./Wrapper.ts"

export type {
  /**
   * The result of a tool.
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
 * One of {@link toolNames}. Only a diagnosis runs `condor_config_val`. A diagnosis and the explanation of a failure run
 * `condor_ping`.
 *
 * @category models
 * @since 0.1.0
 */
export type ToolName = typeof toolNames[number]

/**
 * One run of a tool.
 *
 * @category models
 * @since 0.1.0
 */
export interface ToolCall {
  /** The name of the tool. */
  readonly tool: ToolName
  /** The arguments, one string each. They must hold no secret. */
  readonly args: ReadonlyArray<string>
  /** The environment, in addition to `PATH` and `LC_ALL`. The tool inherits nothing from this process's environment. */
  readonly environment: Readonly<Record<string, string | Redacted.Redacted<string>>>
  /** The working directory. Default: the one of this process. */
  readonly cwd?: string | undefined
  /** The only directory to which the tool writes files. Absent if it writes none. */
  readonly writableDirectory?: string | undefined
  /** The standard input. Default: none. */
  readonly stdin?: string | undefined
  /** The longest run time. Then the tool is killed. */
  readonly timeout: Duration.Input
}

/**
 * The tool could not be started, or its output could not be read.
 *
 * @category errors
 * @since 0.1.0
 */
export class ToolNotStarted
  extends Schema.TaggedError<ToolNotStarted>("effect-htcondor-ce/ToolNotStarted")("ToolNotStarted", {
    /** The name of the tool. */
    tool: Schema.String,
    /** The reason, for example `no such command`. */
    detail: Schema.String,
    /** `true` if a later attempt may succeed: the host had no memory or no file descriptor. */
    temporary: Schema.optionalKey(Schema.Literal(true))
  })
{}

/**
 * The tool did not end in time. It was killed with its process group.
 *
 * @category errors
 * @since 0.1.0
 */
export class ToolTimedOut extends Schema.TaggedError<ToolTimedOut>("effect-htcondor-ce/ToolTimedOut")("ToolTimedOut", {
  /** The name of the tool. */
  tool: Schema.String,
  /** The limit in seconds. */
  seconds: Schema.Finite
}) {}

/**
 * The tool printed more than the limit on one of its pipes, and was killed.
 *
 * @category errors
 * @since 0.1.0
 */
export class ToolOutputTooLarge extends Schema.TaggedError<ToolOutputTooLarge>("effect-htcondor-ce/ToolOutputTooLarge")(
  "ToolOutputTooLarge",
  {
    /** The name of the tool. */
    tool: Schema.String,
    /** The pipe. */
    pipe: Schema.Literals(["stdout", "stderr"]),
    /** The limit in bytes. */
    maxBytes: Schema.Natural
  }
) {}

/**
 * The errors of a run. An exit code other than 0 is a result, and not an error.
 *
 * @category errors
 * @since 0.1.0
 */
export type ToolError = ToolNotStarted | ToolTimedOut | ToolOutputTooLarge

/**
 * The tool of a stream ended with an exit code other than 0.
 *
 * @category errors
 * @since 0.1.0
 */
export class ToolExited extends Schema.TaggedError<ToolExited>("effect-htcondor-ce/ToolExited")("ToolExited", {
  /** The exit code. It is 128 + n if signal n ended the tool. */
  exitCode: Schema.Int,
  /** The part of stdout that the stream had not emitted. */
  stdout: Schema.String,
  /** All of stderr. */
  stderr: Schema.String
}) {}

/**
 * Runs tools. It is safe to interrupt: the interruption ends after the tool's process group was killed and is gone.
 *
 * **Example** (Replacing the tools in a test)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { CondorTool } from "effect-htcondor-ce/condor"
 * import * as assert from "node:assert"
 *
 * const tools = CondorTool.make((call) =>
 *   Effect.succeed({ exitCode: 0, stdout: `${call.tool} ${call.args.join(" ")}`, stderr: "" })
 * )
 *
 * export const program = Effect.gen(function*() {
 *   const { stdout } = yield* tools.run({ tool: "condor_q", args: ["-totals"], environment: {}, timeout: "1 minute" })
 *   assert.strictEqual(stdout, "condor_q -totals")
 * })
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export class CondorTool extends Context.Service<CondorTool, {
  /** Runs a tool, and returns its exit code and all that it printed. */
  run(call: ToolCall): Effect.Effect<ToolResult, ToolError>
  /** Runs a tool, and streams its stdout as it arrives. It fails with `ToolExited` if the exit code is not 0. */
  stream(call: ToolCall): Stream.Stream<string, ToolError | ToolExited>
}>()("effect-htcondor-ce/condor/CondorTool") {}

/**
 * Makes the service from `run`. Its `stream` emits all of stdout when the tool has ended.
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
 * The options of {@link layer}.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** The directory with the tools. Default: they are looked up in `PATH`. */
  readonly binDirectory?: string | undefined
  /** The `PATH` of the tools. Default: the one of this process. */
  readonly path?: string | undefined
  /**
   * Whether `bwrap` (bubblewrap: Linux with user namespaces) runs the tools that write files. Such a tool can write only to its
   * directory, and does not see the host's devices and processes. Default: `false`. The schedd chooses the paths to which
   * `condor_transfer_data` writes, so this option protects against a malicious schedd.
   */
  readonly confine?: boolean | undefined
  /**
   * The largest stdout of a stream, in bytes. Default: 256 MiB, which is about 500,000 jobs of `condor_q`. `run` accepts 16 MiB
   * of stdout. Both accept 1 MiB of stderr. A smaller `maxOutputBytes` lowers these limits, too.
   */
  readonly maxOutputBytes?: number | undefined
}

// The message of a PlatformError has the whole command line.
const describe = (error: PlatformError.PlatformError): string => {
  const { reason: { _tag } } = error
  if (_tag === "NotFound") return "no such command"
  return _tag === "PermissionDenied" ? _tag : Errno.code(error) ?? _tag
}

// With these errors, another attempt fails in the same way.
const lastingCodes: ReadonlySet<string | undefined> = new Set(["E2BIG", "ELOOP", "ENAMETOOLONG", "ENOEXEC", "ENOTDIR"])

const lastingTags: ReadonlySet<string> = new Set(["NotFound", "PermissionDenied", "BadArgument"])

const isLasting = (error: PlatformError.PlatformError): boolean =>
  lastingTags.has(error.reason._tag) || lastingCodes.has(Errno.code(error))

const notStarted = (tool: ToolName, error: PlatformError.PlatformError, place = ""): ToolNotStarted =>
  new ToolNotStarted({
    tool,
    detail: `${place}${describe(error)}`,
    ...(isLasting(error) ? {} : { temporary: true })
  })

// These tools must not outlive their client, because the next client could not see what they do. A condor_submit would add
// jobs, a condor_transfer_data would write to a directory that the next client removes, and a condor_qedit would redirect its
// transfer. On Linux setpriv kills them with the client.
const lasting: ReadonlySet<ToolName> = new Set(["condor_submit", "condor_transfer_data", "condor_qedit"])

// A constraint may name thousands of jobs. No argument has a secret: secrets are in files.
const shortened = (argument: string): string => {
  const text = argument.length > 2_000 ? `${argument.slice(0, 2_000)}…` : argument
  return /^[\w.,:=@%+/-]+$/.test(text) ? text : JSON.stringify(text)
}

const mebibyte = 1024 * 1024

// `run` is for the answers of commands, and not for lists of jobs.
const maxKeptBytes = 16 * mebibyte

const maxErrorBytes = mebibyte

// Runs a command until it has ended and all of its output is read. The result does not have text that `onStdout` received.
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
        // HTCondor's tools end at a SIGTERM. A wrapper around them may not.
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
    const failure = Wrapper.failure(command, result)
    return failure === undefined ? result : yield* new ToolNotStarted({ tool, ...failure })
  },
  Effect.scoped
)

/**
 * Runs the tools as child processes.
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
      // An absolute path, because a tool may run in another directory than this process.
      const commandOf = (tool: ToolName) =>
        options.binDirectory === undefined ? tool : path.resolve(options.binDirectory, tool)
      const searchPath = options.path ?? (yield* Config.String("PATH").pipe(Config.withDefault("/usr/bin:/bin")))
      const maxBytes = options.maxOutputBytes ?? 256 * mebibyte
      const canBeMortal = yield* Wrapper.hasSetpriv(spawner, searchPath)

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
