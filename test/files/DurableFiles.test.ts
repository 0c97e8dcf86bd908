import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, FileSystem, PlatformError, Result } from "effect"
import type * as ChildProcess from "effect/process/ChildProcess"
import * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import { TestClock } from "effect/testing"
import * as Destination from "../../src/ce/internal/fetch/Destination.ts"
import { directoryName } from "../../src/contract/JobOutput.ts"
import * as DurableFiles from "../../src/files/DurableFiles.ts"
import { Limits } from "../../src/index.ts"
import { candidate } from "../ce/Scripted.ts"

describe("reportsErrors: whether a kernel reports failed writes", () => {
  it.each([
    ["3.10.0-1160.el7.x86_64", false],
    ["4.18.0-553.el8_10.x86_64", false],
    ["5.7.19", false],
    ["5.8.0", true],
    ["5.14.0-503.el9.x86_64", true],
    ["6.1.0", true],
    ["10.0", true],
    ["", false],
    ["unknown", false]
  ])("%j: %s", (release, told) => assert.strictEqual(DurableFiles.reportsErrors(release), told))
})

const noSyncs = () => ({ failures: 0, turns: new Map() })

/** Moves the transfers of some jobs to their places, on a file system that notes its operations in order. */
const placed = Effect.fnUntraced(function*(count: number, whole: boolean | undefined, release = "6.1.0\n") {
  const real = yield* FileSystem.FileSystem
  const root = yield* real.makeTempDirectoryScoped()
  const staging = `${root}/.staging`
  const jobs = Array.from(
    { length: count },
    (_, proc) => ({ job: candidate(proc, { promised: ["result"] }), staging: `${staging}/7.${proc}` })
  )
  for (const job of jobs) {
    yield* real.makeDirectory(job.staging, { recursive: true })
    for (const name of ["out", "err", "job.log", "result"]) yield* real.writeFileString(`${job.staging}/${name}`, name)
  }
  const seen: Array<string> = []
  const short = (path: string) => path.slice(root.length + 1)
  const note = <A, E, R>(what: string, effect: Effect.Effect<A, E, R>) =>
    Effect.tap(effect, () => Effect.sync(() => seen.push(what)))
  const fileSystem = FileSystem.make({
    ...real,
    rename: (from, to) => note(`rename ${short(from)} ${short(to)}`, real.rename(from, to)),
    writeFile: (path, data, options) => note(`write ${short(path)}`, real.writeFile(path, data, options)),
    open: (path, options) =>
      Effect.tap(real.open(path, options), (file) =>
        Effect.sync(() => {
          const { sync } = file
          Object.defineProperty(file, "sync", { value: note(`sync ${short(path)}`, sync) })
        })),
    readFile: (path) =>
      path === "/proc/sys/kernel/osrelease"
        ? Effect.succeed(new TextEncoder().encode(release))
        : real.readFile(path)
  })
  const results = yield* Effect.gen(function*() {
    const local = yield* Destination.make
    return yield* local.place(jobs, staging, root, Limits.Limits.make({}), yield* local.begin)
  }).pipe(
    Effect.provideService(FileSystem.FileSystem, fileSystem),
    Effect.provideService(DurableFiles.Syncs, noSyncs()),
    whole === undefined ? (effect) => effect : Effect.provideService(ChildProcessSpawner.ChildProcessSpawner, {
      ...yield* ChildProcessSpawner.ChildProcessSpawner,
      exitCode: (command) =>
        note(
          command._tag === "StandardCommand" ? `sync all of ${short(String(command.args.at(-1)))}` : "several commands",
          Effect.succeed(ChildProcessSpawner.ExitCode(whole ? 0 : 1))
        )
    })
  )
  assert.isTrue(results.every(Result.isSuccess))
  // The first move of an output to its place, and the operations before it.
  const firstPlaced = seen.findIndex((what) => /^rename .* task-1\.\d+\.[0-9a-f]{8}$/.test(what))
  return { seen, before: seen.slice(0, firstPlaced), after: seen.slice(firstPlaced), results, root }
})

const many = 15

/**
 * Batches of several backends on a file system that lost a write of one file. The kernel reports it to the first `sync -f`, which
 * takes a second, and to an `fsync` of the file.
 */
