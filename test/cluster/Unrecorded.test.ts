/** Submissions that a batch has made, and that it has not recorded, and those that come too late. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import { Context, Effect, Exit, Fiber, FileSystem, Layer, Option, Schedule } from "effect"
import { ClusterWorkflowEngine, TestRunner } from "effect/cluster"
import { DurableDeferred, WorkflowEngine } from "effect/workflow"
import { ClusterCE, PilotBatch, SecretSource } from "../../src/cluster/index.ts"
import * as Remote from "../../src/cluster/internal/Remote.ts"
import * as Sent from "../../src/cluster/internal/Sent.ts"
import { Capability, ScheddTransport, SubmissionKey } from "../../src/index.ts"
import { FakeSchedd, TimeLapse } from "../../src/testing/index.ts"
import { element, residue, sealer, Temporary } from "../testing/FakeSite.ts"

/** A runner. Its compute elements have the changed engine. */
const make = (changed: Layer.Layer<WorkflowEngine.WorkflowEngine, never, WorkflowEngine.WorkflowEngine>) =>
  Layer.unwrap(Effect.gen(function*() {
    const fake = yield* element
    return Layer.merge(Layer.provide(ClusterCE.layerServer(() => fake), changed), PilotBatch.layer)
  })).pipe(
    Layer.provideMerge(ClusterWorkflowEngine.layer),
    Layer.provideMerge(Layer.fresh(TestRunner.layer)),
    Layer.provide([ScheddTransport.layerTools({ byName: true }), SecretSource.layerNone]),
    Layer.provideMerge(sealer),
    Layer.provideMerge(FakeSchedd.layer({ version: "latest", payload: () => ({ duration: "1 day" }) })),
    Layer.provideMerge(Temporary.layer),
    Layer.provideMerge(NodeServices.layer)
  )

const cluster = make(Layer.effect(WorkflowEngine.WorkflowEngine, WorkflowEngine.WorkflowEngine))

/** A batch of one copy. */
const batchOf = (key: SubmissionKey.SubmissionKey) =>
  Effect.gen(function*() {
    const { endpoint } = yield* FakeSchedd.FakeSchedd
    const { directory } = yield* Temporary
    const destination = `${directory}-output`
    return { endpoint, key, spec: { executable: "/bin/true" }, copies: [{}], destination } as const
  })

/** Starts a batch, and interrupts it after a minute. Returns the id of its execution. */
const interruptedLater = Effect.fnUntraced(function*(batch: PilotBatch.Batch) {
  const executionId = yield* PilotBatch.start(batch)
  yield* Effect.sleep("1 minute")
  yield* PilotBatch.PilotBatch.interrupt(executionId)
  return executionId
})

/** The result of a batch when it has ended. */
const ended = (executionId: string) =>
  Effect.repeat(PilotBatch.PilotBatch.poll(executionId), {
    until: Option.exists(({ _tag }) => _tag === "Complete"),
    schedule: Schedule.spaced("5 seconds").pipe(Schedule.upTo({ duration: "1 hour" }))
  })

/** Checks that a batch ends as interrupted. */
const endsInterrupted = Effect.fnUntraced(function*(executionId: string) {
  const result = yield* ended(executionId)
  assert.isTrue(Option.exists(result, (one) => one._tag === "Complete" && Exit.hasInterrupts(one.exit)))
})

/** A request of the process of a batch to submit. */
const request = Effect.fnUntraced(function*(endpoint: string, executionId: string, key: SubmissionKey.SubmissionKey) {
  const sent = DurableDeferred.tokenFromExecutionId(Sent.Sent, { workflow: PilotBatch.PilotBatch, executionId })
  const { capabilities } = yield* Remote.make(endpoint, sent)
  const { submit } = Context.get(capabilities, Capability.Submitter)
  const error = yield* Effect.flip(submit({ executable: "/bin/true" }, [{}], { key }))
  return error._tag === "BackendFailed" ? error.retry : error
})

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

it.effect("a request of a frozen process submits nothing for a batch that has been withdrawn", () =>
  TimeLapse.run(
    Effect.gen(function*() {
      const fake = yield* FakeSchedd.FakeSchedd
      const batch = yield* batchOf(yield* SubmissionKey.generate)
      const executionId = yield* interruptedLater(batch)
      yield* ended(executionId)
      const submissions = Effect.map(fake.calls, (calls) => calls.filter(({ tool }) => tool === "condor_submit").length)
      assert.strictEqual(yield* submissions, 1)
      assert.deepStrictEqual(yield* residue, [])
      yield* fake.rotateHistory
      // The process of the batch was frozen before it sent this, and the compute element does not remember the key.
      assert.strictEqual(yield* request(fake.endpoint, executionId, batch.key), "Never")
      assert.strictEqual(yield* submissions, 1)
    }).pipe(Effect.scoped),
    { step: "5 seconds" }
  ).pipe(Effect.provide(cluster)))

