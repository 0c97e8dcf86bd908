/** The root directory that `scripts/stack` chooses for a version: it must have that HTCondor. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Stream } from "effect"
import * as ChildProcess from "effect/process/ChildProcess"
import * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import { releases } from "../../src/testing/fake/VersionStrings.ts"

/** Runs shell text with the functions of roots.sh and this cache directory. */
const shell = Effect.fnUntraced(function*(cache: string, text: string) {
  const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
  const handle = yield* spawner.spawn(ChildProcess.make("bash", [
    "-c",
    `set -euo pipefail
    note() { echo "stack: $*" >&2; }
    fail() { note "$*"; exit 1; }
    support=scripts/htcondor cache=$1 state=$1/state
    . "$support/roots.sh"
    ${text}`,
    "shell",
    cache
  ], { extendEnv: true, stdin: "ignore" }))
  const [stdout, stderr, exitCode] = yield* Effect.all([
    Stream.mkString(Stream.decodeText(handle.stdout)),
    Stream.mkString(Stream.decodeText(handle.stderr)),
    handle.exitCode
  ], { concurrency: "unbounded" })
  return { stdout: stdout.trim(), stderr, exitCode: Number(exitCode) }
}, Effect.scoped)

/** A root directory, as a build leaves it. */
const root = Effect.fnUntraced(function*(path: string, version: string) {
  const fileSystem = yield* FileSystem.FileSystem
  yield* fileSystem.makeDirectory(path, { recursive: true })
  yield* fileSystem.writeFileString(`${path}/condor_version`, `$CondorVersion: ${version} 2026-10-16 $\n`)
})

it.layer(NodeServices.layer)("a root directory", (it) => {
  const cache = Effect.flatMap(FileSystem.FileSystem, (fileSystem) => fileSystem.makeTempDirectoryScoped())

  for (const version of ["lts", "latest"] as const) {
    describe(version, () => {
      const [, series = ""] = /CondorVersion: (\d+\.\d+)\./.exec(releases[version].condor) ?? []

      it.effect("name: has the version of HTCondor that the fake imitates", () =>
        Effect.gen(function*() {
          const { stdout } = yield* shell(yield* cache, `root_of ${version}`)
          assert.match(stdout, new RegExp(`/${version}-${series.replace(".", "\\.")}-[0-9a-f]{12}$`))
        }).pipe(Effect.scoped))

      it.effect("old name without a version: is used if the directory has that HTCondor", () =>
        Effect.gen(function*() {
          const directory = yield* cache
          const former = (yield* shell(directory, `echo "$cache/${version}-$(recipe_of ${version})"`)).stdout
          const taken = shell(directory, `adopt_root ${version}; cat "$(root_of ${version})/condor_version"`)
          assert.notStrictEqual((yield* taken).exitCode, 0)
          yield* root(former, `${series}0.1`)
          assert.notStrictEqual((yield* taken).exitCode, 0)
          yield* root(former, `${series}.7`)
          assert.include((yield* taken).stdout, `${series}.7`)
          // The old name still exists, and a second call changes nothing.
          assert.include((yield* taken).stdout, `${series}.7`)
          assert.isTrue(yield* (yield* FileSystem.FileSystem).exists(`${former}/condor_version`))
        }).pipe(Effect.scoped))

      it.effect("another HTCondor: is refused, and the message has its version", () =>
        Effect.gen(function*() {
          const directory = yield* cache
          yield* root(`${directory}/new`, "31.2.3")
          const { exitCode, stderr } = yield* shell(
            directory,
            `is_expected ${version} "$cache/new" || moved ${version} "$cache/new"`
          )
          assert.strictEqual(exitCode, 1)
          assert.match(stderr, new RegExp(`has moved to HTCondor 31\\.2\\.3, and ${version} stands for ${series}\\.\n`))
          assert.include(stderr, "HTCONDOR_CE_STACK_MIRROR=")
        }).pipe(Effect.scoped))
    })
  }
})
