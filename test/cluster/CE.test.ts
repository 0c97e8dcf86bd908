import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { SchemaBinary } from "effect/encoding"
import { Rpc } from "effect/rpc"
import { CE, PilotBatch } from "../../src/cluster/index.ts"
import { SubmissionKey } from "../../src/index.ts"

// Processes send messages to each other in this form. A cluster of one process and the engine's runner for tests use other forms.
describe("the binary form of messages", () => {
  it("exists for each request to a compute element, and its answers", () => {
    for (const rpc of CE.CE.protocol.requests.values()) {
      SchemaBinary.toCodec(rpc.payloadSchema)
      SchemaBinary.toCodec(Rpc.exitSchema(rpc))
    }
  })

  it.effect("carries a batch with all kinds of outputs", () =>
    Effect.gen(function*() {
      const batch = {
        endpoint: "ce.example.org:9619",
        key: SubmissionKey.SubmissionKey.make("key"),
        spec: {
          executable: "/bin/true",
          outputs: [{ name: "a" }, { name: "b", optional: true }, { directory: "c" }, { glob: "*.d" }]
        },
        copies: [{ environment: { A: "a" } }],
        destination: "/output"
      } as const
      const codec = SchemaBinary.toCodec(PilotBatch.Batch)
      const bytes = yield* Schema.encodeEffect(codec)(batch)
      assert.deepStrictEqual(yield* Schema.decodeEffect(codec)(bytes), batch)
    }))
})
