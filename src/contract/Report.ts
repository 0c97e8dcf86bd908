/**
 * The part of an error that comes from the tool or service that failed.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * The report of a failure by the tool or service in which it occurred.
 *
 * @category models
 * @since 0.1.0
 */
export const Report = Schema.Struct({
  /**
   * The end of the tool's message. For an unreadable answer it is the beginning of that answer. After a refused token,
   * findings about the token follow in brackets. It may be empty.
   */
  output: Schema.String.annotate({
    description:
      "The end of the tool's message. For an unreadable answer it is the beginning of that answer. It may be empty."
  }),
  /** The name of the tool, for example `condor_submit`. Absent if no tool was involved. */
  tool: Schema.optionalKey(
    Schema.String.annotate({
      description: "The name of the tool, for example condor_submit. Absent if no tool was involved."
    })
  ),
  /** The exit code of the tool. Absent if it did not exit. */
  exitCode: Schema.optionalKey(
    Schema.Int.annotate({ description: "The exit code of the tool. Absent if it did not exit." })
  )
})

/**
 * The report of a failure by the tool or service in which it occurred.
 *
 * @category models
 * @since 0.1.0
 */
export type Report = typeof Report.Type

/**
 * The field of an error that has a {@link Report}.
 */
export const report = Schema.optionalKey(
  Report.annotate({ description: "The report of the failure by the tool or service in which it occurred." })
)

/**
 * The end of a message that shows a report.
 */
export const words = ({ exitCode, output, tool }: Report = { output: "" }): string => {
  const ended = [
    ...(tool === undefined ? [] : [tool]),
    ...(exitCode === undefined ? [] : [`exited with ${exitCode}`])
  ].join(" ")
  if (ended === "") return output === "" ? "" : ` (${output})`
  return output === "" ? ` (${ended}, silently)` : ` (${ended}: ${output})`
}

/**
 * The end of a message that names the jobs that are left.
 */
export const left = (jobs: ReadonlyArray<string> = []): string =>
  jobs.length === 0 ? "" : `; still at the compute element: ${jobs.join(", ")}`
