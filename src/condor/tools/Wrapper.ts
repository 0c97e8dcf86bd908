/**
 * The programs that run a tool for this library: `setpriv` and `bwrap`.
 *
 * @since 0.1.0
 */
import * as Cache from "effect/Cache"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as ChildProcess from "effect/process/ChildProcess"
import type * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import * as Errno from "../../files/Errno.ts"
import * as ToolFailure from "./ToolFailure.ts"
import type { ToolResult } from "./ToolResult.ts"

/**
 * A program and its arguments.
 *
 * @category models
 * @since 0.1.0
 */
export type Command = readonly [program: string, ...args: ReadonlyArray<string>]

const setpriv = ["setpriv", "--pdeathsig", "KILL"] as const

/**
 * Makes a command that the kernel kills when this process dies.
 *
 * @category combinators
 * @since 0.1.0
 */
export const mortal = (command: Command): Command => [...setpriv, "--", ...command]

/**
 * Makes the check whether the host has a `setpriv` with `--pdeathsig`: the one of util-linux.
 *
 * **Details**
 *
 * The check remembers a definite answer, and concurrent callers share it. It is `false`, and asks again the next time, if `setpriv`
 * could not be started or was killed: the host may have no process or file descriptor left for a moment.
 *
 * @category constructors
 * @since 0.1.0
 */
export const hasSetpriv = (
  { exitCode }: Pick<ChildProcessSpawner.ChildProcessSpawner["Service"], "exitCode">,
  searchPath: string
): Effect.Effect<Effect.Effect<boolean>> => {
  const ask = ([program, ...args]: typeof setpriv) =>
    exitCode(ChildProcess.make(program, [...args, "true"], { env: { PATH: searchPath } })).pipe(
      Errno.starting,
      Effect.map((code) => Number(code) === 0),
      Effect.catchIf(({ reason }) => reason._tag === "NotFound", () => Effect.succeed(false))
    )
  const timeToLive = (exit: Exit.Exit<boolean, unknown>) => Exit.isSuccess(exit) ? Duration.infinity : Duration.zero
  return Effect.map(
    Cache.makeWith(ask, { capacity: 1, timeToLive }),
    (answers) => Effect.orElseSucceed(Cache.get(answers, setpriv), () => false)
  )
}

/**
 * Makes a command that can write only to one directory. `directory` must be the real path, because `bwrap` does not follow an
 * absolute link to its mount point.
 *
 * **Details**
 *
 * The order counts: a later mount covers an earlier one. The command does not see the host's devices. It can read `/dev/shm`,
 * because the temporary directory may be there. It does not see `/proc`, because `/proc/<pid>/root` of another process of the
 * same user would be a way out.
 *
 * @category combinators
 * @since 0.1.0
 */
export const confined = (directory: string, command: Command): Command => [
  "bwrap",
  "--die-with-parent",
  "--ro-bind",
  "/",
  "/",
  "--dev",
  "/dev",
  "--ro-bind-try",
  "/dev/shm",
  "/dev/shm",
  "--tmpfs",
  "/proc",
  "--bind",
  directory,
  directory,
  "--remount-ro",
  "/dev",
  "--remount-ro",
  "/proc",
  "--",
  ...command
]

// The errors of exec, as setpriv prints them, after which another attempt fails in the same way.
const lasting: ReadonlyMap<string, string> = new Map([
  ["No such file or directory", "no such command"],
  ["Permission denied", "PermissionDenied"],
  ["Not a directory", "ENOTDIR"],
  ["Too many levels of symbolic links", "ELOOP"],
  ["Exec format error", "ENOEXEC"]
])

/**
 * Returns the reason why a wrapper did not start its tool, and whether a later attempt may succeed. `undefined` if it did.
 *
 * @category getters
 * @since 0.1.0
 */
export const failure = (
  [program]: Command,
  { exitCode, stderr }: ToolResult
): { readonly detail: string; readonly temporary?: true } | undefined => {
  if (program === "bwrap" && exitCode !== 0 && stderr.startsWith("bwrap: ")) {
    return { detail: ToolFailure.words({ exitCode, stdout: "", stderr }) }
  }
  // setpriv exits with 127 if there is no such file, and with 126 after any other error of exec.
  const isFailed = exitCode === 126 || exitCode === 127
  if (program !== "setpriv" || !isFailed || !stderr.startsWith("setpriv: failed to execute")) return undefined
  const reason = stderr.trimEnd().split(": ").at(-1) ?? ""
  const detail = lasting.get(reason)
  return detail === undefined ? { detail: reason, temporary: true } : { detail }
}
