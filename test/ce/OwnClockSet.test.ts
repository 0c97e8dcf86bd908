/** The clock of this client is set during an operation: no wait becomes shorter or longer. */
import { assert, it } from "@effect/vitest"
import { Clock, Effect, Fiber, Option, Result } from "effect"
import { TestClock } from "effect/testing"
import * as Excess from "../../src/ce/internal/fetch/Excess.ts"
import * as Tree from "../../src/files/Tree.ts"
import { Capability, type JobHandle, Limits, Outcomes } from "../../src/index.ts"
import { schedd } from "./ListedSchedd.ts"
import { ad, backend, candidate, handle, instant, key, printed } from "./Scripted.ts"
import { elder, jobsOf, passing, reasonOf, submit, twin, whole } from "./Submitting.ts"

/**
 * Runs an effect by a clock of which `set` moves the time of day by so many seconds, as an administrator does. The monotonic time
 * continues.
 */
const withSettableClock = <A, E, R>(
  use: (set: (seconds: number) => void) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.clockWith((clock) => {
    let moved = 0
    const currentTimeMillisUnsafe = () => clock.currentTimeMillisUnsafe() + moved
    const currentTimeNanosUnsafe = () => clock.currentTimeNanosUnsafe() + BigInt(moved) * 1_000_000n
    const settable: Clock.Clock = {
      ...clock,
      currentTimeMillisUnsafe,
      currentTimeNanosUnsafe,
      currentTimeMillis: Effect.sync(currentTimeMillisUnsafe),
      currentTimeNanos: Effect.sync(currentTimeNanosUnsafe)
    }
    const set = (seconds: number) => {
      moved += seconds * 1_000
    }
    return Effect.provideService(use(set), Clock.Clock, settable)
  })

const hour = 3_600

const one = handle("7.0")

/** The tag of the only outcome. */
const tagOf = <E extends { readonly _tag: string }>(
  outcomes: Outcomes.Outcomes<{ readonly _tag: string }, E>,
  of: JobHandle.JobHandle
) => Result.merge(Option.getOrThrow(Outcomes.get(outcomes, of)))._tag

const release = Effect.map(
  Effect.flatMap(Capability.Releasable, (releasable) => releasable.release([one])),
  (outcomes) => tagOf(outcomes, one)
)

/** The result of an effect that ends within two minutes. */
const soon = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(effect)
    yield* TestClock.adjust("2 minutes")
    return fiber.pollUnsafe() === undefined ? assert.fail("still waits") : yield* Fiber.join(fiber)
  })

const held = { JobStatus: 5, HoldReasonCode: 1, NumJobStarts: 0 }

it.effect("release: watches a released job as long as before if the clock is set forward, and finds it held again", () =>
  withSettableClock((set) =>
    Effect.gen(function*() {
      let looks: number | undefined
      const { layer } = backend(
        (call) => {
          if (call.tool === "condor_release") {
            looks = 0
            return { stdout: "job_7_0 = 1\n" }
          }
          if (looks === undefined) return printed(ad("7.0", held))
          if (looks === 0) set(hour)
          return printed(ad("7.0", looks++ < 2 ? {} : held))
        },
        {},
        instant
      )
      assert.strictEqual(yield* soon(Effect.provide(release, layer)), "ReleaseFutile")
    })
  ))

it.effect("release: waits no longer for a JobRouter if the clock is set back", () =>
  withSettableClock((set) =>
    Effect.gen(function*() {
      let looks = 0
      const { layer } = backend(
        () => {
          if (++looks === 3) set(-hour)
          return printed(ad("7.0", { ...held, Managed: "External" }))
        },
        {},
        instant
      )
      assert.strictEqual(yield* soon(Effect.provide(release, layer)), "ReleaseFutile")
    })
  ))

const resource = { GridResource: "condor ce.example.org ce.example.org:9619" }

const cancel = Effect.map(
  Effect.flatMap(Capability.Cancellable, (cancellable) => cancellable.cancel([one])),
  (outcomes) => tagOf(outcomes, one)
)

const withdraw = Effect.map(
  Effect.flatMap(Capability.Submitter, (submitter) => submitter.withdraw(key)),
  ({ jobs }) => jobs[0]?._tag
)

type Removal = Effect.Effect<string | undefined, unknown, Capability.Cancellable | Capability.Submitter>

const removals: ReadonlyArray<readonly [name: string, removal: Removal, tag: string]> = [
  ["cancel", cancel, "NotRemovable"],
  ["withdraw", withdraw, "Left"]
]

it.effect.each(removals)(
  "%s: waits no longer for a gridmanager if the clock is set back",
  ([, removal, tag]) =>
    withSettableClock((set) =>
      Effect.gen(function*() {
        let removals = 0
        const { layer } = backend(
          (call) => {
            if (call.tool !== "condor_rm") return printed(ad("7.0", resource))
            if (++removals === 3) set(-hour)
            return { exitCode: 1, stderr: "Couldn't find/remove all jobs matching constraint (...)" }
          },
          {},
          instant
        )
        assert.strictEqual(yield* soon(Effect.provide(removal, layer)), tag)
      })
    )
)

it.effect("submit: waits no longer for the removal of a younger cluster if the clock is set back", () =>
  withSettableClock((set) =>
    Effect.gen(function*() {
      let removals = 0
      const { layer } = schedd({}, {
        ...elder(49),
        answer: (call, jobs) => {
          if (call.tool !== "condor_rm") return undefined
          if (++removals === 3) set(-hour)
          jobs.queue = jobs.queue.map((job) => job.ClusterId === 50 ? { ...job, JobStatus: 2, ...resource } : job)
          return Effect.succeed({ exitCode: 1, stderr: "no" })
        }
      })
      assert.strictEqual(reasonOf(yield* Effect.flip(passing(submit(), layer))), "Unremoved")
      assert.isAtMost(removals, 32)
    })
  ))

it.effect("submit: searches the history after a long condor_submit, also if the clock was set back meanwhile", () =>
  withSettableClock((set) =>
    Effect.gen(function*() {
      const { layer } = schedd({}, {
        wait: Effect.andThen(Effect.sleep("11 seconds"), Effect.sync(() => set(-11))),
        after: (listed, own) => {
          const gone = { JobStatus: 3, LastJobStatus: 4, EnteredCurrentStatus: 1 }
          if (own === 50) listed.history = twin(listed, 49, whole, gone)
        }
      })
      const submission = yield* passing(submit(), layer)
      assert.deepStrictEqual([jobsOf(submission), submission.adopted], [["49.0", "49.1"], true])
    })
  ))

it.effect("fetch: an output that exceeds a limit is noticed as soon as before if the clock is set back", () =>
  withSettableClock((set) =>
    Effect.gen(function*() {
      let looks = 0
      const watch = Excess.makeWith({
        freeSpace: () =>
          Effect.sync(() => {
            if (++looks === 3) set(-hour)
            return Option.some(100_000)
          }),
        measure: () => Effect.sync(() => ({ ...Tree.nothing, bytes: looks < 6 ? 5_000 : 10_001 }))
      })
      const limits = Limits.Limits.make({ maxBytes: 10_000, minFreeBytes: 1_000 })
      const excess = yield* Effect.flatten(soon(watch([candidate(0)], () => "/staging/7.0", "/staging", limits)))
      assert.strictEqual(excess?.job.handle.job, "7.0")
    })
  ))
