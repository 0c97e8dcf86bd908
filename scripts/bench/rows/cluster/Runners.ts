/** Runners in separate processes: how long a failover takes, and how the speed grows with their number. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as os from "node:os"
import { ClusterCE, SecretSealer } from "../../../../src/cluster/index.ts"
import { Capability, SubmissionKey } from "../../../../src/index.ts"
import * as Stage from "../../../cluster/Stage.ts"
import { Amount, type Line } from "../../Benchmark.ts"
import { ratios, spread } from "../../Statistics.ts"
import * as Rig from "./Rig.ts"

// Expiration of the locks in seconds. `Cluster.timing` has 15.
const expiration = 6

const sealer = Layer.unwrap(Effect.map(SecretSealer.generateKey("1"), (key) => SecretSealer.layer([key])))

/** Starts `count` runners, each with its share of the CEs, and returns a question to one CE. */
const running = Effect.fnUntraced(function*(ces: number, count: number, slow: number) {
  const ready = new Set<string>()
  const stage = yield* Stage.make({
    size: ces,
    expiration,
    onEvent: (runner, event) =>
      Effect.sync(() => {
        if (event._tag === "Ready") ready.add(runner)
      })
  })
  const runners = yield* Effect.forEach(
    Array.from({ length: count }, (_, index) => `runner-${index}`),
    (name) => Effect.flatMap(stage.place(name, (_, run) => Effect.delay(run, slow)), ({ start }) => start)
  )
  yield* Effect.repeat(Effect.delay(Effect.sync(() => ready.size), 100), { until: (size) => size === count })
  // They share the shards out when each knows of all others.
  yield* Effect.sleep("3 seconds")
  const services = yield* Layer.build(Layer.merge(stage.client, sealer))
  const submitters = yield* Effect.forEach(stage.grid.endpoints, (endpoint) =>
    Effect.map(
      Effect.provideContext(Layer.build(ClusterCE.layer(endpoint)), services),
      (capabilities) => Context.get(capabilities, Capability.Submitter)
    ))
  /** One question to each CE, all at once. How long each has waited. */
  const ask = Effect.forEach(
    submitters,
    ({ reconcile }) => Rig.milliseconds(Effect.flatMap(SubmissionKey.generate, reconcile)),
    { concurrency: "unbounded" }
  )
  yield* ask
  return { runners, ask }
})

/** Kills one of two runners, and measures how long the last of its CEs does not answer. */
export const failover = Effect.gen(function*() {
  const { few } = yield* Amount
  const waited = yield* Effect.replicateEffect(
    Effect.scoped(Effect.gen(function*() {
      const { ask, runners } = yield* running(16, 2, 0)
      yield* runners[0]?.kill ?? Effect.void
      return Math.max(...yield* ask) / 1000
    })),
    few(3)
  )
  const line: Line = {
    work: "2 runners, 16 CEs: one runner is killed (SIGKILL)",
    than: `locks of ${expiration} s`,
    unit: "s to the last answer",
    value: spread(waited)
  }
  return [line]
})

const tools = 200

/** How much faster more runners ask all CEs, where a tool takes its time and no processor. */
export const scaling = Effect.gen(function*() {
  const { few, sized } = yield* Amount
  // On a small machine the processors are at work before the tools are waited for.
  const ces = sized(os.cpus().length >= 8 ? 1_000 : 200)
  const times = yield* Effect.forEach([1, 2, 4], (count) =>
    Effect.scoped(Effect.gen(function*() {
      const { ask } = yield* running(ces, count, tools)
      return { count, times: yield* Effect.replicateEffect(Rig.milliseconds(ask), few(3)) }
    })))
  const alone = times[0]?.times ?? []
  return times.map(({ count, times }): Line => ({
    work: `${ces} CEs asked, tools of ${tools} ms, ${count} ${count === 1 ? "runner" : "runners"}`,
    than: "1 runner, linear: 1",
    unit: "of linear",
    ours: spread(times),
    theirs: spread(alone),
    value: spread(ratios(alone, times).map((faster) => faster / count)),
    // With a processor for each, and as many for the grid and for the client.
    target: os.cpus().length >= 2 * count + 2 ? { atLeast: 0.8 } : undefined,
    samples: { ours: times, theirs: alone }
  }))
})
