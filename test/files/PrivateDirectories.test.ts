import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Duration, Effect, Exit, Fiber, FileSystem, Option, Path, PlatformError, Scope } from "effect"
import * as ChildProcess from "effect/process/ChildProcess"
import * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import { TestClock } from "effect/testing"
import { pid } from "node:process"
import * as PrivateDirectories from "../../src/files/PrivateDirectories.ts"

const playing = Effect.gen(function*() {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const directory = yield* fileSystem.makeTempDirectoryScoped({ prefix: "temporary-test-" })
  const { scoped } = yield* PrivateDirectories.make({ temporaryDirectory: directory })
  return {
    directory,
    scoped,
    left: Effect.map(fileSystem.readDirectory(directory), (names) => names.toSorted()),
    /** A directory with this name, and a file in it. */
    leave: Effect.fnUntraced(function*(name: string) {
      yield* fileSystem.makeDirectory(path.join(directory, name), { mode: 0o700 })
      yield* fileSystem.writeFileString(path.join(directory, name, "token"), "secret", { mode: 0o600 })
      return name
    }),
    touch: (name: string, time: number) => fileSystem.utimes(path.join(directory, name), time, time)
  }
})

describe("a private directory", () => {
  it.live("only its owner can read it, and it is removed with its scope", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const { left, scoped } = yield* playing
      const scope = yield* Scope.make()
      const one = yield* Scope.provide(scoped("token"), scope)
      assert.strictEqual((yield* fileSystem.stat(one)).mode & 0o777, 0o700)
      assert.match(one, new RegExp(`/htcondor-ce-token-[0-9a-f]{32}\\.\\d+-${pid}-\\d+-[A-Za-z0-9]{6}$`))
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual(yield* left, [])
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))

  it.live("its path is absolute if TMPDIR is a relative path", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const { scoped } = yield* Effect.provideService(
        PrivateDirectories.make({ temporaryDirectory: undefined }),
        FileSystem.FileSystem,
        {
          ...fileSystem,
          makeTempDirectory: (options) =>
            Effect.map(fileSystem.makeTempDirectory(options), (made) => path.relative(path.resolve("."), made))
        }
      )
      const directory = yield* scoped("submit")
      assert.isTrue(path.isAbsolute(directory))
      assert.isTrue(yield* fileSystem.exists(directory))
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))

  it.live("making one removes those of killed processes, and nothing else", () =>
    Effect.gen(function*() {
      const path = yield* Path.Path
      const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
      const { directory, leave, left, scoped, touch } = yield* playing
      const scope = yield* Scope.make()
      const mine = path.basename(yield* Scope.provide(scoped("submit"), scope))
      const [, place = "", start = ""] = /-([0-9a-f]{32}\.\d+)-\d+-(\d+)-/.exec(mine) ?? []
      const other = yield* spawner.spawn(ChildProcess.make("sleep", ["60"]))
      const boot = `${"0".repeat(32)}.1`
      const kept = [
        mine,
        // Its process runs. So does this one, which made the directory in another scope.
        yield* leave(`htcondor-ce-submit-${place}-${pid}-${start}-aaaaaa`),
        // Whether their processes run cannot be found out here.
        yield* leave(`htcondor-ce-token-${boot}-1-1-aaaaaa`),
        yield* leave("htcondor-ce-token-aaaaaa"),
        // Directories of other programs.
        yield* leave("htcondor-ce-token-aaaaaa.keep"),
        yield* leave("other-aaaaaa")
      ]
      // The process id was used again: the process with this start has ended.
      yield* leave(`htcondor-ce-token-${place}-${other.pid}-1-aaaaaa`)
      yield* leave(`htcondor-ce-token-${place}-4194999-1-aaaaaa`)
      yield* leave(`htcondor-ce-submit-${place}-4194999-1-bbbbbb`)
      yield* touch(yield* leave(`htcondor-ce-token-${boot}-2-2-cccccc`), 1_000_000_000)
      yield* touch(yield* leave("htcondor-ce-token-cccccc"), 1_000_000_000)
      // Each backend searches at its first use, and then once a minute.
      const another = yield* PrivateDirectories.make({ temporaryDirectory: directory })
      yield* Effect.scoped(another.scoped("token"))
      assert.deepStrictEqual(yield* left, kept.toSorted())
      yield* Scope.close(scope, Exit.void)
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))

  it.effect("stays if another user left it, although its process has ended", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const { directory, leave, left, scoped } = yield* playing
      const mine = yield* Effect.scoped(scoped("token"))
      const [ended = ""] = /htcondor-ce-token-[0-9a-f]{32}\.\d+-/.exec(mine) ?? []
      // By this clock, the abandoned directories are old.
      yield* TestClock.setTime(Duration.toMillis("30000 days"))
      const theirs = yield* Effect.forEach([`${ended}4194999-1-theirs`, "htcondor-ce-token-theirs"], leave)
      yield* Effect.forEach([`${ended}4194999-1-aaaaaa`, "htcondor-ce-token-aaaaaa"], leave)
      const another = yield* PrivateDirectories.make({ temporaryDirectory: directory }).pipe(
        Effect.provideService(FileSystem.FileSystem, {
          ...fileSystem,
          lstat: (path) =>
            Effect.map(fileSystem.lstat(path), (info) =>
              path.endsWith("theirs") ? { ...info, uid: Option.map(info.uid, (uid) => uid + 1) } : info)
        })
      )
      yield* another.sweep(directory)
      assert.deepStrictEqual(yield* left, theirs.toSorted())
      yield* Effect.scoped(another.scoped("token"))
      assert.deepStrictEqual(yield* left, theirs.toSorted())
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))

  it.effect("stays for a week if its process cannot be looked up", () =>
    Effect.gen(function*() {
      const { directory, leave, left, touch } = yield* playing
      yield* TestClock.setTime(Duration.toMillis("30000 days"))
      const { sweep } = yield* PrivateDirectories.make({ temporaryDirectory: directory })
      for (const days of [6, 8]) {
        for (const name of ["htcondor-ce-token", `htcondor-ce-submit-${"0".repeat(32)}.1-1-1`, ".htcondor-ce-fetch"]) {
          yield* touch(yield* leave(`${name}-${days}days0`), Duration.toSeconds(Duration.days(30_000 - days)))
        }
      }
      yield* sweep(directory)
      assert.deepStrictEqual((yield* left).map((name) => name.split("-").at(-1)), ["6days0", "6days0", "6days0"])
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))

  it.effect("abandoned ones are searched once a minute by all backends that share the time", () =>
    Effect.gen(function*() {
      const { directory, leave, left } = yield* playing
      const shared = PrivateDirectories.layerShared()
      const use = Effect.flatMap(
        Effect.provide(PrivateDirectories.make({ temporaryDirectory: directory }), shared),
        ({ scoped }) => Effect.scoped(scoped("token"))
      )
      yield* use
      const orphan = yield* leave("htcondor-ce-token-aaaaaa")
      yield* TestClock.setTime(Duration.toMillis("30000 days"))
      yield* use
      assert.deepStrictEqual(yield* left, [])
      yield* leave(orphan)
      yield* use
      yield* TestClock.adjust("59 seconds")
      yield* use
      assert.deepStrictEqual(yield* left, [orphan])
      // By the clock of the test, the abandoned directories are old.
      yield* TestClock.setTime(Duration.toMillis("40000 days"))
      yield* use
      assert.deepStrictEqual(yield* left, [])
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))

  it.effect("abandoned ones are also searched when the clock was set back by an hour", () =>
    Effect.gen(function*() {
      const { leave, left, scoped } = yield* playing
      const now = Duration.toMillis("30000 days")
      yield* TestClock.setTime(now)
      yield* Effect.scoped(scoped("token"))
      yield* leave("htcondor-ce-token-aaaaaa")
      yield* TestClock.setTime(now - Duration.toMillis("1 hour"))
      yield* Effect.scoped(scoped("token"))
      assert.deepStrictEqual(yield* left, [])
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))

  it.effect("is removed together with files that were still being written when its operation was interrupted", () =>
    Effect.gen(function*() {
      const { left, scoped } = yield* playing
      const fileSystem = yield* FileSystem.FileSystem
      const files = Array.from({ length: 40 }, (_, index) => index)
      for (let attempt = 0; attempt < 200; attempt++) {
        const reached = yield* Deferred.make<void>()
        const writer = Effect.flatMap(
          scoped("submit"),
          (directory) =>
            Effect.forEach(files, (file) =>
              Effect.gen(function*() {
                yield* fileSystem.makeDirectory(`${directory}/${file}`)
                if (file === attempt % files.length) yield* Deferred.succeed(reached, undefined)
                yield* fileSystem.writeFileString(`${directory}/${file}/token`, "secret")
              }), { concurrency: 16, discard: true })
        )
        const fiber = yield* Effect.forkChild(Effect.scoped(writer))
        yield* Deferred.await(reached)
        yield* Fiber.interrupt(fiber)
        assert.deepStrictEqual(yield* left, [])
      }
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))

  it.effect("is removed while the tool of a killed client still writes to it", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const { directory, leave, left } = yield* playing
      yield* TestClock.setTime(Duration.toMillis("30000 days"))
      let writes = 3
      const written = (path: string) =>
        PlatformError.systemError({
          _tag: "Unknown",
          module: "FileSystem",
          method: "remove",
          pathOrDescriptor: path,
          cause: Object.assign(new Error("directory not empty"), { code: "ENOTEMPTY" })
        })
      const { sweep } = yield* PrivateDirectories.make({ temporaryDirectory: directory }).pipe(
        Effect.provideService(FileSystem.FileSystem, {
          ...fileSystem,
          remove: (path, options) =>
            Effect.suspend(() => writes-- > 0 ? Effect.fail(written(path)) : fileSystem.remove(path, options))
        })
      )
      yield* leave(".htcondor-ce-fetch-aaaaaa")
      yield* sweep(directory)
      assert.deepStrictEqual(yield* left, [])
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))
})
