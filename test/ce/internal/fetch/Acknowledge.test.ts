/** Jobs whose output is in place leave the CE, even if the first attempt to release them fails. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Context, Effect, Exit, Fiber, FileSystem, Latch, Layer, Ref, Result, Schema, Scope } from "effect"
import { Capability, type JobHandle, Outcomes } from "../../../../src/index.ts"
import { FakeSchedd, TimeLapse } from "../../../../src/testing/index.ts"
import * as FaultScene from "../../FaultScene.ts"
import * as Fetching from "../../Fetching.ts"

const versions: ReadonlyArray<FakeSchedd.Version> = ["lts", "latest"]

const decode = Schema.decodeEffect(Schema.fromJsonString(Schema.Record(Schema.String, Schema.Unknown)))

/** A separate backend over the same site, which a test closes. */
const opened = Effect.gen(function*() {
  const scope = yield* Effect.acquireRelease(Scope.make(), (scope) => Scope.close(scope, Exit.void))
  const context = yield* Layer.buildWithScope(Layer.fresh(FaultScene.backend), scope)
  return {
    close: Scope.close(scope, Exit.void),
    retriever: Context.get(context, Capability.OutputRetriever),
    canceller: Context.get(context, Capability.Cancellable)
  }
})

const scene = Effect.gen(function*() {
  const scene = yield* FaultScene.scene
  const { fake, fileSystem } = scene
  const { close, canceller, retriever } = yield* opened
  const { destination, handles, key } = yield* scene.begin.fetch
  const runsOf = (tool: string) => Effect.map(fake.calls, (calls) => calls.filter((call) => call.tool === tool).length)
  // The `released` fields of the manifests.
  const noted = Effect.flatMap(
    fileSystem.readDirectory(destination),
    (names) =>
      Effect.forEach(names, (name) =>
        Effect.map(
          Effect.flatMap(fileSystem.readFileString(`${destination}/${name}/manifest.json`), decode),
          (manifest) => manifest["released"]
        ))
  )
  const fetch = Effect.fnUntraced(function*(
    place = destination,
    jobs: ReadonlyArray<JobHandle.JobHandle> = handles
  ) {
    const began = yield* Clock.currentTimeMillis
    const outcomes = yield* retriever.fetch(jobs, place)
    const answers = jobs.map((handle) => {
      const outcome = Outcomes.get(outcomes, handle)
      if (outcome._tag === "None") return "nothing"
      if (Result.isSuccess(outcome.value)) return outcome.value.success.released
      const { failure } = outcome.value
      return failure._tag === "AlreadyRetrieved" && failure.released === false ? "AlreadyRetrieved, kept" : failure._tag
    })
    return { answers: Array.from(new Set(answers)), took: (yield* Clock.currentTimeMillis) - began }
  })
  const atCE = Effect.map(scene.queued(key), (jobs) => jobs.length)
  /** The removals fail while the scope is open. */
  const failing = (fault: FakeSchedd.Fault, times?: number) => fake.fault({ ...fault, tools: ["condor_rm"], times })
  return { ...scene, close, canceller, destination, handles, key, runsOf, noted, fetch, atCE, failing }
})

