/**
 * The faults of docs/faults.md on the fake: a caller that repeats by Retry.schedule succeeds, and each copy exists
 * once.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Schedule, Scope } from "effect"
import { Retry } from "../../src/index.ts"
import type { FakeSchedd } from "../../src/testing/index.ts"
import { Disk, type Reason } from "./Disk.ts"
import * as FaultAttempts from "./FaultAttempts.ts"
import * as FaultScene from "./FaultScene.ts"

const schedule = Retry.schedule.pipe(Schedule.upTo({ duration: "30 minutes" }))

/** The values of `retry` for a temporary fault, and for one that needs a repair. */
type May = ReadonlySet<Retry.Retry>
const passing: May = new Set(["Now", "Later"])
const mended: May = new Set(["AfterRepair"])

/** Repeats by the schedule. If the error asks for a repair, repairs the fault and calls the operation again. */
const persist = Effect.fnUntraced(function*(
  once: Effect.Effect<FaultScene.Answer, FaultScene.Failure>,
  may: May,
  heal: Effect.Effect<void>
) {
  let failures = 0
  const noted = Effect.tapError(once, ({ _tag, retry }) =>
    Effect.sync(() => {
      failures++
      assert.include(Array.from(may), retry, _tag)
    }))
  const repeated = Effect.retry(noted, schedule)
  const answer = yield* Effect.catchIf(
    repeated,
    ({ retry }) => retry === "AfterRepair",
    () => Effect.andThen(heal, repeated)
  ).pipe(Effect.catch((error) => Effect.succeed(`${error._tag}, ${error.retry}`)))
  return { answer, failures }
})

const ends: Readonly<Record<FaultScene.Name, ReadonlyArray<string>>> = {
  submit: ["Submitted", "Adopted"],
  status: ["Running"],
  fetch: ["Retrieved", "AlreadyRetrieved", "AlreadyRetrieved+Retrieved", "Unreleased", "Retrieved+Unreleased"],
  cancel: ["Cancelled"],
  purge: ["Purged"],
  list: ["Running"],
  departed: ["Removed"],
  describe: ["Running"],
  waitFor: ["Completed"],
  // An earlier attempt cancelled the job.
  withdraw: ["Cancelled", "AlreadyGone"],
  release: ["Released", "NotHeld", "NotHeld+Released"],
  fetchHeld: ["Brought"]
}

// Duration of a fault that needs no repair.
const lasts = "15 seconds"

/**
 * Breaks the site at some moment of an operation, until it is healed. Returns the numbers of failures and of tool
 * runs.
 */
const through = Effect.fnUntraced(function*(
  scene: FaultScene.Scene,
  name: FaultScene.Name,
  attempt: FaultScene.Attempt,
  may: May,
  heal: Effect.Effect<void>
) {
  const healing = yield* Effect.forkChild(Effect.andThen(Effect.sleep(lasts), may === mended ? Effect.void : heal))
  const { answer, failures } = yield* persist(attempt.once, may, heal)
  const calls = yield* scene.strike.calls
  yield* Fiber.interrupt(healing)
  yield* heal
  assert.include(ends[name], answer)
  yield* attempt.done
  yield* scene.tidy(attempt.destination)
  return { calls, failures }
})

const steps: { readonly [name in FaultScene.Name]?: number } = { submit: 2, fetch: 2, release: 4, fetchHeld: 4 }

/** A fault strikes before each tool run, one after the other. */
const struck = (name: FaultScene.Name, kind: FakeSchedd.Fault, may: May, isOvercome: boolean) =>
  Effect.gen(function*() {
    const scene = yield* FaultScene.scene
    let failed = 0
    // For operations with many tool runs, the fault strikes before a part of them on each version.
    const step = steps[name] ?? 1
    const begin = step > 1 && scene.fake.version === "latest" ? 1 : 0
    for (let call = begin;; call += step) {
      yield* scene.fake.reinstall
      const attempt = yield* scene.begin[name]
      const scope = yield* Scope.make()
      yield* scene.strike.arm(call, Effect.orDie(Scope.provide(scene.fake.fault(kind), scope)))
      const { calls, failures } = yield* through(scene, name, attempt, may, Scope.close(scope, Exit.void))
      yield* scene.strike.arm(-1, Effect.void)
      failed += failures
      if (calls > call) continue
      assert.isAbove(call, begin, "it never struck")
      break
    }
    assert.strictEqual(failed > 0, !isOvercome, "whether anything failed")
  })