it.effect("a batch that a dead process has begun to withdraw ends as interrupted, and submits nothing", () =>
  TimeLapse.run(
    Effect.gen(function*() {
      const fake = yield* FakeSchedd.FakeSchedd
      let isDown = true
      yield* fake.fault({ _tag: "Unreachable", when: () => isDown })
      const executionId = yield* interruptedLater(yield* batchOf(yield* SubmissionKey.generate))
      // The dead process recorded this. The submission that is under way fails because of it.
      yield* DurableDeferred.succeed(Sent.Withdrawn, {
        token: DurableDeferred.tokenFromExecutionId(Sent.Withdrawn, { workflow: PilotBatch.PilotBatch, executionId }),
        value: undefined
      })
      isDown = false
      yield* endsInterrupted(executionId)
      assert.isFalse((yield* fake.calls).some(({ tool }) => tool === "condor_submit"))
    }).pipe(Effect.scoped),
    { step: "5 seconds" }
  ).pipe(Effect.provide(cluster)))

it.effect("a batch that is interrupted does not remove jobs of others with its key", () =>
  TimeLapse.run(
    Effect.gen(function*() {
      const fake = yield* FakeSchedd.FakeSchedd
      const key = yield* SubmissionKey.generate
      const { capabilities } = yield* Remote.make(fake.endpoint)
      const { submit, withdraw } = Context.get(capabilities, Capability.Submitter)
      yield* submit({ executable: "/bin/true" }, [{}, {}], { key })
      let isDown = true
      yield* fake.fault({ _tag: "Unreachable", when: () => isDown })
      const executionId = yield* interruptedLater(yield* batchOf(key))
      isDown = false
      yield* endsInterrupted(executionId)
      yield* Effect.sleep("1 minute")
      assert.strictEqual((yield* fake.queue).length, 2)
      yield* withdraw(key)
    }).pipe(Effect.scoped),
    { step: "5 seconds" }
  ).pipe(Effect.provide(cluster)))

/** The batch is withdrawn while its owner submits. The database gives these answers to the owner first. */
const late = (...first: ReadonlyArray<Effect.Effect<Option.Option<Exit.Exit<unknown, unknown>>>>) =>
  make(Layer.effect(
    WorkflowEngine.WorkflowEngine,
    Effect.map(WorkflowEngine.WorkflowEngine, (engine) => {
      const answers = Array.from(first)
      return { ...engine, deferredResult: () => answers.shift() ?? Effect.succeedSome(Exit.void) }
    })
  ))

it.effect("an owner removes jobs that it submitted too late also if its caller is gone", () =>
  TimeLapse.run(
    Effect.gen(function*() {
      const fake = yield* FakeSchedd.FakeSchedd
      const asking = yield* Effect.forkChild(request(fake.endpoint, "one", yield* SubmissionKey.generate))
      yield* Effect.repeat(fake.queue, { until: (jobs) => jobs.length > 0, schedule: Schedule.spaced("1 second") })
      yield* Effect.sleep("5 seconds")
      yield* Fiber.interrupt(asking)
      yield* Effect.sleep("5 minutes")
      assert.deepStrictEqual(yield* residue, [])
    }).pipe(Effect.scoped),
    { step: "1 second" }
  ).pipe(Effect.provide(late(Effect.succeedNone, Effect.never))))

it.effect("an owner that was frozen before it submits removes the jobs of a batch that has been withdrawn", () =>
  TimeLapse.run(
    Effect.gen(function*() {
      const { calls, endpoint } = yield* FakeSchedd.FakeSchedd
      assert.strictEqual(yield* request(endpoint, "one", yield* SubmissionKey.generate), "Never")
      assert.isTrue((yield* calls).some(({ tool }) => tool === "condor_submit"))
      yield* Effect.sleep("1 minute")
      assert.deepStrictEqual(yield* residue, [])
    }).pipe(Effect.scoped),
    { step: "5 seconds" }
  ).pipe(Effect.provide(late(Effect.succeedNone))))