for (const version of versions) {
  const each = <E>(name: string, test: Effect.Effect<void, E, FaultScene.Services | Scope.Scope>) =>
    it.effect(
      name,
      () => FaultScene.playing(Effect.scoped(test)).pipe(Effect.provide(FaultScene.services(version)))
    )

  describe(`release of fetched jobs (${version})`, () => {
    each(
      "fetch: tries again when condor_rm fails",
      Effect.gen(function*() {
        const { atCE, failing, fetch, noted, runsOf } = yield* scene
        yield* failing({ _tag: "Unreachable" }, 2)
        const { answers, took } = yield* fetch()
        assert.deepStrictEqual(answers, [true])
        assert.isBelow(took, 30_000)
        assert.strictEqual(yield* runsOf("condor_rm"), 3)
        assert.strictEqual(yield* atCE, 0)
        assert.deepStrictEqual(yield* noted, [undefined, undefined, undefined])
      })
    )

    each(
      "fetch: counts a job as released whose removal was done while the answer was lost",
      Effect.gen(function*() {
        const { atCE, failing, fetch, runsOf } = yield* scene
        yield* failing({ _tag: "ToolKilled", moment: "after" }, 1)
        const { answers } = yield* fetch()
        assert.deepStrictEqual(answers, [true])
        assert.strictEqual(yield* runsOf("condor_rm"), 2)
        assert.strictEqual(yield* atCE, 0)
      })
    )

    each(
      "fetch: renews the credentials of the release",
      Effect.gen(function*() {
        const { atCE, canceller, fake, fetch, handles, runsOf } = yield* scene
        const wallet = yield* FaultScene.Wallet
        yield* canceller.cancel(handles)
        // A new token is not requested again at once.
        yield* Effect.sleep("31 seconds")
        yield* Ref.set(wallet, FakeSchedd.token("pilot", { expiresAt: 4_000_000_000 }))
        // Each refusal leads to a condor_status, whatever condor_rm prints.
        yield* fake.fault({ _tag: "TokenRefused", tools: ["condor_rm", "condor_status"], times: 4 })
        const before = yield* runsOf("condor_rm")
        const { answers } = yield* fetch()
        assert.deepStrictEqual(answers, [true])
        assert.strictEqual(yield* runsOf("condor_rm"), before + 3)
        assert.strictEqual(yield* atCE, 0)
      })
    )

    each(
      "fetch: says after some seconds, and in the manifests, that the jobs were not released",
      Effect.gen(function*() {
        const { atCE, close, destination, failing, fetch, fileSystem, noted, runsOf } = yield* scene
        yield* Effect.scoped(Effect.gen(function*() {
          yield* failing({ _tag: "Unreachable" })
          const first = yield* fetch()
          assert.deepStrictEqual(first.answers, [false])
          assert.isBelow(first.took, 30_000)
          assert.strictEqual(yield* runsOf("condor_rm"), 4)
          assert.deepStrictEqual(yield* noted, [false, false, false])
          assert.deepStrictEqual((yield* fetch()).answers, ["AlreadyRetrieved, kept"])
        }))
        const [name = ""] = yield* fileSystem.readDirectory(destination)
        const inside = yield* fileSystem.readDirectory(`${destination}/${name}`)
        assert.deepStrictEqual(inside.toSorted(), ["files", "job.log", "manifest.json", "stderr", "stdout"])
        assert.strictEqual(yield* atCE, 3)
        yield* close
        assert.strictEqual(yield* atCE, 0)
        assert.deepStrictEqual(yield* noted, [undefined, undefined, undefined])
      })
    )

    each(
      "the next operation that writes releases what a fetch could not, with one condor_rm more",
      Effect.gen(function*() {
        const { atCE, begin, canceller, failing, fetch, noted, runsOf, statusAnswer } = yield* scene
        yield* Effect.scoped(Effect.andThen(failing({ _tag: "Unreachable" }), fetch()))
        const other = yield* begin.cancel
        yield* statusAnswer(other.handles)
        assert.strictEqual(yield* atCE, 3)
        const before = yield* runsOf("condor_rm")
        yield* canceller.cancel(other.handles)
        assert.strictEqual(yield* runsOf("condor_rm"), before + 2)
        assert.strictEqual(yield* atCE, 0)
        assert.deepStrictEqual(yield* noted, [undefined, undefined, undefined])
        yield* canceller.cancel(other.handles)
        assert.strictEqual(yield* runsOf("condor_rm"), before + 3)
      })
    )

    each(
      "fetch: does not give the same output to another place once it can release the job",
      Effect.gen(function*() {
        const { atCE, destination, failing, fetch, outputs } = yield* scene
        yield* Effect.scoped(Effect.andThen(failing({ _tag: "Unreachable" }), fetch()))
        assert.deepStrictEqual((yield* fetch(`${destination}-2`)).answers, ["AlreadyRetrieved"])
        assert.deepStrictEqual(yield* outputs(`${destination}-2`), [])
        assert.strictEqual(yield* atCE, 0)
      })
    )

    each(
      "fetch: notes in the manifests that it has released what another process could not",
      Effect.gen(function*() {
        const { atCE, destination, failing, fetch, handles, noted } = yield* scene
        const another = yield* opened
        yield* Effect.scoped(Effect.andThen(failing({ _tag: "Unreachable" }), fetch()))
        assert.deepStrictEqual(yield* noted, [false, false, false])
        yield* another.retriever.fetch(handles, destination)
        assert.strictEqual(yield* atCE, 0)
        assert.deepStrictEqual(yield* noted, [undefined, undefined, undefined])
      })
    )

    each(
      "fetch: notes in the manifests that a job has left which another process could not release",
      Effect.gen(function*() {
        const { atCE, destination, failing, fetch, handles, noted } = yield* scene
        const another = yield* opened
        yield* Effect.scoped(Effect.andThen(failing({ _tag: "Unreachable" }), fetch()))
        yield* another.retriever.fetch(handles, `${destination}-2`)
        assert.strictEqual(yield* atCE, 0)
        assert.deepStrictEqual(yield* noted, [false, false, false])
        yield* another.retriever.fetch(handles, destination)
        assert.deepStrictEqual(yield* noted, [undefined, undefined, undefined])
      })
    )

    each(
      "the backend waits ten seconds at most for a CE that hangs when it is closed",
      Effect.gen(function*() {
        const { atCE, close, failing, fetch } = yield* scene
        yield* Effect.scoped(Effect.andThen(failing({ _tag: "Unreachable" }), fetch()))
        yield* Effect.scoped(Effect.gen(function*() {
          yield* failing({ _tag: "Hung" })
          const began = yield* Clock.currentTimeMillis
          yield* close
          assert.isAtMost((yield* Clock.currentTimeMillis) - began, 11_000)
        }))
        assert.strictEqual(yield* atCE, 3)
      })
    )

    each(
      "fetch: does not release a job after an interruption that hid its outcome",
      Effect.gen(function*() {
        const { atCE, close, destination, failing, fetch, fileSystem } = yield* scene
        yield* Effect.scoped(Effect.gen(function*() {
          yield* failing({ _tag: "Unreachable" })
          const fetching = yield* Effect.forkChild(fetch())
          yield* Effect.sleep("6 seconds")
          yield* Fiber.interrupt(fetching)
        }))
        assert.strictEqual((yield* fileSystem.readDirectory(destination)).length, 3)
        yield* close
        assert.strictEqual(yield* atCE, 3)
      })
    )

    each(
      "the backend releases nothing that another process has marked meanwhile",
      Effect.gen(function*() {
        const { atCE, close, destination, failing, fetch, handles } = yield* scene
        const another = yield* opened
        yield* Effect.scoped(Effect.gen(function*() {
          yield* failing({ _tag: "Unreachable" })
          assert.deepStrictEqual((yield* fetch()).answers, [false])
          const fetching = yield* Effect.forkChild(another.retriever.fetch(handles, `${destination}-2`))
          yield* Effect.sleep("4 seconds")
          yield* Fiber.interrupt(fetching)
        }))
        yield* close
        assert.strictEqual(yield* atCE, 3)
      })
    )
  })
}

