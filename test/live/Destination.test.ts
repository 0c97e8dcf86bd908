/**
 * A job leaves the CE, or stays there, depending on the files at its destination and on the transfers that real
 * schedds record.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import { Effect, FileSystem, Layer, Stream } from "effect"
import { Capability, CondorTool, Credential, type HTCondorCE, JobHandle, SubmissionKey } from "../../src/index.ts"
import * as Backend from "./Backend.ts"
import * as Share from "./Share.ts"
import * as Site from "./Site.ts"
import { Stack, versions } from "./Stack.ts"

/** Runs before each tool. */
type Before = (call: CondorTool.ToolCall) => Effect.Effect<void>

// The backend of another process.
const backend = (before: Before = () => Effect.void, config: Partial<HTCondorCE.Config> = {}) =>
  Layer.fresh(
    Layer.unwrap(Effect.map(Stack, (stack) =>
      Backend.layer({ endpoint: stack.endpoint, schedd: stack.schedd, ...config }).pipe(
        Layer.provide([
          Layer.effect(
            CondorTool.CondorTool,
            Effect.map(CondorTool.CondorTool, ({ run }) =>
              CondorTool.make((call: CondorTool.ToolCall) => Effect.andThen(before(call), run(call))))
          ).pipe(Layer.provide(CondorTool.layer({ binDirectory: stack.binDirectory }))),
          Credential.layerTokenFile(stack.tokenFile)
        ]),
        Layer.provide(NodeServices.layer)
      )))
  )

const completed = Effect.gen(function*() {
  const fileSystem = yield* FileSystem.FileSystem
  const submitter = yield* Capability.Submitter
  const reporter = yield* Capability.StatusReporter
  const directory = yield* fileSystem.makeTempDirectoryScoped({ prefix: "live-destination-" })
  const executable = `${directory}/payload.sh`
  yield* fileSystem.writeFileString(executable, "#!/bin/sh\necho result > result.txt\n", { mode: 0o755 })
  const { handles } = yield* submitter.submit({ executable, outputs: [{ name: "result.txt" }] }, [{}], {
    key: yield* SubmissionKey.generate
  })
  yield* Stream.runDrain(reporter.watch(handles, { interval: "500 millis", maxInterval: "2 seconds" }))
  return { handle: handles[0] ?? assert.fail("no handle"), destination: `${directory}/output`, fileSystem }
})

const fetchOne = (...args: Parameters<Capability.OutputRetriever["Service"]["fetchOne"]>) =>
  Effect.flatMap(Capability.OutputRetriever, (retriever) => retriever.fetchOne(...args))

for (const version of versions) {
  it.layer(backend().pipe(Layer.provideMerge(Stack.layer(version)), Layer.provideMerge(NodeServices.layer)), {
    excludeTestServices: true,
    timeout: "60 seconds"
  })(`destinations of ${version}`, (it) => {
    const marked = (job: string, name: string, value: string) =>
      Effect.flatMap(
        Stack,
        (stack) =>
          Effect.map(stack.inside("condor_qedit", job, name, value), ({ exitCode, stderr }) =>
            assert.strictEqual(exitCode, 0, stderr))
      )

    it.effect.skipIf(Share.isLeft(version, "latest"))(
      "fetch: succeeds at a CE whose clock was set back after the job had completed",
      () =>
        Effect.gen(function*() {
          const { destination, handle } = yield* completed
          for (const name of ["EnteredCurrentStatus", "CompletionDate", "StageOutStart", "StageOutFinish"]) {
            yield* marked(handle.job, name, "4000000000")
          }
          const output = yield* fetchOne(handle, destination)
          assert.isTrue(output.released)
          assert.strictEqual((yield* Effect.flip(fetchOne(handle, `${destination}-2`)))._tag, "AlreadyRetrieved")
        })
    )

    it.effect("fetch: reports a job that another process has marked as AlreadyRetrieved, and does not release it", () =>
      Effect.gen(function*() {
        const stack = yield* Stack
        const { destination, handle } = yield* completed
        const marking: Before = ({ tool }) =>
          tool === "condor_rm"
            ? Effect.provideService(marked(handle.job, "EffectCEFetch", "\"another\""), Stack, stack)
            : Effect.void
        const output = yield* Effect.provide(fetchOne(handle, destination), backend(marking))
        assert.deepStrictEqual([output.released, output.takenOver], [false, true])
        // The other process never finishes. The output is here, and the job leaves with the next fetch.
        assert.strictEqual((yield* Effect.flip(fetchOne(handle, destination)))._tag, "AlreadyRetrieved")
        assert.strictEqual((yield* stack.inside("condor_q", handle.job, "-af", "JobStatus")).stdout.trim(), "")
      }))

    it.effect("fetch: does not release a job whose files have vanished, and transfers them again", () =>
      Effect.gen(function*() {
        const stack = yield* Stack
        const { destination, fileSystem, handle } = yield* completed
        // This backend ends without a message to the schedd, as if it had been killed before the release.
        const killed: Before = ({ tool }) => tool === "condor_rm" ? Effect.interrupt : Effect.void
        yield* Effect.exit(Effect.provide(fetchOne(handle, destination), backend(killed)))
        const [name = ""] = yield* fileSystem.readDirectory(destination)
        yield* fileSystem.remove(`${destination}/${name}/files/result.txt`)
        const output = yield* fetchOne(handle, destination)
        assert.deepStrictEqual([output.directory, output.released], [`${destination}/${name}.2`, true])
        assert.strictEqual(yield* fileSystem.readFileString(`${destination}/${name}.2/files/result.txt`), "result\n")
        assert.strictEqual((yield* stack.inside("condor_q", handle.job, "-af", "JobStatus")).stdout.trim(), "")
      }))

    it.effect.skipIf(Share.isLeft(version, "lts"))(
      "formerly: accepts a handle of a CE whose collector has moved to another port",
      () =>
        Effect.gen(function*() {
          const stack = yield* Stack
          const { destination, handle } = yield* completed
          const old = "old.example.org:9620"
          const moved = new JobHandle.JobHandle({ ...handle, endpoint: old })
          const context = backend(undefined, { formerly: [{ endpoint: old, schedd: stack.schedd }] })
          assert.strictEqual((yield* Effect.flip(fetchOne(moved, destination)))._tag, "WrongEndpoint")
          const output = yield* Effect.provide(fetchOne(moved, destination), context)
          assert.deepStrictEqual([output.handle, output.released], [moved, true])
          const again = yield* Effect.flip(Effect.provide(fetchOne(handle, destination), context))
          assert.strictEqual(again._tag === "AlreadyRetrieved" ? again.manifest : again._tag, output.manifest)
        })
    )

    it.effect("jobs and files: nothing is left", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* Site.residue, [])
      }))
  })
}
