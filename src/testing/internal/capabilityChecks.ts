import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Cancellable, Diagnosable, LoadReporter, RepeatableOutputRetriever } from "../../contract/Capability.ts"
import type { Check, Requirements } from "../Harness.ts"
import * as Kit from "./kit.ts"

export const capabilityChecks: ReadonlyArray<Check<Requirements>> = [
  {
    name: "LoadReporter: the load is a number of slots and jobs",
    run: Effect.gen(function*() {
      const reporter = yield* Effect.serviceOption(LoadReporter)
      if (Option.isNone(reporter)) return { skipped: "LoadReporter is not provided" }
      const load = yield* reporter.value.load
      yield* Kit.ensure(load.freeSlots >= 0 && load.runningJobs >= 0 && load.waitingJobs >= 0, "no negative load", load)
      return Kit.ran
    })
  },
  {
    name: "Diagnosable: a file of a running job can be read",
    run: Effect.gen(function*() {
      const diagnosable = yield* Effect.serviceOption(Diagnosable)
      if (Option.isNone(diagnosable)) return { skipped: "Diagnosable is not provided" }
      const cancellable = yield* Cancellable
      const { payload } = yield* Kit.workplace
      const handle = yield* Kit.submitOne(payload(60, 0))
      yield* Kit.running([handle])
      yield* diagnosable.value.readRunning(handle, "stdout")
      yield* cancellable.cancel([handle])
      return Kit.ran
    }).pipe(Effect.scoped)
  },
  {
    name: "RepeatableOutputRetriever: output is fetched as often as one likes",
    run: Effect.gen(function*() {
      const retriever = yield* Effect.serviceOption(RepeatableOutputRetriever)
      if (Option.isNone(retriever)) return { skipped: "RepeatableOutputRetriever is not provided" }
      const { destination, payload } = yield* Kit.workplace
      const handle = yield* Kit.submitOne(payload(0, 0))
      yield* Kit.finished([handle])
      for (const place of [1, 2]) {
        yield* Kit.succeeded(yield* retriever.value.fetch([handle], `${destination}-${place}`), handle)
      }
      yield* Kit.discard([handle])
      return Kit.ran
    }).pipe(Effect.scoped)
  }
]
