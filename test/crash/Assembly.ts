/** A cluster of three runner processes and a client process, and the checks of its batches at the end. */
import { Effect, Exit, Schedule, Scope } from "effect"
import type * as Grid from "../../scripts/cluster/Grid.ts"
import { type Answer, secretMark, type Task } from "../../scripts/cluster/Orders.ts"
import type * as Processes from "../../scripts/cluster/Processes.ts"
import * as Stage from "../../scripts/cluster/Stage.ts"
import { Broken } from "./Kill.ts"
import { Activity } from "./Phases.ts"

export const size = 6

/** The expiration of locks, in seconds. */
export const expiration = 4

/** How long the remaining batches may take after the last kill. */
const patience = "90 seconds"

/** A runner that is started again at the same port. */
const standing = Effect.fnUntraced(function*(
  name: string,
  activity: Activity,
  { start }: Effect.Success<ReturnType<Stage.Stage["place"]>>
) {
  const scope = yield* Effect.scope
  let life: { readonly process: Processes.Process; readonly scope: Scope.Closeable } | undefined
  let isFrozen = false
  const begin = Effect.gen(function*() {
    const own = yield* Scope.fork(scope)
    life = { process: yield* Scope.provide(start, own), scope: own }
  })
  const now = Effect.suspend(() =>
    life === undefined ? Effect.fail(new Broken({ what: `${name} is away already` })) : Effect.succeed(life)
  )
  return {
    name,
    activity,
    /** Whether a private directory belongs to this process. */
    owns: (name: string) => life !== undefined && name.includes(`-${life.process.pid}-`),
    isUp: () => life !== undefined && !isFrozen,
    begin,
    kill: Effect.flatMap(now, ({ process, scope }) => {
      life = undefined
      return Effect.andThen(process.kill, Scope.close(scope, Exit.void))
    }),
    freeze: Effect.flatMap(now, ({ process }) => {
      isFrozen = true
      return process.freeze
    }),
    thaw: Effect.flatMap(now, ({ process }) => {
      isFrozen = false
      return process.thaw
    })
  }
})

export type Runner = Effect.Success<ReturnType<typeof standing>>

/** Wraps the tools of a runner. */
export type Around = (name: string, through: Grid.Through) => Grid.Through

/** Starts all processes. `submitted` counts for each key how often `condor_submit` has succeeded. */
export const make = Effect.fnUntraced(
  function*(database: Stage.Database | undefined, around: Around = (_, through) => through) {
    const stage = yield* Stage.make({ size, expiration, database, onEvent: () => Effect.void })
    const submitted = new Map<string, number>()
    const runners = yield* Effect.forEach(["alpha", "beta", "gamma"], (name) =>
      Effect.gen(function*() {
        const activity = new Activity()
        const through = yield* activity.through((key) => submitted.set(key, (submitted.get(key) ?? 0) + 1))
        const runner = yield* standing(name, activity, yield* stage.place(name, around(name, through)))
        yield* runner.begin
        return runner
      }))
    return { stage, submitted, runners, client: yield* stage.startClient }
  }
)

export type Assembly = Effect.Success<ReturnType<typeof make>>

/** A task of the client, and the answer that it got. */
export interface Told {
  readonly task: typeof Task.Type
  readonly answer: typeof Answer.Type
}

/** Waits for the end of all batches. Fails with the keys of those that did not end. */
export const untilDone = <A, E, R>({ client }: Assembly, working: Effect.Effect<A, E, R>) =>
  Effect.timeoutOrElse(working, {
    duration: patience,
    orElse: () =>
      Effect.flatMap(client.open, (keys) => Effect.fail(new Broken({ what: `no end of ${keys.join(", ")}` })))
  })

// The faults of one batch.
const wrongWith = Effect.fnUntraced(
  function*({ stage, submitted }: Assembly, { answer, task }: Told, pilots: ReadonlyMap<string, number>) {
    const { batch, interruptAfter } = task
    if (answer._tag === "Failed") return [`${batch.key}: ${answer.detail}`]
    if (answer._tag === "Withdrawn" && interruptAfter === undefined) return [`${batch.key} was withdrawn by nobody`]
    const counts = batch.copies.map((_, index) => pilots.get(`${batch.key}/${index}`) ?? 0)
    const submissions = submitted.get(batch.key) ?? 0
    const said = `its pilots ran ${counts.join()} times, of ${submissions} submissions`
    // An owner may remove the jobs of a batch while a former owner, which was frozen, continues to fetch them. It finds no output.
    const isTakenBack = answer._tag === "Withdrawn" || interruptAfter !== undefined &&
        answer.collection.jobs.every((job) => job._tag === "Failed" && job.error._tag === "OutputMissing")
    if (isTakenBack) {
      return counts.some((count) => count > 1) || submissions > 1 ? [`${batch.key} was withdrawn: ${said}`] : []
    }
    return [
      ...yield* stage.faultsOf(batch, answer.collection),
      ...counts.some((count) => count !== 1) || submissions !== 1 ? [`${batch.key} has ended: ${said}`] : []
    ]
  }
)

const untilEmpty = {
  until: (names: ReadonlyArray<string>) => names.length === 0,
  schedule: Schedule.spaced("200 millis").pipe(Schedule.upTo({ times: 50 }))
}

/**
 * Checks the cluster at the end, and kills all runners.
 *
 * - Each pilot of a batch that has ended ran once.
 * - Nothing is left of withdrawn batches.
 * - The database contains no secret.
 * - The next runner removes the files of killed runners with its first work.
 */
export const ensureRight = Effect.fnUntraced(function*(assembly: Assembly, told: ReadonlyArray<Told>) {
  const { client, runners, stage } = assembly
  const [first] = runners
  const pilots = yield* stage.grid.pilots
  const wrong = (yield* Effect.forEach(told, (one) => wrongWith(assembly, one, pilots))).flat()
  // The compute elements need a moment to remove jobs.
  const left = yield* Effect.repeat(stage.grid.left, untilEmpty)
  wrong.push(...(yield* stage.database.containing(secretMark)).map((where) => `a secret is in ${where}`))
  // The search finds text in clear, so it would find a secret.
  const key = told[0]?.task.batch.key ?? ""
  if ((yield* stage.database.containing(`${key}/0`)).length === 0) wrong.push("the database was not searched")

  if (first === undefined) return yield* new Broken({ what: "no runner" })
  yield* Effect.forEach(runners, ({ kill }) => kill)
  yield* first.begin
  const task = { batch: yield* stage.batch(stage.grid.endpoints[0] ?? "", 1, 0) }
  yield* untilDone(assembly, client.ask(task))
  // A running process keeps its token.
  const others = Effect.map(stage.leftBehind, (names) => names.filter((name) => !first.owns(name)))
  const behind = yield* Effect.repeat(others, untilEmpty)
  wrong.push(...behind.map((name) => `left behind: ${name}`))
  // A runner that was frozen may have submitted later.
  const late = left.concat(yield* Effect.repeat(stage.grid.left, untilEmpty))
  wrong.push(...late.map((what) => `left at the grid: ${what}`))
  if (late.length > 0) {
    wrong.push(...told.map(({ answer, task }) => `${answer.key} ${answer._tag} ${task.interruptAfter}`))
  }
  if (wrong.length > 0) return yield* new Broken({ what: wrong.join("\n") })
})
