/** The demo as a separate process. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Cause from "effect/Cause"
import * as Console from "effect/Console"
import * as Digest from "effect/crypto/Digest"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as Stdio from "effect/Stdio"
import { interrupts } from "../../src/cli/BrokenPipe.ts"
import { fail, type Stage, story, Version } from "../../src/cli/demo/Story.ts"
import type { HTCondorCE } from "../../src/index.ts"

/** Plays the story on the version that the command line names. */
export const main = <E>(
  stage: (version: typeof Version.Type) => Layer.Layer<Stage | HTCondorCE.Capabilities, E, NodeServices.NodeServices>
) =>
  Effect.gen(function*() {
    const stdio = yield* Stdio.Stdio
    const [version = "latest"] = yield* stdio.args
    const checked = yield* Effect.mapError(
      Schema.decodeUnknownEffect(Version)(version),
      () => fail("which version? lts or latest")
    )
    const services = Layer.mergeAll(stage(checked), Digest.layerWebCrypto, SecureRandom.layerWebCrypto)
    yield* Effect.provide(story, services)
  }).pipe(
    interrupts,
    Effect.tapCause((cause) => {
      if (Cause.hasInterruptsOnly(cause)) return Effect.void
      const error = Cause.squash(cause)
      return Console.error(`demo: ${Predicate.isError(error) ? error.message : String(error)}`)
    }),
    Effect.provide(NodeServices.layer),
    NodeRuntime.runMain({ disableErrorReporting: true })
  )
