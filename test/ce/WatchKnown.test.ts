/** A watch whose caller already knows some outcomes. */
import { assert, it } from "@effect/vitest"
import { Arbitrary, Effect, Fiber, Random, Schema, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as WatchPoller from "../../src/ce/internal/status/WatchPoller.ts"
import { JobStatus } from "../../src/index.ts"
import { effect, jobs, make, note, type State, states, told } from "./Watching.ts"

const state = Arbitrary.schema(Schema.Literals(["Waiting", "Running", "Suspended", "Completed", "Removed"]))
const seconds = Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 60 })))

it.effect.prop("known: emits the same as a watch without it, except outcomes that equal the known ones", [
  Arbitrary.array(Arbitrary.all([Arbitrary.array(Arbitrary.all([seconds, state]), { maxLength: 4 }), state]), {
    minLength: 1,
    maxLength: 6
  }),
  Arbitrary.schema(Schema.Int)
], ([courses, seed]) =>
  Effect.gen(function*() {
    const ce = make()
    const watch = yield* WatchPoller.make(ce.status)
    const all = jobs(...courses.keys())
    // Every second job is known.
    const known = all.flatMap((job, proc) => {
      const [, as] = courses[proc] ?? assert.fail()
      return proc % 2 === 0 ? [[job, states[as]] as const] : []
    })
    yield* Effect.forEach(courses, ([steps], proc) =>
      Effect.forkChild(Effect.gen(function*() {
        for (const [after, next] of steps) {
          yield* Effect.sleep(after * 1_000 + 333)
          // A job that has ended stays so.
          const now = ce.now.get(proc)
          if (typeof now !== "string" || !JobStatus.isTerminal(states[now])) ce.now.set(proc, next)
        }
      })))
    const plain: Array<string> = []
    const knowing: Array<string> = []
    const collect = (into: Array<string>, options: Parameters<typeof watch>[1]) =>
      Effect.forkChild(
        Stream.runForEach(watch(all, options), (change) =>
          Effect.sync(() => {
            const before = change.previous?._tag
            into.push(`${change.handle.copy} ${before} ${told(change)}`)
          }))
      )
    yield* collect(plain, {})
    yield* collect(knowing, { known })
    yield* TestClock.adjust("1000 seconds")
    for (const proc of courses.keys()) {
      const as: State | undefined = proc % 2 === 0 ? courses[proc]?.[1] : undefined
      const [first = assert.fail(), ...rest] = plain.filter((line) => line.startsWith(`${proc} `))
      const expected = as === undefined
        ? [first, ...rest]
        : JobStatus.isTerminal(states[as])
        ? []
        : first.endsWith(` ${as}`)
        ? rest
        : [first.replace(" undefined ", ` ${as} `), ...rest]
      assert.deepStrictEqual(knowing.filter((line) => line.startsWith(`${proc} `)), expected)
    }
  }).pipe(Random.withSeed(seed)), { timeout: 120_000, arbitrary: { runs: 60 } })

effect(
  "known: a job that is known to have ended is not asked about, and the watch ends with the others",
  () =>
    Effect.gen(function*() {
      const { now, polls, status } = make()
      const watch = yield* WatchPoller.make(status)
      now.set(1, "Completed")
      const known = jobs(0).map((job) => [job, states.Removed] as const)
      const one = yield* note(watch(jobs(0, 1), { known }))
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(one.fiber)
      assert.deepStrictEqual([one.seen, polls.map(({ procs }) => procs)], [["1 Completed"], [[1]]])
      const all = yield* note(watch(jobs(0), { known }))
      yield* Fiber.join(all.fiber)
      assert.deepStrictEqual([all.seen, polls.length], [[], 1])
    })
)

effect("known: counts once; a job that comes back into the set is as new", () =>
  Effect.gen(function*() {
    const { status } = make()
    const watch = yield* WatchPoller.make(status)
    const sets = Stream.make(jobs(0), jobs(1), jobs(0, 1)).pipe(
      Stream.mapEffect((set) => Effect.as(Effect.sleep("30 seconds"), set))
    )
    const known = jobs(0, 1).map((job) => [job, states.Waiting] as const)
    const { seen } = yield* note(watch(sets, { known }))
    yield* TestClock.adjust("80 seconds")
    assert.deepStrictEqual(seen, [])
    yield* TestClock.adjust("20 seconds")
    assert.deepStrictEqual(seen, ["0 Waiting"])
  }))
