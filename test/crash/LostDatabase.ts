/** A cluster whose database is lost while batches run. */
import { Effect, Fiber, Random, Schedule } from "effect"
import type * as Stage from "../../scripts/cluster/Stage.ts"
import * as Assembly from "./Assembly.ts"

const copies = 3

/** Kills all processes, deletes the database, and starts all again. Returns how many batches had ended and were submitted before. */
export const run = Effect.fnUntraced(
  function*(database: Stage.Database | undefined) {
    const assembly = yield* Assembly.make(database)
    const { client, runners, stage, submitted } = assembly
    const ask = (task: Assembly.Told["task"]) => Effect.map(client.ask(task), (answer) => ({ task, answer }))
    const tasks = yield* Effect.forEach(
      [...stage.grid.endpoints, ...stage.grid.endpoints, ...stage.grid.endpoints],
      (endpoint) =>
        Effect.flatMap(Random.nextBetween(0, 8), (seconds) => stage.batch(endpoint, copies, seconds)).pipe(
          Effect.map((batch) => ({ batch }))
        )
    )
    const ended: Array<Assembly.Told> = []
    const working = yield* Effect.forkScoped(Effect.forEach(
      tasks,
      (task) => Effect.tap(ask(task), (told) => Effect.sync(() => ended.push(told))),
      { concurrency: "unbounded" }
    ))
    yield* Effect.repeat(Effect.sync(() => ended.length), {
      until: (count) => count >= 3,
      schedule: Schedule.spaced("20 millis")
    })
    yield* Effect.forEach(runners, ({ kill }) => kill, { concurrency: "unbounded" })
    const before = { ended: ended.length, submitted: submitted.size, batches: tasks.length }
    const first = ended.slice()
    yield* client.restart(stage.database.remake)
    yield* Effect.forEach(runners, ({ begin }) => begin, { concurrency: "unbounded" })
    const told = yield* Assembly.untilDone(assembly, Fiber.join(working))
    // A client may also ask again for a batch whose answer it has.
    const again = yield* Assembly.untilDone(
      assembly,
      Effect.forEach(first, ({ task }) => ask(task), { concurrency: "unbounded" })
    )
    yield* Assembly.ensureRight(assembly, [...told, ...again])
    return before
  },
  Effect.scoped
)
