/** Two processes that fetch one job: the second marks it after the first has put its output into place. */
import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TimeLapse } from "../../src/testing/index.ts"
import * as Fetching from "./Fetching.ts"

const { completed, fetchedOne, left, services, versions } = Fetching

type Run = Fetching.Around["Service"]["run"]

// A history that is not readable.
const hidden: Run = (call, run) =>
  call.tool === "condor_history"
    ? Effect.succeed({ exitCode: 1, stdout: "[\n", stderr: "Error 5: HISTORY undefined in remote configuration." })
    : run(call)

/** Another process fetches the job to `to` once, just before this tool runs. `others`: the answers of the tools from then on. */
const overtake = Effect.fnUntraced(
  function*(tool: string, first: Parameters<typeof fetchedOne>[0], to: string, others: Run = (call, run) => run(call)) {
    const around = yield* Fetching.Around
    // A separate backend, because the fibres of one backend wait for each other.
    const another = yield* Layer.build(Fetching.backend())
    const overtaking: { output?: Effect.Success<ReturnType<typeof fetchedOne>> } = {}
    around.run = (call, run) =>
      Effect.gen(function*() {
        if (call.tool === tool && overtaking.output === undefined) {
          around.run = others
          overtaking.output = yield* Effect.orDie(Effect.provide(fetchedOne(first, to), another))
        }
        return yield* others(call, run)
      })
    return overtaking
  }
)

/** A fetch that another process overtakes before its release. `others`: the answers of the tools from then on. */
const overtaken = (others: Run) =>
  TimeLapse.run(Effect.gen(function*() {
    const { destination, fileSystem, first } = yield* completed()
    const overtaking = yield* overtake("condor_rm", first, `${destination}-2`, others)
    const output = yield* fetchedOne(first, destination)
    const other = overtaking.output
    assert.deepStrictEqual([output.released, output.takenOver], [false, true])
    assert.deepStrictEqual([other?.released, other?.takenOver], [true, undefined])
    for (const { files: [file] } of other === undefined ? [] : [output, other]) {
      assert.strictEqual(yield* fileSystem.readFileString(file?.path ?? ""), "result\n")
    }
    assert.strictEqual(yield* left, 0)
  }))

for (const version of versions) {
  it.effect(`fetch: does not release a job that another process has marked, and reports so (${version})`, () =>
    TimeLapse.run(Effect.gen(function*() {
      const { destination, fileSystem, first } = yield* completed()
      const around = yield* Fetching.Around
      around.run = (call, run) =>
        call.tool !== "condor_rm" ? run(call) : Effect.andThen(
          run({
            ...call,
            tool: "condor_qedit",
            args: [
              ...call.args.slice(0, 4),
              "-constraint",
              `EffectCEKey == "${first.key}"`,
              "EffectCEFetch",
              "\"another\""
            ]
          }),
          run(call)
        )
      const output = yield* fetchedOne(first, destination)
      assert.deepStrictEqual([output.released, output.takenOver], [false, true])
      assert.isTrue(yield* fileSystem.exists(output.manifest))
      assert.strictEqual(yield* left, 1)
      // The other process has died. The output is here, and the job is released.
      around.run = (call, run) => run(call)
      assert.strictEqual((yield* Effect.flip(fetchedOne(first, destination)))._tag, "AlreadyRetrieved")
      assert.strictEqual(yield* left, 0)
    })).pipe(Effect.scoped, Effect.provide(services(version))))

  it.effect(`fetch: of two processes, only the last one to mark a job reports that it released it (${version})`, () =>
    overtaken((call, run) => run(call)).pipe(Effect.scoped, Effect.provide(services(version))))

  it.effect(`fetch: the same if the history has no record of the job (${version})`, () =>
    overtaken(hidden).pipe(Effect.scoped, Effect.provide(services(version))))

  it.effect(`fetch: reports a release whose answer was lost, if the history has no record of the job (${version})`, () =>
    TimeLapse.run(Effect.gen(function*() {
      const { destination, first } = yield* completed()
      const overtaking = yield* overtake("condor_transfer_data", first, destination)
      const error = yield* Effect.flip(fetchedOne(first, destination))
      assert(error._tag === "AlreadyRetrieved" && overtaking.output !== undefined)
      assert.strictEqual(error.manifest, overtaking.output.manifest)
    })).pipe(Effect.scoped, Effect.provide(services(version))))

  it.effect(`fetch: has released a job, if the answer was lost and the history has no record of the job (${version})`, () =>
    TimeLapse.run(Effect.gen(function*() {
      const { destination, first } = yield* completed()
      const around = yield* Fetching.Around
      around.run = (call, run) =>
        Effect.suspend(() => {
          if (call.tool !== "condor_rm") return hidden(call, run)
          around.run = hidden
          return Effect.as(run(call), { exitCode: 1, stdout: "", stderr: "actOnJobs:6003:the connection was closed" })
        })
      const output = yield* fetchedOne(first, destination)
      assert.deepStrictEqual([output.released, output.takenOver], [true, undefined])
      assert.strictEqual(yield* left, 0)
    })).pipe(Effect.scoped, Effect.provide(services(version))))
}
