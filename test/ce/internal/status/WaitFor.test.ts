import { assert, describe } from "@effect/vitest"
import { Effect, Fiber, Option, Result } from "effect"
import { TestClock } from "effect/testing"
import * as WaitFor from "../../../../src/ce/internal/status/WaitFor.ts"
import * as WatchPoller from "../../../../src/ce/internal/status/WatchPoller.ts"
import { CEUnavailable, NotInstalled } from "../../../../src/contract/BackendError.ts"
import { UnreadableJob, type WaitError } from "../../../../src/contract/JobError.ts"
import { type JobStatus, Outcomes } from "../../../../src/index.ts"
import { held } from "../../../contract/Statuses.ts"
import { effect, jobs, make, note } from "../../Watching.ts"

const started = Effect.gen(function*() {
  const ce = make()
  const watch = yield* WatchPoller.make(ce.status)
  return { ...ce, watch, waitFor: WaitFor.make(watch) }
})

/** "3 Running" */
const tags = (outcomes: Outcomes.Outcomes<JobStatus.JobStatus, WaitError>) =>
  Outcomes.match(outcomes, {
    onSuccess: ({ _tag }, { copy }) => `${copy} ${_tag}`,
    onFailure: (error, { copy }) => `${copy} ${error._tag}${"status" in error ? ` ${error.status?._tag}` : ""}`
  })

const away = new CEUnavailable({ endpoint: "ce.example.org:9619", detail: "does not answer" })

