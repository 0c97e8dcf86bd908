/** Batches at a compute element that gives errors, or whose configuration somebody has to repair. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Exit, Fiber, Layer, Option, Result, Stream } from "effect"
import { ClusterWorkflowEngine, TestRunner } from "effect/cluster"
import { PilotBatch, SecretSource } from "../../src/cluster/index.ts"
import * as Sent from "../../src/cluster/internal/Sent.ts"
import { BackendError, type Capability, JobError, JobHandle, type Retry, SubmissionKey } from "../../src/index.ts"
import { TimeLapse } from "../../src/testing/index.ts"
import { sealer } from "../testing/FakeSite.ts"
import * as Scripted from "./Scripted.ts"

const endpoint = "ce.example.org:9619"
const key = SubmissionKey.SubmissionKey.make("key")

const jobs = [0, 1].map((copy) =>
  new JobHandle.JobHandle({
    backend: "htcondor-ce",
    endpoint,
    scheduler: "ce.example.org",
    job: `1.${copy}`,
    key,
    copy
  })
)

const batch: PilotBatch.Batch = {
  endpoint,
  key,
  spec: { executable: "/bin/true" },
  copies: [{}, {}],
  destination: "/output"
}

const submitted = () => Effect.succeed({ key, handles: jobs, failures: [], warnings: [], adopted: false })

const fetched = (handles: ReadonlyArray<JobHandle.JobHandle>) =>
  handles.map((handle) =>
    [handle, Result.fail(new JobError.AlreadyRetrieved({ handle, retrievedAt: DateTime.makeUnsafe(0) }))] as const
  )

/** The first job, whose output was not transferred. */
const failed = (retry: Retry.Retry) => {
  const [handle] = jobs
  if (handle === undefined) return assert.fail("no job")
  return [handle, Result.fail(new JobError.TransferFailed({ handle, detail: "the disk is full", retry }))] as const
}

const ended: Parameters<typeof Scripted.owner>[0] = {
  submit: submitted,
  watch: () => Stream.empty,
  fetch: ({ payload: { handles } }) => Effect.succeed(fetched(handles))
}

const answering = (answers: Parameters<typeof Scripted.owner>[0], retains = false) =>
<A, E>(
  test: Effect.Effect<A, E, Layer.Success<typeof engine>>
) =>
  TimeLapse.run(test, { step: "10 seconds", longest: "10 minutes" }).pipe(Effect.provide(
    Layer.merge(retains ? PilotBatch.layerRetaining : PilotBatch.layer, Scripted.owner({ ...ended, ...answers })).pipe(
      Layer.provideMerge(Layer.fresh(engine))
    )
  ))

const engine = ClusterWorkflowEngine.layer.pipe(
  Layer.provideMerge(TestRunner.layer),
  Layer.provideMerge(Layer.mergeAll(sealer, SecretSource.layerNone, NodeServices.layer))
)

/** Gives these answers in order, then repeats the last one, and counts the calls. */
const inTurn = <A>(first: A, ...others: ReadonlyArray<A>) => {
  const answers = [first, ...others]
  let asked = 0
  return { next: (): A => answers[Math.min(asked++, answers.length - 1)] ?? first, asked: () => asked }
}

