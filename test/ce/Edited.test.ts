/** A site that edits jobs between this library's own edit and the transfer: nothing is written to another place. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import { Context, Effect, FileSystem, Layer, Result, Stream } from "effect"
import { Capability, CondorTool, Credential, type JobHandle, SubmissionKey } from "../../src/index.ts"
import { FakeSchedd, TimeLapse } from "../../src/testing/index.ts"
import * as Backend from "../testing/Backend.ts"
import { siteEdits } from "./SiteEdits.ts"

/** The edit of each job, and the place that it points to. No edit while it is empty. */
class Meddling extends Context.Service<Meddling, Array<readonly [name: string, value: string]>>()("test/ce/Meddling") {}

const tools = Layer.effect(
  CondorTool.CondorTool,
  Effect.gen(function*() {
    const { run } = yield* CondorTool.CondorTool
    const edits = yield* Meddling
    return CondorTool.make((call: CondorTool.ToolCall) =>
      call.tool !== "condor_transfer_data" ? run(call) : Effect.andThen(
        Effect.forEach(edits, ([name, value], proc) =>
          Effect.map(
            run({ ...call, tool: "condor_qedit", args: [...call.args.slice(0, 4), `1.${proc}`, name, `"${value}"`] }),
            ({ exitCode, stderr }) => assert.strictEqual(exitCode, 0, stderr)
          )),
        run(call)
      )
    )
  })
)

const services = (version: FakeSchedd.Version) =>
  Layer.unwrap(Effect.map(FakeSchedd.FakeSchedd, ({ endpoint, schedd }) => Backend.layer({ endpoint, schedd })))
    .pipe(
      Layer.provide([tools, Credential.layerToken(FakeSchedd.token("pilot"))]),
      Layer.provideMerge(FakeSchedd.layer({ version, payload: () => ({ files: { "result.txt": "result\n" } }) })),
      Layer.provideMerge(Layer.sync(Meddling, () => [])),
      Layer.provideMerge(NodeServices.layer)
    )

const fetched = Effect.fnUntraced(function*(handles: ReadonlyArray<JobHandle.JobHandle>, destination: string) {
  const { fetch } = yield* Capability.OutputRetriever
  const outcomes = new Map(Array.from(yield* fetch(handles, destination), ([handle, one]) => [String(handle), one]))
  return handles.map((handle) => {
    const outcome = outcomes.get(String(handle))
    return outcome === undefined ? "nothing" : Result.isSuccess(outcome) ? "Retrieved" : outcome.failure._tag
  })
})

for (const version of ["lts", "latest"] as const) {
  it.effect(`job edited by the site: is not transferred, and its neighbour is (${version})`, () =>
    TimeLapse.run(Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const { submit } = yield* Capability.Submitter
      const { watch } = yield* Capability.StatusReporter
      const edits = yield* Meddling
      const root = yield* fileSystem.makeTempDirectoryScoped({ prefix: "edited-" })
      const [outside, destination] = [`${root}/outside`, `${root}/destination`]
      yield* fileSystem.makeDirectory(outside)
      const all = siteEdits(outside)
      const { handles } = yield* submit(
        { executable: "/bin/true", outputs: [{ name: "result.txt" }] },
        Array.from({ length: all.length + 1 }, () => ({})),
        { key: yield* SubmissionKey.generate }
      )
      assert.strictEqual(handles[0]?.job, "1.0")
      yield* Stream.runDrain(watch(handles))
      edits.push(...all)
      assert.deepStrictEqual(
        yield* fetched(handles, destination),
        [...all.map(() => "TransferFailed"), "Retrieved"]
      )
      edits.length = 0
      // The next fetch corrects the attributes that it sets again. The other jobs stay at the CE.
      assert.deepStrictEqual(
        yield* fetched(handles, destination),
        ["Retrieved", "Retrieved", "Retrieved", ...all.slice(3).map(() => "TransferFailed"), "AlreadyRetrieved"]
      )
      assert.deepStrictEqual(yield* fileSystem.readDirectory(outside), [])
      assert.deepStrictEqual((yield* fileSystem.readDirectory(root)).toSorted(), ["destination", "outside"])
      assert.strictEqual((yield* fileSystem.readDirectory(destination)).length, 4)
    })).pipe(Effect.scoped, Effect.provide(services(version))))
}
