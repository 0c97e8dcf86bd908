/**
 * A payload as runners send it to each other.
 */
import * as Schema from "effect/Schema"
import { SubmissionSpec } from "../../contract/Submission.ts"

/** Encoded as one text: the wire cannot tell the kinds of outputs apart, which have no tags. */
export const SpecAsText = Schema.fromJsonString(SubmissionSpec)
