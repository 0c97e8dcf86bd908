/**
 * Records what the real tools print in every situation of test/transcripts, on the stacks of the versions named, of both
 * unless any is. A stack that is not running is started, and ended again.
 *
 *     npm run transcripts [-- lts|latest]
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Console from "effect/Console"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Path from "effect/Path"
import * as ChildProcess from "effect/process/ChildProcess"
import * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import * as Schema from "effect/Schema"
import * as Stdio from "effect/Stdio"
import * as RealRig from "../test/transcripts/RealRig.ts"
import * as Recordings from "../test/transcripts/Recordings.ts"
import { situations } from "../test/transcripts/Situations.ts"
import * as Transcript from "../test/transcripts/Transcript.ts"

const decodeVersions = Schema.decodeUnknownEffect(Schema.Array(Schema.Literals(["lts", "latest"])))

// Up for as long as the scope lives, unless it was up before.
const stackUp = Effect.fnUntraced(function*(version: string) {
  const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
  const path = yield* Path.Path
  const stack = (command: string, output: "inherit" | "ignore") =>
    spawner.exitCode(
      ChildProcess.make(path.resolve(import.meta.dirname, "stack"), [command, version], {
        extendEnv: true,
        stdin: "ignore",
        stdout: output,
        stderr: output
      })
    )
  if ((yield* stack("status", "ignore")) === 0) return
  yield* Effect.acquireRelease(stack("up", "inherit"), () => Effect.ignore(stack("down", "inherit")))
})

const recordVersion = Effect.fnUntraced(function*(version: "lts" | "latest") {
  const [duration, transcripts] = yield* Effect.timed(
    Effect.provide(Transcript.recordAll(situations), RealRig.layer(version))
  )
  yield* Recordings.save(version, transcripts)
  yield* Console.log(
    `${version}: ${transcripts.length} situations in ${Math.round(Duration.toSeconds(duration))} s`
  )
})

const main = Effect.gen(function*() {
  const stdio = yield* Stdio.Stdio
  const asked = yield* decodeVersions(yield* stdio.args)
  const versions = asked.length === 0 ? (["lts", "latest"] as const) : asked
  yield* Effect.forEach(versions, stackUp)
  yield* Effect.forEach(versions, recordVersion, { concurrency: 2 })
}).pipe(Effect.scoped)

NodeRuntime.runMain(main.pipe(Effect.provide(NodeServices.layer)))
