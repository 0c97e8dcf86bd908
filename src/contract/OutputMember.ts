/**
 * The outputs of a payload.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as Struct from "effect/Struct"
import { closed } from "./Closed.ts"

const other = Schema.optionalKey(
  Schema.Never.annotate({
    message: "cannot be combined with the other fields of this output",
    description: "It cannot be combined with the other fields of this output."
  })
)

// The fields of the other kinds of output. No output has fields of two kinds.
const others = {
  /** Belongs to {@link NamedOutput} and {@link OptionalOutput}. */
  name: other,
  /** Belongs to {@link NamedOutput}. */
  destination: other,
  /** Belongs to {@link OptionalOutput}. */
  optional: other,
  /** Belongs to {@link DirectoryOutput}. */
  directory: other,
  /** Belongs to {@link GlobOutput}. */
  glob: other
}

/**
 * A file or directory that the payload always leaves. If it is missing, HTCondor holds the job.
 *
 * @category models
 * @since 0.1.0
 */
export const NamedOutput = closed(Schema.Struct({
  /** The name in the job's working directory, and below `files/` at the destination. */
  name: Schema.String.annotate({ description: "The name in the job's working directory. It must exist at the end." }),
  /**
   * A URL to which the resource sends the file, instead of returning it. `{copy}` stands for the number of the copy:
   * several copies need different destinations.
   */
  destination: Schema.optionalKey(Schema.NonEmptyString.annotate({
    description: "A URL to which the resource sends the file. {copy} stands for the number of the copy."
  })),
  ...Struct.omit(others, ["name", "destination"])
}))

/**
 * A file or directory that the payload always leaves.
 *
 * @category models
 * @since 0.1.0
 */
export type NamedOutput = typeof NamedOutput.Type

/**
 * A directory for output that may be absent. It exists, and is empty, when the payload starts. At the end all that is in
 * it comes back: regular files and directories, with any names, below `files/` and its own name at the destination.
 *
 * **Gotchas**
 *
 * The payload must not remove or replace the directory. A link to a directory in it holds the job. A named pipe in it
 * blocks the job of a 23.x compute element.
 *
 * @category models
 * @since 0.1.0
 */
export const DirectoryOutput = closed(Schema.Struct({
  /** The name in the job's working directory. No input or other output may have it. */
  directory: Schema.String.annotate({
    description: "The name of a directory in the job's working directory. All that the payload leaves in it comes back."
  }),
  ...Struct.omit(others, ["directory"])
}))

/**
 * A directory for output that may be absent.
 *
 * @category models
 * @since 0.1.0
 */
export type DirectoryOutput = typeof DirectoryOutput.Type

/**
 * A file that may be absent. If it is, the job is not held.
 *
 * **Gotchas**
 *
 * A small shell script runs the payload, so `/bin/sh` must exist, also in an image: see `docs/outputs.md` for the
 * consequences. A directory ({@link DirectoryOutput}) needs no script.
 *
 * @category models
 * @since 0.1.0
 */
export const OptionalOutput = closed(Schema.Struct({
  /** The name in the job's working directory, and below `files/` at the destination. */
  name: Schema.String.annotate({
    description: "The name in the job's working directory. It may be absent at the end."
  }),
  /** Always `true`. */
  optional: Schema.Literal(true).annotate({ description: "Always true." }),
  ...Struct.omit(others, ["name", "optional"])
}))

/**
 * A file that may be absent.
 *
 * @category models
 * @since 0.1.0
 */
export type OptionalOutput = typeof OptionalOutput.Type

/**
 * All files whose names match a pattern of the shell. If there are none, the job is not held.
 *
 * **Gotchas**
 *
 * As {@link OptionalOutput}, it needs `/bin/sh`.
 *
 * @category models
 * @since 0.1.0
 */
export const GlobOutput = closed(Schema.Struct({
  /**
   * The pattern, for names in the job's working directory: `*` matches any text, `?` one byte, `[ab]` and `[!ab]` one byte
   * of a set. Names that begin with `.` match only a pattern that begins with `.`. Files that exist before the payload
   * runs, such as inputs and secrets, do not match.
   */
  glob: Schema.String.annotate({ description: "A pattern of the shell, for example *.root. It may match no file." }),
  ...Struct.omit(others, ["glob"])
}))

/**
 * All files whose names match a pattern of the shell.
 *
 * @category models
 * @since 0.1.0
 */
export type GlobOutput = typeof GlobOutput.Type

/**
 * One output of a payload.
 *
 * - `{ name }`: a file that the payload always leaves ({@link NamedOutput})
 * - `{ name, destination }`: the same, sent to a URL
 * - `{ directory }`: a directory for output that may be absent ({@link DirectoryOutput})
 * - `{ name, optional: true }`: a file that may be absent ({@link OptionalOutput})
 * - `{ glob }`: the files whose names match a pattern ({@link GlobOutput})
 *
 * @category models
 * @since 0.1.0
 */
export const OutputMember = Schema.Union([NamedOutput, OptionalOutput, DirectoryOutput, GlobOutput])

/**
 * One output of a payload.
 *
 * @category models
 * @since 0.1.0
 */
export type OutputMember = typeof OutputMember.Type
