/**
 * The schemas of a batch of pilots, and its workflows.
 */
import * as Schema from "effect/Schema"
import * as Workflow from "effect/workflow/Workflow"
import { SubmitError } from "../../contract/BackendError.ts"
import { FetchError } from "../../contract/JobError.ts"
import { JobHandleFromString } from "../../contract/JobHandle.ts"
import { Exit } from "../../contract/JobStatus.ts"
import { SubmissionKey } from "../../contract/SubmissionKey.ts"
import { PlainCopy, SecretUnavailable } from "../SecretSource.ts"
import { SpecAsText } from "./SpecAsText.ts"

/** The payload of a batch. Its copies have no secrets, because the database would store them. */
export const Batch = Schema.Struct({
  endpoint: Schema.NonEmptyString,
  key: SubmissionKey,
  spec: SpecAsText,
  copies: Schema.NonEmptyArray(PlainCopy),
  destination: Schema.NonEmptyString,
  deadline: Schema.optionalKey(Schema.DateTimeUtcFromString)
})

const handle = { handle: JobHandleFromString }

/** The outcome of one job. */
export const Collected = Schema.TaggedUnion({
  Fetched: { ...handle, exit: Exit, directory: Schema.String, manifest: Schema.String },
  Elsewhere: { ...handle, manifest: Schema.optionalKey(Schema.String) },
  Failed: { ...handle, error: FetchError }
})

/** The result of a batch. */
export const Collection = Schema.Struct({
  adopted: Schema.Boolean,
  deadlineExceeded: Schema.Boolean,
  jobs: Schema.Array(Collected)
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
