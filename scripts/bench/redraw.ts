/** Draws the charts of docs/benchmarks.md: `node scripts/bench/redraw.ts FILE DIRECTORY`, from what `npm run bench -- --json FILE` wrote. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect, FileSystem, Schema, Stdio } from "effect"
import * as Draw from "./Draw.ts"
import { fail } from "./Failed.ts"

const Spread = Schema.Struct({ median: Schema.Finite, lower: Schema.Finite, upper: Schema.Finite })

const Results = Schema.fromJsonString(Schema.Struct({
  outcomes: Schema.Array(Schema.Struct({
    lines: Schema.Array(Schema.Struct({
      work: Schema.String,
      than: Schema.String,
      ours: Schema.optional(Spread),
      theirs: Schema.optional(Spread),
      samples: Schema.optional(Schema.Record(Schema.String, Schema.Array(Schema.Finite)))
    }))
  }))
}))

const program = Effect.gen(function*() {
  const fileSystem = yield* FileSystem.FileSystem
  const stdio = yield* Stdio.Stdio
  const [file, directory] = yield* stdio.args
  if (file === undefined || directory === undefined) return yield* fail("which file, and which directory?")
  const { outcomes } = yield* Schema.decodeEffect(Results)(yield* fileSystem.readFileString(file))
  yield* Draw.write(outcomes.flatMap(({ lines }) => lines), directory)
})

program.pipe(Effect.provide(NodeServices.layer), NodeRuntime.runMain)
