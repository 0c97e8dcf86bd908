/**
 * A payload in messages between processes.
 */
import * as Schema from "effect/Schema"
import { SubmissionSpec } from "../../contract/Submission.ts"

/** Encoded as one text. The binary format cannot distinguish the kinds of outputs, which have no tags. */
export const SpecAsText = Schema.fromJsonString(SubmissionSpec)
