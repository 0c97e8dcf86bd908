/** A CE that was renamed, or whose collector moved to another port: it keeps its earlier handles and outputs. */
import { assert, it } from "@effect/vitest"
import { Effect, Layer, Result } from "effect"
import { Capability, type HTCondorCE, JobHandle, JobOutput, Outcomes } from "../../src/index.ts"
import { FakeSchedd, TimeLapse } from "../../src/testing/index.ts"
import { submitHost } from "../testing/FakeSite.ts"
import * as Fetching from "./Fetching.ts"

const { backend, completed, fetched, fetchedOne, keptOne, left, services, tags, versions } = Fetching

// The CE's name when the handles were made, and its present name.
const [former, today] = ["old.example.org:9619", "new.example.org:9620"]

const routes: ReadonlyArray<readonly [string, Partial<HTCondorCE.Config>, FakeSchedd.Options]> = [
  ["Remote", {}, {}],
  ["Grid", { route: { _tag: "Grid", pool: submitHost } }, { endpoint: submitHost }]
]

// The fake answers to one name.
const renamed = Effect.gen(function*() {
  const { endpoint, schedd } = yield* FakeSchedd.FakeSchedd
  const around = yield* Fetching.Around
  const names = new Map([[former, endpoint], [today, endpoint], ["old@local", schedd], ["new@local", schedd]])
  around.run = (call, run) => run({ ...call, args: call.args.map((word) => names.get(word) ?? word) })
})

for (const [name, route, fake] of routes) {
  for (const version of versions) {
    it.effect(`formerly: all operations accept handles of a CE that was renamed (${name}, ${version})`, () =>
      TimeLapse.run(Effect.gen(function*() {
        yield* renamed
        const { destination, first, handles } = yield* completed(4)
        const context = yield* Layer.build(
          backend({
            ...route,
            endpoint: today,
            schedd: "new@local",
            formerly: [{ endpoint: former, schedd: "old@local" }]
          })
        )
        const stranger = yield* Layer.build(backend({ ...route, endpoint: today, schedd: "new@local" }))
        assert.strictEqual(
          (yield* Effect.flip(Effect.provide(fetchedOne(first, destination), stranger)))._tag,
          "WrongEndpoint"
        )
        assert.strictEqual(first.endpoint, former)
        yield* Effect.gen(function*() {
          const { status } = yield* Capability.StatusReporter
          assert.deepStrictEqual(
            Array.from(yield* status(handles), ([handle, outcome]) => [handle.endpoint, Fetching.tagOf(outcome)]),
            handles.map(() => [former, "Retrieved"])
          )
          const output = yield* keptOne(first, destination)
          assert.deepStrictEqual(output.handle, first)
          // A newer handle has the present name, and belongs to the same job and output.
          const { reconcile } = yield* Capability.Submitter
          const state = yield* reconcile(first.key)
          const anew = state._tag === "Submitted" ? state.handles[0] : undefined
          if (anew === undefined) return assert.fail(state._tag)
          assert.deepStrictEqual([anew.endpoint, anew.job], [today, first.job])
          const again = yield* keptOne(anew, destination)
          assert.deepStrictEqual([again.directory, again.handle], [output.directory, anew])
          assert.deepStrictEqual(tags(yield* fetched([first, anew], destination)), [
            "AlreadyRetrieved",
            "AlreadyRetrieved"
          ])
          const [, second, third, fourth] = handles
          if (second === undefined || third === undefined || fourth === undefined) return assert.fail("four jobs")
          // Both handles of one job are in one call. The job is fetched once.
          const both = [
            second,
            new JobHandle.JobHandle({ ...second, endpoint: anew.endpoint, scheduler: anew.scheduler })
          ]
          assert.deepStrictEqual(tags(yield* fetched(both, destination)).toSorted(), ["AlreadyRetrieved", "Retrieved"])
          const { cancel } = yield* Capability.Cancellable
          const cancelled = Outcomes.get(yield* cancel([third]), third)
          assert.isTrue(cancelled._tag === "Some" && Result.isSuccess(cancelled.value))
          const { purge } = yield* Capability.Purgeable
          const purged = Outcomes.get(yield* purge([third]), third)
          assert.isTrue(purged._tag === "Some" && Result.isSuccess(purged.value))
          assert.strictEqual(yield* left, 1)
        }).pipe(Effect.provide(context))
      })).pipe(
        Effect.scoped,
        Effect.provide(services(version, { ...route, endpoint: former, schedd: "old@local" }, fake))
      ))
  }
}

for (const version of versions) {
  it.effect(`fetch: one key at two CEs and one destination has two directories (${version})`, () =>
    TimeLapse.run(Effect.gen(function*() {
      yield* renamed
      const { destination, fileSystem, first } = yield* completed()
      // The other CE has a job with the same id.
      const elsewhere = new JobHandle.JobHandle({ ...first, endpoint: today })
      const context = yield* Layer.build(backend({ endpoint: today }))
      yield* keptOne(first, destination)
      yield* Effect.provide(keptOne(elsewhere, destination), context)
      assert.deepStrictEqual(
        (yield* fileSystem.readDirectory(destination)).toSorted(),
        [JobOutput.directoryName(first), JobOutput.directoryName(elsewhere)].toSorted()
      )
    })).pipe(Effect.scoped, Effect.provide(services(version))))

  it.effect(`fetch: returns what it has fetched when the CE becomes unreachable before another handle of the job (${version})`, () =>
    TimeLapse.run(Effect.gen(function*() {
      yield* renamed
      const around = yield* Fetching.Around
      const { run: named } = around
      const { destination, fileSystem, first } = yield* completed()
      around.run = (call, run) =>
        call.tool !== "condor_rm" ? named(call, run) : Effect.tap(named(call, run), () =>
          Effect.sync(() => {
            around.run = () => Effect.succeed({ exitCode: 1, stdout: "", stderr: "CEDAR:6001:Failed to connect" })
          }))
      const both = [first, new JobHandle.JobHandle({ ...first, endpoint: former, scheduler: "old@local" })]
      const outcomes = yield* fetched(both, destination)
      assert.deepStrictEqual(tags(outcomes).toSorted(), ["Retrieved", "TransferFailed"])
      for (const outcome of outcomes) {
        if (Result.isSuccess(outcome)) assert.isTrue(outcome.success.released)
        else assert.include(outcome.failure.message, "does not answer")
      }
      assert.strictEqual((yield* fileSystem.readDirectory(destination)).length, 1)
      // If nothing was fetched, the operation fails.
      const { fetch } = yield* Capability.OutputRetriever
      assert.strictEqual((yield* Effect.flip(fetch(both, destination)))._tag, "CEUnavailable")
    })).pipe(
      Effect.scoped,
      Effect.provide(
        services(version, {
          endpoint: today,
          schedd: "new@local",
          formerly: [{ endpoint: former, schedd: "old@local" }]
        })
      )
    ))
}
