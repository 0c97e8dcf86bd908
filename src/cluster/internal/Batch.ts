/**
 * The schemas of a batch of pilots, and its workflows.
 */
import * as Schema from "effect/Schema"
import * as Workflow from "effect/workflow/Workflow"
import { SubmitError } from "../../contract/BackendError.ts"
import { time } from "../../contract/Fields.ts"
import { FetchError } from "../../contract/JobError.ts"
import { JobHandleFromString } from "../../contract/JobHandle.ts"
import { Exit } from "../../contract/JobStatus.ts"
import { SubmissionKey } from "../../contract/SubmissionKey.ts"
import { PlainCopy, SecretUnavailable } from "../SecretSource.ts"
import { SpecAsText } from "./SpecAsText.ts"

/** The payload of a batch. Its copies have no secrets, because the database would store them. */
export const Batch = Schema.Struct({
  endpoint: Schema.NonEmptyString.annotate({ description: "The address of the compute element." }),
  key: SubmissionKey.annotate({ description: "The submission key, which also names the batch." }),
  spec: SpecAsText.pipe(Schema.annotateEncoded({ description: "The program, as in a submission." })),
  copies: Schema.NonEmptyArray(PlainCopy).annotate({ description: "The copies of the program, without secrets." }),
  destination: Schema.NonEmptyString.annotate({
    description: "The directory for output, on a file system that all runners share."
  }),
  deadline: Schema.optionalKey(time("The time at which the batch cancels jobs that have not ended. Default: none."))
})

const handle = {
  handle: Schema.flip(Schema.flip(JobHandleFromString).annotateKey({ description: "The job." }))
}

/** The outcome of one job. */
export const Collected = Schema.TaggedUnion({
  Fetched: {
    ...handle,
    exit: Exit.annotate({ description: "How the payload ended." }),
    directory: Schema.String.annotate({ description: "The directory with the output." }),
    manifest: Schema.String.annotate({ description: "The path of the record of the output." })
  },
  Elsewhere: {
    ...handle,
    manifest: Schema.optionalKey(Schema.String.annotate({ description: "The path of the record of the output." }))
  },
  Failed: { ...handle, error: FetchError.annotate({ description: "The reason why the output was not fetched." }) }
})

/** The result of a batch. */
export const Collection = Schema.Struct({
  adopted: Schema.Boolean.annotate({
    description:
      "Whether the jobs existed already when the batch recorded them, because an earlier attempt had submitted them."
  }),
  deadlineExceeded: Schema.Boolean.annotate({ description: "Whether the batch cancelled jobs at its deadline." }),
  jobs: Schema.Array(Collected).annotate({ description: "The outcome of each job, in the order of the copies." })
})

const one = { endpoint: Schema.String, key: SubmissionKey }
const idempotencyKey = ({ endpoint, key }: typeof Batch.Type | Schema.Struct.Type<typeof one>) => `${endpoint}/${key}`

/** The workflow. Its name has the version of all that it stores. */
export const PilotBatch = Workflow.make("effect-htcondor-ce/PilotBatch/1", {
  payload: Batch,
  idempotencyKey,
  success: Collection,
  error: Schema.Union([...SubmitError.members, SecretUnavailable])
})

/**
 * Stores the digest of the first batch of a key, because the engine does not compare the payload of a second one. The janitor
 * deletes it after the execution `batch`.
 */
export const Claim = Workflow.make("effect-htcondor-ce/PilotBatch/1/claim", {
  payload: { ...one, digest: Schema.String, batch: Schema.String },
  idempotencyKey,
  success: Schema.String
})
