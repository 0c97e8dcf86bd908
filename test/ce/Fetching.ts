/** Completed jobs of a fake CE, fetched by backends whose tools a test may disturb. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert } from "@effect/vitest"
import { Context, Effect, FileSystem, Layer, Result, Stream } from "effect"
import {
  Capability,
  CondorTool,
  Credential,
  type HTCondorCE,
  type JobHandle,
  Outcomes,
  SubmissionKey
} from "../../src/index.ts"
import { FakeSchedd } from "../../src/testing/index.ts"
import * as Backend from "../testing/Backend.ts"

type Run = CondorTool.CondorTool["Service"]["run"]

/** Runs around each tool. */
export class Around
  extends Context.Service<Around, { run: (call: CondorTool.ToolCall, run: Run) => ReturnType<Run> }>()(
    "test/ce/Fetching/Around"
  )
{}

const tools = Layer.effect(
  CondorTool.CondorTool,
  Effect.gen(function*() {
    const { run } = yield* CondorTool.CondorTool
    const around = yield* Around
    return CondorTool.make((call: CondorTool.ToolCall) => around.run(call, run))
  })
)

/** Another backend of the fake CE, of either kind, as in a separate process. */
export const backend = (config: Partial<HTCondorCE.Config> = {}) =>
  Layer.fresh(
    Layer.unwrap(Effect.map(FakeSchedd.FakeSchedd, ({ endpoint, schedd }) =>
      Layer.effect(Capability.RepeatableOutputRetriever, Capability.RepeatableOutputRetriever).pipe(
        Layer.provide(Backend.layerRetaining({ endpoint, schedd, ...config })),
        Layer.merge(Backend.layer({ endpoint, schedd, ...config }))
      ))).pipe(Layer.provide([tools, Credential.layerToken(FakeSchedd.token("pilot"))]))
  )

export const services = (
  version: FakeSchedd.Version,
  config: Partial<HTCondorCE.Config> = {},
  fake: FakeSchedd.Options = {},
  files: Layer.Layer<FileSystem.FileSystem> = NodeServices.layer
) =>
  backend(config).pipe(
    Layer.provideMerge(
      FakeSchedd.layer({ payload: () => ({ files: { "result.txt": "result\n" } }), ...fake, version })
    ),
    Layer.provideMerge(Layer.sync(Around, () => ({ run: (call, run) => run(call) }))),
    Layer.provideMerge(files),
    Layer.provideMerge(NodeServices.layer)
  )

export type Services = Layer.Success<ReturnType<typeof services>>

/** Jobs that have completed, and a destination. */
export const completed = Effect.fnUntraced(function*(copies = 1) {
  const fileSystem = yield* FileSystem.FileSystem
  const { submit } = yield* Capability.Submitter
  const { watch } = yield* Capability.StatusReporter
  const destination = `${yield* fileSystem.makeTempDirectoryScoped({ prefix: "fetching-" })}/destination`
  const { handles } = yield* submit(
    { executable: "/bin/true", outputs: [{ name: "result.txt" }] },
    Array.from({ length: copies }, () => ({})),
    { key: yield* SubmissionKey.generate }
  )
  yield* Stream.runDrain(watch(handles))
  const [first] = handles
  return first === undefined ? assert.fail("no handles") : { handles, first, destination, fileSystem }
})

/** The outcome of each job. */
export const fetched = Effect.fnUntraced(function*(
  handles: ReadonlyArray<JobHandle.JobHandle>,
  destination: string
) {
  const { fetch } = yield* Capability.OutputRetriever
  const outcomes = yield* fetch(handles, destination)
  return yield* Effect.forEach(handles, (handle) => Effect.fromOption(Outcomes.get(outcomes, handle)))
})

/** The output of one job. */
export const fetchedOne = (handle: JobHandle.JobHandle, destination: string) =>
  Effect.flatMap(Capability.OutputRetriever, ({ fetchOne }) => fetchOne(handle, destination))

/** The output of one job, from a backend that keeps output. */
export const keptOne = (handle: JobHandle.JobHandle, destination: string) =>
  Effect.flatMap(Capability.RepeatableOutputRetriever, ({ fetchOne }) => fetchOne(handle, destination))

/** `Retrieved`, or the tag of the failure. */
export const tagOf = (outcome: Result.Result<unknown, { readonly _tag: string }>): string =>
  Result.isSuccess(outcome) ? "Retrieved" : outcome.failure._tag

export const tags = (
  outcomes: ReadonlyArray<Result.Result<unknown, { readonly _tag: string }>>
): ReadonlyArray<string> => outcomes.map(tagOf)

/** The number of jobs in the queue. */
export const left = Effect.flatMap(FakeSchedd.FakeSchedd, ({ queue }) => Effect.map(queue, (jobs) => jobs.length))

export const versions: ReadonlyArray<FakeSchedd.Version> = ["lts", "latest"]