describe("waitFor", () => {
  effect(
    "each job has the status with which it was so far, in the order of the handles, each once",
    () =>
      Effect.gen(function*() {
        const { now, waitFor } = yield* started
        const fiber = yield* Effect.forkChild(waitFor(jobs(2, 0, 1, 0), { until: "Running" }))
        yield* TestClock.adjust("10 seconds")
        for (const [proc, state] of (["Running", "Suspended", "Completed"] as const).entries()) {
          now.set(proc, state)
          yield* TestClock.adjust("20 seconds")
        }
        assert.deepStrictEqual(tags(yield* Fiber.join(fiber)), ["2 Completed", "0 Running", "1 Suspended"])
      })
  )

  effect(
    "Running: a job that has completed before anybody saw it run counts, one that was removed does not",
    () =>
      Effect.gen(function*() {
        const { now, waitFor } = yield* started
        now.set(0, "Completed").set(1, "Removed").set(2, "Unknown")
        const fiber = yield* Effect.forkChild(waitFor(jobs(0, 1, 2), { until: "Running" }))
        yield* TestClock.adjust("30 seconds")
        const outcomes = yield* Fiber.join(fiber)
        assert.deepStrictEqual(tags(outcomes), ["0 Completed", "1 EndedOtherwise Removed", "2 EndedOtherwise Unknown"])
        const [[, error] = assert.fail()] = Outcomes.failures(outcomes)
        assert.strictEqual(error.message, "job 7.1 has ended without meeting the condition, it is Removed: by the site")
      })
  )

  effect("Terminal: waits for a job that is held, and for the end of one that runs", () =>
    Effect.gen(function*() {
      const { now, waitFor } = yield* started
      now.set(0, Result.succeed(held())).set(1, "Running")
      const fiber = yield* Effect.forkChild(waitFor(jobs(0, 1), { until: "Terminal" }))
      yield* TestClock.adjust("1 hour")
      assert.isUndefined(fiber.pollUnsafe())
      now.set(0, "Removed").set(1, "Completed")
      yield* TestClock.adjust("2 minutes")
      assert.deepStrictEqual(tags(yield* Fiber.join(fiber)), ["0 Removed", "1 Completed"])
    }))

  effect("a condition: decides, also about a status that is terminal", () =>
    Effect.gen(function*() {
      const { now, waitFor } = yield* started
      now.set(0, "Removed").set(1, "Completed")
      const fiber = yield* Effect.forkChild(waitFor(jobs(0, 1), { until: ({ _tag }) => _tag === "Removed" }))
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(tags(yield* Fiber.join(fiber)), ["0 Removed", "1 EndedOtherwise Completed"])
    }))

  effect(
    "timeout: what others have reached is kept, and the rest have their last status",
    () =>
      Effect.gen(function*() {
        const { now, waitFor } = yield* started
        now.set(0, "Running")
        const fiber = yield* Effect.forkChild(waitFor(jobs(0, 1), { until: "Running", timeout: "90 seconds" }))
        yield* TestClock.adjust("89 seconds")
        assert.isUndefined(fiber.pollUnsafe())
        yield* TestClock.adjust("1 second")
        const outcomes = yield* Fiber.join(fiber)
        assert.deepStrictEqual(tags(outcomes), ["0 Running", "1 WaitTimedOut Waiting"])
        const [[, error] = assert.fail()] = Outcomes.failures(outcomes)
        assert.strictEqual(error.message, "job 7.1 did not meet the condition within 90 s, it is Waiting")
      })
  )

  effect("timeout: nothing was heard of a job", () =>
    Effect.gen(function*() {
      const { trouble, waitFor } = yield* started
      trouble.error = Effect.fail(away)
      const fiber = yield* Effect.forkChild(waitFor(jobs(0), { until: "Running", timeout: "1 minute" }))
      yield* TestClock.adjust("1 minute")
      const [[, error] = assert.fail()] = Outcomes.failures(yield* Fiber.join(fiber))
      assert.strictEqual(error.message, "job 7.0 did not meet the condition within 60 s, and no status was received")
    }))

  effect(
    "a CE that is down for longer than the patience: fails, or costs the jobs that have no outcome yet",
    () =>
      Effect.gen(function*() {
        const { now, trouble, waitFor } = yield* started
        trouble.error = Effect.fail(away)
        const none = yield* Effect.forkChild(Effect.flip(waitFor(jobs(0, 1), { until: "Running" })))
        yield* TestClock.adjust("4 minutes")
        assert.strictEqual(yield* Fiber.join(none), away)
        trouble.error = undefined
        now.set(0, "Running")
        const one = yield* Effect.forkChild(waitFor(jobs(0, 1), { until: "Running" }))
        yield* TestClock.adjust("1 minute")
        trouble.error = Effect.fail(away)
        yield* TestClock.adjust("5 minutes")
        const outcomes = yield* Fiber.join(one)
        assert.deepStrictEqual(tags(outcomes), ["0 Running", "1 StatusUnavailable"])
        assert.include(Outcomes.failures(outcomes)[0]?.[1], { error: away })
      })
  )

  effect("NotInstalled: fails at once", () =>
    Effect.gen(function*() {
      const { trouble, waitFor } = yield* started
      const error = new NotInstalled({ program: "condor_q", detail: "no such file" })
      trouble.error = Effect.fail(error)
      const fiber = yield* Effect.forkChild(Effect.flip(waitFor(jobs(0), { until: "Running" })))
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* Fiber.join(fiber), error)
    }))

  effect(
    "a job whose question fails for as long as the patience has that for its outcome",
    () =>
      Effect.gen(function*() {
        const { now, waitFor } = yield* started
        const [job = assert.fail()] = jobs(0)
        const error = new UnreadableJob({ handle: job, detail: "of another time" })
        now.set(0, Result.fail(error)).set(1, "Running")
        const fiber = yield* Effect.forkChild(waitFor(jobs(0, 1), { until: "Running", patience: "1 minute" }))
        yield* TestClock.adjust("3 minutes")
        assert.deepStrictEqual(Outcomes.get(yield* Fiber.join(fiber), job), Option.some(Result.fail(error)))
      })
  )

  effect(
    "shares the question of a watch, and asks no more for a job that has its outcome",
    () =>
      Effect.gen(function*() {
        const { now, polls, waitFor, watch } = yield* started
        now.set(0, "Running")
        yield* Effect.forkChild(waitFor(jobs(0, 1), { until: "Running" }))
        const { seen } = yield* note(watch(jobs(2)))
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(polls.map(({ procs }) => procs.toSorted()), [[0, 1, 2]])
        assert.deepStrictEqual(seen, ["2 Waiting"])
        yield* TestClock.adjust("10 seconds")
        assert.deepStrictEqual(polls.slice(1).map(({ procs }) => procs.toSorted()), [[1, 2]])
      })
  )

  effect("no handles: answers at once, and asks nothing", () =>
    Effect.gen(function*() {
      const { polls, waitFor } = yield* started
      assert.strictEqual((yield* waitFor([], { until: "Terminal" })).size, 0)
      assert.isEmpty(polls)
    }))
})
