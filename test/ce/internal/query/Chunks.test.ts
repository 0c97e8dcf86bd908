/** Queries in several chunks: the failure of one chunk does not affect the others. */
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Exit, Fiber, FileSystem, Result, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as Chunks from "../../../../src/ce/internal/query/Chunks.ts"
import { TimedOut } from "../../../../src/contract/BackendError.ts"
import { Capability, CondorTool, type JobHandle } from "../../../../src/index.ts"
import {
  ad,
  backend,
  completedAd,
  constraintOf,
  emptyList,
  handle,
  instant,
  isControl,
  past,
  printed,
  status
} from "../../Scripted.ts"

/** Jobs of this number of clusters, which need more than one query. */
const scattered = Array.from({ length: 3_000 }, (_, index) => handle(`${10_000 + index}.0`))

/** The first of them, which need two queries. */
const some = scattered.slice(0, 1_500)

type Answer = Parameters<typeof backend>[0]

const away = { exitCode: 1, stderr: "CEDAR:6001:Failed to connect to <127.0.0.1:9619>" }

const idsOf = (call: CondorTool.ToolCall) =>
  Array.from(constraintOf(call).matchAll(/ClusterId == (\d+)/g), ([, cluster]) => `${cluster}.0`)

/** A queue with all of the jobs: the answer to a query for some of them. */
const queue = (call: CondorTool.ToolCall, job: (id: string) => unknown = ad) => printed(...idsOf(call).map(job))

/** A queue with none of them. */
const empty = { stdout: emptyList }

/** The number of jobs with each tag; a job counts once. */
const counted = (
  outcomes: Iterable<
    readonly [JobHandle.JobHandle, Result.Result<{ readonly _tag: string }, { readonly _tag: string }>]
  >
) => {
  const counts: Record<string, number> = {}
  for (const [, outcome] of outcomes) {
    const { _tag } = Result.merge(outcome)
    counts[_tag] = (counts[_tag] ?? 0) + 1
  }
  return counts
}

/** Fails the queries with these numbers, and records how many jobs each of them named. */
const failing = (numbers: ReadonlyArray<number>, isAsked: (call: CondorTool.ToolCall) => boolean, answer: Answer) => {
  let asked = 0
  const lost = { jobs: 0 }
  const script: Answer = (call) => {
    if (!isAsked(call) || !numbers.includes(asked++)) return answer(call)
    lost.jobs += idsOf(call).length
    return away
  }
  return { script, lost, questions: () => asked }
}

const isOwn = (call: CondorTool.ToolCall) => call.tool === "condor_q" && !isControl(call)
const isSearch = (call: CondorTool.ToolCall) => call.tool === "condor_history" && constraintOf(call) !== ""

describe("several queries of the queue", () => {
  it.effect("one that fails: its jobs have StatusUnavailable, with the reason", () =>
    Effect.gen(function*() {
      const { lost, questions, script } = failing([1], isOwn, queue)
      const { layer } = backend(script)
      const outcomes = yield* Effect.provide(status(some), layer)
      assert.isAtLeast(questions(), 2)
      assert.isAbove(lost.jobs, 0)
      assert.deepStrictEqual(counted(outcomes), {
        Waiting: some.length - lost.jobs,
        StatusUnavailable: lost.jobs
      })
      const failures = Array.from(outcomes).flatMap(([, one]) => Result.isFailure(one) ? [one.failure] : [])
      for (const error of failures) {
        assert.deepStrictEqual([
          error.retry,
          error._tag === "StatusUnavailable" ? error.error._tag : undefined
        ], ["Later", "CEUnavailable"])
      }
    }))

  it.effect("all but one may fail, and the operation fails only if all do", () =>
    Effect.gen(function*() {
      const most = failing([0, 1], isOwn, queue)
      const outcomes = yield* Effect.provide(status(scattered), backend(most.script).layer)
      assert.deepStrictEqual(counted(outcomes), {
        Waiting: scattered.length - most.lost.jobs,
        StatusUnavailable: most.lost.jobs
      })
      const all = failing([0, 1, 2, 3, 4], isOwn, queue)
      const error = yield* Effect.flip(Effect.provide(status(scattered), backend(all.script).layer))
      assert.strictEqual(error._tag, "CEUnavailable")
    }))

  it.effect("one that prints some ads before it fails counts as no answer", () =>
    Effect.gen(function*() {
      let asked = 0
      const { layer } = backend((call) => ({ ...queue(call), ...(asked++ === 0 ? away : {}) }))
      const outcomes = yield* Effect.provide(status(some), layer)
      assert.hasAllKeys(counted(outcomes), ["Waiting", "StatusUnavailable"])
    }))

  it.effect("one whose second query fails: the jobs that the first did not show", () =>
    Effect.gen(function*() {
      const { layer } = backend((call) =>
        isControl(call) ? away : queue(call, (id) => id.endsWith("7.0") ? {} : ad(id))
      )
      const outcomes = yield* Effect.provide(status(some), layer)
      assert.deepStrictEqual(counted(outcomes), { Waiting: 1_350, StatusUnavailable: 150 })
    }))

  it.effect("a CE that hangs: its timeout is not repeated for each query", () =>
    Effect.gen(function*() {
      const { calls, layer } = backend(
        ({ tool }) => Effect.delay(Effect.fail(new CondorTool.ToolTimedOut({ tool, seconds: 60 })), "1 minute"),
        { maxConcurrent: 1 },
        instant
      )
      const asking = yield* Effect.forkChild(Effect.flip(Effect.provide(status(some), layer)))
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* Fiber.join(asking))._tag, "TimedOut")
      assert.strictEqual(calls.length, 1)
    }))
})

