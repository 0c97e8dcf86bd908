/**
 * A task that survives its own crash. Kill it at any instant and start it again: it continues where it was. No copy runs twice, and
 * no output is lost.
 *
 * Two things make it so. The key is on disk before anything is submitted, and the same key submits nothing twice. A fetch leaves
 * the output at its destination before the job leaves the compute element.
 */
import { Effect, FileSystem, Path, Result, Schema, Stream } from "effect"
import { Capability, type JobHandle, Outcomes, type Submission, SubmissionKey } from "effect-htcondor-ce"

const State = Schema.fromJsonString(Schema.Struct({ version: Schema.Literal(1), key: SubmissionKey.SubmissionKey }))

/** The key of this task: the one that an earlier run has stored, or a new one, which is stored first. */
const keyOf = Effect.fn("keyOf")(function*(directory: string) {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const file = path.join(directory, "task.json")
  if (yield* fileSystem.exists(file)) {
    return (yield* Schema.decodeEffect(State)(yield* fileSystem.readFileString(file))).key
  }
  const key = yield* SubmissionKey.generate
  yield* fileSystem.makeDirectory(directory, { recursive: true })
  yield* fileSystem.writeFileString(`${file}.new`, yield* Schema.encodeEffect(State)({ version: 1, key }))
  yield* fileSystem.rename(`${file}.new`, file)
  return key
})

/** The result of a copy: the directory of its output, or the reason why it has no output. */
export type Ended = Result.Result<string, string>

/** Runs the copies of `spec` to their end, and returns what became of each. Its state and the output are below `directory`. */
export const runTask = Effect.fn("runTask")(function*(
  spec: Submission.SubmissionSpec,
  copies: ReadonlyArray<Submission.Copy>,
  directory: string
) {
  const path = yield* Path.Path
  const { submit } = yield* Capability.Submitter
  const { watch } = yield* Capability.StatusReporter
  const { fetch } = yield* Capability.OutputRetriever

  const key = yield* keyOf(directory)
  const { handles } = yield* submit(spec, copies, { key })
  yield* Stream.runDrain(watch(handles))
  const outputs = yield* fetch(handles, path.join(directory, "output"))

  return handles.map((handle): readonly [JobHandle.JobHandle, Ended] => {
    const outcome = Outcomes.get(outputs, handle)
    if (outcome._tag === "None") return [handle, Result.fail("not asked")]
    return [
      handle,
      Result.match(outcome.value, {
        onSuccess: (output) => Result.succeed(output.directory),
        // An earlier run has fetched it, and died before it could say so.
        onFailure: (error) =>
          error._tag === "AlreadyRetrieved" && error.manifest !== undefined
            ? Result.succeed(path.dirname(error.manifest))
            : Result.fail(error.message)
      })
    ]
  })
})
