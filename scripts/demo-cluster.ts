/**
 * Three runner processes over one SQLite file work on 400 pilots at 8 compute elements, and one of the three is killed in the
 * middle. Nothing has to be installed: the compute elements are fakes in this process, which speak HTCondor's tools.
 *
 * npm run demo:cluster
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Console from "effect/Console"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as References from "effect/References"
import { exit } from "node:process"
import { PilotBatch } from "../src/cluster/index.ts"
import { Retry } from "../src/index.ts"
import type { Event } from "./cluster/Orders.ts"
import * as Stage from "./cluster/Stage.ts"

const ces = 8
const batchesPerCE = 5
const copies = 10
const expiration = 6

const names = ["alpha", "beta", "gamma"] as const

/** The events that the runners have reported. */
class Board {
  readonly owners = new Map<string, string>()
  readonly ready = new Set<string>()
  readonly submitted = new Set<string>()
  readonly adopted = new Set<string>()
  readonly half = Deferred.makeUnsafe<void>()

  readonly take = (runner: string, event: typeof Event.Type) =>
    Effect.sync(() => {
      if (event._tag === "Ready") this.ready.add(runner)
      else if (event._tag === "Moved") this.owners.set(event.endpoint, runner)
      else if (event._tag === "Submitted") this.submitted.add(event.key)
      else if (event._tag === "Adopted") this.adopted.add(event.key)
      if (this.submitted.size >= (ces * batchesPerCE) / 2) Deferred.doneUnsafe(this.half, Effect.void)
    })
}

const table = (rows: ReadonlyArray<ReadonlyArray<string>>) =>
  rows.map((row) => `  ${row.map((cell) => cell.padEnd(24)).join("")}`.trimEnd()).join("\n")

const demo = Effect.gen(function*() {
  const began = performance.now()
  const say = (text: string) => Console.log(`${((performance.now() - began) / 1000).toFixed(1).padStart(5)} s  ${text}`)
  const board = new Board()
  const stage = yield* Stage.make({ size: ces, expiration, onEvent: board.take })
  yield* say(`A grid of ${ces} compute elements. Three runners start, each a process, over one SQLite file.`)
  yield* say(`For this demo a lock expires after ${expiration} s; Cluster.timing has 15 s.`)
  // A tool takes its time.
  const slow: Parameters<typeof stage.place>[1] = (call, run) =>
    Effect.flatMap(
      Random.nextBetween(100, call.tool === "condor_submit" ? 1500 : 200),
      (millis) => Effect.delay(run, millis)
    )
  const runners = new Map(
    yield* Effect.forEach(
      names,
      (name) =>
        Effect.flatMap(stage.place(name, slow), ({ start }) => Effect.map(start, (runner) => [name, runner] as const))
    )
  )
  yield* Effect.repeat(Effect.delay(Effect.sync(() => board.ready.size), 100), {
    until: (ready) => ready === names.length
  })

  const batches = yield* Effect.forEach(
    Array.from({ length: ces * batchesPerCE }, (_, index) => stage.grid.endpoints[index % ces] ?? ""),
    (endpoint) => stage.batch(endpoint, copies, 1)
  )
  yield* say(`A client starts ${batches.length} batches of ${copies} pilots.`)

  const killing = Effect.gen(function*() {
    yield* Deferred.await(board.half)
    const before = new Map(board.owners)
    const load = (name: string) => Array.from(before.values()).filter((owner) => owner === name).length
    const victim = names.toSorted((a, b) => load(b) - load(a))[0] ?? names[0]
    yield* runners.get(victim)?.kill ?? Effect.void
    yield* say(`${board.submitted.size} batches are submitted. Runner ${victim} is killed (SIGKILL).`)
    return { before, victim }
  })
  const work = Effect.forEach(
    batches,
    (batch) =>
      PilotBatch.execute(batch).pipe(
        Effect.retry(Retry.schedule),
        Effect.flatMap((collection) => stage.faultsOf(batch, collection))
      ),
    { concurrency: "unbounded" }
  ).pipe(Effect.provide(stage.client))
  const [faults, { before, victim }] = yield* Effect.all([work, killing], { concurrency: "unbounded" })
  yield* say("All batches have ended.\n")

  const after = (endpoint: string) => {
    const owner = board.owners.get(endpoint) ?? "-"
    if (before.get(endpoint) !== victim) return owner
    return owner === victim ? "-" : `${owner}  (moved)`
  }
  yield* Console.log(table([
    ["compute element", "runner before", "runner after"],
    ...stage.grid.endpoints.map((endpoint) => [
      endpoint.replace(/:.*/, ""),
      before.get(endpoint) ?? "-",
      after(endpoint)
    ])
  ]))
  const pilots = yield* stage.grid.pilots
  const expected = ces * batchesPerCE * copies
  const wrong = [
    ...faults.flat(),
    ...Array.from(pilots).flatMap(([pilot, jobs]) => jobs === 1 ? [] : [`${pilot} had ${jobs} jobs`]),
    ...(yield* stage.grid.left).map((what) => `left: ${what}`)
  ]
  yield* Console.log(
    `\n  ${board.adopted.size} batches were adopted: a runner had died after they were submitted, before that was recorded.`
  )
  for (const what of wrong) yield* Console.error(`  ${what}`)
  const good = wrong.length === 0 && pilots.size === expected
  yield* say(
    good
      ? `${pilots.size} of ${expected} jobs, each fetched once`
      : `${pilots.size} of ${expected} jobs, and ${wrong.length} things are wrong`
  )
  return good ? 0 : 1
})

Effect.scoped(demo).pipe(
  Effect.timeout("3 minutes"),
  Effect.provide(NodeServices.layer),
  Effect.provideService(References.MinimumLogLevel, "Error"),
  Effect.map((code) => exit(code)),
  NodeRuntime.runMain
)
