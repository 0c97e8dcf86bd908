/** The table of docs/faults.md on the fake: whenever a fault strikes, nothing is lost, and nothing happens twice. */
import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Ref, Scope } from "effect"
import { FakeSchedd } from "../../src/testing/index.ts"
import { isLong } from "../Volume.ts"
import { Disk, type Reason } from "./Disk.ts"
import * as FaultScene from "./FaultScene.ts"
import type { Attempt, Name, Scene } from "./FaultScene.ts"

export type Fault = (scene: Scene, attempt: Attempt) => Effect.Effect<void, unknown, Scope.Scope>

export interface Expected {
  /** The answers that callers get, over all moments. */
  readonly sees: ReadonlyArray<string>
  /** The longest duration. */
  readonly within?: Duration.Input | undefined
  /** Runs once the fault is over. Default: the operation is repeated, and then has taken effect. */
  readonly afterwards?: ((scene: Scene, attempt: Attempt, answer: string) => Effect.Effect<void, unknown>) | undefined
}

const again: NonNullable<Expected["afterwards"]> = (_, attempt) => Effect.andThen(attempt.run, attempt.done)

// For the older version a short run tries only every third moment. It then need not see all answers.
const everyThird = (version: FakeSchedd.Version): boolean => version === "lts" && !isLong

const assertSeen = (
  seen: ReadonlySet<string>,
  sees: ReadonlyArray<string>,
  isAll: boolean,
  trace: ReadonlyArray<string>
) =>
  isAll
    ? assert.deepStrictEqual(Array.from(seen).toSorted(), sees.toSorted(), trace.join(", "))
    : assert.includeMembers(Array.from(sees), Array.from(seen), trace.join(", "))

/** Lets a fault strike before each tool run of the operation, in turn, and after the last. */
export const everywhere = (name: Name, fault: Fault, { afterwards = again, sees, within = "20 seconds" }: Expected) =>
  Effect.gen(function*() {
    const scene = yield* FaultScene.scene
    const { begin, strike, tidy, timed } = scene
    const seen = new Set<string>()
    const trace: Array<string> = []
    const sparse = everyThird(scene.fake.version)
    for (let call = 0;; call += sparse ? 3 : 1) {
      yield* scene.fake.reinstall
      const attempt = yield* begin[name]
      const { answer, over } = yield* Effect.scoped(Effect.gen(function*() {
        const scope = yield* Effect.scope
        const event = Effect.orDie(Scope.provide(fault(scene, attempt), scope))
        yield* strike.arm(call, event)
        const before = (yield* scene.fake.calls).length
        const { answer, took } = yield* timed(attempt.run)
        const tool = (yield* scene.fake.calls)[before + call]?.tool
        const over = (yield* strike.calls) <= call
        yield* strike.arm(-1, Effect.void)
        if (over) yield* event
        seen.add(answer)
        trace.push(`${call} ${tool} -> ${answer} ${took}ms`)
        assert.isAtMost(took, Duration.toMillis(Duration.fromInputUnsafe(within)), `struck at call ${call}`)
        yield* tidy(attempt.destination)
        return { answer, over }
      }))
      yield* afterwards(scene, attempt, answer)
      yield* tidy(attempt.destination)
      if (over) break
    }
    assertSeen(seen, sees, !sparse, trace)
  })

/**
 * Lets all writes of the operation fail from one write on, for each write in turn: to the destination, or to the
 * temporary directory.
 */
const fromEachWriteOn = (
  name: Name,
  place: "destination" | "temporary",
  reason: Reason,
  { sees, leaves = false }: { readonly sees: ReadonlyArray<string>; readonly leaves?: boolean }
) =>
  Effect.gen(function*() {
    const scene = yield* FaultScene.scene
    const disk = yield* Disk
    const seen = new Set<string>()
    const trace: Array<string> = []
    // Each version tries every other write, and a short run fewer of the older version.
    const sparse = everyThird(scene.fake.version)
    for (let write = scene.fake.version === "lts" ? 0 : 1;; write += sparse ? 6 : 2) {
      const attempt = yield* scene.begin[name]
      // The token that was shown in the meantime is deleted, and written again.
      yield* Effect.sleep("11 seconds")
      const breakdown = yield* disk.breaks(place === "temporary" ? scene.temporary : attempt.destination, reason, write)
      const { answer, took } = yield* scene.timed(attempt.run)
      const over = !breakdown.struck()
      trace.push(`${write} -> ${answer} ${took}`)
      seen.add(answer)
      assert.isAtMost(took, 20_000, `struck at write ${write}`)
      if (!leaves) yield* scene.tidy(attempt.destination)
      breakdown.heal()
      yield* attempt.run
      yield* attempt.done
      yield* scene.tidy(attempt.destination)
      if (over) break
    }
    assertSeen(seen, sees, !sparse, trace)
  })

