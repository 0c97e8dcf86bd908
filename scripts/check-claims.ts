/** Checks that each claim of docs/claims.md names a test that exists. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Console, Effect, FileSystem } from "effect"
import { CheckFailed } from "./CheckFailed.ts"
import * as Claims from "./prose/Claims.ts"

const list = "docs/claims.md"

const program = Effect.gen(function*() {
  const fileSystem = yield* FileSystem.FileSystem
  const { defects, rows } = Claims.claims(yield* fileSystem.readFileString(list))
  const problems: Array<string> = [...defects]
  for (const row of rows) {
    const source = (yield* fileSystem.exists(row.file)) ? yield* fileSystem.readFileString(row.file) : undefined
    const problem = Claims.problem(row, source)
    if (problem !== undefined) problems.push(problem)
  }
  if (rows.length === 0) problems.push("no claims")
  if (problems.length > 0) return yield* new CheckFailed({ detail: `${list}:\n${problems.join("\n")}` })
  yield* Console.log(`${list}: ${rows.length} claims have a test`)
})

program.pipe(Effect.provide(NodeServices.layer), NodeRuntime.runMain)
