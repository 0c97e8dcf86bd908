#!/usr/bin/env node
/**
 * The executable. It checks the version of Node before it imports anything that needs a recent one, and loads the rest only when
 * a command needs it.
 *
 * @since 0.1.0
 */
import process, { argv, env, stderr, stdout, versions } from "node:process"
import * as NodeVersion from "./NodeVersion.ts"
import { version } from "./Version.ts"

const refuse = (tag: string, message: string): void => {
  if (argv.includes("--json")) stdout.write(`${JSON.stringify({ error: { _tag: tag, message } })}\n`)
  stderr.write(`htcondor-ce: ${message}\n`)
  process.exitCode = 2
}

// Keeps compiled code for the next run, in the user's own directory: everybody who can write there can run code.
const keepCompiled = (): void => {
  const home = env["XDG_CACHE_HOME"] ?? (env["HOME"] === undefined ? "" : `${env["HOME"]}/.cache`)
  if (home.startsWith("/")) {
    process.getBuiltinModule("node:module").enableCompileCache(`${home}/effect-htcondor-ce/compiled`)
  }
}

// The package is an optional peer: users of the library may not have it. Any other failure is a bug.
const isMissing = (error: unknown): boolean =>
  error instanceof Error && error.message.startsWith("Cannot find package '@effect/platform-node'")

const message = NodeVersion.complaint(versions.node)

if (message !== undefined) refuse("UnsupportedNode", message)
else if (argv.length === 3 && argv[2] === "--version") stdout.write(`htcondor-ce v${version}\n`)
else {
  keepCompiled()
  await import("./Program.ts").catch((error: unknown) =>
    isMissing(error)
      ? refuse("MissingPackage", "the package @effect/platform-node is missing: npm install @effect/platform-node")
      : Promise.reject(error)
  )
}
