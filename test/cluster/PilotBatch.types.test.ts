/** Code that must not compile, because it would store a secret or fail when it is sent. */
import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Effect, type Layer, Redacted } from "effect"
import { CE, type ClusterCE, PilotBatch, type SecretSealer } from "../../src/cluster/index.ts"
import { type Submission, SubmissionKey } from "../../src/index.ts"

const batch = {
  endpoint: "ce.example.org:9619",
  key: SubmissionKey.SubmissionKey.make("task-42"),
  spec: { executable: "/shared/pilot.sh" },
  destination: "/shared/output"
} as const

const secret: Submission.Copy = { secrets: { token: Redacted.make("swordfish") } }

describe("PilotBatch", () => {
  it("a batch whose copies have secrets does not compile", () => {
    const plain: PilotBatch.Batch = { ...batch, copies: [{ environment: { PILOT: "a" } }] }
    // @ts-expect-error it may have secrets, and the database would have them in clear
    const some: PilotBatch.Batch = { ...batch, copies: [secret] }
    // @ts-expect-error it has secrets
    const starts = PilotBatch.start({ ...batch, copies: [{ secrets: { token: Redacted.make("swordfish") } }] })
    assert.lengthOf(some.copies, plain.copies.length)
    assert.isTrue(Effect.isEffect(starts))
  })
})

describe("ClusterCE", () => {
  const own = CE.CE.client.pipe(
    Effect.flatMap((client) => client(batch.endpoint).submit({ ...batch, copies: [secret] }))
  )

  it("submitting through the cluster needs the sealer, at both ends", () => {
    expectTypeOf<SecretSealer.SecretSealer>().toExtend<Layer.Services<ReturnType<typeof ClusterCE.layer>>>()
    expectTypeOf<SecretSealer.SecretSealer>().toExtend<Layer.Services<ReturnType<typeof ClusterCE.layerServer>>>()
    expectTypeOf<SecretSealer.SecretSealer>().toExtend<Effect.Services<typeof own>>()
    assert.isTrue(Effect.isEffect(own))
  })

  it("a message without secrets does not need it", () => {
    const asks = CE.CE.client.pipe(Effect.flatMap((client) => client(batch.endpoint).reconcile({ key: batch.key })))
    expectTypeOf<Extract<Effect.Services<typeof asks>, SecretSealer.SecretSealer>>().toEqualTypeOf<never>()
    // The control: Extract finds a service that is required.
    expectTypeOf<Extract<Effect.Services<typeof own>, SecretSealer.SecretSealer>>()
      .toEqualTypeOf<SecretSealer.SecretSealer>()
    assert.isTrue(Effect.isEffect(asks))
  })
})
