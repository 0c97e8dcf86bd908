/** An owner of compute elements that is frozen between its search for a key and `condor_submit`. */
import { Deferred, Effect, Fiber, Schedule } from "effect"
import { DatabaseSync } from "node:sqlite"
import type * as Stage from "../../scripts/cluster/Stage.ts"
import * as Assembly from "./Assembly.ts"
import { Broken } from "./Kill.ts"

const copies = 20

/** How long jobs run. They must be in the queue, and not yet in the history, when the owner is thawed. */
const seconds = 15

/** Whether a process can write to this SQLite file. It cannot while a frozen process is in a transaction. */
const isWritable = (file: string) =>
  Effect.acquireUseRelease(
    Effect.sync(() => new DatabaseSync(file, { timeout: 200 })),
    (connection) => Effect.try(() => connection.exec("BEGIN IMMEDIATE; ROLLBACK")),
    (connection) => Effect.sync(() => connection.close())
  ).pipe(Effect.isSuccess)

/**
 * Submits one batch at each compute element. The first runner that searches for a key is frozen before it reads the answer that the key
 * is free. It reads the answer after other runners have submitted all batches. Returns the number of such answers, and the number of
 * `condor_submit` runs that succeeded. An owner that hands over interrupts its own, so more runs may have begun.
 */
export const run = Effect.fnUntraced(
  function*(database: Stage.Database | undefined) {
    const asked = yield* Deferred.make<string>()
    const frozen = yield* Deferred.make<void>()
    let searches = 0
    const assembly = yield* Assembly.make(database, (name, through) => (call, run) =>
      Effect.gen(function*() {
        const result = yield* through(call, run)
        const isSearch = call.tool === "condor_q" && call.args.join(" ").includes("EffectCEGridKey =?= \"")
        if (isSearch && !(yield* Deferred.isDone(frozen))) {
          yield* Deferred.succeed(asked, name)
          if ((yield* Deferred.await(asked)) === name) {
            searches += 1
            yield* Deferred.await(frozen)
          }
        }
        return result
      }))
    const { client, runners, stage, submitted } = assembly
    const tasks = yield* Effect.forEach(
      stage.grid.endpoints,
      (endpoint) => Effect.map(stage.batch(endpoint, copies, seconds), (batch) => ({ batch }))
    )
    const working = yield* Effect.forkScoped(Effect.forEach(
      tasks,
      (task) => Effect.map(client.ask(task), (answer) => ({ task, answer })),
      { concurrency: "unbounded" }
    ))
    const name = yield* Assembly.untilDone(assembly, Deferred.await(asked))
    const owner = runners.find((runner) => runner.name === name)
    if (owner === undefined) return yield* new Broken({ what: `no runner ${name}` })
    // Time for the other compute elements of this owner to search, too.
    yield* Effect.sleep("2 seconds")
    // No process can write to SQLite while another one is frozen in a transaction.
    yield* Effect.repeat(
      Effect.gen(function*() {
        yield* owner.freeze
        const isFree = database !== undefined || (yield* isWritable(stage.database.address))
        if (!isFree) yield* owner.thaw
        return isFree
      }),
      { until: (isFree) => isFree, schedule: Schedule.spaced("50 millis") }
    )
    yield* Deferred.succeed(frozen, undefined)
    yield* Effect.repeat(Effect.sync(() => submitted.size), {
      until: (keys) => keys === tasks.length,
      schedule: Schedule.spaced("100 millis")
    }).pipe(
      Effect.timeoutOrElse({
        duration: `${seconds} seconds`,
        orElse: () => Effect.fail(new Broken({ what: "others could not submit while the owner was frozen" }))
      }),
      Effect.ensuring(Effect.ignore(owner.thaw))
    )
    const told = yield* Assembly.untilDone(assembly, Fiber.join(working))
    const submissions = Array.from(submitted.values()).reduce((sum, count) => sum + count, 0)
    const jobs = Array.from((yield* stage.grid.pilots).values()).reduce((sum, count) => sum + count, 0)
    yield* Effect.logInfo(
      `${searches} keys were free, ${submissions} submissions for ${tasks.length} keys, ${jobs} jobs`
    )
    yield* Assembly.ensureRight(assembly, told)
    return { searches, submissions, jobs, expected: { submissions: tasks.length, jobs: tasks.length * copies } }
  },
  Effect.scoped
)
