/** A cluster whose processes are killed and frozen at random instants, and what must be true afterwards. */
import { Array as Arr, Effect, Exit, Fiber, Random, Redacted, Schedule, Scope } from "effect"
import { type Answer, secretOf, type Task } from "../../scripts/cluster/Orders.ts"
import type * as Processes from "../../scripts/cluster/Processes.ts"
import * as Stage from "../../scripts/cluster/Stage.ts"
import { Broken } from "./Kill.ts"
import { Activity, type Phase, phases } from "./Phases.ts"

const size = 6
const names = ["alpha", "beta", "gamma"] as const
const copies = 3
const atOnce = 12

/** Of a lock, in seconds. */
const expiration = 4

/** How long what is left may take when nothing is killed any more. */
const patience = "90 seconds"

/** One blow: where, at what, how long after, and for how long the runner is away. All are milliseconds. */
interface Blow {
  readonly kind: "kill" | "freeze"
  readonly phase: Phase | undefined
  readonly after: number
  readonly away: number
  readonly pause: number
  /** The client dies as well. */
  readonly client: boolean
}

/** Every fourth one freezes a runner for longer than its lock lives, and every fifth comes whatever the runner does. */
const blow = Effect.fnUntraced(function*(index: number) {
  const kind = index % 4 === 3 ? "freeze" as const : "kill" as const
  const away = kind === "freeze"
    ? yield* Random.nextBetween(expiration * 1200, expiration * 2000)
    : yield* Random.nextBetween(0, expiration * 1500)
  return {
    kind,
    phase: index % 5 === 4 ? undefined : phases[(index - Math.floor(index / 5)) % phases.length],
    after: yield* Random.nextBetween(0, 300),
    away,
    pause: yield* Random.nextBetween(100, 1000),
    client: (yield* Random.next) < 0.1
  }
})

/** A runner that is started again, at the same port. */
const standing = Effect.fnUntraced(function*(
  name: string,
  activity: Activity,
  { start }: Effect.Success<ReturnType<Stage.Stage["place"]>>
) {
  const scope = yield* Effect.scope
  let life: { readonly process: Processes.Process; readonly scope: Scope.Closeable } | undefined
  const begin = Effect.gen(function*() {
    const own = yield* Scope.fork(scope)
    life = { process: yield* Scope.provide(start, own), scope: own }
  })
  yield* begin
  const strike = Effect.fnUntraced(function*({ away, kind }: Blow) {
    if (life === undefined) return yield* new Broken({ what: `${name} is away already` })
    const { process, scope } = life
    life = undefined
    if (kind === "kill") {
      yield* process.kill
      yield* Scope.close(scope, Exit.void)
      return Effect.andThen(Effect.sleep(away), begin)
    }
    yield* process.freeze
    const thaw = Effect.andThen(
      process.thaw,
      Effect.sync(() => {
        life = { process, scope }
      })
    )
    return Effect.andThen(Effect.sleep(away), thaw)
  })
  return { name, activity, isUp: () => life !== undefined, strike }
})

type Runner = Effect.Success<ReturnType<typeof standing>>

const shortly = Schedule.spaced("5 millis")

/** A runner that is in this phase, or any that is up if none is for some time. */
const victim = (runners: ReadonlyArray<Runner>, phase: Phase | undefined) => {
  const up = Effect.sync(() => runners.filter(({ isUp }) => isUp()))
  const any = Effect.flatMap(up, (some) => Arr.isArrayNonEmpty(some) ? Random.choice(some) : Effect.succeed(undefined))
  const fitting = Effect.map(
    up,
    (some) => some.find(({ activity }) => phase !== undefined && activity.now.includes(phase))
  )
  const until = { until: (runner: Runner | undefined) => runner !== undefined, schedule: shortly }
  return phase === undefined
    ? Effect.repeat(any, until)
    : Effect.timeoutOrElse(Effect.repeat(fitting, until), {
      duration: "10 seconds",
      orElse: () => Effect.repeat(any, until)
    })
}

/** How many blows came in each phase. */
export type Hits = Readonly<Record<Phase, number>>

/** What the client was told of a batch, and which batch it was. */
interface Told {
  readonly task: typeof Task.Type
  readonly answer: typeof Answer.Type
}

/** Keeps batches coming until `isOver`, and sees to the end of each. */
const work = Effect.fnUntraced(function*(
  stage: Stage.Stage,
  ask: (task: typeof Task.Type) => Effect.Effect<typeof Answer.Type, unknown>,
  isOver: () => boolean
) {
  const told: Array<Told> = []
  const worker = Effect.gen(function*() {
    while (!isOver()) {
      const endpoint = stage.grid.endpoints[yield* Random.nextIntBetween(0, size - 1)] ?? ""
      const batch = yield* stage.batch(endpoint, copies, yield* Random.nextBetween(0.5, 3))
      // Anywhere from its submission to after its end.
      const task = (yield* Random.next) < 0.35
        ? { batch, interruptAfter: yield* Random.nextBetween(0, 8000) }
        : { batch }
      told.push({ task, answer: yield* ask(task) })
    }
  })
  yield* Effect.all(Arr.replicate(worker, atOnce), { concurrency: "unbounded", discard: true })
  return told
})

