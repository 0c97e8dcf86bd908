import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import { Effect, FileSystem, Option, Path, Result } from "effect"
import { ChildProcess, ChildProcessSpawner } from "effect/process"
import * as Destination from "../../../../src/ce/internal/fetch/Destination.ts"
import * as Manifest from "../../../../src/ce/internal/fetch/Manifest.ts"
import * as Errno from "../../../../src/files/Errno.ts"
import { FreeSpace } from "../../../../src/files/FreeSpace.ts"
import { type JobHandle, JobOutput, Limits } from "../../../../src/index.ts"
import { candidate, handle } from "../../Scripted.ts"

const job = candidate(0, { promised: ["result", "tree"] })

// A destination with the job's transfer in it. The test changes the transfer before it is placed.
const place = Effect.fnUntraced(function*(
  change: (
    staging: string
  ) => Effect.Effect<void, unknown, FileSystem.FileSystem | Path.Path | ChildProcessSpawner.ChildProcessSpawner>,
  limits: Partial<Limits.Limits> = {},
  candidate = job
) {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const destination = yield* fileSystem.makeTempDirectoryScoped()
  const staging = path.join(destination, ".staging", "7.0")
  yield* fileSystem.makeDirectory(path.join(staging, "tree", "deep"), { recursive: true })
  for (
    const [name, text] of [["out", "out\n"], ["err", ""], ["job.log", "log\n"], ["result", "42\n"], [
      "tree/deep/leaf",
      "leaf\n"
    ]] as const
  ) {
    yield* fileSystem.writeFileString(path.join(staging, name), text)
  }
  yield* change(staging)
  const local = yield* Destination.make
  const [result] = yield* local.place(
    [{ job: candidate, staging }],
    path.dirname(staging),
    destination,
    Limits.Limits.make(limits)
  )
  if (result === undefined) return assert.fail("a job has no outcome")
  return { destination, result, final: path.join(destination, JobOutput.directoryName(job.handle)) }
})

const standing = Effect.fnUntraced(function*(destination: string, of: JobHandle.JobHandle) {
  const manifests = yield* Manifest.make
  return yield* (yield* manifests.standings(destination, { identity: of, former: [] }))(of)
})

const run = (command: string, ...args: ReadonlyArray<string>) =>
  Effect.flatMap(
    ChildProcessSpawner.ChildProcessSpawner,
    (spawner) => spawner.exitCode(ChildProcess.make(command, args))
  )