export const lasting = (kind: FakeSchedd.Fault): Fault => ({ fake }) => fake.fault(kind)

/** The table, on one version, while the clock advances. */
export const faults = (version: FakeSchedd.Version) => {
  const each = <E>(name: string, test: Effect.Effect<void, E, FaultScene.Services | Scope.Scope>) =>
    it.effect(`${name} (${version})`, () =>
      FaultScene.playing(Effect.scoped(test)).pipe(Effect.provide(FaultScene.services(version))))

  describe("CE down", () => {
    const down = lasting({ _tag: "Unreachable" })
    each("CE down: submit", everywhere("submit", down, { sees: ["CEUnavailable", "Submitted"] }))
    each("CE down: status", everywhere("status", down, { sees: ["CEUnavailable", "Running"] }))
    each("CE down: fetch", everywhere("fetch", down, { sees: ["CEUnavailable", "Retrieved", "Unreleased"] }))
    each("CE down: cancel", everywhere("cancel", down, { sees: ["CEUnavailable", "Cancelled"] }))
    each("CE down: purge", everywhere("purge", down, { sees: ["CEUnavailable", "Purged"] }))
  })

  describe("schedd restarted", () => {
    const restarted = lasting({ _tag: "ScheddRestarted", times: 1 })
    each(
      "schedd restarted: submit",
      everywhere("submit", restarted, { sees: ["CEUnavailable", "SubmissionFailed", "Submitted"] })
    )
    each("schedd restarted: status", everywhere("status", restarted, { sees: ["CEUnavailable", "Running"] }))
    each("schedd restarted: fetch", everywhere("fetch", restarted, { sees: ["CEUnavailable", "Retrieved"] }))
    each("schedd restarted: cancel", everywhere("cancel", restarted, { sees: ["CEUnavailable", "Cancelled"] }))
    each("schedd restarted: purge", everywhere("purge", restarted, { sees: ["CEUnavailable", "Purged"] }))
  })

  describe("network stalled", () => {
    const stalled = lasting({ _tag: "Hung" })
    // The time of the tool, of the rollback, and of a last query.
    each(
      "network stalled: submit",
      everywhere("submit", stalled, {
        sees: ["CEUnavailable", "SubmissionFailed", "Submitted", "TimedOut"],
        within: "85 seconds"
      })
    )
    each(
      "network stalled: status",
      everywhere("status", stalled, { sees: ["CEUnavailable", "Running"], within: "25 seconds" })
    )
    // The time of the transfer, and of the next query.
    each(
      "network stalled: fetch",
      everywhere("fetch", stalled, {
        sees: ["CEUnavailable", "Retrieved", "TimedOut", "Unreleased"],
        within: "125 seconds"
      })
    )
    each(
      "network stalled: cancel",
      everywhere("cancel", stalled, { sees: ["CEUnavailable", "Cancelled"], within: "25 seconds" })
    )
    each(
      "network stalled: purge",
      everywhere("purge", stalled, { sees: ["CEUnavailable", "Purged"], within: "25 seconds" })
    )
  })

  describe("tool killed", () => {
    const before = lasting({ _tag: "ToolKilled", moment: "before", times: 1 })
    const after = lasting({ _tag: "ToolKilled", moment: "after", times: 1 })
    each(
      "tool killed before it asks: submit",
      everywhere("submit", before, { sees: ["SubmissionFailed", "Submitted", "BackendFailed"] })
    )
    each("tool killed before it asks: status", everywhere("status", before, { sees: ["Running", "BackendFailed"] }))
    each("tool killed before it asks: fetch", everywhere("fetch", before, { sees: ["Retrieved", "BackendFailed"] }))
    each("tool killed before it asks: cancel", everywhere("cancel", before, { sees: ["Cancelled", "BackendFailed"] }))
    each("tool killed before it asks: purge", everywhere("purge", before, { sees: ["Purged", "BackendFailed"] }))
    // Its jobs wait for their input a moment longer, and are then rolled back.
    each(
      "tool killed when all is done: submit",
      everywhere("submit", after, { sees: ["SubmissionFailed", "Submitted", "BackendFailed"] })
    )
    each("tool killed when all is done: status", everywhere("status", after, { sees: ["Running", "BackendFailed"] }))
    each("tool killed when all is done: fetch", everywhere("fetch", after, { sees: ["Retrieved", "BackendFailed"] }))
    each("tool killed when all is done: cancel", everywhere("cancel", after, { sees: ["Cancelled", "BackendFailed"] }))
    each("tool killed when all is done: purge", everywhere("purge", after, { sees: ["Purged", "BackendFailed"] }))
  })

  describe("spool full", () => {
    const full = lasting({ _tag: "SpoolFull" })
    each("spool full: submit", everywhere("submit", full, { sees: ["SubmissionFailed", "Submitted"] }))
    each("spool full: fetch", everywhere("fetch", full, { sees: ["Retrieved"] }))
  })

  describe("local disk", () => {
    each(
      "destination full: fetch",
      fromEachWriteOn("fetch", "destination", "ENOSPC", {
        sees: ["LocalFailure", "Retrieved", "Retrieved+TransferFailed", "TransferFailed"]
      })
    )
    each(
      "destination read-only: fetch",
      fromEachWriteOn("fetch", "destination", "EROFS", {
        sees: ["LocalFailure", "Retrieved", "Retrieved+TransferFailed", "TransferFailed"],
        leaves: true
      })
    )
    const full = (name: Name, done: string) =>
      fromEachWriteOn(name, "temporary", "ENOSPC", { sees: ["LocalFailure", done] })
    each("temporary directory full: submit", full("submit", "Submitted"))
    each("temporary directory full: status", full("status", "Running"))
    each("temporary directory full: fetch", full("fetch", "Retrieved"))
    each("temporary directory full: cancel", full("cancel", "Cancelled"))
    each("temporary directory full: purge", full("purge", "Purged"))
    each(
      "temporary directory read-only: submit",
      fromEachWriteOn("submit", "temporary", "EROFS", { sees: ["LocalFailure", "Submitted"], leaves: true })
    )
    each(
      "temporary directory read-only: status",
      fromEachWriteOn("status", "temporary", "EROFS", { sees: ["LocalFailure", "Running"], leaves: true })
    )
  })

  describe("token", () => {
    const refused = lasting({ _tag: "TokenRefused" })
    each("token expired: submit", everywhere("submit", refused, { sees: ["AuthenticationFailed", "Submitted"] }))
    each("token expired: status", everywhere("status", refused, { sees: ["AuthenticationFailed", "Running"] }))
    each(
      "token expired: fetch",
      everywhere("fetch", refused, { sees: ["AuthenticationFailed", "Retrieved", "Unreleased"] })
    )
    each("token expired: cancel", everywhere("cancel", refused, { sees: ["AuthenticationFailed", "Cancelled"] }))
    each("token expired: purge", everywhere("purge", refused, { sees: ["AuthenticationFailed", "Purged"] }))

    each(
      "token expired between submission and fetch: renewed, nothing is lost",
      Effect.gen(function*() {
        const wallet = yield* FaultScene.Wallet
        const { begin, timed } = yield* FaultScene.scene
        const expiresAt = Math.floor((yield* Clock.currentTimeMillis) / 1000) + 600
        yield* Ref.set(wallet, FakeSchedd.token("pilot", { expiresAt }))
        const attempt = yield* begin.fetch
        yield* Effect.sleep("11 minutes")
        assert.strictEqual((yield* timed(attempt.run)).answer, "CredentialUnavailable")
        yield* Ref.set(wallet, FakeSchedd.token("pilot"))
        assert.strictEqual(yield* attempt.run, "Retrieved")
        yield* attempt.done
      })
    )
  })

  describe("site", () => {
    // The second job of the submission, if it exists.
    const second = ({ attribute, fake, jobsOf }: Scene, { key }: Attempt) =>
      Effect.map(fake.queue, (ads) => {
        const ad = jobsOf(ads, key).find((one) => attribute(one, "EffectCECopy") === "1")
        return ad === undefined ? "0.0" : `${attribute(ad, "ClusterId")}.${attribute(ad, "ProcId")}`
      })
    const removed: Fault = (scene, attempt) => Effect.flatMap(second(scene, attempt), scene.fake.remove)
    const held: Fault = (scene, attempt) => Effect.flatMap(second(scene, attempt), (job) => scene.fake.hold(job))

    each(
      "job removed by the site: submit",
      everywhere("submit", removed, {
        sees: ["Submitted"],
        afterwards: ({ queued }, { key, run }) =>
          Effect.gen(function*() {
            assert.strictEqual(yield* run, "Adopted")
            yield* Effect.sleep("3 seconds")
            assert.include([2, 3], (yield* queued(key)).length)
          })
      })
    )
    each(
      "job removed by the site: status",
      everywhere("status", removed, {
        sees: ["Removed+Running", "Running"],
        afterwards: (_, { run }) => Effect.map(run, (answer) => assert.match(answer, /^Removed\+Running$/))
      })
    )
    each(
      "job removed by the site: fetch",
      everywhere("fetch", removed, {
        sees: ["OutputMissing+Retrieved", "Retrieved"],
        afterwards: ({ outputs }, { destination, run }, answer) =>
          Effect.gen(function*() {
            const placed = answer === "Retrieved" ? [0, 1, 2] : [0, 2]
            assert.deepStrictEqual(yield* outputs(destination), placed)
            assert.strictEqual(yield* run, placed.length === 3 ? "AlreadyRetrieved" : "AlreadyRetrieved+OutputMissing")
          })
      })
    )
    each(
      "job removed by the site: cancel",
      everywhere("cancel", removed, { sees: ["Cancelled"], afterwards: (_, { run }) => Effect.asVoid(run) })
    )
    each(
      "job removed by the site: purge",
      everywhere("purge", removed, { sees: ["Purged"], afterwards: (_, { run }) => Effect.asVoid(run) })
    )

    each("job held by the site: submit", everywhere("submit", held, { sees: ["Submitted"] }))
    each(
      "job held by the site: status",
      everywhere("status", held, {
        sees: ["Held+Running", "Running"],
        afterwards: (_, { run }) => Effect.map(run, (answer) => assert.match(answer, /^Held\+Running$/))
      })
    )
    each("job held by the site: fetch", everywhere("fetch", held, { sees: ["Retrieved"] }))
    each("job held by the site: cancel", everywhere("cancel", held, { sees: ["Cancelled"] }))
    each("job held by the site: purge", everywhere("purge", held, { sees: ["Purged"] }))
  })

  describe("memory", () => {
    const rotated: Fault = ({ fake }) => fake.rotateHistory
    each("history rotated: submit", everywhere("submit", rotated, { sees: ["Submitted"] }))
    each("history rotated: status", everywhere("status", rotated, { sees: ["Running"] }))
    each(
      "history rotated: fetch",
      everywhere("fetch", rotated, {
        sees: ["Retrieved"],
        afterwards: ({ fetchAnswer, outputs, root }, { destination, handles, run }) =>
          Effect.gen(function*() {
            assert.deepStrictEqual(yield* outputs(destination), [0, 1, 2])
            assert.strictEqual(yield* run, "AlreadyRetrieved")
            assert.oneOf(yield* fetchAnswer(handles, `${root}/elsewhere`), ["AlreadyRetrieved", "UnknownJob"])
          })
      })
    )
    each("history rotated: cancel", everywhere("cancel", rotated, { sees: ["Cancelled"] }))
    each("history rotated: purge", everywhere("purge", rotated, { sees: ["Purged"] }))

    // The schedd has lost all jobs, and other jobs have their ids now.
    const reused: Fault = ({ begin, fake }) => Effect.andThen(fake.reinstall, begin.purge)
    const untouched: NonNullable<Expected["afterwards"]> = ({ fake }) =>
      Effect.gen(function*() {
        yield* Effect.sleep("3 seconds")
        assert.strictEqual((yield* fake.queue).length, 3)
        assert.deepStrictEqual(yield* fake.history, [])
      })
    each("id reused: submit", everywhere("submit", ({ fake }) => fake.reinstall, { sees: ["Submitted"] }))
    each("id reused: status", everywhere("status", reused, { sees: ["Running", "Unknown"], afterwards: untouched }))
    each(
      "id reused: fetch",
      // The outcome of a job that was about to be released is unknown.
      everywhere("fetch", reused, { sees: ["Retrieved", "UnknownJob", "Unreleased"], afterwards: untouched })
    )
    each(
      "id reused: cancel",
      everywhere("cancel", reused, { sees: ["Cancelled", "UnknownJob"], afterwards: untouched })
    )
    each("id reused: purge", everywhere("purge", reused, { sees: ["Purged", "UnknownJob"], afterwards: untouched }))
  })
}
