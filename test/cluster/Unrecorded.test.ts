/** Submissions that a batch has made, and that it has not recorded. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import { Effect, Fiber, FileSystem, Layer } from "effect"
import { ClusterWorkflowEngine, TestRunner } from "effect/cluster"
import { ClusterCE, PilotBatch, SecretSource } from "../../src/cluster/index.ts"
import { ScheddTransport, SubmissionKey } from "../../src/index.ts"
import { FakeSchedd, TimeLapse } from "../../src/testing/index.ts"
import { element, residue, sealer, Temporary } from "../testing/FakeSite.ts"

const cluster = Layer.unwrap(Effect.gen(function*() {
  const fake = yield* element
  return Layer.merge(ClusterCE.layerServer(() => fake), PilotBatch.layer)
})).pipe(
  Layer.provideMerge(ClusterWorkflowEngine.layer),
  Layer.provideMerge(Layer.fresh(TestRunner.layer)),
  Layer.provide([sealer, ScheddTransport.layerTools({ byName: true }), SecretSource.layerNone]),
  Layer.provideMerge(FakeSchedd.layer({ version: "latest", payload: () => ({ duration: "1 day" }) })),
  Layer.provideMerge(Temporary.layer),
  Layer.provideMerge(NodeServices.layer)
)

it.effect("a batch whose payload changed after an unrecorded submission fails, and withdraws its jobs", () =>
  TimeLapse.run(
    Effect.gen(function*() {
      const fake = yield* FakeSchedd.FakeSchedd
      const fileSystem = yield* FileSystem.FileSystem
      const { directory } = yield* Temporary
      const executable = `${directory}-pilot.sh`
      yield* fileSystem.writeFileString(executable, "#!/bin/sh\n")
      let isDown = true
      let submissions = 0
      yield* fake.fault({
        _tag: "Unreachable",
        when: ({ tool }) => tool === "condor_submit" ? submissions++ < 0 : isDown && submissions > 0
      })
      const running = yield* Effect.forkChild(Effect.flip(PilotBatch.execute({
        endpoint: fake.endpoint,
        key: yield* SubmissionKey.generate,
        spec: { executable },
        copies: [{}, {}],
        destination: `${directory}-output`
      })))
      yield* Effect.sleep("2 minutes")
      assert.strictEqual((yield* fake.queue).length, 2)
      yield* fileSystem.writeFileString(executable, "#!/bin/sh\necho another\n")
      isDown = false
      assert.strictEqual((yield* Fiber.join(running))._tag, "SubmissionConflict")
      yield* Effect.sleep("1 minute")
      assert.deepStrictEqual(yield* residue, [])
    }).pipe(Effect.scoped),
    { step: "5 seconds" }
  ).pipe(Effect.provide(cluster)))