it.layer(NodeServices.layer)("Destination", (it) => {
  it.effect("a complete transfer is placed with its manifest, and the manifest is read back", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const { destination, final, result } = yield* place((staging) =>
        Effect.andThen(FileSystem.FileSystem, (fs) => fs.chmod(path.join(staging, "result"), 0o751))
      )
      const output = yield* Effect.fromResult(result)
      assert.strictEqual(output.directory, final)
      assert.deepStrictEqual([output.stdout.path, output.stdout.size], [path.join(final, "out"), 4])
      assert.deepStrictEqual(output.files.map(({ mode, name, size }) => [name, size, mode.toString(8)]), [
        ["result", 3, "751"],
        ["tree/deep/leaf", 5, output.files[1]?.mode.toString(8) ?? ""]
      ])
      assert.strictEqual(yield* fileSystem.readFileString(path.join(final, "files", "tree", "deep", "leaf")), "leaf\n")
      assert.deepStrictEqual(yield* standing(destination, job.handle), {
        output,
        missing: [],
        beside: `${path.basename(final)}.2`
      })
      const other = yield* Effect.flip(standing(destination, handle("8.0")))
      assert.strictEqual(other.message, `${final} exists and is not the output of job 8.0`)
    }))

  it.effect.each([true, false])(
    "the mode of a file is its mode on the disk, which stores modes: %s",
    (keepsModes) =>
      Effect.gen(function*() {
        const fileSystem = yield* FileSystem.FileSystem
        const { result } = yield* place((staging) => fileSystem.chmod(`${staging}/result`, 0o033)).pipe(
          Effect.provideService(FileSystem.FileSystem, {
            ...fileSystem,
            chmod: (file, mode) => fileSystem.chmod(file, keepsModes ? mode : 0o755)
          })
        )
        const { files } = yield* Effect.fromResult(result)
        for (const { mode, path } of files) assert.strictEqual(mode, (yield* fileSystem.stat(path)).mode & 0o777, path)
        assert.strictEqual(files[0]?.mode, keepsModes ? 0o433 : 0o755)
      })
  )

  // A destination that cannot be created, and one that exists but is no directory.
  it.effect.each(
    [["/proc/nowhere", "ENOENT"], ["/proc/self/fd/nowhere/deep", "ENOENT"], ["/dev/null", "EEXIST"]] as const
  )(
    "%s: a directory that cannot be made is a failure: %s",
    ([directory, code]) =>
      Effect.gen(function*() {
        const local = yield* Destination.make
        const error = yield* Effect.flip(local.ensure(directory))
        assert.strictEqual(Errno.code(error), code)
      })
  )

  const broken: ReadonlyArray<
    readonly [
      string,
      string,
      (
        staging: string
      ) => Effect.Effect<void, unknown, FileSystem.FileSystem | Path.Path | ChildProcessSpawner.ChildProcessSpawner>
    ]
  > = [
    [
      "stdout is missing",
      "missing: out",
      (staging) => Effect.flatMap(FileSystem.FileSystem, (fs) => fs.remove(`${staging}/out`))
    ],
    [
      "a promised file is missing",
      "missing: result",
      (staging) => Effect.flatMap(FileSystem.FileSystem, (fs) => fs.remove(`${staging}/result`))
    ],
    [
      "a link leads out",
      "SymbolicLink",
      (staging) => Effect.flatMap(FileSystem.FileSystem, (fs) => fs.symlink("/etc/passwd", `${staging}/link`))
    ],
    [
      "a link is deep inside",
      "SymbolicLink",
      (staging) => Effect.flatMap(FileSystem.FileSystem, (fs) => fs.symlink("/etc", `${staging}/tree/deep/link`))
    ],
    ["there is a pipe", "FIFO", (staging) => Effect.asVoid(run("mkfifo", `${staging}/tree/pipe`))],
    [
      "a directory stands where stdout should",
      "missing: out",
      (staging) =>
        Effect.flatMap(
          FileSystem.FileSystem,
          (fs) => Effect.andThen(fs.remove(`${staging}/out`), fs.makeDirectory(`${staging}/out`))
        )
    ],
    [
      "a link stands where stdout should",
      "SymbolicLink",
      (staging) =>
        Effect.flatMap(
          FileSystem.FileSystem,
          (fs) => Effect.andThen(fs.remove(`${staging}/out`), fs.symlink("/etc/passwd", `${staging}/out`))
        )
    ],
    [
      "a link has a line break in its name",
      "\"a\\nb\" is a SymbolicLink",
      (staging) => Effect.flatMap(FileSystem.FileSystem, (fs) => fs.symlink("/etc", `${staging}/a\nb`))
    ]
  ]
  for (const [situation, words, change] of broken) {
    it.effect(`${situation}: nothing appears at the destination`, () =>
      Effect.gen(function*() {
        const fileSystem = yield* FileSystem.FileSystem
        const { final, result } = yield* place(change)
        assert.isTrue(Result.isFailure(result))
        if (Result.isFailure(result)) {
          assert.strictEqual(result.failure._tag, "TransferFailed")
          assert.include(result.failure.message, words)
        }
        assert.isFalse(yield* fileSystem.exists(final))
      }))
  }

  it.effect.each(
    [
      [{ maxBytes: 11 }, "maxBytes", 11, 16],
      [{ maxFiles: 4 }, "maxFiles", 4, 5]
    ] as const
  )("%j is a limit, reported with both figures", ([limits, limit, allowed, actual]) =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const { final, result } = yield* place(() => Effect.void, limits)
      assert.isTrue(Result.isFailure(result))
      if (Result.isFailure(result) && result.failure._tag === "LimitExceeded") {
        const { failure } = result
        assert.deepStrictEqual([failure.limit, failure.allowed, failure.actual], [limit, allowed, actual])
      } else assert.fail(`no LimitExceeded`)
      assert.isFalse(yield* fileSystem.exists(final))
    }))

  it.effect("a device is not placed", (context) =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      let made = 1
      const { final, result } = yield* place((staging) =>
        Effect.map(run("mknod", `${staging}/tree/null`, "c", "1", "3"), (code) => {
          made = code
        })
      )
      if (made !== 0) return context.skip("only root can make a device")
      assert.isTrue(Result.isFailure(result))
      if (Result.isFailure(result)) assert.include(result.failure.message, "CharacterDevice")
      assert.isFalse(yield* fileSystem.exists(final))
    }))

  it.effect("a huge sparse file counts with its full length", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const { final, result } = yield* place((staging) => run("truncate", "-s", "1T", `${staging}/tree/deep/hole`))
      assert.isTrue(Result.isFailure(result))
      if (Result.isFailure(result)) {
        assert.strictEqual(result.failure._tag, "LimitExceeded")
        assert.include(result.failure.message, `maxBytes: ${1024 ** 4 + 16} of ${1024 ** 3} bytes`)
      }
      assert.isFalse(yield* fileSystem.exists(final))
    }))

  it.effect("the mode of a manifest is 0644, whatever the umask of the process", () =>
    Effect.gen(function*() {
      const real = yield* FileSystem.FileSystem
      // Under another umask a new file has another mode.
      const { final, result } = yield* place(() => Effect.void).pipe(
        Effect.provideService(FileSystem.FileSystem, {
          ...real,
          writeFileString: (path, text, options) =>
            Effect.andThen(
              real.writeFileString(path, text, options),
              path.endsWith("manifest.json") ? real.chmod(path, 0o666) : Effect.void
            )
        })
      )
      yield* Effect.fromResult(result)
      assert.strictEqual(((yield* real.stat(`${final}/manifest.json`)).mode & 0o777).toString(8), "644")
    }))

  it.effect("a line break in a file's name stays in the name", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const { destination, final, result } = yield* place((staging) =>
        Effect.flatMap(FileSystem.FileSystem, (fs) => fs.writeFileString(`${staging}/a\n..\nb`, "odd"))
      )
      const output = yield* Effect.fromResult(result)
      assert.include(output.files.map(({ name }) => name), "a\n..\nb")
      assert.strictEqual(yield* fileSystem.readFileString(`${final}/files/a\n..\nb`), "odd")
      assert.deepStrictEqual(yield* standing(destination, job.handle), {
        output,
        missing: [],
        beside: `${path.basename(final)}.2`
      })
    }))

  it.effect("output that leaves too little room is not placed, whatever size the ad had", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const { final, result } = yield* place(() => Effect.void, { minFreeBytes: 1_000 }).pipe(
        Effect.provideService(FreeSpace, () => Effect.succeedSome(999))
      )
      assert.isTrue(Result.isFailure(result))
      if (Result.isFailure(result) && result.failure._tag === "LimitExceeded") {
        const { actual, allowed, limit } = result.failure
        assert.deepStrictEqual([limit, allowed, actual], ["minFreeBytes", 15, 16])
      } else assert.fail("no LimitExceeded")
      assert.isFalse(yield* fileSystem.exists(final))
    }))

  it.effect("only the job of a batch that has taken the room is refused, and the error has the free space", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const destination = yield* fileSystem.makeTempDirectoryScoped()
      const staging = `${destination}/.staging`
      const size = (proc: number) => proc === 1 ? 5_000 : proc === 2 ? 6_000 : 10
      const jobs = yield* Effect.forEach([0, 1, 2, 3], (proc) =>
        Effect.gen(function*() {
          const place = `${staging}/7.${proc}`
          yield* fileSystem.makeDirectory(place, { recursive: true })
          for (const name of ["out", "err", "job.log"]) yield* fileSystem.writeFileString(`${place}/${name}`, "")
          yield* fileSystem.writeFile(`${place}/result`, new Uint8Array(size(proc)))
          // Only the largest job has its size in its ad.
          const bytes = proc === 2 ? 6_000 : undefined
          return { job: candidate(proc, { bytes, promised: ["result"] }), staging: place }
        }))
      // The file system has room for 12,000 bytes.
      const freeSpace = () =>
        Effect.map(
          Effect.forEach([0, 1, 2, 3], (proc) =>
            Effect.match(fileSystem.stat(`${staging}/7.${proc}/result`), {
              onFailure: () => 0,
              onSuccess: (info) => Number(info.size)
            })),
          (sizes) => Option.some(12_000 - sizes.reduce((sum, one) => sum + one, 0))
        )
      const { place } = yield* Effect.provideService(Destination.make, FreeSpace, freeSpace)
      const results = yield* place(jobs, staging, destination, Limits.Limits.make({ minFreeBytes: 1_000 }))
      assert.deepStrictEqual(
        results.map((result) => Result.isSuccess(result) ? "placed" : result.failure.message),
        [
          "placed",
          "the output of job 7.1 exceeds minFreeBytes: 5000 of 4980 bytes allowed",
          "placed",
          "placed"
        ]
      )
      assert.isFalse(yield* fileSystem.exists(`${staging}/7.1`))
    }))

  it.effect("exactly the limit is accepted", () =>
    Effect.gen(function*() {
      const { result } = yield* place(() => Effect.void, { maxBytes: 16, maxFiles: 5 })
      assert.isTrue(Result.isSuccess(result))
    }))

  it.effect("an output with the name of one of our files cannot overwrite that file", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const { final, result } = yield* place((staging) =>
        Effect.flatMap(FileSystem.FileSystem, (fs) =>
          Effect.andThen(
            fs.writeFileString(`${staging}/manifest.json`, "forged"),
            fs.makeDirectory(`${staging}/files`)
          ))
      )
      const output = yield* Effect.fromResult(result)
      assert.include(yield* fileSystem.readFileString(output.manifest), "\"version\":1")
      assert.strictEqual(yield* fileSystem.readFileString(path.join(final, "files", "manifest.json")), "forged")
    }))

  it.effect.each(["manifest.json", "files"])(
    "nothing is placed from a CE that calls stdout %j",
    (name) =>
      Effect.gen(function*() {
        const fileSystem = yield* FileSystem.FileSystem
        const { final, result } = yield* place(
          (staging) => Effect.flatMap(FileSystem.FileSystem, (fs) => fs.rename(`${staging}/out`, `${staging}/${name}`)),
          {},
          { ...job, stdout: name }
        )
        assert.strictEqual(Result.isFailure(result) ? result.failure._tag : "", "TransferFailed")
        assert.isFalse(yield* fileSystem.exists(final))
      })
  )

  it.effect("a directory that was promised as a file is placed as it is, below the others", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const { final, result } = yield* place((staging) =>
        Effect.flatMap(FileSystem.FileSystem, (fs) =>
          Effect.andThen(
            fs.remove(`${staging}/result`),
            Effect.andThen(
              fs.makeDirectory(`${staging}/result`),
              fs.writeFileString(`${staging}/result/manifest.json`, "forged")
            )
          ))
      )
      const output = yield* Effect.fromResult(result)
      assert.deepStrictEqual(output.files.map(({ name }) => name), ["result/manifest.json", "tree/deep/leaf"])
      assert.include(yield* fileSystem.readFileString(output.manifest), "\"version\":1")
      assert.deepStrictEqual((yield* fileSystem.readDirectory(final)).toSorted(), [
        "err",
        "files",
        "job.log",
        "manifest.json",
        "out"
      ])
    }))

  it.effect("a setuid program that any user could run as the fetching user becomes an ordinary one", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const { final, result } = yield* place((staging) =>
        Effect.flatMap(FileSystem.FileSystem, (fs) => fs.chmod(`${staging}/result`, 0o6755))
      )
      yield* Effect.fromResult(result)
      assert.strictEqual(((yield* fileSystem.stat(`${final}/files/result`)).mode & 0o7777).toString(8), "755")
    }))
})
