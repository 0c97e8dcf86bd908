/** The faults of docs/faults.md on the fake: whoever repeats by Retry.schedule gets there, and each copy is there once. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Schedule, Scope } from "effect"
import { Retry } from "../../src/index.ts"
import type { FakeSchedd } from "../../src/testing/index.ts"
import { Disk, type Reason } from "./Disk.ts"
import * as FaultScene from "./FaultScene.ts"

const schedule = Retry.schedule.pipe(Schedule.upTo({ duration: "30 minutes" }))

/** Repeats by the schedule. What somebody has to mend first is mended, and the operation called again. */
const persist = Effect.fnUntraced(function*(
  once: Effect.Effect<FaultScene.Answer, FaultScene.Failure>,
  heal: Effect.Effect<void>
) {
  const repeated = Effect.retry(once, schedule)
  return yield* Effect.catchIf(
    repeated,
    ({ retry }) => retry === "AfterRepair",
    () => Effect.andThen(heal, repeated)
  ).pipe(Effect.catch((error) => Effect.succeed(`${error._tag}, ${error.retry}`)))
})

const ends: Readonly<Record<FaultScene.Name, ReadonlyArray<string>>> = {
  submit: ["Submitted", "Adopted"],
  status: ["Running"],
  fetch: ["Retrieved", "AlreadyRetrieved", "AlreadyRetrieved+Retrieved", "Unreleased", "Retrieved+Unreleased"],
  cancel: ["Cancelled"],
  purge: ["Purged"]
}

// How long what nobody mends lasts.
const lasts = "15 seconds"

/** Lets something break at some moment of an operation, until it is healed: the answer in the end, and whether it broke. */
const through = Effect.fnUntraced(function*(
  scene: FaultScene.Scene,
  name: FaultScene.Name,
  attempt: FaultScene.Attempt,
  heal: Effect.Effect<void>
) {
  const healing = yield* Effect.forkChild(Effect.andThen(Effect.sleep(lasts), heal))
  const answer = yield* persist(attempt.once, heal)
  yield* Fiber.interrupt(healing)
  yield* heal
  assert.include(ends[name], answer)
  yield* attempt.done
  yield* scene.tidy(attempt.destination)
})

/** A fault strikes before some runs of a tool, others for each version. FaultTable.ts has them all. */
const struck = (name: FaultScene.Name, kind: FakeSchedd.Fault) =>
  Effect.gen(function*() {
    const scene = yield* FaultScene.scene
    for (let call = scene.fake.version === "lts" ? 0 : 1;; call += 4) {
      yield* scene.fake.reinstall
      const attempt = yield* scene.begin[name]
      const scope = yield* Scope.make()
      yield* scene.strike.arm(call, Effect.orDie(Scope.provide(scene.fake.fault(kind), scope)))
      yield* through(scene, name, attempt, Scope.close(scope, Exit.void))
      const over = (yield* scene.strike.calls) <= call
      yield* scene.strike.arm(-1, Effect.void)
      // Those who only ask, or remove, do little else.
      if (over || (name !== "submit" && name !== "fetch")) break
    }
  })

/** Nothing can be written from one of the first writes on. */
const unwritable = (name: FaultScene.Name, place: "destination" | "temporary", reason: Reason) =>
  Effect.gen(function*() {
    const scene = yield* FaultScene.scene
    const disk = yield* Disk
    for (const write of scene.fake.version === "lts" ? [0, 9] : [3]) {
      const attempt = yield* scene.begin[name]
      yield* Effect.sleep("11 seconds")
      const below = place === "temporary" ? scene.temporary : attempt.destination
      const { heal } = yield* disk.breaks(below, reason, write)
      yield* through(scene, name, attempt, Effect.sync(heal))
    }
  })

const everywhere: ReadonlyArray<readonly [title: string, kind: FakeSchedd.Fault]> = [
  ["CE down", { _tag: "Unreachable" }],
  ["schedd restarted", { _tag: "ScheddRestarted", times: 1 }],
  ["network stalled", { _tag: "Hung" }],
  ["tool killed before it asks", { _tag: "ToolKilled", moment: "before", times: 1 }],
  ["tool killed when all is done", { _tag: "ToolKilled", moment: "after", times: 1 }],
  ["answer cut short", { _tag: "AnswerTruncated", times: 1 }],
  ["token refused", { _tag: "TokenRefused" }],
  ["denied", { _tag: "Denied" }]
]

const some: ReadonlyArray<readonly [title: string, kind: FakeSchedd.Fault, names: ReadonlyArray<FaultScene.Name>]> = [
  ["spool full", { _tag: "SpoolFull" }, ["submit"]],
  ["tool killed before its input is sent", { _tag: "ToolKilled", moment: "committed", times: 1 }, ["submit"]],
  ["transfer that breaks", { _tag: "TransferBreaks", afterBytes: 10, times: 1 }, ["submit", "fetch"]],
  ["tool killed in the middle of a transfer", { _tag: "ToolKilled", moment: "during", bytes: 10, times: 1 }, ["fetch"]]
]

for (const version of ["lts", "latest"] as const) {
  describe(`a fault that is repeated by its retry (${version})`, () => {
    const each = <E>(title: string, test: Effect.Effect<void, E, FaultScene.Services | Scope.Scope>) =>
      it.effect(
        title,
        () => FaultScene.playing(Effect.scoped(test)).pipe(Effect.provide(FaultScene.services(version))),
        120_000
      )
    for (const [title, kind] of everywhere) {
      for (const name of FaultScene.names) each(`${title}: ${name}`, struck(name, kind))
    }
    for (const [title, kind, names] of some) {
      for (const name of names) each(`${title}: ${name}`, struck(name, kind))
    }
    each("destination full: fetch", unwritable("fetch", "destination", "ENOSPC"))
    each("destination read-only: fetch", unwritable("fetch", "destination", "EROFS"))
    for (const name of FaultScene.names) {
      each(`temporary directory full: ${name}`, unwritable(name, "temporary", "ENOSPC"))
    }
  })
}
