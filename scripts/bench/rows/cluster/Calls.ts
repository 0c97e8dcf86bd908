/** The cost of a call through the cluster. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { ClusterCE } from "../../../../src/cluster/index.ts"
import { Capability, SubmissionKey } from "../../../../src/index.ts"
import { Amount, compare, type Line } from "../../Benchmark.ts"
import * as Contest from "../../Contest.ts"
import { spread } from "../../Statistics.ts"
import * as Rig from "./Rig.ts"

// A `condor_q` of a CE nearby takes some 20 ms on the machine of docs/benchmarks.md.
const speeds = [["tools that take no time", "0 millis"], ["tools that take 20 ms", "20 millis"]] as const

const atOnce = 64
const submissions = 20

type Way = "cluster" | "direct"

/** `submit` of one copy, one after the other, each way at its own CE, so that both queues grow alike. */
export const submit = Effect.gen(function*() {
  const { rounds, sized } = yield* Amount
  const lines: Array<Line> = []
  for (const [speed, by] of speeds) {
    const site = { faults: [{ _tag: "Slow", by } as const] }
    const rig = yield* Rig.make({ "cluster.example.org": site, "direct.example.org": site })
    const times = sized(submissions)
    const turn = ({ submit }: Capability.Submitter["Service"]) =>
      Effect.map(
        Rig.milliseconds(Effect.replicateEffect(
          Effect.flatMap(SubmissionKey.generate, (key) => submit({ executable: rig.executable }, [{}], { key })),
          times,
          { discard: true }
        )),
        (total) => total / times
      )
    const cluster = yield* rig.onClient(Layer.build(ClusterCE.layer("cluster.example.org")))
    const direct = yield* Layer.build(rig.direct("direct.example.org"))
    const measured = yield* Contest.play<Way, unknown, never>(rounds(10), [
      { name: "cluster", turn: turn(Context.get(cluster, Capability.Submitter)) },
      { name: "direct", turn: turn(Context.get(direct, Capability.Submitter)) }
    ])
    lines.push(compare(
      { work: `submit of 1 copy, through the cluster, ${speed}`, than: "without it" },
      measured("cluster"),
      measured("direct")
    ))
  }
  return lines
}).pipe(Effect.scoped)

const rate = (work: string, each: number, times: ReadonlyArray<number>): Line => ({
  work,
  than: `${atOnce} at once`,
  unit: "/s",
  value: spread(times.map((time) => each / (time / 1000)))
})

/** A call of each of so many entities. */
export const onEach = <E>(count: number, call: (entity: string, number: number) => Effect.Effect<unknown, E>) =>
  Rig.milliseconds(Effect.forEach(
    Array.from({ length: count }, (_, index) => index),
    (index) => call(`entity-${index}`, index),
    { concurrency: atOnce, discard: true }
  ))

/** Messages to entities that do nothing. */
export const messages = Effect.gen(function*() {
  const { rounds, sized } = yield* Amount
  const rig = yield* Rig.make({ "ce.example.org": {} })
  const entities = sized(1_000)
  return yield* rig.onClient(Effect.gen(function*() {
    const client = yield* Rig.Null.client
    const volatile = onEach(entities, (id, number) => client(id).volatile({ number }))
    const first = yield* volatile
    const again = yield* Effect.replicateEffect(volatile, rounds(5))
    const stored = yield* Effect.replicateEffect(
      onEach(entities, (id, number) => client(id).stored({ number })),
      rounds(5)
    )
    return [
      rate(`first message to each of ${entities} entities, volatile`, entities, [first]),
      rate(`message to each of ${entities} entities, volatile`, entities, again),
      rate(`message to each of ${entities} entities, stored`, entities, stored)
    ]
  }))
}).pipe(Effect.scoped)

/** The first question about each CE: its entity and its backend are made. And another one. */
export const activation = Effect.gen(function*() {
  const { sized } = yield* Amount
  const endpoints = Array.from({ length: sized(300) }, (_, index) => `ce-${index}.example.org`)
  const rig = yield* Rig.make(Object.fromEntries(endpoints.map((endpoint) => [endpoint, {}])))
  const submitters = yield* Effect.forEach(
    endpoints,
    (endpoint) =>
      Effect.map(
        rig.onClient(Layer.build(ClusterCE.layer(endpoint))),
        (services) => Context.get(services, Capability.Submitter)
      )
  )
  const ask = Rig.milliseconds(Effect.forEach(
    submitters,
    ({ reconcile }) => Effect.flatMap(SubmissionKey.generate, reconcile),
    { concurrency: atOnce, discard: true }
  ))
  const first = yield* ask
  const second = yield* ask
  return [
    rate(`${endpoints.length} CEs of one runner: made, and asked for a key`, endpoints.length, [first]),
    rate(`${endpoints.length} CEs of one runner: asked for another key`, endpoints.length, [second])
  ]
}).pipe(Effect.scoped)
