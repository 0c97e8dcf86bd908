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
  directory: other
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
  destination: other
}))

/**
 * @category models
 * @since 0.1.0
 */
export type DirectoryOutput = typeof DirectoryOutput.Type

/**
 * One output of a payload.
 *
 * - `{ name }`: a file that the payload leaves for certain ({@link NamedOutput})
 * - `{ name, destination }`: the same, sent to a URL
 * - `{ directory }`: a directory for whatever the payload leaves in it ({@link DirectoryOutput})
 *
 * @category models
 * @since 0.1.0
 */
export const OutputMember = Schema.Union([NamedOutput, DirectoryOutput])

/**
 * @category models
 * @since 0.1.0
 */
export type OutputMember = typeof OutputMember.Type
