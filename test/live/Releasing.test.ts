/** Releases of held jobs: those that the CE accepts, and those that the library refuses. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Layer, Result } from "effect"
import { Capability, type JobHandle, type JobStatus, type Submission, SubmissionKey } from "../../src/index.ts"
import * as Share from "./Share.ts"
import { backend, Stack, versions } from "./Stack.ts"
import * as WebServer from "./WebServer.ts"

const submitted = Effect.fnUntraced(function*(script: string, spec: Omit<Submission.SubmissionSpec, "executable">) {
  const fileSystem = yield* FileSystem.FileSystem
  const { submit } = yield* Capability.Submitter
  const directory = yield* fileSystem.makeTempDirectoryScoped({ prefix: "live-releasing-" })
  const executable = `${directory}/payload.sh`
  yield* fileSystem.writeFileString(executable, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  const { handles: [handle = assert.fail("no job")] } = yield* submit({ ...spec, executable }, [{}], {
    key: yield* SubmissionKey.generate
  })
  return { handle, destination: `${directory}/destination` }
})

const until = Effect.fnUntraced(function*(handle: JobHandle.JobHandle, tag: JobStatus.JobStatus["_tag"]) {
  const { waitFor } = yield* Capability.StatusReporter
  const outcomes = yield* waitFor([handle], {
    until: ({ _tag }) => _tag === tag,
    timeout: "4 minutes",
    interval: "500 millis",
    maxInterval: "2 seconds"
  })
  for (const [, outcome] of outcomes) yield* Effect.fromResult(outcome)
})

/** The outcome of the release of one job. */
const release = Effect.fnUntraced(function*(handle: JobHandle.JobHandle) {
  const releasable = yield* Capability.Releasable
  const [[, outcome] = assert.fail("no outcome")] = Array.from(yield* releasable.release([handle]))
  return outcome
})

const discard = (handle: JobHandle.JobHandle) =>
  Effect.flatMap(Capability.Cancellable, ({ cancel }) => cancel([handle]))

for (const version of versions) {
  it.layer(
    backend({ urlSchemes: ["http"] }).pipe(
      Layer.provideMerge(Stack.layer(version)),
      Layer.provideMerge(NodeServices.layer)
    ),
    { excludeTestServices: true, timeout: "60 seconds" }
  )(`releases at ${version}`, (it) => {
    describe.concurrent("release", () => {
      it.effect.skipIf(Share.isLeft(version, "lts"))(
        "release: lets a job wait again that its owner had held before it started",
        () =>
          Effect.gen(function*() {
            const stack = yield* Stack
            const { statusOf } = yield* Capability.StatusReporter
            // The pool has fewer cores, so the job waits forever.
            const { handle } = yield* submitted("true", { resources: { cpus: 1_000 } })
            yield* until(handle, "Waiting")
            assert.strictEqual((yield* stack.exec("condor_hold", handle.job)).exitCode, 0)
            yield* until(handle, "Held")
            assert.deepStrictEqual(yield* release(handle), Result.succeed({ _tag: "Released" as const }))
            assert.strictEqual((yield* statusOf(handle))._tag, "Waiting")
            yield* discard(handle)
          }),
        300_000
      )

      it.effect.skipIf(Share.isLeft(version, "lts"))(
        "release: refuses a job that is held for a missing output, and names the remedy",
        () =>
          Effect.gen(function*() {
            const { handle } = yield* submitted("true", { outputs: [{ name: "certain.txt" }] })
            yield* until(handle, "Held")
            const outcome = yield* release(handle)
            if (Result.isSuccess(outcome) || outcome.failure._tag !== "ReleaseFutile") {
              return assert.fail("no ReleaseFutile")
            }
            const { advice, status } = outcome.failure
            assert.strictEqual(status._tag === "Held" && status.code, 12)
            assert.match(advice, /\S/)
            yield* discard(handle)
          }),
        300_000
      )

      it.effect.skipIf(Share.isLeft(version, "latest"))(
        "release: lets a job run that was held because an input was missing at first",
        () =>
          Effect.gen(function*() {
            const { stored, url } = yield* WebServer.make()
            const { fetchOne } = yield* Capability.OutputRetriever
            const { readFileString } = yield* FileSystem.FileSystem
            const { destination, handle } = yield* submitted("cat in.txt", {
              inputs: [{ name: "in.txt", source: `${url}/stored/in.txt` }]
            })
            yield* until(handle, "Held")
            stored.set("/stored/in.txt", "there now\n")
            assert.deepStrictEqual(yield* release(handle), Result.succeed({ _tag: "Released" as const }))
            yield* until(handle, "Completed")
            const { stdout } = yield* fetchOne(handle, destination)
            assert.strictEqual(yield* readFileString(stdout.path), "there now\n")
          }),
        300_000
      )
    })
  })
}