describe("several queries of the history", () => {
  const left = (call: CondorTool.ToolCall) => past(call, [completedAd("10000.0"), completedAd("9.0")])

  it.effect("one that fails: its jobs have HistoryUnavailable, and it is temporary", () =>
    Effect.gen(function*() {
      const { lost, script } = failing(
        [1],
        isSearch,
        (call) => call.tool === "condor_history" ? left(call) : empty
      )
      const outcomes = yield* Effect.provide(status(some), backend(script).layer)
      // The query also names the oldest job of the history.
      assert.deepStrictEqual(counted(outcomes), {
        Completed: 1,
        Unknown: some.length - lost.jobs,
        HistoryUnavailable: lost.jobs - 1
      })
      for (const [, outcome] of outcomes) {
        if (Result.isFailure(outcome)) assert.strictEqual(outcome.failure.retry, "Later")
      }
    }))

  it.effect("empty answers count as answers: no job is in the queue, and none in the history", () =>
    Effect.gen(function*() {
      const { script } = failing(
        [1],
        isSearch,
        (call) => call.tool === "condor_history" ? past(call, [completedAd("9.0")]) : empty
      )
      const outcomes = yield* Effect.provide(status(some), backend(script).layer)
      assert.hasAllKeys(counted(outcomes), ["Unknown", "HistoryUnavailable"])
    }))
})