const failing = Effect.gen(function*() {
  const real = yield* FileSystem.FileSystem
  const root = yield* real.makeTempDirectoryScoped()
  const wholes: Array<unknown> = []
  const isSyncing = yield* Deferred.make<void>()
  const isWritten = yield* Deferred.make<void>()
  let manifests = 0
  const sync = Effect.fail(
    PlatformError.systemError({
      _tag: "Unknown",
      module: "FileSystem",
      method: "sync",
      cause: Object.assign(new Error("EIO: i/o error, fsync"), { code: "EIO" })
    })
  )
  const fileSystem = FileSystem.make({
    ...real,
    writeFile: (path, data, options) =>
      Effect.tap(
        real.writeFile(path, data, options),
        () => ++manifests === 2 * many ? Deferred.succeed(isWritten, undefined) : Effect.void
      ),
    open: (path, options) =>
      Effect.tap(
        real.open(path, options),
        (file) => Effect.sync(() => path.endsWith("/7.3/out") && Object.defineProperty(file, "sync", { value: sync }))
      ),
    readFile: (path) =>
      path === "/proc/sys/kernel/osrelease" ? Effect.succeed(new TextEncoder().encode("6.1.0")) : real.readFile(path)
  })
  const exitCode = Effect.fnUntraced(function*(command: ChildProcess.Command) {
    wholes.push(command)
    if (wholes.length > 1) return ChildProcessSpawner.ExitCode(0)
    yield* Deferred.succeed(isSyncing, undefined)
    yield* Effect.sleep("1 second")
    return ChildProcessSpawner.ExitCode(1)
  })
  const spawner = { ...yield* ChildProcessSpawner.ChildProcessSpawner, exitCode }
  const syncs = noSyncs()
  const batch = Effect.fnUntraced(
    function*(name: string) {
      const local = yield* Destination.make
      const begun = yield* local.begin
      const staging = `${root}/.${name}`
      yield* real.makeDirectory(`${root}/${name}`)
      const jobs = Array.from(
        { length: many },
        (_, proc) => ({ job: candidate(proc, { promised: ["result"] }), staging: `${staging}/7.${proc}` })
      )
      for (const job of jobs) {
        yield* real.makeDirectory(job.staging, { recursive: true })
        for (const file of ["out", "err", "job.log", "result"]) {
          yield* real.writeFileString(`${job.staging}/${file}`, file)
        }
      }
      return local.place(jobs, staging, `${root}/${name}`, Limits.Limits.make({}), begun)
    },
    Effect.provideService(FileSystem.FileSystem, fileSystem),
    Effect.provideService(ChildProcessSpawner.ChildProcessSpawner, spawner),
    Effect.provideService(DurableFiles.Syncs, syncs)
  )
  return { batch, isSyncing, isWritten, root, wholes }
})

const eachFile = (proc: number) =>
  ["", "/files", "/manifest.json", "/err", "/files/result", "/job.log", "/out"].map((name) =>
    `sync .staging/7.${proc}${name}`
  )