describe("PilotBatch", () => {
  it.effect("at its deadline, cancels a job again if the compute element did not remove it", () => {
    const asked: Array<number> = []
    const cancelled: Result.Result<Capability.CancelOutcome, JobError.CancelError> = Result.succeed({
      _tag: "Cancelled"
    })
    return Effect.gen(function*() {
      const deadline = DateTime.add(yield* DateTime.now, { minutes: 10 })
      const { deadlineExceeded } = yield* PilotBatch.execute({ ...batch, deadline })
      assert.isTrue(deadlineExceeded)
      assert.deepStrictEqual(asked, [2, 1, 1])
    }).pipe(answering({
      watch: () => Stream.never,
      cancel: ({ payload: { handles } }) => {
        asked.push(handles.length)
        return Effect.succeed(handles.map((handle) => {
          const isLeft = handle.copy === 0 && asked.length < 3
          return [handle, isLeft ? Result.fail(new JobError.NotRemovable({ handle, detail: "it is busy" })) : cancelled]
        }))
      }
    }))
  })

  it.effect("interrupt: withdraws the jobs after somebody has repaired the credential", () => {
    const refused = Effect.fail(new BackendError.AuthenticationFailed({ endpoint }))
    const withdrawals = inTurn<Effect.Effect<Capability.Withdrawal, BackendError.BackendError>>(
      refused,
      refused,
      Effect.succeed({ key, jobs: [], complete: true })
    )
    return Effect.gen(function*() {
      const id = yield* PilotBatch.start(batch)
      yield* Effect.sleep("1 minute")
      yield* PilotBatch.PilotBatch.interrupt(id)
      yield* Effect.sleep("1 hour")
      assert.strictEqual(withdrawals.asked(), 3)
    }).pipe(answering({ watch: () => Stream.never, withdraw: withdrawals.next }))
  })

  it.effect("continues when its compute element is configured again", () => {
    const unconfigured = new BackendError.BackendFailed({ endpoint, detail: "it is not configured", retry: "Never" })
    const watches = inTurn<Stream.Stream<never, BackendError.BackendError>>(Stream.fail(unconfigured), Stream.empty)
    const fetches = inTurn(false, true)
    return Effect.gen(function*() {
      const { jobs } = yield* PilotBatch.execute(batch)
      assert.deepStrictEqual(jobs.map(({ _tag }) => _tag), ["Elsewhere", "Elsewhere"])
      assert.deepStrictEqual([watches.asked(), fetches.asked()], [2, 2])
    }).pipe(answering({
      watch: watches.next,
      fetch: ({ payload: { handles } }) => fetches.next() ? Effect.succeed(fetched(handles)) : Effect.fail(unconfigured)
    }))
  })

  it.effect("fetch: repeats a job whose disk was full after somebody has made room", () => {
    const asked: Array<number> = []
    return Effect.gen(function*() {
      const { jobs } = yield* PilotBatch.execute(batch)
      assert.deepStrictEqual(jobs.map(({ _tag }) => _tag), ["Elsewhere", "Elsewhere"])
      assert.deepStrictEqual(asked, [2, 1])
    }).pipe(answering({
      fetch: ({ payload: { handles } }) => {
        asked.push(handles.length)
        return Effect.succeed(asked.length > 1 ? fetched(handles) : [failed("AfterRepair"), ...fetched(jobs.slice(1))])
      }
    }))
  })

  it.effect("at its deadline, cancels the other jobs when the credential is accepted again", () => {
    const asked: Array<number> = []
    const refused = new BackendError.AuthenticationFailed({ endpoint })
    return Effect.gen(function*() {
      yield* PilotBatch.execute({ ...batch, deadline: DateTime.add(yield* DateTime.now, { minutes: 10 }) })
      assert.deepStrictEqual(asked, [2, 1])
    }).pipe(answering({
      watch: () => Stream.never,
      cancel: ({ payload: { handles } }) => {
        asked.push(handles.length)
        return Effect.succeed(handles.map((handle) => [
          handle,
          handle.copy === 0 && asked.length === 1
            ? Result.fail(new JobError.StatusUnavailable({ handle, error: refused }))
            : Result.succeed({ _tag: "Cancelled" })
        ]))
      }
    }))
  })

  it.effect("interrupt: ends a batch whose submission is repeated, when the compute element answers again", () => {
    let isDown = true
    let submissions = 0
    return Effect.gen(function*() {
      const id = yield* PilotBatch.start(batch)
      yield* Effect.sleep("10 minutes")
      yield* PilotBatch.PilotBatch.interrupt(id)
      yield* Effect.sleep("20 minutes")
      isDown = false
      const before = submissions
      yield* Effect.sleep("1 hour")
      // This asked whether jobs of the key are there.
      assert.strictEqual(submissions, before + 1)
      const result = yield* PilotBatch.PilotBatch.poll(id)
      assert.isTrue(Option.exists(result, (one) => one._tag === "Complete" && Exit.hasInterrupts(one.exit)))
    }).pipe(answering({
      submit: () =>
        Effect.suspend(() => {
          submissions++
          return Effect.fail(
            isDown
              ? new BackendError.CEUnavailable({ endpoint, detail: "it is down" })
              : new BackendError.BackendFailed({ endpoint, detail: Sent.tooLate, retry: "Never" })
          )
        }),
      withdraw: () => Effect.succeed({ key, jobs: [], complete: true })
    }))
  })

  it.effect("execute: an interrupted batch is an error with Never, and does not interrupt its caller", () =>
    Effect.gen(function*() {
      const running = yield* Effect.forkChild(Effect.flip(PilotBatch.execute(batch)))
      yield* Effect.sleep("1 minute")
      yield* PilotBatch.PilotBatch.interrupt(yield* PilotBatch.start(batch))
      const interrupted = { _tag: "BackendFailed", detail: "the batch key was interrupted", retry: "Never" } as const
      assert.deepInclude(yield* Fiber.join(running), interrupted)
      assert.deepInclude(yield* Effect.flip(PilotBatch.execute(batch)), interrupted)
    }).pipe(answering({
      watch: () => Stream.never,
      withdraw: () => Effect.succeed({ key, jobs: [], complete: true })
    })))
})
