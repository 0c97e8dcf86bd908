/** The user that owns the jobs of a submission. */
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, FileSystem } from "effect"
import { Capability, SubmissionKey } from "../../src/index.ts"
import { TimeLapse } from "../../src/testing/index.ts"
import { ad, backend, completedAd, isIdentity, key as scriptedKey, looking, past, printed } from "./Scripted.ts"
import * as TwoUsers from "./TwoUsers.ts"

const flipped = (key: string, at: number): string =>
  Array.from(
    key,
    (letter, index) =>
      index % (at + 2) !== 0 ? letter : letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase()
  ).join("")

// Keys, and for each of them a key that differs only in case.
const keys = Arbitrary.map(
  Arbitrary.array(Arbitrary.schema(SubmissionKey.SubmissionKey), { minLength: 1, maxLength: 2 }),
  (some) =>
    Array.from(
      new Set(some.flatMap((key, at) => [key, flipped(key, at), `a${key}`.slice(0, 128), `A${key}`.slice(0, 128)])),
      (key) => SubmissionKey.SubmissionKey.make(key)
    )
)

describe("a key", () => {
  it.effect.prop(
    "names one submission: keys that differ are different",
    [keys],
    ([keys]) =>
      TimeLapse.run(Effect.gen(function*() {
        const pilot = yield* TwoUsers.user("pilot", "Remote")
        const handles = yield* Effect.forEach(keys, (key) =>
          Effect.map(pilot.submit(key, 1), ({ adopted, handles: [handle] }) => {
            assert.isFalse(adopted, key)
            return handle ?? assert.fail("no handle")
          }))
        const numbers = new Set(handles.map(({ job }) =>
          job
        ))
        assert.strictEqual(numbers.size, keys.length)
        for (const [index, key] of keys.entries()) {
          const state = yield* pilot.reconcile(key)
          assert.deepStrictEqual("handles" in state ? state.handles : [], handles.slice(index, index + 1))
        }
        assert.deepStrictEqual(yield* pilot.cancel(handles.slice(0, 1)), ["Cancelled"])
        assert.notInclude(yield* pilot.status(handles.slice(1)), "Removed")
      })).pipe(Effect.scoped, Effect.provide(TwoUsers.site("latest", "Remote"))),
    { arbitrary: { runs: 5 } }
  )

  it.effect("is compared again here when a schedd has ignored its case", () =>
    Effect.gen(function*() {
      const other = ad("7.0", { EffectCEKey: scriptedKey.toUpperCase() })
      const { layer } = backend((call) => call.tool === "condor_q" ? printed(other) : past(call, [other]))
      const state = yield* Effect.flatMap(Capability.Submitter, ({ reconcile }) => reconcile(scriptedKey)).pipe(
        Effect.provide(layer)
      )
      assert.strictEqual(state._tag, "Absent")
    }))
})

const ways = ["fetched", "removed", "completed", "queued"] as const

