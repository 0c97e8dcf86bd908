import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Result } from "effect"
import { Capability, type JobHandle, type JobOutput, Outcomes } from "../../../../src/index.ts"
import { FakeSchedd, TimeLapse } from "../../../../src/testing/index.ts"
import * as Fetching from "../../Fetching.ts"

const { completed, left, tagOf, tags, versions } = Fetching

const full = { message: "the store\nis full" }

const nothing: (output: JobOutput.JobOutput) => boolean = () => false

/** A store that counts its calls, and refuses some jobs. */
const store = () => {
  const state = { deposited: [] as Array<string>, refuses: nothing }
  const deposit = (output: JobOutput.JobOutput) =>
    Effect.suspend(() => {
      if (state.refuses(output)) return Effect.fail(full)
      state.deposited.push(output.handle.job)
      return Effect.void
    })
  return Object.assign(state, { deposit })
}

const fetched = Effect.fnUntraced(function*(
  handles: ReadonlyArray<JobHandle.JobHandle>,
  destination: string,
  deposit: Capability.FetchOptions["deposit"]
) {
  const { fetch } = yield* Capability.OutputRetriever
  const outcomes = yield* fetch(handles, destination, { deposit })
  return yield* Effect.forEach(handles, (handle) => Effect.fromOption(Outcomes.get(outcomes, handle)))
})

const scene = <A, E>(
  version: FakeSchedd.Version,
  copies: number,
  test: (here: Effect.Success<ReturnType<typeof completed>>) => Effect.Effect<A, E, Fetching.Services>
) =>
  TimeLapse.run(Effect.flatMap(completed(copies), test)).pipe(
    Effect.scoped,
    Effect.provide(Fetching.services(version))
  )

