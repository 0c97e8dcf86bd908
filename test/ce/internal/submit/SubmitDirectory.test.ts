import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Deferred, Duration, Effect, Fiber, FileSystem, Redacted } from "effect"
import * as SubmissionPlan from "../../../../src/ce/internal/submit/SubmissionPlan.ts"
import * as SubmitDirectory from "../../../../src/ce/internal/submit/SubmitDirectory.ts"
import { LocalFailure } from "../../../../src/contract/BackendError.ts"
import * as PrivateDirectories from "../../../../src/files/PrivateDirectories.ts"
import { Capability, type Submission } from "../../../../src/index.ts"
import { smallest } from "../../../condor/Samples.ts"
import { backend, key, printed } from "../../Scripted.ts"

/** The directory for two copies, the first of which has a secret. */
const playing = Effect.gen(function*() {
  const fileSystem = yield* FileSystem.FileSystem
  const root = yield* fileSystem.makeTempDirectoryScoped({ prefix: "submit-directory-test-" })
  const { forPlan } = yield* SubmitDirectory.make(yield* PrivateDirectories.make({ temporaryDirectory: root }))
  const make = Effect.fnUntraced(function*(spec: Submission.SubmissionSpec) {
    const copies = [{ secrets: { token: Redacted.make("swordfish") } }, {}]
    const options = {
      retention: Duration.hours(1),
      proxy: true,
      container: { _tag: "Launcher", executable: "/run" }
    } as const
    const plan = yield* Effect.fromResult(SubmissionPlan.make(spec, copies, key, options))
    const directoryOf = yield* forPlan(plan, Effect.succeed("1.0"))
    const proxy = { text: Redacted.make("a private key"), expiresAt: DateTime.makeUnsafe(0) }
    return yield* directoryOf({ proxy }, { first: 0, count: copies.length })
  })
  return { root, make }
})

it.effect("submit directory: only its owner can read it, and the files in it", () =>
  Effect.gen(function*() {
    const fileSystem = yield* FileSystem.FileSystem
    const { make } = yield* playing
    const { directory } = yield* make({ executable: "/bin/true", inputs: [{ name: "passwd", source: "/etc/passwd" }] })
    const names = yield* fileSystem.readDirectory(directory, { recursive: true })
    const modes = yield* Effect.forEach(["", ...names.toSorted()], (name) =>
      Effect.map(fileSystem.lstat(`${directory}/${name}`), ({ mode, type }) =>
        `${name} ${type === "SymbolicLink" ? "->" : (mode & 0o777).toString(8)}`))
    assert.deepStrictEqual(modes, [
      " 700",
      "copies 700",
      "copies/0 700",
      "copies/0/token 600",
      "copies/1 700",
      "inputs 700",
      "inputs/passwd ->",
      "true ->",
      "x509up 600"
    ])
  }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))

it.effect("directory as an input: is refused before the CE is queried", () =>
  Effect.gen(function*() {
    const { calls, layer } = backend(() => printed())
    const error = yield* Effect.flip(Effect.provide(
      Effect.flatMap(
        Capability.Submitter,
        ({ submit }) => submit({ executable: "/bin/true", inputs: [{ name: "data", source: "/tmp" }] }, [{}], { key })
      ),
      layer
    ))
    assert.strictEqual(error._tag === "InvalidSubmission" && error.issues[0].field, "inputs[0].source")
    assert.deepStrictEqual(calls, [])
  }))

