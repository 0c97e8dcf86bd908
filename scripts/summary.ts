/** Adds up the results of test runs, given as vitest's JSON reports, in one closing line. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Console, Effect, FileSystem, Schema, Stdio } from "effect"

const Report = Schema.fromJsonString(
  Schema.Struct({ numPassedTests: Schema.Natural, numFailedTests: Schema.Natural, numPendingTests: Schema.Natural })
)

const program = Effect.gen(function*() {
  const fileSystem = yield* FileSystem.FileSystem
  const stdio = yield* Stdio.Stdio
  const reports = yield* Effect.forEach(
    yield* stdio.args,
    (file) => Effect.flatMap(fileSystem.readFileString(file), Schema.decodeEffect(Report))
  )
  const sum = (pick: (report: typeof Report.Type) => number) =>
    reports.reduce((total, report) => total + pick(report), 0)
  const failed = sum((report) => report.numFailedTests)
  yield* Console.log(
    `${sum((report) => report.numPassedTests)} passed, ${failed} failed, ${
      sum((report) => report.numPendingTests)
    } skipped`
  )
})

program.pipe(Effect.provide(NodeServices.layer), NodeRuntime.runMain)