/** From one of the first writes on, no write succeeds. */
const unwritable = (name: FaultScene.Usual, place: "destination" | "temporary", reason: Reason) =>
  Effect.gen(function*() {
    const scene = yield* FaultScene.scene
    const disk = yield* Disk
    for (const write of scene.fake.version === "lts" ? [0] : [3]) {
      const attempt = yield* scene.begin[name]
      yield* Effect.sleep("11 seconds")
      const below = place === "temporary" ? scene.temporary : attempt.destination
      const { heal } = yield* disk.breaks(below, reason, write)
      const { failures } = yield* through(scene, name, attempt, mended, Effect.sync(heal))
      assert.isAbove(failures, 0, "nothing failed")
    }
  })

const everywhere: ReadonlyArray<readonly [title: string, kind: FakeSchedd.Fault, may: May]> = [
  ["CE down", { _tag: "Unreachable" }, passing],
  ["schedd restarted", { _tag: "ScheddRestarted", times: 1 }, passing],
  ["network stalled", { _tag: "Hung" }, passing],
  ["tool killed before it asks", { _tag: "ToolKilled", moment: "before", times: 1 }, passing],
  ["tool killed when all is done", { _tag: "ToolKilled", moment: "after", times: 1 }, passing],
  ["answer cut short", { _tag: "AnswerTruncated", times: 1 }, passing],
  ["token refused", { _tag: "TokenRefused" }, mended],
  ["denied", { _tag: "Denied" }, mended]
]

/** Faults that an operation overcomes without a retry by the caller. */
const overcome: ReadonlySet<string> = new Set([
  "answer cut short: cancel",
  "answer cut short: purge",
  "transfer that breaks: fetch",
  "tool killed in the middle of a transfer: fetch",
  "schedd restarted: waitFor",
  "tool killed when all is done: waitFor"
])

const submits = { tools: ["condor_submit"] } as const
const transfers = { tools: ["condor_submit", "condor_transfer_data"] } as const

const some: ReadonlyArray<
  readonly [title: string, kind: FakeSchedd.Fault, may: May, names: ReadonlyArray<FaultScene.Usual>]
> = [
  ["spool full", { _tag: "SpoolFull" }, passing, ["submit"]],
  ["tool killed before its input is sent", { _tag: "ToolKilled", moment: "committed", times: 1, ...submits }, passing, [
    "submit"
  ]],
  ["transfer that breaks", { _tag: "TransferBreaks", afterBytes: 10, times: 1, ...transfers }, passing, [
    "submit",
    "fetch"
  ]],
  [
    "tool killed in the middle of a transfer",
    {
      _tag: "ToolKilled",
      moment: "during",
      bytes: 10,
      times: 1,
      ...transfers
    },
    passing,
    ["fetch"]
  ]
]

/** Faults for the other operations, whose queries are similar. */
const others = { lts: ["schedd restarted", "token refused"], latest: ["tool killed when all is done"] }

for (const version of ["lts", "latest"] as const) {
  describe(`fault that is retried as its error says (${version})`, () => {
    const each = <E>(title: string, test: Effect.Effect<void, E, FaultScene.Services | Scope.Scope>) =>
      it.effect(
        title,
        () => FaultScene.playing(Effect.scoped(test)).pipe(Effect.provide(FaultScene.services(version))),
        120_000
      )
    for (const [title, kind, may] of everywhere) {
      for (const name of FaultScene.usual) {
        each(`${title}: ${name}`, struck(name, kind, may, overcome.has(`${title}: ${name}`)))
      }
    }
    for (const [title, kind, may] of everywhere.filter(([title]) => others[version].includes(title))) {
      for (const name of FaultAttempts.names) {
        each(`${title}: ${name}`, struck(name, kind, may, overcome.has(`${title}: ${name}`)))
      }
    }
    for (const [title, kind, may, names] of some) {
      for (const name of names) each(`${title}: ${name}`, struck(name, kind, may, overcome.has(`${title}: ${name}`)))
    }
    each("destination full: fetch", unwritable("fetch", "destination", "ENOSPC"))
    each("destination read-only: fetch", unwritable("fetch", "destination", "EROFS"))
    for (const name of FaultScene.usual) {
      each(`temporary directory full: ${name}`, unwritable(name, "temporary", "ENOSPC"))
    }
  })
}