/** What is wrong at the end: nothing, if each pilot of a batch that has ended ran once, and of those withdrawn nothing is left. */
const faults = Effect.fnUntraced(function*(
  stage: Stage.Stage,
  told: ReadonlyArray<Told>,
  submitted: ReadonlyMap<string, number>
) {
  const wrong: Array<string> = []
  const pilots = yield* stage.grid.pilots
  for (const { answer, task: { batch } } of told) {
    const counts = Array.from(batch.copies, (_, index) => pilots.get(`${batch.key}/${index}`) ?? 0)
    const submissions = submitted.get(batch.key) ?? 0
    if (answer._tag === "Ended") {
      wrong.push(...yield* stage.faultsOf(batch, answer.collection))
      if (counts.some((count) => count !== 1) || submissions !== 1) {
        wrong.push(`${batch.key} has ended: its pilots ran ${counts.join()} times, of ${submissions} submissions`)
      }
    } else if (answer._tag === "Withdrawn") {
      if (counts.some((count) => count > 1) || submissions > 1) {
        wrong.push(`${batch.key} was withdrawn: its pilots ran ${counts.join()} times, of ${submissions} submissions`)
      }
    } else wrong.push(`${batch.key}: ${answer.detail}`)
  }
  wrong.push(...(yield* stage.grid.left).map((what) => `left at the grid: ${what}`))
  const secrets = told.flatMap(({ task: { batch } }) =>
    batch.copies.map((_, copy) => Redacted.value(secretOf(batch.key, copy)))
  )
  wrong.push(...(yield* stage.database.containing(secrets)).map((file) => `a secret is in ${file}`))
  const [first] = told
  // What is in clear is found: so would be a secret.
  if (first !== undefined && (yield* stage.database.containing([`${first.task.batch.key}/0`])).length === 0) {
    wrong.push("the database was not searched")
  }
  return wrong
})

/** Runs a cluster until so many blows have come, and looks at what is there. Gives where they came. */
export const run = Effect.fnUntraced(
  function*({ blows, database }: { readonly blows: number; readonly database?: Stage.Database | undefined }) {
    // All of it is drawn before anything happens, which takes a different time in each run.
    const plan = yield* Effect.forEach(Arr.range(0, blows - 1), blow)
    const stage = yield* Stage.make({ size, expiration, database, onEvent: () => Effect.void })
    const submitted = new Map<string, number>()
    const runners = yield* Effect.forEach(names, (name) =>
      Effect.gen(function*() {
        const activity = new Activity()
        const through = yield* activity.through((key) => submitted.set(key, (submitted.get(key) ?? 0) + 1))
        return yield* standing(name, activity, yield* stage.place(name, through))
      }))
    const client = yield* stage.startClient
    let isOver = false
    const working = yield* Effect.forkScoped(work(stage, client.ask, () => isOver))

    const hits = { submit: 0, wait: 0, fetch: 0, compensation: 0 }
    const seen = { kill: 0, freeze: 0 }
    const recoveries: Array<Fiber.Fiber<void, unknown>> = []
    for (const next of plan) {
      const runner = yield* victim(runners, next.phase)
      if (runner === undefined) continue
      yield* Effect.sleep(next.after)
      for (const phase of runner.activity.now) hits[phase] += 1
      seen[next.kind] += 1
      recoveries.push(yield* Effect.forkScoped(yield* runner.strike(next)))
      if (next.client) yield* client.restart
      yield* Effect.sleep(next.pause)
    }
    isOver = true
    yield* Effect.forEach(recoveries, Fiber.join)
    const told = yield* Fiber.join(working).pipe(
      Effect.timeoutOrElse({
        duration: patience,
        orElse: () =>
          Effect.flatMap(client.open, (keys) => Effect.fail(new Broken({ what: `no end of ${keys.join(", ")}` })))
      })
    )
    // The next operation takes away what a killed process has left.
    const behind = yield* Effect.repeat(stage.leftBehind, {
      until: (names) => names.length === 0,
      schedule: Schedule.spaced("500 millis").pipe(Schedule.upTo({ times: 20 }))
    })
    const wrong = [...yield* faults(stage, told, submitted), ...behind.map((name) => `left behind: ${name}`)]
    if (wrong.length > 0) return yield* new Broken({ what: wrong.join("\n") })
    return { hits, ...seen, ended: told.filter(({ answer }) => answer._tag === "Ended").length, batches: told.length }
  },
  Effect.scoped
)