for (const version of versions) {
  describe(`deposit (${version})`, () => {
    it.effect("runs when the output is in place, and before the job leaves the CE", () =>
      scene(version, 2, ({ destination, fileSystem, handles }) =>
        Effect.gen(function*() {
          const seen: Array<readonly [text: string, manifest: boolean, left: number]> = []
          const fake = yield* FakeSchedd.FakeSchedd
          const deposit = Effect.fnUntraced(function*({ files, manifest }: JobOutput.JobOutput) {
            const [file] = files
            if (file === undefined) return yield* Effect.fail({ message: "no file" })
            const text = yield* fileSystem.readFileString(file.path)
            seen.push([text, yield* fileSystem.exists(manifest), (yield* fake.queue).length])
          })
          assert.deepStrictEqual(tags(yield* fetched(handles, destination, deposit)), ["Retrieved", "Retrieved"])
          assert.deepStrictEqual(seen, [["result\n", true, 2], ["result\n", true, 2]])
          assert.strictEqual(yield* left, 0)
        })))

    it.effect("makes no additional query to the CE", () =>
      scene(version, 4, ({ destination, handles: [a, b, ...others] }) =>
        Effect.gen(function*() {
          if (a === undefined || b === undefined) return assert.fail("no handles")
          const fake = yield* FakeSchedd.FakeSchedd
          const runs = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
            Effect.gen(function*() {
              const before = (yield* fake.calls).length
              yield* effect
              return (yield* fake.calls).slice(before).map(({ tool }) => tool)
            })
          // The identity of the client is queried once.
          yield* Fetching.fetched([a], destination)
          const without = yield* runs(Fetching.fetched([b], destination))
          assert.deepStrictEqual(yield* runs(fetched(others.slice(0, 1), destination, store().deposit)), without)
        })))

    it.effect("fails for one job: that job stays at the CE, and its neighbours leave", () =>
      scene(version, 3, ({ destination, handles }) =>
        Effect.gen(function*() {
          const here = store()
          here.refuses = ({ handle }) => handle.copy === 1
          const outcomes = yield* fetched(handles, destination, here.deposit)
          assert.deepStrictEqual(tags(outcomes), ["Retrieved", "DepositFailed", "Retrieved"])
          assert.strictEqual(yield* left, 1)
          const failure = Result.getOrUndefined(Result.flip(outcomes[1] ?? assert.fail()))
          if (failure?._tag !== "DepositFailed") return assert.fail(failure?._tag)
          assert.strictEqual(failure.detail, full.message)
          assert.include(failure.message, "the store is full")
          assert.include(failure.message, failure.directory)
          assert.strictEqual(failure.retry, "Later")
        })))

    it.effect("runs again in a later fetch to the same destination, without a transfer, and the job leaves", () =>
      scene(version, 2, ({ destination, handles }) =>
        Effect.gen(function*() {
          const fake = yield* FakeSchedd.FakeSchedd
          const here = store()
          here.refuses = () => true
          const first = yield* fetched(handles, destination, here.deposit)
          const again = yield* fetched(handles, destination, here.deposit)
          assert.deepStrictEqual([first, again].map(tags), [
            ["DepositFailed", "DepositFailed"],
            ["DepositFailed", "DepositFailed"]
          ])
          assert.strictEqual(yield* left, 2)
          here.refuses = () => false
          const before = (yield* fake.calls).length
          const last = yield* fetched(handles, destination, here.deposit)
          assert.deepStrictEqual(tags(last), ["AlreadyRetrieved", "AlreadyRetrieved"])
          for (const one of last) {
            const failure = Result.getOrUndefined(Result.flip(one))
            assert.isTrue(failure?._tag === "AlreadyRetrieved" && failure.manifest !== undefined)
          }
          const tools = (yield* fake.calls).slice(before).map(({ tool }) => tool)
          assert.notInclude(tools, "condor_transfer_data")
          assert.deepStrictEqual(here.deposited.toSorted(), handles.map(({ job }) => job).toSorted())
          assert.strictEqual(yield* left, 0)
        })))

    it.effect("runs again if the fetch was interrupted while it ran", () =>
      scene(version, 1, ({ destination, first, handles }) =>
        Effect.gen(function*() {
          const begun = yield* Deferred.make<void>()
          const hangs = () => Effect.andThen(Deferred.succeed(begun, undefined), Effect.never)
          const fiber = yield* Effect.forkChild(fetched(handles, destination, hangs))
          yield* Deferred.await(begun)
          yield* Fiber.interrupt(fiber)
          assert.strictEqual(yield* left, 1)
          const here = store()
          assert.deepStrictEqual(tags(yield* fetched(handles, destination, here.deposit)), ["AlreadyRetrieved"])
          assert.deepStrictEqual(here.deposited, [first.job])
          assert.strictEqual(yield* left, 0)
        })))

    it.effect("does not run again for output whose job was released", () =>
      scene(version, 1, ({ destination, first, handles }) =>
        Effect.gen(function*() {
          const here = store()
          yield* fetched(handles, destination, here.deposit)
          assert.deepStrictEqual(tags(yield* fetched(handles, destination, here.deposit)), ["AlreadyRetrieved"])
          assert.deepStrictEqual(here.deposited, [first.job])
        })))

    it.effect("runs for output that is here and whose job the site has removed meanwhile", () =>
      scene(version, 1, ({ destination, first, handles }) =>
        Effect.gen(function*() {
          const fake = yield* FakeSchedd.FakeSchedd
          const here = store()
          here.refuses = () => true
          yield* fetched(handles, destination, here.deposit)
          yield* fake.remove(first.job)
          assert.deepStrictEqual(tags(yield* fetched(handles, destination, here.deposit)), ["DepositFailed"])
          here.refuses = () => false
          assert.deepStrictEqual(tags(yield* fetched(handles, destination, here.deposit)), ["AlreadyRetrieved"])
          assert.deepStrictEqual(here.deposited, [first.job])
        })))

    it.effect("runs once if the CE does not release the job at first", () =>
      scene(version, 1, ({ destination, first, handles }) =>
        Effect.gen(function*() {
          const around = yield* Fetching.Around
          const { run } = around
          const here = store()
          around.run = (call, run) =>
            call.tool === "condor_rm" ? Effect.succeed({ exitCode: 1, stdout: "", stderr: "ERROR: busy\n" }) : run(call)
          const [outcome = assert.fail()] = yield* fetched(handles, destination, here.deposit)
          assert.strictEqual(Result.isSuccess(outcome) && outcome.success.released, false)
          around.run = run
          yield* Effect.flatMap(Capability.Cancellable, ({ cancel }) => cancel(handles))
          assert.deepStrictEqual(here.deposited, [first.job])
          assert.strictEqual(yield* left, 0)
        })))

    it.effect("fetchOne: fails with DepositFailed", () =>
      scene(version, 1, ({ destination, first }) =>
        Effect.gen(function*() {
          const { fetchOne } = yield* Capability.OutputRetriever
          const outcome = yield* Effect.result(fetchOne(first, destination, { deposit: () => Effect.fail(full) }))
          assert.strictEqual(tagOf(outcome), "DepositFailed")
        })))
  })
}
