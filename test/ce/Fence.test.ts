import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, FileSystem, Result } from "effect"
import { Capability, SubmissionKey } from "../../src/index.ts"
import { schedd, spooling } from "./ListedSchedd.ts"
import { key } from "./Scripted.ts"
import { elder, jobsOf, passing, submit, whole } from "./Submitting.ts"

const lost = { message: "the lock was lost" }

/** A fence that records the tool runs before each of its runs, and fails from run number `failsFrom` on. */
const noting = (site: ReturnType<typeof schedd>, failsFrom = Infinity) => {
  let times = 0
  const notes: Array<string> = []
  const fence = Effect.suspend(() => {
    notes.push(`${site.toolsOf().filter((tool) => tool === "condor_submit").length} sent before`)
    return ++times >= failsFrom ? Effect.fail(lost) : Effect.void
  })
  return { fence, notes }
}

describe("the fence of a submission", () => {
  it.effect("runs after the search for the key, and before condor_submit", () =>
    Effect.gen(function*() {
      const site = schedd()
      let before: ReadonlyArray<string> = []
      const fence = Effect.sync(() => {
        before = site.toolsOf()
      })
      const submission = yield* Effect.provide(submit(2, { fence }), site.layer)
      assert.deepStrictEqual(jobsOf(submission), ["50.0", "50.1"])
      assert.deepStrictEqual(before, ["condor_q", "condor_history"])
    }))

  it.effect("sends nothing when it fails, and leaves the key unused", () =>
    Effect.gen(function*() {
      const site = schedd()
      const error = yield* submit(2, { fence: Effect.fail(lost) }).pipe(Effect.flip, Effect.provide(site.layer))
      if (error._tag !== "SubmissionFenced") return assert.fail(error._tag)
      assert.deepInclude({ ...error }, { key, detail: lost.message })
      assert.strictEqual(error.retry, "Later")
      assert.strictEqual(error.leftover, undefined)
      assert.deepStrictEqual(site.toolsOf(), ["condor_q", "condor_history"])
      const again = yield* Effect.provide(submit(2), site.layer)
      assert.deepStrictEqual([jobsOf(again), again.adopted], [["50.0", "50.1"], false])
    }))

  it.effect("does not run for jobs that exist already", () =>
    Effect.gen(function*() {
      const site = schedd()
      yield* Effect.provide(submit(2), site.layer)
      site.listed.queue = site.listed.queue.map((job) => ({ ...job, JobStatus: 1, HoldReasonCode: null }))
      const again = yield* Effect.provide(submit(2, { fence: Effect.fail(lost) }), site.layer)
      assert.deepStrictEqual([jobsOf(again), again.adopted], [["50.0", "50.1"], true])
    }))

  it.effect("runs before each cluster of a large submission", () =>
    Effect.gen(function*() {
      const site = schedd({}, {}, { maxJobsPerCluster: 1, maxConcurrent: 1 })
      const { fence, notes } = noting(site)
      yield* Effect.provide(submit(3, { fence }), site.layer)
      assert.deepStrictEqual(notes, ["0 sent before", "1 sent before", "2 sent before"])
    }))

  it.effect("fails in the middle of a large submission: submitted jobs stay, and the next submit sends the others", () =>
    Effect.gen(function*() {
      const site = schedd({}, {}, { maxJobsPerCluster: 1, maxConcurrent: 1 })
      const { fence } = noting(site, 2)
      const error = yield* submit(9, { fence }).pipe(Effect.flip, Effect.provide(site.layer))
      if (error._tag !== "SubmissionFenced") return assert.fail(error._tag)
      assert.deepStrictEqual(error.leftover, ["50.0"])
      assert.lengthOf(site.listed.queue, 1)
      site.listed.queue = site.listed.queue.map((job) => ({ ...job, JobStatus: 1, HoldReasonCode: null }))
      const state = yield* Effect.flatMap(Capability.Submitter, ({ reconcile }) => reconcile(key)).pipe(
        Effect.provide(site.layer)
      )
      assert.strictEqual(state._tag, "Incomplete")
      const again = yield* Effect.provide(submit(9), site.layer)
      assert.lengthOf(again.handles, 9)
      assert.lengthOf(site.listed.queue, 9)
    }))

  it.effect("runs again when the first jobs have vanished and their copies are sent once more", () =>
    Effect.gen(function*() {
      const site = schedd({}, {
        ...elder(49, whole, spooling),
        answer: (call, listed) => {
          if (call.tool === "condor_q" && site.toolsOf().length > 10) {
            listed.queue = listed.queue.filter(({ ClusterId }) => ClusterId !== 49)
          }
          return undefined
        }
      })
      const { fence, notes } = noting(site)
      assert.deepStrictEqual(jobsOf(yield* passing(submit(2, { fence }), site.layer)), ["51.0", "51.1"])
      assert.deepStrictEqual(notes, ["0 sent before", "1 sent before"])
    }))

  it.effect("waits for a place first: it runs when condor_submit can start at once", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const temporaryDirectory = yield* fileSystem.makeTempDirectoryScoped({ prefix: "fence-" })
      const started = yield* Deferred.make<void>()
      const site = schedd({}, {
        // The first submission takes the only place, and keeps it.
        answer: ({ tool }) =>
          tool === "condor_submit" && site.toolsOf().filter((one) => one === "condor_submit").length === 1
            ? Effect.andThen(Deferred.succeed(started, undefined), Effect.never)
            : undefined
      }, { maxConcurrent: 2, temporaryDirectory })
      const ready = Effect.map(
        fileSystem.readDirectory(temporaryDirectory, { recursive: true }),
        (names) => names.filter((name) => name.endsWith("submission.sub")).length === 2
      )
      let hasRun = false
      const fence = Effect.sync(() => {
        hasRun = true
      })
      yield* Effect.gen(function*() {
        const other = yield* Effect.forkChild(submit(2, { key: SubmissionKey.SubmissionKey.make("another-key") }))
        yield* Deferred.await(started)
        const own = yield* Effect.forkChild(submit(2, { fence }))
        yield* Effect.repeat(ready, { until: (isReady) => isReady })
        for (let turn = 0; turn < 100; turn++) yield* Effect.yieldNow
        assert.isFalse(hasRun)
        yield* Fiber.interrupt(other)
        yield* Fiber.join(own)
        assert.isTrue(hasRun)
      }).pipe(Effect.provide(site.layer))
    }).pipe(Effect.provide(NodeServices.layer)))

  it.effect("keeps an owner that was frozen after its search from submitting what its successor has", () =>
    Effect.gen(function*() {
      const site = schedd()
      const frozen = yield* Deferred.make<void>()
      const awake = yield* Deferred.make<void>()
      let isOwner = true
      const fence = Effect.gen(function*() {
        yield* Deferred.succeed(frozen, undefined)
        yield* Deferred.await(awake)
        if (!isOwner) return yield* Effect.fail(lost)
      })
      const old = yield* submit(2, { fence }).pipe(Effect.result, Effect.provide(site.layer), Effect.forkChild)
      yield* Deferred.await(frozen)
      isOwner = false
      const successor = yield* Effect.provide(submit(2), site.layer)
      yield* Deferred.succeed(awake, undefined)
      const outcome = yield* Fiber.join(old)
      assert.deepStrictEqual(Result.isFailure(outcome) ? outcome.failure._tag : "submitted", "SubmissionFenced")
      assert.deepStrictEqual(
        jobsOf(successor),
        site.listed.queue.map(({ ClusterId, ProcId }) => `${ClusterId}.${ProcId}`)
      )
    }))
})
