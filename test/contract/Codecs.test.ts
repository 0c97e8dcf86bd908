/** The answers and errors of the contract: every union is a schema, and survives JSON. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Predicate, Schema } from "effect"
import * as BackendError from "../../src/contract/BackendError.ts"
import * as Capability from "../../src/contract/Capability.ts"
import * as JobError from "../../src/contract/JobError.ts"
import * as JobStatus from "../../src/contract/JobStatus.ts"
import * as Retry from "../../src/contract/Retry.ts"
import * as Submission from "../../src/contract/Submission.ts"

// StatusChange is no union, and contains two of them.
const unions = {
  BackendError: BackendError.BackendError,
  SubmitError: BackendError.SubmitError,
  StatusError: JobError.StatusError,
  WaitError: JobError.WaitError,
  RepeatableFetchError: JobError.RepeatableFetchError,
  FetchError: JobError.FetchError,
  HeldFetchError: JobError.HeldFetchError,
  CancelError: JobError.CancelError,
  PurgeError: JobError.PurgeError,
  CancelOutcome: Capability.CancelOutcome,
  PurgeOutcome: Capability.PurgeOutcome,
  ReleaseError: JobError.ReleaseError,
  ReleaseOutcome: Capability.ReleaseOutcome,
  ListedJob: Capability.ListedJob,
  StatusChange: Capability.StatusChange,
  DepartedJob: Capability.DepartedJob,
  WithdrawnJob: Capability.WithdrawnJob,
  JobStatus: JobStatus.JobStatus,
  HoldCause: JobStatus.HoldCause,
  RemovalCause: JobStatus.RemovalCause,
  Exit: JobStatus.Exit,
  Output: JobStatus.Output,
  Retry: Retry.Retry,
  OutputMember: Submission.OutputMember,
  SubmissionState: Submission.SubmissionState,
  SubmissionWarning: Submission.SubmissionWarning
}

const goesThroughJson = <S extends Schema.Codec<unknown, unknown>>(name: string, schema: S) =>
  it.effect.prop(name, [schema], ([value]) =>
    Effect.gen(function*() {
      const json = Schema.fromJsonString(Schema.toCodecJson(schema))
      const text = yield* Schema.encodeEffect(json)(value)
      const read = yield* Schema.decodeEffect(json)(text)
      assert.strictEqual(yield* Schema.encodeEffect(json)(read), text)
      if (Predicate.hasProperty(value, "_tag")) assert.propertyVal(read, "_tag", value._tag)
      assert.isTrue(Schema.is(schema)(read))
      if (Predicate.isError(value)) {
        assert.propertyVal(read, "message", value.message)
        assert.isNotEmpty(value.message)
      }
    }), { timeout: 60_000, arbitrary: { runs: 200, seed: 20_261_129 } })

describe("a value and its JSON, both ways:", () => {
  for (const [name, schema] of Object.entries(unions)) goesThroughJson(name, schema)

  it("the test covers every union", () => {
    const exported = [BackendError, Capability, JobError, JobStatus, Retry, Submission].flatMap((module) =>
      Object.entries(module).flatMap(([name, value]) =>
        Schema.isSchema(value) && value.ast._tag === "Union" ? [name] : []
      )
    )
    assert.sameMembers([...exported, "StatusChange"], Object.keys(unions))
  })
})
