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
 * Makes a command that the kernel kills when this process dies.
 *
 * @category combinators
 * @since 0.1.0
 */
export const mortal = (command: Command): Command => [...setpriv, "--", ...command]

/**
 * Whether the host has a `setpriv` with `--pdeathsig`: the one of util-linux.
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

/**
 * Returns the reason why a wrapper did not start its tool. `undefined` if it did.
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
