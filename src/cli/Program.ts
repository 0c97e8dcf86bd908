/**
 * The command as a process: its arguments, its signals and its exit code.
 *
 * @since 0.1.0
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as Runtime from "effect/Runtime"
import * as Schema from "effect/Schema"
import * as Stdio from "effect/Stdio"
import { interrupts } from "./BrokenPipe.ts"
import * as Cli from "./Cli.ts"

// `Cli.run` has printed everything: only the exit code is left.
class Exited extends Schema.TaggedError<Exited>("effect-htcondor-ce/Exited")("Exited", {
  code: Schema.Literals([1, 2, 3])
}) {
  override readonly [Runtime.errorExitCode] = this.code
  override readonly [Runtime.errorReported] = false
}

Effect.gen(function*() {
  const stdio = yield* Stdio.Stdio
  const code = yield* Cli.run(yield* stdio.args)
  if (code !== 0) return yield* new Exited({ code })
}).pipe(interrupts, Effect.provide(NodeServices.layer), NodeRuntime.runMain)
