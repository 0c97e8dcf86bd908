/** Output of real jobs that no list of names and no ad predicts. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import { Effect, FileSystem, Layer, Result, Stream } from "effect"
import { Capability, CondorTool, Credential, JobStatus, Outcomes, SubmissionKey } from "../../src/index.ts"
import * as Backend from "./Backend.ts"
import * as Share from "./Share.ts"
import { Stack, versions } from "./Stack.ts"

const megabyte = 1024 ** 2

const backend = Layer.unwrap(
  Effect.map(Stack, (stack) =>
    Backend.layer({
      endpoint: stack.endpoint,
      schedd: stack.schedd,
      limits: { maxBytes: 10 * megabyte }
    }).pipe(
      Layer.provide([
        CondorTool.layer({ binDirectory: stack.binDirectory }),
        Credential.layerTokenFile(stack.tokenFile)
      ]),
      Layer.provide(NodeServices.layer)
    ))
)

/** Completed jobs, each of which ran its script in a directory with a subdirectory `results`. */
const completed = Effect.fnUntraced(function*(...scripts: ReadonlyArray<string>) {
  const fileSystem = yield* FileSystem.FileSystem
  const { submit } = yield* Capability.Submitter
  const { watch } = yield* Capability.StatusReporter
  const directory = yield* fileSystem.makeTempDirectoryScoped({ prefix: "live-odd-" })
  const executable = `${directory}/payload.sh`
  yield* fileSystem.writeFileString(executable, `#!/bin/bash\nmkdir results\ncd results\neval "$SCRIPT"\n`, {
    mode: 0o755
  })
  const { handles } = yield* submit(
    { executable, outputs: [{ name: "results" }] },
    scripts.map((script) => ({ environment: { SCRIPT: script } })),
    { key: yield* SubmissionKey.generate }
  )
  yield* Stream.runDrain(watch(handles, { interval: "500 millis", maxInterval: "2 seconds" }))
  return { handles, destination: `${directory}/destination` }
})

for (const version of versions) {
  it.layer(backend.pipe(Layer.provideMerge(Stack.layer(version)), Layer.provideMerge(NodeServices.layer)), {
    excludeTestServices: true,
    timeout: "60 seconds"
  })(`odd output from ${version}`, (it) => {
    it.effect("fetch: brings files whose names are not UTF-8", () =>
      Effect.gen(function*() {
        const fileSystem = yield* FileSystem.FileSystem
        const { fetchOne } = yield* Capability.OutputRetriever
        const { destination, handles } = yield* completed(
          "echo ok > ok; echo latin > $'M\\xfcller.dat'; mkdir $'d\\xff'; echo deep > $'d\\xff'/$'x\\xfe'"
        )
        const [handle = assert.fail("no job")] = handles
        const output = yield* fetchOne(handle, destination)
        const contents = yield* Effect.forEach(
          output.files,
          ({ name, path }) => Effect.map(fileSystem.readFileString(path), (text) => [name, text.trim()])
        )
        assert.deepStrictEqual(contents, [
          ["results/M%FCller.dat", "latin"],
          ["results/d%FF/x%FE", "deep"],
          ["results/ok", "ok"]
        ])
        assert.strictEqual((yield* Effect.flip(fetchOne(handle, destination)))._tag, "AlreadyRetrieved")
      }), 120_000)

    it.effect.skipIf(Share.isLeft(version, "lts"))(
      "fetch: stops a transfer of which there is too much, and fetches the neighbour",
      () =>
        Effect.gen(function*() {
          const fileSystem = yield* FileSystem.FileSystem
          const stack = yield* Stack
          const { fetch } = yield* Capability.OutputRetriever
          const { purge } = yield* Capability.Purgeable
          const { destination, handles } = yield* completed(
            "echo small > small",
            "for part in 1 2 3 4 5 6 7 8; do head -c 50M /dev/zero > $part; done"
          )
          const [small = assert.fail("no job"), large = assert.fail("no second job")] = handles
          // The ad of a job that started more than once, or of another batch system, has no size of the output.
          const edited = yield* stack.inside("condor_qedit", large.job, "BytesSent", "undefined")
          assert.strictEqual(edited.exitCode, 0)
          const outcomes = yield* fetch(handles, destination)
          const of = (handle: typeof small) => Effect.fromOption(Outcomes.get(outcomes, handle))
          assert.isTrue(Result.isSuccess(yield* of(small)))
          const outcome = yield* of(large)
          if (Result.isSuccess(outcome) || outcome.failure._tag !== "LimitExceeded") {
            return assert.fail("no LimitExceeded")
          }
          const { actual, allowed, limit } = outcome.failure
          assert.deepStrictEqual([limit, allowed], ["maxBytes", 10 * megabyte])
          // The library stopped the transfer before its end.
          assert.isBelow(actual, 400 * megabyte)
          assert.strictEqual((yield* fileSystem.readDirectory(destination)).length, 1)
          yield* purge([large])
        }),
      120_000
    )

    it.effect.skipIf(Share.isLeft(version, "latest"))(
      "fetch: brings the output of a job whose exit code is negative or missing",
      () =>
        Effect.gen(function*() {
          const stack = yield* Stack
          const { status } = yield* Capability.StatusReporter
          const { fetchOne } = yield* Capability.OutputRetriever
          const { destination, handles } = yield* completed("exit 0", "exit 0")
          const [negative = assert.fail("no job"), missing = assert.fail("no second job")] = handles
          // The gridmanager leaves such ads for PBS.
          for (const [{ job }, exit] of [[negative, "-11"], [missing, "undefined"]] as const) {
            assert.strictEqual((yield* stack.inside("condor_qedit", job, "ExitCode", exit)).exitCode, 0)
          }
          const { Code, Unknown } = JobStatus.Exit.cases
          const expected = [Code.make({ code: -11 }), Unknown.make({})]
          const outcomes = yield* status(handles)
          for (const [index, handle] of handles.entries()) {
            const exit = expected[index] ?? assert.fail("two jobs")
            assert.deepStrictEqual(
              JobStatus.withoutSince(
                yield* Effect.fromResult(yield* Effect.fromOption(Outcomes.get(outcomes, handle)))
              ),
              JobStatus.JobStatus.cases.Completed.make({ exit, output: "Kept" })
            )
            assert.deepStrictEqual((yield* fetchOne(handle, destination)).exit, exit)
          }
        }),
      120_000
    )
  })
}
