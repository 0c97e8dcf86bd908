/** Many compute elements, some of which hang: does that delay the others? On fakes, in virtual time. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/testing/TestClock"
import {
  Capability,
  Credential,
  HTCondorCE,
  type JobHandle,
  JobStatus,
  Outcomes,
  ScheddTransport,
  SubmissionKey
} from "../../../src/index.ts"
import { FakeGrid, FakeSchedd, TimeLapse } from "../../../src/testing/index.ts"
import { Amount, type Benchmark, compare } from "../Benchmark.ts"

// The latency of a wide area network, and how many tools CondorTool.layer runs concurrently.
const latency = "200 millis"
const processes = 16

const pilots = 5

const grid = (endpoints: ReadonlyArray<string>, hung: ReadonlySet<string>) =>
  ScheddTransport.layerTools({ maxConcurrent: processes }).pipe(
    Layer.provideMerge(FakeGrid.layer(Object.fromEntries(endpoints.map((endpoint) => [endpoint, {
      payload: () => ({ duration: "90 seconds" }),
      faults: [hung.has(endpoint) ? { _tag: "Hung" } as const : { _tag: "Slow", by: latency } as const]
    }])))),
    Layer.provideMerge(NodeServices.layer)
  )

/** One cycle of a pilot factory: looks, gives up what has ended, submits what is missing. */
const cycle = Effect.fnUntraced(function*(known: ReadonlyArray<JobHandle.JobHandle>) {
  const { status } = yield* Capability.StatusReporter
  const { purge } = yield* Capability.Purgeable
  const { submit } = yield* Capability.Submitter
  const ended = Outcomes.successes(yield* status(known)).flatMap(([handle, one]) =>
    JobStatus.isTerminal(one) ? [handle] : []
  )
  yield* purge(ended)
  const over = new Set(ended)
  const live = known.filter((handle) => !over.has(handle))
  const copies = Array.from({ length: pilots - live.length }, () => ({}))
  const { handles } = yield* submit({ executable: "/bin/true" }, copies, { key: yield* SubmissionKey.generate })
  return [...live, ...handles]
})

/** How long the cycles of those take that do not hang, in milliseconds. */
const cycles = (endpoints: ReadonlyArray<string>, hung: ReadonlySet<string>) =>
  Effect.gen(function*() {
    const backends = yield* HTCondorCE.layerMap((endpoint: string) => ({ endpoint }))
    const took: Array<number> = []
    yield* Effect.forEach(endpoints, (endpoint) => {
      let known: ReadonlyArray<JobHandle.JobHandle> = []
      return Effect.gen(function*() {
        const began = yield* Clock.currentTimeMillis
        known = yield* Effect.provide(cycle(known), backends.get(endpoint))
        if (!hung.has(endpoint)) took.push((yield* Clock.currentTimeMillis) - began)
      }).pipe(Effect.ignore, Effect.repeat(Schedule.fixed("1 minute")), Effect.forkScoped)
    })
    yield* TimeLapse.run(Effect.sleep("5 minutes"), { step: latency })
    return took
  }).pipe(
    Effect.scoped,
    Effect.provide(grid(endpoints, hung)),
    Effect.provide(Credential.layerToken(FakeSchedd.token("pilot"))),
    // The clock does not move while files are read and written. That is intended.
    Effect.provide(TestClock.layer({ warningDelay: "1 day" }))
  )

export const hung: Benchmark<never> = {
  name: "grid",
  run: Effect.gen(function*() {
    const { sized } = yield* Amount
    const [all, ill] = [sized(300), sized(10)]
    const endpoints = Array.from({ length: all }, (_, index) => `ce-${index}.example.org`)
    const without = yield* cycles(endpoints.slice(ill), new Set())
    const among = yield* cycles(endpoints, new Set(endpoints.slice(0, ill)))
    const mean = (values: ReadonlyArray<number>) => values.reduce((sum, value) => sum + value, 0) / values.length
    const late = (values: ReadonlyArray<number>) =>
      values.toSorted((left, right) => left - right)[Math.floor(values.length * 0.95)] ?? Number.NaN
    const work = `${all} endpoints, ${ill} of them hung: cycle of the others`
    const target = { atMost: 1.1 }
    return [
      compare({ work: `${work}, mean`, than: "without those", target }, [mean(among)], [mean(without)]),
      compare({ work: `${work}, 95 % of them`, than: "without those", target }, [late(among)], [late(without)])
    ]
  })
}
