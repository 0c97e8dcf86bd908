import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import * as Stream from "effect/Stream"
import { Cancellable, OutputRetriever, StatusReporter } from "../../contract/Capability.ts"
import type { JobHandle } from "../../contract/JobHandle.ts"
import type { JobRecord } from "../../contract/JobRecord.ts"
import * as JobStatus from "../../contract/JobStatus.ts"
import type { Check, Requirements } from "../Harness.ts"
import * as Kit from "./kit.ts"

// The times may come from two clocks, and each is truncated to whole seconds.
const tolerance = 2_000

/** The times of a record, in the order of a job's life. */
const inOrder = ({ times }: JobRecord): ReadonlyArray<number> =>
  [times.submitted, times.staged, times.firstStarted, times.started, times.ended, times.available].flatMap((time) =>
    time?.epochMilliseconds ?? []
  )

const intervals = { interval: "500 millis", maxInterval: "2 seconds" } as const

export const statusChecks: ReadonlyArray<Check<Requirements>> = [
  {
    name: "describe: reports the times of a job and the usage of a completed one, also after it has left",
    run: Effect.gen(function*() {
      const cancellable = yield* Cancellable
      const reporter = yield* StatusReporter
      const retriever = yield* OutputRetriever
      const { destination, payload } = yield* Kit.workplace
      const done = yield* Kit.submitOne(payload(0, 3))
      const live = yield* Kit.submitOne({ ...payload(0, 0), resources: { cpus: 5_000 } })
      const unknown = Kit.neverWas(done, "999999.4")
      yield* Kit.finished([done])
      const records = yield* reporter.describe([done, live, unknown])
      const ended = yield* Kit.succeeded(records, done)
      yield* Kit.same(ended.exit, { _tag: "Code", code: 3 }, "exit")
      yield* Kit.ensure(ended.times.ended !== undefined, "the end of a completed job", ended)
      const times = inOrder(ended)
      yield* Kit.ensure(
        times.every((time, index) => time + tolerance >= (times[index - 1] ?? 0)),
        "times in the order of a job's life",
        ended
      )
      const waiting = yield* Kit.succeeded(records, live)
      yield* Kit.same(
        [waiting.usage, waiting.starts, waiting.exit, waiting.times.started, waiting.times.ended],
        [undefined, undefined, undefined, undefined, undefined],
        "usage, starts, exit and times of a job that has not started"
      )
      yield* Kit.same((yield* Kit.succeeded(records, unknown)).status, { _tag: "Unknown" }, "status")
      const output = yield* retriever.fetchOne(done, destination)
      // A compute element may report that the output is available a moment after it reports the end.
      yield* Kit.same(
        { ...output.record?.times, available: undefined },
        { ...ended.times, available: undefined },
        "times in the manifest"
      )
      const departed = yield* Kit.succeeded(yield* reporter.describe([done]), done)
      yield* Kit.same(
        [departed.times.ended, departed.usage],
        [ended.times.ended, ended.usage],
        "end and usage after the job has left"
      )
      yield* cancellable.cancel([live])
      return Kit.ran
    }).pipe(Effect.scoped)
  },
  {
    name: "watch: follows each job of a set that grows and shrinks to its end, while a second watch runs",
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
      yield* Kit.same(seen.size, 3, "number of watched jobs")
      const open = Array.from(seen).filter(([, status]) => !JobStatus.isTerminal(status)).map(([name]) => name)
      yield* Kit.same(open, [String(left)], "jobs without a terminal status")
      yield* cancellable.cancel([left])
      return Kit.ran
    }).pipe(Effect.scoped)
  }
]
