import { assert, describe, it } from "@effect/vitest"
import { Cause, Deferred, Effect, Exit, Fiber, Queue, Result, Scope, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as WatchPoller from "../../../../src/ce/internal/status/WatchPoller.ts"
import {
  AuthenticationFailed,
  AuthorizationDenied,
  CEUnavailable,
  CredentialUnavailable,
  HostNotTrusted,
  LocalFailure,
  NotInstalled
} from "../../../../src/contract/BackendError.ts"
import {
  HistoryUnavailable,
  StatusUnavailable,
  UnreadableJob,
  WrongEndpoint
} from "../../../../src/contract/JobError.ts"
import { effect, gaps, jobs, make, note, told } from "../../Watching.ts"

const [job = assert.fail()] = jobs(0)

const away = new CEUnavailable({
  endpoint: "ce.example.org:9619",
  detail: "does not answer",
  report: { tool: "condor_q", exitCode: 1, output: "" }
})

describe("watchers of one CE", () => {
  effect("share one question, and hear of their own jobs", () =>
    Effect.gen(function*() {
      const { now, polls, status } = make()
      const watch = yield* WatchPoller.make(status)
      const one = yield* note(watch(jobs(0, 1, 1)))
      const other = yield* note(watch(jobs(1, 2)))
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(polls.map(({ procs }) => procs.toSorted()), [[0, 1, 2]])
      now.set(1, "Running")
      yield* TestClock.adjust("6 seconds")
      assert.deepStrictEqual(one.seen, ["0 Waiting", "1 Waiting", "1 Running"])
      assert.deepStrictEqual(other.seen, ["1 Waiting", "2 Waiting", "1 Running"])
      assert.strictEqual(polls.length, 2)
      for (const proc of [0, 1, 2]) now.set(proc, "Completed")
      yield* TestClock.adjust("6 seconds")
      yield* Effect.all([Fiber.join(one.fiber), Fiber.join(other.fiber)])
    }))

  effect(
    "one that comes later is told of the present soon, and what the others know already only to it",
    () =>
      Effect.gen(function*() {
        const { polls, status } = make()
        const watch = yield* WatchPoller.make(status)
        const one = yield* note(watch(jobs(0)))
        yield* TestClock.adjust("10 minutes")
        const before = polls.length
        const other = yield* note(watch(jobs(0)))
        yield* TestClock.adjust("5 seconds")
        assert.deepStrictEqual([polls.length - before, one.seen.length, other.seen.length], [1, 1, 1])
      })
  )

  effect(
    "one that is slow keeps nobody waiting, and is told of the last state of each job",
    () =>
      Effect.gen(function*() {
        const { now, status } = make()
        const watch = yield* WatchPoller.make(status)
        const gate = yield* Deferred.make<void>()
        const slow: Array<string> = []
        const fiber = yield* Effect.forkChild(
          Stream.runForEach(watch(jobs(0, 1)), (change) =>
            Effect.andThen(
              Effect.sync(() => slow.push(`${change.previous?._tag ?? "-"} > ${told(change)}`)),
              Deferred.await(gate)
            ))
        )
        const quick = yield* note(watch(jobs(0, 1)))
        yield* TestClock.adjust("1 second")
        for (const state of ["Running", "Suspended", "Running", "Completed"] as const) {
          now.set(0, state)
          if (state !== "Completed") now.set(1, state === "Running" ? "Waiting" : "Suspended")
          yield* TestClock.adjust("10 seconds")
        }
        assert.strictEqual(quick.seen.length, 8)
        assert.deepStrictEqual(slow, ["- > 0 Waiting"])
        now.set(1, "Removed")
        yield* TestClock.adjust("10 seconds")
        yield* Fiber.join(quick.fiber)
        yield* Deferred.succeed(gate, undefined)
        yield* Fiber.join(fiber)
        assert.deepStrictEqual(slow, [
          "- > 0 Waiting",
          "- > 1 Waiting",
          "Waiting > 0 Completed",
          "Waiting > 1 Removed"
        ])
      })
  )

  effect("what is again as it was when it was seen last is no change", () =>
    Effect.gen(function*() {
      const { now, status } = make()
      const watch = yield* WatchPoller.make(status)
      const pulls = yield* Queue.unbounded<void>()
      const seen: Array<string> = []
      yield* Effect.forkChild(
        Stream.runForEach(watch(jobs(0)), (change) =>
          Effect.andThen(Effect.sync(() => seen.push(told(change))), Queue.take(pulls)))
      )
      yield* TestClock.adjust("1 second")
      for (const state of ["Running", "Waiting", "Running", "Waiting"] as const) {
        now.set(0, state)
        yield* TestClock.adjust("10 seconds")
      }
      yield* Queue.offer(pulls, undefined)
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(seen, ["0 Waiting"])
      now.set(0, "Completed")
      yield* TestClock.adjust("2 minutes")
      assert.deepStrictEqual(seen, ["0 Waiting", "0 Completed"])
    }))

  effect("are all gone: nobody asks, and a question under way is broken off", () =>
    Effect.gen(function*() {
      const { polls, status } = make(Effect.succeed(10))
      const watch = yield* WatchPoller.make(status)
      const { fiber } = yield* note(watch(jobs(0)))
      const other = yield* note(watch(jobs(1)))
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(fiber)
      yield* Fiber.interrupt(other.fiber)
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(polls.map(({ ended }) => ended), [undefined])
      const again = yield* note(watch(jobs(0)))
      yield* TestClock.adjust("11 seconds")
      assert.deepStrictEqual(again.seen, ["0 Waiting"])
    }))
})

describe("set that changes", () => {
  effect(
    "is what was said last; those who are new are asked about soon, those who have left no more",
    () =>
      Effect.gen(function*() {
        const { now, polls, status } = make()
        const watch = yield* WatchPoller.make(status)
        const sets = yield* Queue.unbounded<ReturnType<typeof jobs>, Cause.Done>()
        const { fiber, seen } = yield* note(watch(Stream.fromQueue(sets)))
        yield* TestClock.adjust("1 minute")
        assert.deepStrictEqual(polls, [])
        yield* Queue.offer(sets, jobs(0, 1))
        yield* TestClock.adjust("10 minutes")
        assert.deepStrictEqual(seen, ["0 Waiting", "1 Waiting"])
        const before = polls.length
        now.set(0, "Running")
        yield* Queue.offer(sets, jobs(1, 2))
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(polls.slice(before).map(({ procs }) => procs.toSorted()), [[1, 2]])
        assert.deepStrictEqual(seen.slice(2), ["2 Waiting"])
        // Back in the set, the job is treated as new.
        yield* Queue.offer(sets, jobs(0, 1, 2))
        yield* TestClock.adjust("6 seconds")
        assert.deepStrictEqual(seen.slice(3), ["0 Running"])
        yield* Queue.offer(sets, [])
        yield* TestClock.adjust("1 second")
        const none = polls.length
        yield* TestClock.adjust("10 minutes")
        assert.strictEqual(polls.length, none)
        assert.isUndefined(fiber.pollUnsafe())
      })
  )

  effect("ends when it is over that it changes, and with all of its jobs", () =>
    Effect.gen(function*() {
      const { now, status } = make()
      const watch = yield* WatchPoller.make(status)
      const sets = yield* Queue.unbounded<ReturnType<typeof jobs>, Cause.Done>()
      const { fiber, seen } = yield* note(watch(Stream.fromQueue(sets)))
      yield* Queue.offer(sets, jobs(0))
      now.set(0, "Completed")
      yield* TestClock.adjust("1 minute")
      assert.isUndefined(fiber.pollUnsafe())
      yield* Queue.offer(sets, jobs(0, 1))
      yield* Queue.end(sets)
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(seen, ["0 Completed", "1 Waiting"])
      assert.isUndefined(fiber.pollUnsafe())
      now.set(1, "Removed")
      yield* TestClock.adjust("2 minutes")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(seen.slice(2), ["1 Removed"])
    }))

  effect("has no news of those who have left it, however late they are looked at", () =>
    Effect.gen(function*() {
      const { now, status } = make()
      const watch = yield* WatchPoller.make(status)
      const sets = yield* Queue.unbounded<ReturnType<typeof jobs>, Cause.Done>()
      const pulls = yield* Queue.unbounded<void>()
      const seen: Array<string> = []
      yield* Effect.forkChild(
        Stream.runForEach(watch(Stream.fromQueue(sets)), (change) =>
          Effect.andThen(Effect.sync(() => seen.push(told(change))), Queue.take(pulls)))
      )
      yield* Queue.offer(sets, jobs(0))
      yield* TestClock.adjust("1 second")
      now.set(0, "Running")
      now.set(1, "Running")
      yield* Queue.offer(sets, jobs(0, 1))
      yield* TestClock.adjust("10 seconds")
      yield* Queue.offer(sets, jobs(1))
      yield* Queue.offerAll(pulls, [undefined, undefined, undefined])
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(seen, ["0 Waiting", "1 Running"])
    }))

  effect("that fails fails its own watcher, after what was heard", () =>
    Effect.gen(function*() {
      const { now, status } = make()
      const watch = yield* WatchPoller.make(status)
      const sets = Stream.concat(
        Stream.make(jobs(0)),
        Stream.fromEffect(Effect.delay(Effect.fail("no more"), "8 seconds"))
      )
      const one = yield* note(watch(sets))
      const other = yield* note(watch(jobs(1)))
      yield* TestClock.adjust("20 seconds")
      assert.strictEqual(yield* Effect.flip(Fiber.join(one.fiber)), "no more")
      assert.deepStrictEqual(one.seen, ["0 Waiting"])
      now.set(1, "Completed")
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(other.fiber)
    }))

  effect("of nothing is over at once, and asks nothing", () =>
    Effect.gen(function*() {
      const { polls, status } = make()
      const watch = yield* WatchPoller.make(status)
      yield* Stream.runDrain(watch([]))
      yield* Stream.runDrain(watch(Stream.empty))
      assert.deepStrictEqual(polls, [])
    }))
})

describe("an answer", () => {
  effect("that is Unknown for the first time is not believed, and asked for again soon", () =>
    Effect.gen(function*() {
      const { now, polls, status } = make()
      const watch = yield* WatchPoller.make(status)
      const one = yield* note(watch(jobs(0)))
      yield* TestClock.adjust("10 minutes")
      const before = polls.length
      now.set(0, "Unknown")
      // The longest pause is 72 seconds, and the one after a change is 6 at most.
      yield* TestClock.adjust("80 seconds")
      now.set(0, "Running")
      yield* TestClock.adjust("6 seconds")
      const other = yield* note(watch(jobs(0)))
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(one.seen, ["0 Waiting", "0 Unknown"])
      assert.isAtMost(gaps(polls.map(({ began }) => began))[before] ?? Number.NaN, 6.01)
      assert.isTrue(Exit.isSuccess(yield* Fiber.await(one.fiber)))
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(other.seen, ["0 Running"])
    }))

  effect(
    "of one job that fails is told when it has lasted for the patience, once, and what may pass is followed on",
    () =>
      Effect.gen(function*() {
        const { now, polls, status } = make()
        const watch = yield* WatchPoller.make(status)
        const { fiber, seen } = yield* note(watch(jobs(0, 1, 2, 3, 4, 5), { patience: "30 seconds" }))
        const history = (temporary: boolean) => new HistoryUnavailable({ handle: job, detail: "", temporary })
        now.set(0, Result.fail(history(true)))
        now.set(1, Result.fail(history(false)))
        now.set(2, Result.fail(new StatusUnavailable({ handle: job, error: away })))
        now.set(3, Result.fail(new UnreadableJob({ handle: job, detail: "" })))
        now.set(4, Result.fail(new WrongEndpoint({ handle: job, endpoint: "" })))
        yield* TestClock.adjust("20 seconds")
        // A status that never changes is emitted at once.
        assert.deepStrictEqual(seen, ["4 WrongEndpoint", "5 Waiting"])
        yield* TestClock.adjust("10 minutes")
        assert.deepStrictEqual(seen.slice(2).toSorted(), [
          "0 HistoryUnavailable",
          "1 HistoryUnavailable",
          "2 StatusUnavailable",
          "3 UnreadableJob"
        ])
        assert.deepStrictEqual(polls.at(-1)?.procs, [0, 2, 3, 5])
        for (const proc of [0, 2, 3, 5]) now.set(proc, "Completed")
        yield* TestClock.adjust("2 minutes")
        yield* Fiber.join(fiber)
        assert.deepStrictEqual(seen.slice(6).toSorted(), ["0 Completed", "2 Completed", "3 Completed", "5 Completed"])
      })
  )

  effect("of one job that fails for a moment is not told, whatever it says", () =>
    Effect.gen(function*() {
      const { now, status } = make()
      const watch = yield* WatchPoller.make(status)
      const { fiber, seen } = yield* note(watch(jobs(0)))
      yield* TestClock.adjust("1 second")
      for (const temporary of [true, false]) {
        now.set(0, Result.fail(new HistoryUnavailable({ handle: job, detail: "", temporary })))
        yield* TestClock.adjust("100 seconds")
        now.set(0, temporary ? "Waiting" : "Completed")
        yield* TestClock.adjust("80 seconds")
      }
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(seen, ["0 Waiting", "0 Completed"])
    }))

  effect("that a job is as it was before it failed is told to whom the failure was told", () =>
    Effect.gen(function*() {
      const { now, status } = make()
      const watch = yield* WatchPoller.make(status)
      const { seen } = yield* note(watch(jobs(0), { patience: 0 }))
      yield* TestClock.adjust("1 second")
      now.set(0, Result.fail(new UnreadableJob({ handle: job, detail: "" })))
      yield* TestClock.adjust("20 seconds")
      now.set(0, "Waiting")
      yield* TestClock.adjust("2 minutes")
      assert.deepStrictEqual(seen, ["0 Waiting", "0 UnreadableJob", "0 Waiting"])
    }))
})

const report = { tool: "condor_q", exitCode: 1, output: "" }
const endpoint = "ce.example.org:9619"

describe("CE that refuses what it has accepted before", () => {
  for (
    const error of [
      new AuthenticationFailed({ endpoint, report }),
      new AuthorizationDenied({ endpoint, report }),
      new HostNotTrusted({ endpoint, detail: "", report }),
      new CredentialUnavailable({ resource: endpoint, detail: "" }),
      new LocalFailure({ path: "/tmp", detail: "no space" })
    ]
  ) {
    effect(`(${error._tag}) ends no watch within the patience, and all of them after it`, () =>
      Effect.gen(function*() {
        const { now, status, trouble } = make()
        const watch = yield* WatchPoller.make(status)
        const watchers = yield* Effect.forEach([0, 1, 2], (proc) => note(watch(jobs(proc))))
        yield* TestClock.adjust("1 second")
        trouble.error = Effect.fail(error)
        yield* TestClock.adjust("110 seconds")
        trouble.error = undefined
        now.set(0, "Completed")
        yield* TestClock.adjust("80 seconds")
        assert.deepStrictEqual(watchers.map(({ fiber }) => fiber.pollUnsafe() !== undefined), [true, false, false])
        assert.deepStrictEqual(watchers[0]?.seen, ["0 Waiting", "0 Completed"])
        trouble.error = Effect.fail(error)
        yield* TestClock.adjust("5 minutes")
        for (const { fiber } of watchers.slice(1)) assert.strictEqual(yield* Effect.flip(Fiber.join(fiber)), error)
      }))
  }

  effect("or is down: each watcher waits for as long as it was told to", () =>
    Effect.gen(function*() {
      const { now, status, trouble } = make()
      const watch = yield* WatchPoller.make(status)
      const hasty = yield* note(watch(jobs(0), { patience: "20 seconds" }))
      const usual = yield* note(watch(jobs(0)))
      const patient = yield* note(watch(jobs(0), { patience: "1 hour" }))
      yield* TestClock.adjust("1 second")
      const over = () => [hasty, usual, patient].map(({ fiber }) => fiber.pollUnsafe() !== undefined)
      trouble.error = Effect.fail(away)
      yield* TestClock.adjust("100 seconds")
      assert.deepStrictEqual(over(), [true, false, false])
      yield* TestClock.adjust("4 minutes")
      assert.deepStrictEqual(over(), [true, true, false])
      yield* TestClock.adjust("50 minutes")
      trouble.error = undefined
      now.set(0, "Completed")
      yield* TestClock.adjust("2 minutes")
      yield* Fiber.join(patient.fiber)
      assert.deepStrictEqual(patient.seen, ["0 Waiting", "0 Completed"])
    }))

  effect(
    "has the whole patience of a watcher again when it had nothing to ask in between",
    () =>
      Effect.gen(function*() {
        const { status, trouble } = make()
        const watch = yield* WatchPoller.make(status)
        const sets = yield* Queue.unbounded<ReturnType<typeof jobs>, Cause.Done>()
        const { fiber } = yield* note(watch(Stream.fromQueue(sets)))
        trouble.error = Effect.fail(away)
        yield* Queue.offer(sets, jobs(0))
        yield* TestClock.adjust("1 minute")
        yield* Queue.offer(sets, [])
        yield* TestClock.adjust("1 hour")
        yield* Queue.offer(sets, jobs(0))
        yield* TestClock.adjust("1 minute")
        assert.isUndefined(fiber.pollUnsafe())
      })
  )
})

describe("CE that does not answer", () => {
  effect("for less than two minutes is waited for, and no question is early", () =>
    Effect.gen(function*() {
      const { now, polls, status, trouble } = make()
      const watch = yield* WatchPoller.make(status)
      const { fiber, seen } = yield* note(watch(jobs(0)))
      trouble.error = Effect.fail(away)
      yield* TestClock.adjust("110 seconds")
      const failed = polls.length
      assert.isAtLeast(failed, 5)
      trouble.error = undefined
      now.set(0, "Completed")
      yield* TestClock.adjust("2 minutes")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(seen, ["0 Completed"])
      assert.isTrue(gaps(polls.map(({ began }) => began)).every((gap) => gap >= 5))
    }))

  effect(
    "for longer fails all who ask, and those who come then are served when it is back",
    () =>
      Effect.gen(function*() {
        const { status, trouble } = make()
        const watch = yield* WatchPoller.make(status)
        trouble.error = Effect.fail(away)
        const one = yield* note(watch(jobs(0)))
        yield* TestClock.adjust("1 minute")
        const other = yield* note(watch(jobs(1)))
        const idle = yield* note(watch(Stream.never))
        yield* TestClock.adjust("4 minutes")
        for (const { fiber } of [one, other]) assert.strictEqual(yield* Effect.flip(Fiber.join(fiber)), away)
        assert.isUndefined(idle.fiber.pollUnsafe())
        const late = yield* note(watch(jobs(2)))
        yield* TestClock.adjust("30 seconds")
        trouble.error = undefined
        yield* TestClock.adjust("1 minute")
        assert.deepStrictEqual(late.seen, ["2 Waiting"])
      })
  )

  effect("while nobody asks has not been asked: whoever comes then is as patient", () =>
    Effect.gen(function*() {
      const { now, status, trouble } = make()
      const watch = yield* WatchPoller.make(status)
      trouble.error = Effect.fail(away)
      const one = yield* note(watch(jobs(0)))
      yield* TestClock.adjust("1 minute")
      yield* Fiber.interrupt(one.fiber)
      yield* TestClock.adjust("10 minutes")
      const other = yield* note(watch(jobs(0)))
      yield* TestClock.adjust("1 minute")
      assert.isUndefined(other.fiber.pollUnsafe())
      trouble.error = undefined
      now.set(0, "Completed")
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(other.fiber)
    }))

  effect("because it never will, fails them at once; a defect is no silence either", () =>
    Effect.gen(function*() {
      const { status, trouble } = make()
      const watch = yield* WatchPoller.make(status)
      const missing = new NotInstalled({ program: "condor_q", detail: "not found" })
      trouble.error = Effect.fail(missing)
      const one = yield* note(watch(jobs(0)))
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* Effect.flip(Fiber.join(one.fiber)), missing)
      trouble.error = Effect.die(new Error("a bug"))
      const other = yield* note(watch(jobs(0)))
      yield* TestClock.adjust("10 seconds")
      const exit = yield* Fiber.await(other.fiber)
      assert.isTrue(Exit.isFailure(exit) && Cause.hasDies(exit.cause))
      trouble.error = undefined
      const last = yield* note(watch(jobs(0)))
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(last.seen, ["0 Waiting"])
    }))
})

