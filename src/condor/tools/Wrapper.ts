/**
 * The programs that run a tool for this library: `setpriv` and `bwrap`.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as ChildProcess from "effect/process/ChildProcess"
import type * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
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
 * A command that the kernel kills when this process dies.
 *
 * @category combinators
 * @since 0.1.0
 */
export const mortal = (command: Command): Command => [...setpriv, "--", ...command]

/**
 * Whether there is a `setpriv` that can do it: that of util-linux.
 *
 * @category queries
 * @since 0.1.0
 */
export const hasSetpriv = (
  { exitCode }: Pick<ChildProcessSpawner.ChildProcessSpawner["Service"], "exitCode">,
  searchPath: string
): Effect.Effect<boolean> => {
  const [program, ...args] = setpriv
  return Effect.match(exitCode(ChildProcess.make(program, [...args, "true"], { env: { PATH: searchPath } })), {
    onFailure: () => false,
    onSuccess: (code) => Number(code) === 0
  })
}

/**
 * A command that can write to one directory and to nothing else. The directory is given by its real path: `bwrap` follows no
 * absolute link to where it mounts.
 *
 * **Details**
 *
 * The order counts: a later mount lies over an earlier one. The host's devices go, and its `/dev/shm` stays readable, because
 * the temporary directory may be there. `/proc` goes, because `/proc/<pid>/root` of any process of the same user leads out
 * again.
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

/**
 * Why a wrapper did not start its tool, or undefined if it did.
 *
 * @category getters
 * @since 0.1.0
 */
export const failure = ([program]: Command, { exitCode, stderr }: ToolResult): string | undefined => {
  if (program === "bwrap" && exitCode !== 0 && stderr.startsWith("bwrap: ")) {
    return ToolFailure.words({ exitCode, stdout: "", stderr })
  }
  if (program !== "setpriv" || exitCode !== 127 || !stderr.startsWith("setpriv: failed to execute")) return undefined
  return stderr.includes("No such file or directory")
    ? "no such command"
    : stderr.includes("Permission denied")
    ? "PermissionDenied"
    : "Unknown"
}
