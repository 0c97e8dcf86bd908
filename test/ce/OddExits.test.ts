/** Jobs whose exit code no process can have: a batch system behind the CE reports its own values. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import { Effect, FileSystem, Layer, Stream } from "effect"
import { Capability, Credential, JobStatus, Outcomes, SubmissionKey } from "../../src/index.ts"
import { FakeSchedd, TimeLapse } from "../../src/testing/index.ts"
import * as Backend from "../testing/Backend.ts"
import { backend, completedAd, handle, printed } from "./Scripted.ts"

const { Code, Signal, Unknown } = JobStatus.Exit.cases

const services = (version: FakeSchedd.Version) =>
  Layer.unwrap(Effect.map(FakeSchedd.FakeSchedd, ({ endpoint, schedd }) => Backend.layer({ endpoint, schedd })))
    .pipe(
      Layer.provide(Credential.layerToken(FakeSchedd.token("pilot"))),
      Layer.provideMerge(FakeSchedd.layer({
        version,
        payload: ({ id }) => ({
          exit: [{ code: -11 }, { unknown: true } as const, { signal: 9 }][Number(id.split(".")[1])],
          files: { "result.txt": "42\n" }
        })
      })),
      Layer.provideMerge(NodeServices.layer)
    )

for (const version of ["lts", "latest"] as const) {
  it.effect(`fetch: brings the output of a job whose exit code is negative or unknown (${version})`, () =>
    TimeLapse.run(Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const { submit } = yield* Capability.Submitter
      const { statusOf, watch } = yield* Capability.StatusReporter
      const { fetchOne } = yield* Capability.OutputRetriever
      const destination = yield* fileSystem.makeTempDirectoryScoped({ prefix: "exits-" })
      const { handles } = yield* submit(
        { executable: "/bin/true", outputs: [{ name: "result.txt" }] },
        [{}, {}, {}],
        { key: yield* SubmissionKey.generate }
      )
      yield* Stream.runDrain(watch(handles))
      const expected = [Code.make({ code: -11 }), Unknown.make({}), Signal.make({ signal: 9 })]
      for (const [index, job] of handles.entries()) {
        const exit = expected[index] ?? assert.fail("three jobs")
        assert.deepStrictEqual(
          JobStatus.withoutSince(yield* statusOf(job)),
          JobStatus.JobStatus.cases.Completed.make({ exit, output: "Kept" })
        )
        const output = yield* fetchOne(job, destination)
        assert.deepStrictEqual([output.exit, output.files.map(({ name }) => name)], [exit, ["result.txt"]])
        // The manifest can be read, and the job has left.
        assert.strictEqual((yield* Effect.flip(fetchOne(job, destination)))._tag, "AlreadyRetrieved")
      }
    })).pipe(Effect.scoped, Effect.provide(services(version))))
}

// Printed by condor_q for three jobs behind PBS: a code of PBS, no code, and a signal without its number.
const pbs: ReadonlyArray<readonly [Record<string, unknown>, JobStatus.Exit]> = [
  [{ ExitCode: -11 }, Code.make({ code: -11 })],
  [{ ExitCode: null }, Unknown.make({})],
  [{ ExitCode: null, ExitBySignal: true }, Unknown.make({})]
]

it.effect("status: completed jobs with a strange exit are Completed", () =>
  Effect.gen(function*() {
    const handles = pbs.map((_, proc) => handle(`7.${proc}`, proc))
    const { layer } = backend(() => printed(...pbs.map(([exit], proc) => completedAd(`7.${proc}`, exit))))
    const outcomes = yield* Effect.provide(
      Effect.flatMap(Capability.StatusReporter, ({ status }) => status(handles)),
      layer
    )
    assert.deepStrictEqual(
      new Map(Outcomes.successes(outcomes).map(([job, status]) => [job.job, JobStatus.withoutSince(status)])),
      new Map(
        pbs.map(([, exit], proc) => [`7.${proc}`, JobStatus.JobStatus.cases.Completed.make({ exit, output: "Kept" })])
      )
    )
  }).pipe(Effect.provide(NodeServices.layer)))
