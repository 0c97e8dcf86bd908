import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Result } from "effect"
import { TestClock } from "effect/testing"
import * as StatusBatcher from "../../../../src/ce/internal/status/StatusBatcher.ts"
import * as Constraint from "../../../../src/condor/Constraint.ts"
import { CEUnavailable } from "../../../../src/contract/BackendError.ts"
import { UnreadableJob } from "../../../../src/contract/JobError.ts"
import { jobs, make } from "../../Watching.ts"

const range = (length: number) => Array.from({ length }, (_, index) => index)

const [first = assert.fail()] = jobs(0)

describe("statusOf", () => {
  it.effect("more jobs than one query may name: as few queries as possible", () =>
    Effect.gen(function*() {
      const { polls, status } = make()
      const statusOf = StatusBatcher.make(status)
      const asking = yield* Effect.forkChild(
        Effect.forEach(jobs(...range(25_000)), statusOf, { concurrency: "unbounded" })
      )
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(asking)).length, 25_000)
      assert.deepStrictEqual(polls.map(({ procs }) => procs.length), [Constraint.maxJobs, Constraint.maxJobs, 5_000])
    }))

  it.effect("one job, many callers: one query, and each has its own answer", () =>
    Effect.gen(function*() {
      const { now, polls, status } = make()
      now.set(1, "Running")
      now.set(2, Result.fail(new UnreadableJob({ handle: first, detail: "strange" })))
      const statusOf = StatusBatcher.make(status)
      const asking = yield* Effect.forkChild(
        Effect.forEach(jobs(0, 1, 2, 1), (job) => Effect.result(statusOf(job)), { concurrency: "unbounded" })
      )
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual((yield* Fiber.join(asking)).map((one) => Result.merge(one)._tag), [
        "Waiting",
        "Running",
        "UnreadableJob",
        "Running"
      ])
      assert.strictEqual(polls.length, 1)
    }))

  it.effect("a new call: is not answered by an earlier query", () =>
    Effect.gen(function*() {
      const { now, polls, status } = make(Effect.succeed(10))
      const statusOf = StatusBatcher.make(status)
      const before = yield* Effect.forkChild(statusOf(first))
      yield* TestClock.adjust("5 seconds")
      const after = yield* Effect.forkChild(statusOf(first))
      yield* TestClock.adjust("6 seconds")
      yield* Fiber.join(before)
      assert.isUndefined(after.pollUnsafe())
      now.set(0, "Removed")
      yield* TestClock.adjust("6 seconds")
      assert.strictEqual((yield* Fiber.join(after))._tag, "Removed")
      assert.deepStrictEqual(polls.map(({ began }) => Math.floor(began)), [0, 5])
    }))

  it.effect("a slow CE: queries do not pile up", () =>
    Effect.gen(function*() {
      const { polls, status } = make(Effect.succeed(10))
      const statusOf = StatusBatcher.make(status)
      const asking = yield* Effect.forkChild(
        Effect.forEach(jobs(...range(1_000)), (job) => Effect.delay(statusOf(job), `${job.copy * 20} millis`), {
          concurrency: "unbounded"
        })
      )
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* Fiber.join(asking)).length, 1_000)
      assert.isAtMost(polls.length, 6)
      for (const { began } of polls) {
        const others = polls.filter((poll) => poll.began <= began && (poll.ended ?? Number.POSITIVE_INFINITY) > began)
        assert.isAtMost(others.length, 2)
      }
    }))

  it.effect("an interrupted caller: ends, and the others get their answers", () =>
    Effect.gen(function*() {
      const { polls, status } = make(Effect.succeed(10))
      const statusOf = StatusBatcher.make(status)
      const [one, other, third] = [
        yield* Effect.forkChild(statusOf(first)),
        yield* Effect.forkChild(Effect.forEach(jobs(1, 2), statusOf, { concurrency: "unbounded" })),
        yield* Effect.forkChild(Effect.forEach(jobs(3, 4), statusOf, { concurrency: "unbounded" }))
      ]
      yield* TestClock.adjust("10 millis")
      // Before the query, and during it.
      yield* Fiber.interrupt(one)
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(other)
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual((yield* Fiber.join(third)).length, 2)
      assert.deepStrictEqual(polls.map(({ procs }) => procs), [[1, 2, 3, 4]])
      const again = yield* Effect.forkChild(statusOf(first))
      yield* TestClock.adjust("11 seconds")
      yield* Fiber.join(again)
    }))

  it.effect("no caller left: the query is cancelled, and the callers end after it has ended", () =>
    Effect.gen(function*() {
      const stopped = { asked: 0, ended: 0 }
      const statusOf = StatusBatcher.make(() =>
        Effect.sync(() => stopped.asked++).pipe(
          Effect.andThen(Effect.never),
          Effect.onInterrupt(() => Effect.andThen(Effect.sleep("1 second"), Effect.sync(() => stopped.ended++)))
        )
      )
      // The number of queries that may run, and one more.
      for (const turn of [1, 2, 3]) {
        const [one, other] = [yield* Effect.forkChild(statusOf(first)), yield* Effect.forkChild(statusOf(first))]
        yield* TestClock.adjust("1 second")
        yield* Fiber.interrupt(one)
        assert.deepStrictEqual(stopped, { asked: turn, ended: turn - 1 })
        const leaving = yield* Effect.forkChild(Fiber.interrupt(other))
        yield* TestClock.adjust("999 millis")
        assert.isUndefined(leaving.pollUnsafe())
        yield* TestClock.adjust("1 millis")
        yield* Fiber.join(leaving)
        assert.deepStrictEqual(stopped, { asked: turn, ended: turn })
      }
    }))

  it.effect("a failed query: fails its callers, and the next query is made", () =>
    Effect.gen(function*() {
      const { status, trouble } = make()
      const statusOf = StatusBatcher.make(status)
      const away = new CEUnavailable({
        endpoint: "ce.example.org:9619",
        detail: "does not answer",
        report: { tool: "condor_q", exitCode: 1, output: "" }
      })
      for (const error of [Effect.fail(away), Effect.die(new Error("a bug"))]) {
        trouble.error = error
        const asking = yield* Effect.forkChild(
          Effect.forEach(jobs(0, 1), (job) => Effect.exit(statusOf(job)), { concurrency: "unbounded" })
        )
        yield* TestClock.adjust("1 second")
        assert.isTrue((yield* Fiber.join(asking)).every(Exit.isFailure))
      }
      trouble.error = undefined
      const asking = yield* Effect.forkChild(statusOf(first))
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(asking))._tag, "Waiting")
    }))
})
