import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import * as Stream from "effect/Stream"
import { Cancellable, StatusReporter } from "../../contract/Capability.ts"
import type { JobHandle } from "../../contract/JobHandle.ts"
import * as JobStatus from "../../contract/JobStatus.ts"
import type { Check, Requirements } from "../Harness.ts"
import * as Kit from "./kit.ts"

const intervals = { interval: "500 millis", maxInterval: "2 seconds" } as const

export const statusChecks: ReadonlyArray<Check<Requirements>> = [
  {
    name: "a watch follows a set that grows and shrinks, each job to its end, and a second one at the same time",
    run: Effect.gen(function*() {
      const cancellable = yield* Cancellable
      const reporter = yield* StatusReporter
      const { payload } = yield* Kit.workplace
      const first = yield* Kit.submitOne(payload(0, 0))
      const left = yield* Kit.submitOne({ ...payload(0, 0), resources: { cpus: 5_000 } })
      const seen = new Map<string, JobStatus.JobStatus>()
      const heard = Latch.makeUnsafe()
      const other = yield* Effect.forkScoped(Kit.finished([first]))
      const sets = Stream.make([first, left] as ReadonlyArray<JobHandle>).pipe(
        Stream.concat(Stream.fromEffect(Effect.gen(function*() {
          yield* heard.await
          return [first, yield* Kit.submitOne(payload(0, 0))]
        })))
      )
      yield* reporter.watch(sets, intervals).pipe(
        Stream.runForEach(({ handle, outcome, previous }) =>
          Effect.gen(function*() {
            yield* Kit.same(previous, seen.get(String(handle)), "previous status")
            seen.set(String(handle), yield* Effect.fromResult(outcome))
            if (seen.size === 2) yield* heard.open
          })
        ),
        Effect.timeoutOrElse({
          duration: Kit.patience,
          orElse: () => Kit.ensure(false, `the watch to end within ${Kit.patience}`, Array.from(seen))
        })
      )
      yield* Fiber.join(other)
      yield* Kit.same(seen.size, 3, "jobs that were told of")
      const open = Array.from(seen).filter(([, status]) => !JobStatus.isTerminal(status)).map(([name]) => name)
      yield* Kit.same(open, [String(left)], "jobs that were not told to have ended")
      yield* cancellable.cancel([left])
      return Kit.ran
    }).pipe(Effect.scoped)
  }
]
