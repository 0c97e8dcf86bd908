/** A cluster whose processes are killed and frozen at random instants. */
import { Array as Arr, Effect, Fiber, Random, Schedule } from "effect"
import type { Answer, Task } from "../../scripts/cluster/Orders.ts"
import type * as Stage from "../../scripts/cluster/Stage.ts"
import * as Assembly from "./Assembly.ts"
import { type Phase, phases } from "./Phases.ts"

const copies = 3
const atOnce = 12

/** One blow: the phase that it waits for, the delay after it, and how long the runner is away. Times are in milliseconds. */
interface Blow {
  readonly kind: "kill" | "freeze"
  readonly phase: Phase | undefined
  readonly after: number
  readonly away: number
  readonly pause: number
  /** Whether the client is killed, too. */
  readonly client: boolean
}

/** Every fourth blow freezes a runner for longer than its lock is valid. Every fifth does not wait for a phase. */
const blow = Effect.fnUntraced(function*(index: number) {
  const kind = index % 4 === 3 ? "freeze" as const : "kill" as const
  const lock = Assembly.expiration * 1000
  const away = kind === "freeze"
    ? yield* Random.nextBetween(lock * 1.2, lock * 2)
    : yield* Random.nextBetween(0, lock * 1.5)
  const next: Blow = {
    kind,
    phase: index % 5 === 4 ? undefined : phases[(index - Math.floor(index / 5)) % phases.length],
    after: yield* Random.nextBetween(0, 300),
    away,
    pause: yield* Random.nextBetween(100, 1000),
    client: (yield* Random.next) < 0.1
  }
  return next
})

const isIn = ({ activity, isUp }: Assembly.Runner, phase: Phase | undefined): boolean =>
  isUp() && (phase === undefined || activity.now.includes(phase))

const shortly = Schedule.spaced("5 millis")

/** A runner that is in this phase. If there is none for some time, any runner that is up. */
const victim = (runners: ReadonlyArray<Assembly.Runner>, phase: Phase | undefined) => {
  const up = Effect.sync(() => runners.filter(({ isUp }) => isUp()))
  const any = Effect.repeat(up, { until: Arr.isReadonlyArrayNonEmpty, schedule: shortly }).pipe(
    Effect.flatMap(Random.choice)
  )
  if (phase === undefined) return any
  const fitting = Effect.sync(() => runners.find((runner) => isIn(runner, phase)))
  return Effect.repeat(fitting, { until: (runner) => runner !== undefined, schedule: shortly }).pipe(
    Effect.timeoutOrElse({ duration: "10 seconds", orElse: () => any })
  )
}

/** Kills or freezes a runner, and returns the effect that brings it back. */
const strike = Effect.fnUntraced(function*({ begin, freeze, kill, thaw }: Assembly.Runner, { away, kind }: Blow) {
  yield* Effect.asVoid(kind === "kill" ? kill : freeze)
  return kind === "kill" ? Effect.delay(begin, away) : Effect.asVoid(Effect.delay(thaw, away))
})

/** Starts batches until `isOver`, and waits for the end of each. */
const work = Effect.fnUntraced(function*(
  stage: Stage.Stage,
  ask: (task: typeof Task.Type) => Effect.Effect<typeof Answer.Type, unknown>,
  isOver: () => boolean
) {
  const told: Array<Assembly.Told> = []
  const worker = Effect.gen(function*() {
    while (!isOver()) {
      const endpoint = stage.grid.endpoints[yield* Random.nextIntBetween(0, Assembly.size - 1)] ?? ""
      const batch = yield* stage.batch(endpoint, copies, yield* Random.nextBetween(0.5, 3))
      // At any moment from its submission to after its end.
      const task = (yield* Random.next) < 0.35
        ? { batch, interruptAfter: yield* Random.nextBetween(0, 8000) }
        : { batch }
      told.push({ task, answer: yield* ask(task) })
    }
  })
  yield* Effect.all(Arr.replicate(worker, atOnce), { concurrency: "unbounded", discard: true })
  return told
})

/** Runs a cluster until this number of blows has happened, and checks it. Returns the number of blows in each phase. */
export const run = Effect.fnUntraced(
  function*({ blows, database }: { readonly blows: number; readonly database?: Stage.Database | undefined }) {
    // All random numbers are drawn first, because the timing of later steps differs between runs.
    const plan = yield* Effect.forEach(Arr.range(0, blows - 1), blow)
    const assembly = yield* Assembly.make(database)
    const { client, runners, stage } = assembly
    let isOver = false
    const working = yield* Effect.forkScoped(work(stage, client.ask, () => isOver))

    const hits = { submit: 0, wait: 0, fetch: 0, compensation: 0 }
    const seen = { kill: 0, freeze: 0, client: 0 }
    const recoveries: Array<Fiber.Fiber<void, unknown>> = []
    for (const next of plan) {
      // The phase may be over after the delay.
      const runner = yield* victim(runners, next.phase).pipe(
        Effect.tap(Effect.sleep(next.after)),
        Effect.repeat({ until: (found) => found !== undefined && isIn(found, next.phase), times: 5 })
      )
      if (runner === undefined) continue
      for (const phase of runner.activity.now) hits[phase] += 1
      seen[next.kind] += 1
      recoveries.push(yield* Effect.forkScoped(yield* strike(runner, next)))
      if (next.client) {
        seen.client += 1
        yield* client.restart()
      }
      yield* Effect.sleep(next.pause)
    }
    isOver = true
    yield* Effect.forEach(recoveries, Fiber.join)
    const told = yield* Assembly.untilDone(assembly, Fiber.join(working))
    yield* Assembly.ensureRight(assembly, told)
    return { hits, ...seen, batches: told.length, ended: told.filter(({ answer }) => answer._tag === "Ended").length }
  },
  Effect.scoped
)
