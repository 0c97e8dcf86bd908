/**
 * What a payload leaves, and is to come back.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { closed } from "./Closed.ts"

// A field that another kind of output has.
const other = Schema.optionalKey(
  Schema.Never.annotate({ message: "does not go with the other fields of this output: each is of one kind" })
)

/**
 * A file, or a directory, that the payload leaves for certain: without it the job is held.
 *
 * **Details**
 *
 * - `name`: what it is called in the job's working directory, and below `files/` at the destination
 * - `destination`: a URL to which the resource sends it instead, where `{copy}` stands for the number of the copy: of several
 *   copies each has a destination of its own
 *
 * @category models
 * @since 0.1.0
 */
export const NamedOutput = closed(Schema.Struct({
  name: Schema.String,
  destination: Schema.optionalKey(Schema.NonEmptyString),
  optional: other,
  directory: other,
  glob: other
}))

/**
 * @category models
 * @since 0.1.0
 */
export type NamedOutput = typeof NamedOutput.Type

/**
 * A directory for what the payload may leave, or not. It is there, and empty, when the payload starts, and comes back with all
 * that is in it then: regular files and directories, under any names, below `files/` and its own name at the destination.
 *
 * **Details**
 *
 * - `directory`: its name in the job's working directory, which nothing else there has
 *
 * **Gotchas**
 *
 * The payload must leave the directory in its place. A link to a directory in it holds the job; a named pipe in it hangs the
 * job of a 23.x compute element.
 *
 * @category models
 * @since 0.1.0
 */
export const DirectoryOutput = closed(Schema.Struct({
  directory: Schema.String,
  name: other,
  destination: other,
  optional: other,
  glob: other
}))

/**
 * @category models
 * @since 0.1.0
 */
export type DirectoryOutput = typeof DirectoryOutput.Type

/**
 * A file that the payload may leave, or not: one that is not there holds no job.
 *
 * **Details**
 *
 * - `name`: what it is called in the job's working directory, and below `files/` at the destination
 *
 * **Gotchas**
 *
 * The payload is run by a small shell script, so that `/bin/sh` has to be there, also in an image: see `docs/outputs.md` for
 * what that changes. A directory ({@link DirectoryOutput}) needs none.
 *
 * @category models
 * @since 0.1.0
 */
export const OptionalOutput = closed(Schema.Struct({
  name: Schema.String,
  optional: Schema.Literal(true),
  destination: other,
  directory: other,
  glob: other
}))

/**
 * @category models
 * @since 0.1.0
 */
export type OptionalOutput = typeof OptionalOutput.Type

/**
 * The files whose names match a pattern of the shell, as many as there are: none holds no job.
 *
 * **Details**
 *
 * - `glob`: the pattern, for names in the job's working directory: `*` for any text, `?` for one byte, `[ab]` and `[!ab]` for one
 *   byte of these or of others. Names that begin with `.` match only a pattern that does. What was there before the payload ran,
 *   such as inputs and secrets, does not match
 *
 * **Gotchas**
 *
 * As {@link OptionalOutput}, it needs `/bin/sh`.
 *
 * @category models
 * @since 0.1.0
 */
export const GlobOutput = closed(Schema.Struct({
  glob: Schema.String,
  name: other,
  optional: other,
  destination: other,
  directory: other
}))

/**
 * @category models
 * @since 0.1.0
 */
export type GlobOutput = typeof GlobOutput.Type

/**
 * One output of a payload.
 *
 * - `{ name }`: a file that the payload leaves for certain ({@link NamedOutput})
 * - `{ name, destination }`: the same, sent to a URL
 * - `{ directory }`: a directory for whatever the payload leaves in it ({@link DirectoryOutput})
 * - `{ name, optional: true }`: a file that the payload may leave ({@link OptionalOutput})
 * - `{ glob }`: the files whose names match a pattern ({@link GlobOutput})
 *
 * @category models
 * @since 0.1.0
 */
export const OutputMember = Schema.Union([NamedOutput, OptionalOutput, DirectoryOutput, GlobOutput])

/**
 * @category models
 * @since 0.1.0
 */
export type OutputMember = typeof OutputMember.Type
