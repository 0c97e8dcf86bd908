/** Ten thousand jobs on the fake. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import { Effect, FileSystem, Layer } from "effect"
import { Capability, Credential, Outcomes, SubmissionKey } from "../../src/index.ts"
import { FakeSchedd, TimeLapse } from "../../src/testing/index.ts"
import * as Backend from "./Backend.ts"

const site = Backend.layer({ endpoint: "ce.example.org" }).pipe(
  Layer.provide(Credential.layerToken(FakeSchedd.token("pilot"))),
  Layer.provideMerge(FakeSchedd.layer({ slots: 100, payload: () => ({ duration: "1 hour" }) })),
  Layer.provideMerge(NodeServices.layer)
)

it.effect(
  "ten thousand pilots: submit and status keep the usual timeouts",
  () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const { submit } = yield* Capability.Submitter
      const { status } = yield* Capability.StatusReporter
      const executable = yield* fileSystem.makeTempFileScoped()
      yield* fileSystem.writeFile(executable, new Uint8Array(1_000_000).fill(35))
      const copies = Array.from({ length: 10_000 }, () => ({}))
      const { handles } = yield* submit({ executable }, copies, { key: yield* SubmissionKey.generate })
      assert.strictEqual(handles.length, 10_000)
      yield* Effect.sleep("10 seconds")
      const known = Outcomes.successes(yield* status(handles))
      assert.strictEqual(known.filter(([, { _tag }]) => _tag === "Running").length, 100)
    }).pipe(TimeLapse.run, Effect.scoped, Effect.provide(site)),
  120_000
)
