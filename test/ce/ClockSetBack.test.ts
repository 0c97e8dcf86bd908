/** A CE whose clock was set back: the times that it recorded before are later than now. */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { TimeLapse } from "../../src/testing/index.ts"
import * as Fetching from "./Fetching.ts"

const { completed, fetched, fetchedOne, left, services, tags, versions } = Fetching

const edits = ["EnteredCurrentStatus", "CompletionDate", "StageOutStart"].flatMap((name) => [name, "4000000000"])

for (const version of versions) {
  it.effect(`fetch: believes the schedd's record of the transfer, whatever the CE's clock says (${version})`, () =>
    TimeLapse.run(Effect.gen(function*() {
      const { destination, handles } = yield* completed(3)
      const around = yield* Fetching.Around
      let edited = false
      around.run = (call, run) =>
        Effect.gen(function*() {
          if (call.tool === "condor_qedit" && !edited) {
            edited = true
            const { exitCode } = yield* run({ ...call, args: [...call.args.slice(0, 6), ...edits] })
            assert.strictEqual(exitCode, 0)
          }
          return yield* run(call)
        })
      assert.deepStrictEqual(tags(yield* fetched(handles, destination)), ["Retrieved", "Retrieved", "Retrieved"])
      assert.isTrue(edited)
      assert.strictEqual(yield* left, 0)
    })).pipe(Effect.scoped, Effect.provide(services(version))))

  it.effect(`fetch: does not take the record of an earlier transfer for that of the present one (${version})`, () =>
    TimeLapse.run(Effect.gen(function*() {
      const { destination, first } = yield* completed()
      const around = yield* Fetching.Around
      // The CE releases nothing. The tool of the second fetch exits with 0, and has transferred nothing.
      const noRelease = { exitCode: 1, stdout: "", stderr: "no" }
      around.run = (call, run) => call.tool === "condor_rm" ? Effect.succeed(noRelease) : run(call)
      yield* fetchedOne(first, destination)
      around.run = (call, run) =>
        call.tool === "condor_rm"
          ? Effect.succeed(noRelease)
          : call.tool === "condor_transfer_data"
          ? Effect.succeed({ exitCode: 0, stdout: "", stderr: "" })
          : run(call)
      const error = yield* Effect.flip(fetchedOne(first, `${destination}-2`))
      assert.include(error.message, "the schedd does not count the transfer as complete")
      assert.strictEqual(yield* left, 1)
    })).pipe(Effect.scoped, Effect.provide(services(version))))
}
