/** Batches of pilots, in a cluster of one process in memory. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, FileSystem, Layer, Redacted } from "effect"
import { ClusterWorkflowEngine, TestRunner } from "effect/cluster"
import * as BatchEvents from "../../src/cluster/BatchEvents.ts"
import * as ClusterCE from "../../src/cluster/ClusterCE.ts"
import * as PilotBatch from "../../src/cluster/PilotBatch.ts"
import * as SecretSource from "../../src/cluster/SecretSource.ts"
import { Capability, ScheddTransport, SubmissionKey } from "../../src/index.ts"
import { FakeSchedd, TimeLapse } from "../../src/testing/index.ts"
import { element, residue, sealer, Temporary } from "../testing/FakeSite.ts"

const events: Array<string> = []

const play = ({ environment, inputs }: FakeSchedd.PayloadJob): FakeSchedd.Payload => ({
  duration: environment["LASTS"] === undefined ? "1 minute" : "1 day",
  stdout: `${environment["NAME"] ?? ""} ${new TextDecoder().decode(inputs.get("secret.txt")?.content)}`
})

const cluster = (retains: boolean) =>
  Layer.unwrap(Effect.gen(function*() {
    const fake = yield* element
    const server = retains ? ClusterCE.layerServerRetaining : ClusterCE.layerServer
    return Layer.mergeAll(
      ClusterCE.layer(fake.endpoint),
      server(() => fake),
      retains ? PilotBatch.layerRetaining : PilotBatch.layer
    )
  })).pipe(
    Layer.provideMerge(ClusterWorkflowEngine.layer),
    Layer.provideMerge(Layer.fresh(TestRunner.layer)),
    Layer.provide([
      sealer,
      ScheddTransport.layerTools({ byName: true }),
      SecretSource.layer((key, copy) => Effect.succeed({ "secret.txt": Redacted.make(`${key}-${copy}`) })),
      Layer.succeed(
        BatchEvents.BatchEvents,
        (event: BatchEvents.BatchEvent) => Effect.sync(() => events.push(event._tag))
      )
    ]),
    Layer.provideMerge(FakeSchedd.layer({ version: "latest", payload: play })),
    Layer.provideMerge(Temporary.layer),
    Layer.provideMerge(NodeServices.layer)
  )

const batch = Effect.fnUntraced(function*(environments: ReadonlyArray<Readonly<Record<string, string>>>) {
  const { endpoint } = yield* FakeSchedd.FakeSchedd
  const { directory } = yield* Temporary
  const fileSystem = yield* FileSystem.FileSystem
  const executable = `${directory}-pilot.sh`
  yield* fileSystem.writeFileString(executable, "#!/bin/sh\n")
  const [first = {}, ...others] = environments
  return {
    endpoint,
    key: yield* SubmissionKey.generate,
    spec: { executable },
    copies: [{ environment: first }, ...others.map((environment) => ({ environment }))],
    destination: `${directory}-output`
  } as const satisfies PilotBatch.Batch
})

const run = <A, E>(test: Effect.Effect<A, E, Layer.Success<ReturnType<typeof cluster>>>, retains = false) =>
  TimeLapse.run(test, { step: "5 seconds" }).pipe(Effect.provide(cluster(retains)))

for (const retains of [false, true]) {
  describe(`a batch at a compute element that ${retains ? "keeps output" : "gives output once"}`, () => {
    it.effect("ends with the output of each copy, each with its secret, and leaves nothing", () =>
      run(
        Effect.gen(function*() {
          const fileSystem = yield* FileSystem.FileSystem
          const pilots = yield* batch([{ NAME: "a" }, { NAME: "b" }])
          const { adopted, deadlineExceeded, jobs } = yield* PilotBatch.execute(pilots)
          assert.deepStrictEqual({ adopted, deadlineExceeded }, { adopted: false, deadlineExceeded: false })
          const texts = yield* Effect.forEach(jobs, (job) =>
            job._tag === "Fetched"
              ? fileSystem.readFileString(`${job.directory}/stdout`)
              : Effect.die(job))
          assert.deepStrictEqual(texts, [`a ${pilots.key}-0`, `b ${pilots.key}-1`])
          assert.deepStrictEqual(yield* residue, [])
        }),
        retains
      ))
  })
}

describe("PilotBatch", () => {
  it.effect("execute: joins a running batch, and returns the answer of one that has ended", () =>
    run(Effect.gen(function*() {
      const fake = yield* FakeSchedd.FakeSchedd
      const pilots = yield* batch([{ NAME: "a" }])
      const started = yield* PilotBatch.start(pilots)
      const [one, other] = yield* Effect.all([PilotBatch.execute(pilots), PilotBatch.execute(pilots)], {
        concurrency: "unbounded"
      })
      assert.deepStrictEqual(one, other)
      assert.strictEqual(yield* PilotBatch.start(pilots), started)
      assert.deepStrictEqual(yield* PilotBatch.execute(pilots), one)
      const submissions = (yield* fake.calls).filter(({ tool }) => tool === "condor_submit")
      assert.strictEqual(submissions.length, 1)
    })))

  it.effect("execute: refuses another batch with the same key, and the first one continues", () =>
    run(Effect.gen(function*() {
      const pilots = yield* batch([{ NAME: "a" }])
      yield* PilotBatch.start(pilots)
      const other = { ...pilots, copies: [{ environment: { NAME: "b" } }] } as const
      const error = yield* Effect.flip(PilotBatch.execute(other))
      assert.strictEqual(error._tag, "BatchConflict")
      const { jobs } = yield* PilotBatch.execute(pilots)
      assert.deepStrictEqual(jobs.map(({ _tag }) => _tag), ["Fetched"])
    })))

  it.effect("execute: ignores the order of fields, and refuses a batch that no runner can read", () =>
    run(Effect.gen(function*() {
      const pilots = yield* batch([{ NAME: "a", OTHER: "b" }])
      yield* PilotBatch.start({ ...pilots, spec: { ...pilots.spec, tag: "one", arguments: ["x"] } })
      yield* PilotBatch.start({
        ...pilots,
        spec: { arguments: ["x"], tag: "one", ...pilots.spec },
        copies: [{ environment: { OTHER: "b", NAME: "a" } }]
      })
      const error = yield* Effect.flip(PilotBatch.start({ ...pilots, spec: { executable: "" } }))
      assert.strictEqual(error._tag, "InvalidSubmission")
      const copy = { environment: {}, name: "one" }
      const unknown = yield* Effect.flip(PilotBatch.start({ ...pilots, copies: [copy] }))
      assert.strictEqual(unknown._tag, "InvalidSubmission")
    })))

  it.effect("execute: fails with the conflict of its submission, and does not remove the jobs of others", () =>
    run(Effect.gen(function*() {
      const fake = yield* FakeSchedd.FakeSchedd
      const pilots = yield* batch([{ LASTS: "yes" }])
      const { submit } = yield* Capability.Submitter
      yield* submit({ ...pilots.spec, arguments: ["another"] }, [{}], { key: pilots.key })
      const error = yield* Effect.flip(PilotBatch.execute(pilots))
      assert.strictEqual(error._tag, "SubmissionConflict")
      assert.strictEqual((yield* fake.queue).length, 1)
    })))

  it.effect("execute: cancels jobs that have not ended at the deadline, and fetches the output of the others", () =>
    run(Effect.gen(function*() {
      const pilots = yield* batch([{ NAME: "a" }, { LASTS: "yes" }])
      const deadline = DateTime.add(yield* DateTime.now, { minutes: 10 })
      const { deadlineExceeded, jobs } = yield* PilotBatch.execute({ ...pilots, deadline })
      assert.isTrue(deadlineExceeded)
      assert.deepStrictEqual(jobs.map(({ _tag }) => _tag), ["Fetched", "Failed"])
      yield* Effect.sleep("1 minute")
      assert.deepStrictEqual(yield* residue, [])
    })))

  it.effect("interrupt: withdraws the jobs", () =>
    run(Effect.gen(function*() {
      const fake = yield* FakeSchedd.FakeSchedd
      const id = yield* PilotBatch.start(yield* batch([{ NAME: "a" }, { LASTS: "yes" }]))
      yield* Effect.sleep("5 minutes")
      assert.strictEqual((yield* fake.queue).length, 2)
      yield* PilotBatch.PilotBatch.interrupt(id)
      yield* Effect.sleep("5 minutes")
      assert.deepStrictEqual(yield* residue, [])
    })))

  it.effect("batches that wait query the compute element no more often than one watch", () =>
    run(Effect.gen(function*() {
      const fake = yield* FakeSchedd.FakeSchedd
      yield* Effect.forEach([1, 2, 3, 4], () => Effect.flatMap(batch([{ LASTS: "yes" }]), PilotBatch.start), {
        concurrency: "unbounded"
      })
      yield* Effect.sleep("5 minutes")
      const before = (yield* fake.calls).length
      yield* Effect.sleep("10 minutes")
      assert.isAtMost((yield* fake.calls).length - before, 11)
    })))
})
