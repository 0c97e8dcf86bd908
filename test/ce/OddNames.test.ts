/** Output of a payload that no list of names predicts. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import { Effect, FileSystem, Path, Result } from "effect"
import { ChildProcess, ChildProcessSpawner } from "effect/process"
import * as Destination from "../../src/ce/internal/fetch/Destination.ts"
import * as Manifest from "../../src/ce/internal/fetch/Manifest.ts"
import * as Tree from "../../src/files/Tree.ts"
import { Limits } from "../../src/index.ts"
import { candidate } from "./Scripted.ts"

const job = candidate(0, { promised: ["results"] })

// Places the transfer of a job, with a directory "results" that the script has filled.
const place = Effect.fnUntraced(function*(script: string, limits: Partial<Limits.Limits> = {}) {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
  const destination = yield* fileSystem.makeTempDirectoryScoped()
  const staging = path.join(destination, ".staging", "7.0")
  yield* fileSystem.makeDirectory(path.join(staging, "results"), { recursive: true })
  for (const name of ["out", "err", "job.log"]) yield* fileSystem.writeFileString(path.join(staging, name), "")
  const command = ChildProcess.make("bash", ["-c", `cd '${staging}/results' && ${script}`])
  assert.strictEqual(yield* spawner.exitCode(command), 0)
  const local = yield* Destination.make
  const [result] = yield* local.place(
    [{ job, staging }],
    path.dirname(staging),
    destination,
    Limits.Limits.make(limits)
  )
  return { result: result ?? assert.fail("a job has no outcome"), destination, staging }
})

it.layer(NodeServices.layer)("a fetch", (it) => {
  it.effect("brings files whose names are not UTF-8, by paths that can be opened", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const { destination, result } = yield* place(
        "echo plain > ok; echo latin > $'M\\xfcller.dat'; echo taken > M%FCller.dat; " +
          "mkdir $'d\\xff'; echo deep > $'d\\xff'/$'x\\xfe'; mkdir $'d\\xff'/e; echo deeper > $'d\\xff'/e/leaf; " +
          "echo top > ../$'top\\xfc'; mkdir ../$'tops\\xfc'; echo below > ../$'tops\\xfc'/é"
      )
      const output = yield* Effect.fromResult(result)
      const contents = yield* Effect.forEach(
        output.files,
        ({ name, path }) => Effect.map(fileSystem.readFileString(path), (text) => [name, text.trim()] as const)
      )
      assert.deepStrictEqual(
        new Map(contents),
        new Map([
          ["results/M%FCller.dat", "taken"],
          ["results/M%FCller.dat~2", "latin"],
          ["results/d%FF/e/leaf", "deeper"],
          ["results/d%FF/x%FE", "deep"],
          ["results/ok", "plain"],
          ["top%FC", "top"],
          ["tops%FC/é", "below"]
        ])
      )
      const { standings } = yield* Manifest.make
      const standing = yield* (yield* standings(destination, { identity: job.handle, former: [] }))(job.handle)
      assert.deepStrictEqual([standing?.output, standing?.missing], [output, []])
    }))

  it.effect("leaves nothing of refused output, whatever its names are", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const { result, staging } = yield* place("ln -s /etc $'l\\xff'; echo x > $'x\\xfe'")
      assert.strictEqual(
        Result.isFailure(result) ? result.failure.message : "",
        "the output of job 7.0 was not transferred: \"results/l%FF\" is a SymbolicLink"
      )
      yield* fileSystem.remove(staging, { recursive: true })
      assert.isFalse(yield* fileSystem.exists(staging))
    }))

  it.effect("stops its count one file above the limit", () =>
    Effect.gen(function*() {
      const { result, staging } = yield* place("seq 500 | xargs touch", { maxFiles: 20 })
      assert.deepInclude(Result.isFailure(result) ? result.failure : {}, {
        _tag: "LimitExceeded",
        limit: "maxFiles",
        allowed: 20,
        actual: 21
      })
      const { files, isWhole } = yield* Tree.measure(staging, 20)
      assert.deepStrictEqual([files, isWhole], [21, false])
    }))

  it.effect("counts directories as files if there are too many of them", () =>
    Effect.gen(function*() {
      const { result } = yield* place("seq 30 | xargs mkdir", { maxFiles: 20 })
      assert.deepInclude(Result.isFailure(result) ? result.failure : {}, { limit: "maxFiles", actual: 21 })
    }))

  it.effect("refuses directories that nest too deep", () =>
    Effect.gen(function*() {
      const nested = (depth: number) => place(`mkdir -p ${"d/".repeat(depth)} && touch ${"d/".repeat(depth)}leaf`)
      assert.isTrue(Result.isSuccess((yield* nested(Tree.maxDepth - 1)).result))
      const { result } = yield* nested(Tree.maxDepth)
      assert.strictEqual(
        Result.isFailure(result) ? result.failure.message : "",
        "the output of job 7.0 was not transferred: it has more than 100 directories in each other"
      )
    }))

  it.effect("yields the event loop to other fibres while it counts", () =>
    Effect.gen(function*() {
      const { staging } = yield* place("seq 3000 | xargs touch", { maxFiles: 20 })
      let turns = 0
      const turning = Effect.forever(Effect.andThen(
        Effect.promise(() => new Promise(setImmediate)),
        Effect.sync(() => turns++)
      ))
      const { files } = yield* Effect.raceFirst(Tree.measure(staging, 10_000), turning)
      assert.strictEqual(files, 3003)
      assert.isAbove(turns, 100)
    }))

  it.effect("reports the mode that a file has on the disk", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const { result } = yield* place("touch none set; chmod 000 none; chmod 4755 set")
      const output = yield* Effect.fromResult(result)
      const modes = output.files.map(({ mode, name }) => [name, mode.toString(8)])
      assert.deepStrictEqual(modes, [["results/none", "400"], ["results/set", "755"]])
      for (const { mode, path } of output.files) assert.strictEqual((yield* fileSystem.stat(path)).mode & 0o7777, mode)
    }))
})