describe("operations over several queries", () => {
  it.effect("statusOf: each job has the failure of the query that named it", () =>
    Effect.gen(function*() {
      const { lost, script } = failing([1], isOwn, queue)
      const { layer } = backend(script, {}, instant)
      const asking = Effect.flatMap(Capability.StatusReporter, ({ statusOf }) =>
        Effect.forEach(some, (one) => Effect.result(statusOf(one)), { concurrency: "unbounded" }))
      const fiber = yield* Effect.forkChild(Effect.provide(asking, layer))
      yield* TestClock.adjust("1 second")
      const answers = yield* Fiber.join(fiber)
      assert.strictEqual(
        answers.filter((one) =>
          Result.isFailure(one) && one.failure._tag === "StatusUnavailable"
        ).length,
        lost.jobs
      )
    }))

  it.effect("watch: continues", () =>
    Effect.gen(function*() {
      const { script } = failing([1], isOwn, (call) => queue(call, completedAd))
      const { layer } = backend(script, {}, instant)
      const watching = Effect.flatMap(Capability.StatusReporter, ({ watch }) => Stream.runCollect(watch(some)))
      const fiber = yield* Effect.forkChild(Effect.provide(watching, layer))
      yield* TestClock.adjust("10 seconds")
      const changes = yield* Fiber.join(fiber)
      assert.strictEqual(changes.length, some.length)
      assert.isTrue(changes.every(({ outcome }) => Result.merge(outcome)._tag === "Completed"))
    }))

  // One removal names 2,000 jobs at most.
  const many = Array.from({ length: 4_001 }, (_, proc) => handle(`7.${proc}`))
  const procsOf = (call: CondorTool.ToolCall) => {
    const [, first, last] = /ProcId >= (\d+) && ProcId <= (\d+)/.exec(constraintOf(call)) ?? []
    return first === undefined
      ? Array.from(constraintOf(call).matchAll(/ProcId == (\d+)/g), ([, proc]) => Number(proc))
      : Array.from({ length: Number(last) - Number(first) + 1 }, (_, index) => Number(first) + index)
  }
  const removed = (call: CondorTool.ToolCall) => ({
    stdout: procsOf(call).map((proc) => `job_7_${proc} = 1\n`).join("")
  })

  it.effect.each(["cancel", "purge"] as const)(
    "%s: reports the jobs that were removed, whatever happens to the others",
    (which) =>
      Effect.gen(function*() {
        let asked = 0
        const { calls, layer } = backend((call) => asked++ === 1 ? away : removed(call))
        const outcomes = yield* Effect.provide(
          Effect.gen(function*() {
            return which === "cancel"
              ? yield* (yield* Capability.Cancellable).cancel(many)
              : yield* (yield* Capability.Purgeable).purge(many)
          }),
          layer
        )
        const unknown = counted(outcomes)["StatusUnavailable"] ?? 0
        assert.isAtLeast(unknown, 1_000)
        assert.deepStrictEqual(counted(outcomes), {
          [which === "cancel" ? "Cancelled" : "Purged"]: many.length - unknown,
          StatusUnavailable: unknown
        })
        assert.isTrue(calls.every(({ tool }) => tool === "condor_rm"))
      })
  )

  it.effect("cancel: jobs whose query fails do not hide those that were removed, and only they fail", () =>
    Effect.gen(function*() {
      const looksFail = (rm: Answer) => backend((call) => call.tool === "condor_rm" ? rm(call) : away).layer
      const cancel = Effect.flatMap(Capability.Cancellable, (one) => one.cancel([handle("7.0"), handle("7.1")]))
      const half = yield* Effect.provide(cancel, looksFail(() => ({ stdout: "job_7_0 = 1\n" })))
      assert.deepStrictEqual(counted(half), { Cancelled: 1, StatusUnavailable: 1 })
      const nothing = looksFail(() => ({
        exitCode: 1,
        stderr: "Couldn't find/remove all jobs matching constraint (x)"
      }))
      assert.strictEqual((yield* Effect.flip(Effect.provide(cancel, nothing)))._tag, "CEUnavailable")
    }))

  it.effect("fetch: a job whose query fails has that outcome, beside those of the others", () =>
    Effect.gen(function*() {
      const { lost, script } = failing([1], isOwn, queue)
      const outcomes = yield* Effect.gen(function*() {
        const destination = yield* (yield* FileSystem.FileSystem).makeTempDirectoryScoped()
        return yield* (yield* Capability.OutputRetriever).fetch(some, destination)
      }).pipe(Effect.provide(backend(script).layer))
      const tags = Array.from(
        outcomes,
        ([one, outcome]) => [one, Result.map(outcome, () => ({ _tag: "Fetched" }))] as const
      )
      assert.deepStrictEqual(counted(tags), {
        NotFinished: some.length - lost.jobs,
        StatusUnavailable: lost.jobs
      })
    }))
})

describe("Chunks.ask", () => {
  const settings = { maxConcurrent: 1, timeout: Duration.seconds(60) }

  it.effect("gives up when it has had no answer for the timeout of a tool", () =>
    Effect.gen(function*() {
      const asked: Array<number> = []
      const asking = yield* Effect.forkChild(
        Chunks.ask(settings, [0, 1, 2, 3, 4, 5, 6], (chunk) =>
          Effect.gen(function*() {
            asked.push(chunk)
            yield* Effect.sleep("25 seconds")
            if (chunk !== 1) return yield* new TimedOut({ operation: "condor_q", seconds: 25 })
          }))
      )
      yield* TestClock.adjust("10 minutes")
      // The first fails, the second answers, and the next three use up the time.
      assert.deepStrictEqual(asked, [0, 1, 2, 3, 4])
      assert.deepStrictEqual((yield* Fiber.join(asking)).map(([chunk]) => chunk), [0, 2, 3, 4, 5, 6])
    }))

  it.effect("continues after slow answers", () =>
    Effect.gen(function*() {
      const asking = yield* Effect.forkChild(
        Chunks.ask(settings, [0, 1, 2], (chunk) =>
          Effect.delay(
            chunk === 1 ? Effect.fail(new TimedOut({ operation: "condor_q", seconds: 59 })) : Effect.void,
            "59 seconds"
          ))
      )
      yield* TestClock.adjust("10 minutes")
      assert.deepStrictEqual((yield* Fiber.join(asking)).map(([chunk]) => chunk), [1])
    }))

  it.effect("passes a defect on unchanged", () =>
    Effect.gen(function*() {
      const exit = yield* Effect.exit(Chunks.ask(settings, [0], () => Effect.die("a bug")))
      assert.isTrue(Exit.isFailure(exit) && Exit.hasDies(exit))
    }))
})
