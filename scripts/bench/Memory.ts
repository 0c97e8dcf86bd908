/** How much the heap holds. */
import * as Effect from "effect/Effect"
import * as process from "node:process"
import * as v8 from "node:v8"
import * as vm from "node:vm"

/** Bytes in use after a collection of all that is garbage. */
export const settled: Effect.Effect<number> = Effect.sync(() => {
  v8.setFlagsFromString("--expose-gc")
  const collect: unknown = vm.runInNewContext("gc")
  if (typeof collect === "function") { for (let round = 0; round < 3; round++) collect() }
  return process.memoryUsage().heapUsed
})

/** The most that the heap holds right after any collection while something runs, above what it held before, in bytes. */
export const growth = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const before = yield* settled
    const profiler = new v8.GCProfiler()
    profiler.start()
    const value = yield* effect
    const most = (profiler.stop()?.statistics ?? []).reduce(
      (sofar, { afterGC }) => Math.max(sofar, afterGC.heapStatistics.usedHeapSize),
      process.memoryUsage().heapUsed
    )
    return { value, growth: most - before }
  })