describe("two users with one key", () => {
  it.effect.each(TwoUsers.sites)(
    "each user has separate jobs, whatever the state of the other's jobs (%s)",
    ([, version, route]) =>
      Effect.gen(function*() {
        const fileSystem = yield* FileSystem.FileSystem
        const destination = yield* fileSystem.makeTempDirectoryScoped({ prefix: "identity-" })
        const pilot = yield* TwoUsers.user("pilot", route)
        const other = yield* TwoUsers.user("other", route)
        const cases = ways.flatMap((way) =>
          [2, 3].map((copies) => ({ way, copies, key: SubmissionKey.SubmissionKey.make(`shared-${way}-${copies}`) }))
        )
        const begun = yield* TimeLapse.run(Effect.forEach(cases, (one) =>
          Effect.map(
            other.submit(one.key, one.copies),
            ({ handles }) => ({ ...one, theirs: handles })
          )))
        yield* TimeLapse.run(
          Effect.forEach(begun.filter(({ way }) => way === "removed"), ({ theirs }) => other.cancel(theirs))
        )
        yield* TimeLapse.pass("5 minutes")
        yield* TimeLapse.run(Effect.gen(function*() {
          for (const { theirs, way } of begun) {
            if (way === "fetched") yield* other.fetch(theirs, `${destination}/other`)
            if (way === "completed") yield* other.purge(theirs)
          }
          yield* Effect.sleep("10 seconds")
          for (const { key, theirs, way } of begun) {
            // A stolen handle, or one that has the id of another user's job.
            const asked = theirs.slice(0, 1)
            if (way === "queued") {
              assert.deepStrictEqual(yield* pilot.cancel(asked), ["NotOwner"])
            } else {
              assert.deepStrictEqual(yield* pilot.status(asked), ["Unknown"])
              assert.deepStrictEqual(yield* pilot.fetch(asked, `${destination}/stolen`), ["UnknownJob"])
              assert.deepStrictEqual(yield* pilot.cancel(asked), ["UnknownJob"])
              assert.deepStrictEqual(yield* pilot.purge(asked), ["UnknownJob"])
            }
            assert.strictEqual((yield* pilot.reconcile(key))._tag, "Absent")
            const mine = yield* pilot.submit(key, 2)
            assert.deepStrictEqual([mine.adopted, mine.handles.length, mine.warnings], [false, 2, []])
            for (const { job } of mine.handles) assert.notInclude(theirs.map(({ job }) => job), job)
            const again = yield* pilot.submit(key, 2)
            assert.deepStrictEqual([again.adopted, again.handles], [true, mine.handles])
            const state = yield* other.reconcile(key)
            assert.deepStrictEqual("handles" in state ? state.handles : [], theirs)
          }
        }))
      }).pipe(Effect.scoped, Effect.provide(TwoUsers.site(version, route)))
  )

  it.effect("each user finds only its own jobs, even if the schedd shows all jobs", () =>
    Effect.gen(function*() {
      const theirs = [0, 1, 2].map((proc) => ad(`7.${proc}`, { EffectCECopies: 3, User: "other@users.htcondor.org" }))
      const { calls, layer } = backend((call) =>
        call.tool === "condor_submit"
          ? { stdout: "9.0 - 9.1\n" }
          : call.tool === "condor_q"
          ? printed(...theirs, ...(looking(call) === "9" ? [ad("9.0", { EffectCECopies: 2 })] : []))
          : past(call, [])
      )
      const { adopted, handles } = yield* Effect.flatMap(
        Capability.Submitter,
        ({ submit }) => submit({ executable: "/bin/true" }, [{}, {}], { key: scriptedKey })
      ).pipe(Effect.provide(layer))
      assert.deepStrictEqual([adopted, handles.map(({ job }) => job)], [false, ["9.0", "9.1"]])
      assert.deepStrictEqual(calls.map(({ tool }) => tool), [
        "condor_q",
        "condor_q",
        "condor_history",
        "condor_submit",
        "condor_q"
      ])
    }))
})

describe("identity of a client at the schedd", () => {
  const gone = [completedAd("6.0"), completedAd("5.0", { EffectCEKey: "task-2" })]
  const reconcile = Effect.flatMap(Capability.Submitter, ({ reconcile }) => reconcile(scriptedKey))

  it.effect("is queried once, however often it is needed", () =>
    Effect.gen(function*() {
      const { calls, layer } = backend((call) => call.tool === "condor_q" ? printed() : past(call, gone))
      yield* Effect.provide(Effect.replicateEffect(reconcile, 3), layer)
      assert.strictEqual(calls.filter(isIdentity).length, 1)
      assert.deepStrictEqual(calls.find(isIdentity)?.args.slice(4), ["-totals", "-json", "-constraint", "false"])
    }))

  it.effect("is required: without it, no job is found or submitted", () =>
    Effect.gen(function*() {
      const { layer } = backend(
        (call) => call.tool === "condor_q" ? printed() : past(call, gone),
        {},
        undefined,
        { stdout: "[\n{ \"MyType\": \"Summary\" }\n]\n" }
      )
      assert.strictEqual((yield* Effect.flip(Effect.provide(reconcile, layer)))._tag, "BackendFailed")
    }))
})