it.layer(NodeServices.layer)("output", (it) => {
  it.effect("place: syncs many files together before it moves the first output to its place", () =>
    Effect.gen(function*() {
      const { after, before } = yield* placed(many, true)
      assert.strictEqual(before.at(-1), "sync all of .staging")
      assert.strictEqual(before.filter((what) => what.startsWith("write")).length, many)
      assert.deepStrictEqual(after.filter((what) => what.startsWith("sync")), ["sync "])
      assert.strictEqual(after.at(-1), "sync ")
      assert.strictEqual(after.length, many + 1)
    }))

  it.effect("place: syncs files one by one before the first move if sync -f is unavailable", () =>
    Effect.gen(function*() {
      const { after, before } = yield* placed(many, false)
      const synced = before.filter((what) => what.startsWith("sync ") && !what.startsWith("sync all"))
      assert.deepStrictEqual(
        synced.toSorted(),
        Array.from({ length: many }, (_, proc) => eachFile(proc)).flat().toSorted()
      )
      assert.strictEqual(after.at(-1), "sync ")
    }))

  it.effect("place: syncs files one by one if the kernel does not report failed writes", () =>
    Effect.gen(function*() {
      const { before } = yield* placed(many, true, "4.18.0-553.el8_10.x86_64\n")
      assert.isFalse(before.some((what) => what.startsWith("sync all")))
      assert.strictEqual(before.filter((what) => what.startsWith("sync ")).length, many * eachFile(0).length)
    }))

  it.effect("place: syncs the files of a few jobs one by one", () =>
    Effect.gen(function*() {
      const { before } = yield* placed(2, true)
      assert.deepStrictEqual(
        before.filter((what) => what.startsWith("sync")).toSorted(),
        [...eachFile(0), ...eachFile(1)].toSorted()
      )
    }))

  it.effect.each([false, true])(
    "place: finds a failed write that was reported to another batch's sync -f (at the same time: %s)",
    (atOnce) =>
      Effect.gen(function*() {
        const { batch, isSyncing, isWritten, root, wholes } = yield* failing
        const places = [yield* batch("first"), yield* batch("second")]
        const placing = yield* Effect.forkChild(Effect.all(places, { concurrency: atOnce ? 2 : 1 }))
        yield* Deferred.await(isSyncing)
        if (atOnce) yield* Deferred.await(isWritten)
        yield* TestClock.adjust("1 second")
        const failed = (yield* Fiber.join(placing)).map((results) =>
          results.flatMap((result, proc) => Result.isFailure(result) ? [`${proc}: ${result.failure.message}`] : [])
        )
        for (const one of failed) {
          assert.strictEqual(one.length, 1)
          assert.match(one[0] ?? "", /^3: .*EIO/)
        }
        const fileSystem = yield* FileSystem.FileSystem
        for (const [proc, isPlaced] of [[2, true], [3, false]] as const) {
          const output = `${root}/second/${directoryName(candidate(proc).handle)}`
          assert.strictEqual(yield* fileSystem.exists(output), isPlaced)
        }
        assert.strictEqual(wholes.length, 1)
        // The files of a later batch are not in doubt.
        yield* yield* batch("later")
        assert.strictEqual(wholes.length, 2)
      })
  )

  it.effect("ensure: syncs the parent of each new directory of a destination", () =>
    Effect.gen(function*() {
      const real = yield* FileSystem.FileSystem
      const root = yield* real.makeTempDirectoryScoped()
      const synced: Array<string> = []
      const local = yield* Effect.provideService(Destination.make, FileSystem.FileSystem, {
        ...real,
        open: (path, options) => {
          synced.push(path)
          return real.open(path, options)
        }
      })
      yield* real.makeDirectory(`${root}/there`)
      yield* local.ensure(`${root}/there/a/b/c`)
      assert.isTrue(yield* real.exists(`${root}/there/a/b/c`))
      assert.deepStrictEqual(synced, [root, `${root}/there`, `${root}/there/a`, `${root}/there/a/b`])
      // The process that made it may have been killed before it synced the parent.
      yield* local.ensure(`${root}/there/a/b/c`)
      assert.deepStrictEqual(synced.slice(4), [`${root}/there/a/b`])
    }))

  it.effect("ensure: accepts an existing directory whose parent is not readable", () =>
    Effect.gen(function*() {
      const real = yield* FileSystem.FileSystem
      const root = yield* real.makeTempDirectoryScoped()
      const failing = (code: string, _tag: "PermissionDenied" | "Unknown") =>
        Effect.flatMap(
          Effect.provideService(Destination.make, FileSystem.FileSystem, {
            ...real,
            open: (path) =>
              Effect.fail(PlatformError.systemError({
                _tag,
                module: "FileSystem",
                method: "open",
                pathOrDescriptor: path,
                cause: Object.assign(new Error(`${code}: words, open`), { code })
              }))
          }),
          ({ ensure }) => Effect.result(ensure(root))
        )
      assert.isTrue(Result.isSuccess(yield* failing("EACCES", "PermissionDenied")))
      assert.isTrue(Result.isFailure(yield* failing("EIO", "Unknown")))
    }))

  it.effect("place: works with this host's own sync tool, or without it", () =>
    Effect.gen(function*() {
      const { after, results } = yield* placed(40, undefined)
      assert.strictEqual(results.length, 40)
      assert.strictEqual(after.at(-1), "sync ")
    }))

  it.effect("wholeFileSystem: syncs an existing directory, and returns false for a missing one", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const whole = yield* DurableFiles.wholeFileSystem
      assert.isTrue(yield* whole(yield* fileSystem.makeTempDirectoryScoped()))
      assert.isFalse(yield* whole("/nowhere/at/all"))
    }))
})