/** A file system on which reading a manifest never ends, while it `hangs`. */
const manifests = () => {
  const state = { hangs: false, seen: Latch.makeUnsafe() }
  const layer = Layer.effect(
    FileSystem.FileSystem,
    Effect.map(FileSystem.FileSystem, (real) =>
      FileSystem.make({
        ...real,
        readFile: (path) =>
          Effect.suspend(() =>
            state.hangs && path.endsWith("/manifest.json")
              ? Effect.andThen(state.seen.open, Effect.never)
              : real.readFile(path)
          )
      }))
  ).pipe(Layer.provide(NodeServices.layer))
  return { state, layer }
}

for (const version of versions) {
  it.effect(`an attempt that is interrupted while it reads manifests forgets no job (${version})`, () => {
    const { layer, state } = manifests()
    return TimeLapse.run(Effect.gen(function*() {
      const { destination, first } = yield* Fetching.completed()
      const around = yield* Fetching.Around
      around.run = (call, run) =>
        call.tool === "condor_rm"
          ? Effect.succeed({ exitCode: 1, stdout: "", stderr: "CEDAR:6001:Failed to connect" })
          : run(call)
      assert.isFalse((yield* Fetching.fetchedOne(first, destination)).released)
      around.run = (call, run) => run(call)
      state.hangs = true
      const elsewhere = Fetching.fetchedOne(first, `${destination}-2`)
      const fetching = yield* Effect.forkChild(elsewhere)
      yield* state.seen.await
      yield* Fiber.interrupt(fetching)
      state.hangs = false
      // The output is not fetched a second time.
      assert.strictEqual((yield* Effect.flip(elsewhere))._tag, "AlreadyRetrieved")
    })).pipe(Effect.scoped, Effect.provide(Fetching.services(version, {}, {}, layer)))
  })
}