describe("backend that is released", () => {
  effect("ends those who still watch", () =>
    Effect.gen(function*() {
      const { status } = make()
      const scope = yield* Scope.make()
      const watch = yield* Scope.provide(WatchPoller.make(status), scope)
      const following = yield* note(watch(jobs(0)))
      const waiting = yield* note(watch(Stream.never))
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(following.seen, ["0 Waiting"])
      yield* Scope.close(scope, Exit.void)
      const late = yield* note(watch(jobs(0)))
      yield* TestClock.adjust("1 second")
      for (const { fiber } of [following, waiting, late]) {
        const exit = fiber.pollUnsafe()
        assert.isTrue(exit !== undefined && Exit.hasInterrupts(exit))
      }
    }))
})

describe("pauseOf", () => {
  const patient = { interval: 1_000, maxInterval: 60_000 }
  const hasty = { interval: 200, maxInterval: 500 }
  const pace = { unchangedPolls: 0, jitterFactor: 1, pollNow: false }

  it("grows by half after each query without a change, up to the longest", () => {
    const pauses = [0, 1, 2, 100].map((unchangedPolls) => WatchPoller.pauseOf([patient], { ...pace, unchangedPolls }))
    assert.deepStrictEqual(pauses, [1_000, 1_500, 2_250, 60_000])
  })

  it("is that of the least patient watcher", () => {
    assert.strictEqual(WatchPoller.pauseOf([patient, hasty], { ...pace, unchangedPolls: 100 }), 500)
  })

  it("is the shortest for a watcher that has just begun", () => {
    const begun = { unchangedPolls: 100, jitterFactor: 1.2, pollNow: true }
    assert.strictEqual(WatchPoller.pauseOf([patient, hasty], begun), 200)
    assert.strictEqual(WatchPoller.pauseOf([patient], { ...begun, pollNow: false }), 72_000)
  })
})
