/**
 * Fields that several answers and errors have, with their descriptions.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { JobHandle } from "./JobHandle.ts"
import { SubmissionKey } from "./SubmissionKey.ts"

type Handle = (typeof JobHandle)["Rebuild"]

/** The schema of a field that is a handle. */
export interface HandleField extends Handle {}

/**
 * A handle. A JSON Schema is made from the encoded side of a class, and has one definition for it. So the description
 * belongs to the field on that side.
 */
export const handleOf = (description: string): HandleField =>
  Schema.flip(Schema.flip(JobHandle).annotateKey({ description }))

/** A time as text. */
export const time = (description: string) => Schema.DateTimeUtcFromString.pipe(Schema.annotateEncoded({ description }))

/** The job, as the caller named it. */
export const handle = handleOf("The job, as the caller named it.")

/** The address that the tools called, `<host>:<port>`: the compute element, or the submit host of the route `Grid`. */
export const endpoint = Schema.String.annotate({
  description:
    "The address that the tools called, <host>:<port>: the compute element, or the submit host of the route Grid."
})

/** The key of the submission. */
export const key = SubmissionKey.annotate({ description: "The key of the submission." })

/** The reason. */
export const reason = Schema.String.annotate({ description: "The reason." })
