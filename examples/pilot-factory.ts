/**
 * A pilot factory: keeps a number of pilots at each of many compute elements.
 *
 * It has almost no state. `list` asks the compute element for the pilots. So a factory that was killed, or has lost its disk, continues
 * with the pilots of its earlier life. It only stores an order before it submits that order: the same key submits nothing twice.
 *
 *     HTCONDOR_CE_TOKEN_FILE=ce.token node examples/pilot-factory.ts pilot.sh ce1.example.org ce2.example.org
 */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Config, type Duration, Effect, Layer, Option, Schedule, Schema, Stream } from "effect"
import {
  Capability,
  Credential,
  HTCondorCE,
  Outcomes,
  ScheddTransport,
  type Submission,
  SubmissionKey
} from "effect-htcondor-ce"
import { KeyValueStore } from "effect/persistence"
import { argv } from "node:process"

/** The pilots of one compute element: their keys begin with `name`. Output is put below `output`, one directory per pilot. */
export interface Pilots {
  readonly name: string
  readonly endpoint: string
  readonly spec: Submission.SubmissionSpec
  readonly target: number
  readonly output: string
  readonly interval?: Duration.Input
}

const Order = Schema.Struct({ version: Schema.Literal(1), key: SubmissionKey.SubmissionKey, count: Schema.Int })

/**
 * Keeps `target` pilots queued or running at one compute element. An interrupted factory drains: it cancels the pilots that wait, and
 * leaves the running ones. The next start of the factory collects their output.
 */
export const keepPilots = Effect.fn("keepPilots")(function*(pilots: Pilots) {
  const { cancel } = yield* Capability.Cancellable
  const { fetch } = yield* Capability.OutputRetriever
  const { list } = yield* Capability.Enumerable
  const { submit } = yield* Capability.Submitter
  const orders = KeyValueStore.toSchemaStore(yield* KeyValueStore.KeyValueStore, Order)

  const place = Effect.fn("place")(function*({ count, key }: typeof Order.Type) {
    yield* submit(pilots.spec, Array.from({ length: count }, () => ({})), { key }).pipe(
      // An earlier version of the payload was submitted with this key: its pilots are in the list.
      Effect.catchIf((error) => error._tag === "SubmissionConflict" && error.retry === "Never", () => Effect.void)
    )
    yield* orders.remove(pilots.endpoint)
  })

  /** The pilots of this factory at the compute element. */
  const look = Effect.fn("look")(function*() {
    const jobs = yield* Stream.runCollect(list({ keyPrefix: `${pilots.name}.` }))
    const inState = (...states: ReadonlyArray<string>) =>
      jobs.flatMap((job) => job._tag === "Listed" && states.includes(job.status._tag) ? [job.handle] : [])
    return {
      ended: inState("Completed"),
      held: inState("Held"),
      waiting: inState("Staging", "Waiting"),
      atWork: inState("Running", "Suspended", "Finishing")
    }
  })

  /** Collects pilots that have ended, and cancels held ones: they would only wait for their removal. Returns how many are left. */
  const collect = Effect.fn("collect")(function*(takeBackWaiting: boolean) {
    const { atWork, ended, held, waiting } = yield* look()
    const outputs = yield* fetch(ended, pilots.output)
    const cancelled = yield* cancel(takeBackWaiting ? [...held, ...waiting] : held)
    for (const [handle, error] of [...Outcomes.failures(outputs), ...Outcomes.failures(cancelled)]) {
      yield* Effect.logWarning(`${String(handle)}: ${error.message}`)
    }
    return atWork.length + (takeBackWaiting ? 0 : waiting.length)
  })

  const cycle = Effect.gen(function*() {
    const missing = pilots.target - (yield* collect(false))
    // An order that cannot be read was cut off while it was stored, and before it was submitted.
    const pending = yield* Effect.orElseSucceed(orders.get(pilots.endpoint), () => Option.none<typeof Order.Type>())
    if (Option.isSome(pending)) return yield* place(pending.value)
    if (missing <= 0) return
    const key = SubmissionKey.SubmissionKey.make(`${pilots.name}.${yield* SubmissionKey.generate}`)
    const order = { version: 1, key, count: missing } as const
    yield* orders.set(pilots.endpoint, order)
    yield* place(order)
  })

  const pause = Schedule.spaced(pilots.interval ?? "1 minute")
  const patiently = <A, E extends { readonly message: string }, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.retry(Effect.tapError(effect, (error) => Effect.logWarning(`${pilots.endpoint}: ${error.message}`)), pause)
  return yield* Effect.onInterrupt(Effect.repeat(patiently(cycle), pause), () => Effect.ignore(collect(true)))
})

/** The factory of a grid: each compute element has its own backend, and one that is down stops no other. */
export const keepGrid = Effect.fn("keepGrid")(function*(sites: ReadonlyArray<Pilots>) {
  const backends = yield* HTCondorCE.layerMap((endpoint: string) => ({ endpoint }))
  yield* Effect.forEach(sites, (site) => Effect.provide(keepPilots(site), backends.get(site.endpoint)), {
    concurrency: "unbounded",
    discard: true
  })
}, Effect.scoped)

if (import.meta.main) {
  const [executable = "pilot.sh", ...endpoints] = argv.slice(2)
  const site = (endpoint: string): Pilots => ({
    name: "factory",
    endpoint,
    spec: { executable },
    target: 10,
    output: "output"
  })
  const services = Layer.unwrap(Effect.map(Config.String("HTCONDOR_CE_TOKEN_FILE"), Credential.layerTokenFile)).pipe(
    Layer.merge([ScheddTransport.layer(), KeyValueStore.layerFileSystem("state")]),
    Layer.provideMerge(NodeServices.layer)
  )
  keepGrid(endpoints.map(site)).pipe(Effect.provide(services), NodeRuntime.runMain)
}
