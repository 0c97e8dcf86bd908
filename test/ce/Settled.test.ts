/** Output that is in its place but was never put on stable storage: the job does not leave the CE. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import { Effect, FileSystem, Layer, PlatformError } from "effect"
import type { CondorTool, JobHandle } from "../../src/index.ts"
import { type FakeSchedd, TimeLapse } from "../../src/testing/index.ts"
import * as Fetching from "./Fetching.ts"

const { completed, fetched, fetchedOne, keptOne, left, tags, versions } = Fetching

const eio = (path: string) =>
  PlatformError.systemError({
    _tag: "Unknown",
    module: "FileSystem",
    method: "sync",
    pathOrDescriptor: path,
    cause: Object.assign(new Error("EIO: i/o error, fsync"), { code: "EIO" })
  })

/** The paths that cannot be synced, and the paths that have been synced. */
const storage = () => {
  const state: { breaks: (path: string) => boolean; synced: Array<string> } = { breaks: () => false, synced: [] }
  const layer = Layer.effect(
    FileSystem.FileSystem,
    Effect.map(FileSystem.FileSystem, (real) =>
      FileSystem.make({
        ...real,
        open: (path, options) =>
          Effect.map(real.open(path, options), (file) => {
            const { sync } = file
            const value = Effect.suspend(() => {
              if (state.breaks(path)) return Effect.fail(eio(path))
              state.synced.push(path)
              return sync
            })
            Object.defineProperty(file, "sync", { value })
            return file
          })
      }))
  ).pipe(Layer.provide(NodeServices.layer))
  return { state, layer }
}

const scene = <A, E>(
  version: FakeSchedd.Version,
  test: (
    state: ReturnType<typeof storage>["state"],
    here: Effect.Success<ReturnType<typeof completed>>
  ) => Effect.Effect<A, E, Fetching.Services>
) => {
  const { layer, state } = storage()
  return TimeLapse.run(Effect.flatMap(completed(), (here) => test(state, here))).pipe(
    Effect.scoped,
    Effect.provide(Fetching.services(version, {}, {}, layer))
  )
}

const detailOf = (handle: JobHandle.JobHandle, destination: string) =>
  Effect.map(
    Effect.flip(fetchedOne(handle, destination)),
    (error) => error._tag === "TransferFailed" ? error.detail : error._tag
  )

for (const version of versions) {
  it.effect(`fetch: keeps the job while the place of its output is not on stable storage (${version})`, () =>
    scene(version, (state, { destination, first, handles }) =>
      Effect.gen(function*() {
        state.breaks = (path) => path === destination
        assert.deepStrictEqual(tags(yield* fetched(handles, destination)), ["TransferFailed"])
        // All of the output is in its place now.
        assert.strictEqual(
          yield* detailOf(first, destination),
          `it is not on stable storage: EIO: i/o error, fsync '${destination}'`
        )
        assert.strictEqual((yield* Effect.flip(keptOne(first, destination)))._tag, "TransferFailed")
        assert.strictEqual(yield* left, 1)
        state.breaks = () => false
        state.synced = []
        const error = yield* Effect.flip(fetchedOne(first, destination))
        assert.strictEqual(error._tag, "AlreadyRetrieved")
        assert.strictEqual(yield* left, 0)
        const directory = state.synced.find((path) => path.endsWith("/manifest.json")) ?? ""
        const place = directory.replace(/\/manifest\.json$/, "")
        for (
          const path of [
            "/manifest.json",
            "/stdout",
            "/stderr",
            "/job.log",
            "/files/result.txt",
            "/files",
            ""
          ]
        ) assert.include(state.synced, `${place}${path}`)
        assert.include(state.synced, destination)
        assert.include(state.synced, destination.replace(/\/destination$/, ""))
      })))

  it.effect(`fetch: keeps the job while one file of its output cannot be synced (${version})`, () =>
    scene(version, (state, { destination, first }) =>
      Effect.gen(function*() {
        yield* keptOne(first, destination)
        state.breaks = (path) => path.endsWith("/files/result.txt")
        assert.match(yield* detailOf(first, destination), /EIO: i\/o error, fsync '.*\/files\/result\.txt'$/)
        assert.strictEqual(yield* left, 1)
      })))

  it.effect(`backend: does not release a job later if its output can no longer be synced (${version})`, () =>
    scene(version, (state, { destination, first }) =>
      Effect.gen(function*() {
        const around = yield* Fetching.Around
        around.run = (call, run) =>
          call.tool === "condor_rm"
            ? Effect.succeed<CondorTool.ToolResult>({ exitCode: 1, stdout: "", stderr: "CEDAR:6001:Failed to connect" })
            : run(call)
        const output = yield* fetchedOne(first, destination)
        assert.isFalse(output.released)
        around.run = (call, run) => run(call)
        state.breaks = (path) => path === output.stdout.path
        const second = yield* fetchedOne(first, `${destination}-2`)
        assert.deepStrictEqual([second.released, second.directory.startsWith(`${destination}-2/`)], [true, true])
      })))
}
