/** What a user of the library tests with a fake schedd: a factory that keeps pilots at a compute element. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Ref, Schedule } from "effect"
import {
  Capability,
  Credential,
  HTCondorCE,
  type JobHandle,
  JobStatus,
  Outcomes,
  type Submission,
  SubmissionKey
} from "../../src/index.ts"
import { FakeSchedd, TimeLapse } from "../../src/testing/index.ts"

/** Keeps `target` pilots queued or running: looks each minute, gives up what has ended, submits what is missing. */
const keepPilots = Effect.fn("keepPilots")(function*(spec: Submission.SubmissionSpec, target: number) {
  const { submit } = yield* Capability.Submitter
  const { status } = yield* Capability.StatusReporter
  const { purge } = yield* Capability.Purgeable
  const pilots = yield* Ref.make<ReadonlyArray<JobHandle.JobHandle>>([])
  const cycle = Effect.gen(function*() {
    const known = Outcomes.successes(yield* status(yield* Ref.get(pilots)))
    const live = known.filter(([, one]) => !JobStatus.isTerminal(one)).map(([handle]) => handle)
    yield* purge(known.filter(([, one]) => JobStatus.isTerminal(one)).map(([handle]) => handle))
    const copies = Array.from({ length: target - live.length }, () => ({}))
    const { handles } = yield* submit(spec, copies, { key: yield* SubmissionKey.generate })
    yield* Ref.set(pilots, [...live, ...handles])
  })
  const minutely = Schedule.spaced("1 minute")
  return yield* Effect.repeat(Effect.retry(cycle, minutely), minutely)
})

const site = HTCondorCE.layer({ endpoint: "ce.example.org" }).pipe(
  Layer.provide(Credential.layerToken(FakeSchedd.token("pilot"))),
  Layer.provideMerge(FakeSchedd.layer({ slots: 4, payload: () => ({ duration: "20 minutes" }) })),
  Layer.provideMerge(NodeServices.layer)
)

describe("a pilot factory", () => {
  it.effect("keeps ten pilots at a CE with four slots", () =>
    Effect.gen(function*() {
      const fake = yield* FakeSchedd.FakeSchedd
      yield* Effect.forkScoped(keepPilots({ executable: "/bin/true" }, 10))
      yield* TimeLapse.pass("70 minutes")
      assert.strictEqual((yield* fake.queue).length, 10)
      assert.strictEqual((yield* fake.history).length, 12)
    }).pipe(Effect.provide(site)))

  it.effect("lives through an hour without the CE", () =>
    Effect.gen(function*() {
      const fake = yield* FakeSchedd.FakeSchedd
      yield* Effect.forkScoped(keepPilots({ executable: "/bin/true" }, 10))
      yield* Effect.scoped(Effect.andThen(fake.fault({ _tag: "Unreachable" }), TimeLapse.pass("1 hour")))
      assert.strictEqual((yield* fake.queue).length, 0)
      yield* TimeLapse.pass("10 minutes")
      assert.strictEqual((yield* fake.queue).length, 10)
    }).pipe(Effect.provide(site)))
})
