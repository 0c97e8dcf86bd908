#!/usr/bin/env node
/**
 * The executable. It looks at the version of Node before it imports anything that needs a new one.
 *
 * @since 0.1.0
 */
import process, { argv, stderr, stdout, versions } from "node:process"
import * as NodeVersion from "./NodeVersion.ts"

const message = NodeVersion.complaint(versions.node)

if (message === undefined) await import("./Program.ts")
else {
  if (argv.includes("--json")) stdout.write(`${JSON.stringify({ error: { _tag: "UnsupportedNode", message } })}\n`)
  stderr.write(`htcondor-ce: ${message}\n`)
  process.exitCode = 2
}