describe("special file: is refused before anything is made", () => {
  it.effect("every wrong file is named in one error", () =>
    Effect.gen(function*() {
      const { make } = yield* playing
      const spec = { executable: "/", inputs: [{ name: "one", source: "/none" }, { name: "two", source: "/dev/null" }] }
      const error = yield* Effect.flip(make(spec))
      assert.deepStrictEqual(
        error._tag === "InvalidSubmission" && error.issues.map(({ field }) => field),
        ["executable", "inputs[0].source", "inputs[1].source"]
      )
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))

  const inputs = (source: string) => [{ name: "first", source: "/etc/passwd" }, { name: "second", source }]
  it.effect.each<readonly [string, string, Submission.SubmissionSpec]>([
    ["inputs[1].source", "/ is no regular file but a Directory", { executable: "/bin/true", inputs: inputs("/") }],
    [
      "inputs[1].source",
      "/dev/null is no regular file but a CharacterDevice",
      { executable: "/bin/true", inputs: inputs("/dev/null") }
    ],
    ["inputs[1].source", "ENOENT", { executable: "/bin/true", inputs: inputs("/none") }],
    ["executable", "/ is no regular file but a Directory", { executable: "/" }],
    ["executable", "/etc/passwd is not executable", {
      executable: "/etc/passwd",
      container: { image: "docker://debian" }
    }]
  ])("%s: %s", ([field, detail, spec]) =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const { make, root } = yield* playing
      const error = yield* Effect.flip(make(spec))
      assert.strictEqual(error._tag, "InvalidSubmission")
      assert.deepStrictEqual(error._tag === "InvalidSubmission" && error.issues[0].field, field)
      assert.include(error.message, detail)
      assert.deepStrictEqual(yield* fileSystem.readDirectory(root), [])
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))
})

/** A directory that records when it is made and removed. */
const recorded = (events: Array<string>, made: Effect.Effect<void, LocalFailure> = Effect.void) =>
  Effect.acquireRelease(
    Effect.andThen(
      made,
      Effect.sync(() => (events.push("made"), { directory: "/directory", name: "k-1", description: smallest }))
    ),
    () => Effect.sync(() => void events.push("removed")),
    { interruptible: true }
  )

describe("directory that is prepared ahead", () => {
  it.effect("is made before it is taken, and is removed with the scope of its taker", () =>
    Effect.gen(function*() {
      const events: Array<string> = []
      yield* Effect.scoped(Effect.gen(function*() {
        const ahead = yield* SubmitDirectory.prepareAhead(recorded(events))
        yield* Effect.yieldNow
        assert.deepStrictEqual(events, ["made"])
        assert.strictEqual((yield* Effect.scoped(ahead)).directory, "/directory")
        assert.deepStrictEqual(events, ["made", "removed"])
      }))
      assert.deepStrictEqual(events, ["made", "removed"])
    }))

  it.effect("is removed with the scope of its preparation if it is not taken", () =>
    Effect.gen(function*() {
      const events: Array<string> = []
      yield* Effect.scoped(Effect.andThen(SubmitDirectory.prepareAhead(recorded(events)), Effect.yieldNow))
      assert.deepStrictEqual(events, ["made", "removed"])
    }))

  it.effect("is no longer made when that scope ends first", () =>
    Effect.gen(function*() {
      const events: Array<string> = []
      yield* Effect.scoped(
        Effect.andThen(SubmitDirectory.prepareAhead(recorded(events, Effect.never)), Effect.yieldNow)
      )
      assert.deepStrictEqual(events, [])
    }))

  it.effect("fails only its taker", () =>
    Effect.gen(function*() {
      const events: Array<string> = []
      const failure = new LocalFailure({ path: "/tmp", detail: "disk full" })
      const error = yield* Effect.scoped(Effect.gen(function*() {
        const ahead = yield* SubmitDirectory.prepareAhead(recorded(events, Effect.fail(failure)))
        yield* Effect.yieldNow
        return yield* Effect.flip(Effect.scoped(ahead))
      }))
      assert.strictEqual(error, failure)
      assert.deepStrictEqual(events, [])
    }))

  it.effect("is removed after its waiting taker was interrupted", () =>
    Effect.gen(function*() {
      const events: Array<string> = []
      const go = yield* Deferred.make<void>()
      yield* Effect.scoped(Effect.gen(function*() {
        const ahead = yield* SubmitDirectory.prepareAhead(recorded(events, Deferred.await(go)))
        const taker = yield* Effect.forkChild(Effect.scoped(ahead), { startImmediately: true })
        yield* Fiber.interrupt(taker)
        yield* Deferred.succeed(go, undefined)
        yield* Effect.yieldNow
      }))
      assert.deepStrictEqual(events, ["made", "removed"])
    }))
})
