/**
 * What an error tells of the failure below it.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * What was said of the failure where it happened: the end of `output` as it was printed, and the tool that printed it with its
 * exit code, if it was one.
 *
 * @category models
 * @since 0.1.0
 */
export const Report = Schema.Struct({
  output: Schema.String,
  tool: Schema.optionalKey(Schema.String),
  exitCode: Schema.optionalKey(Schema.Int)
})

/**
 * @category models
 * @since 0.1.0
 */
export type Report = typeof Report.Type

/**
 * The same as a field of an error.
 */
export const report = Schema.optionalKey(Report)

/**
 * A report as the end of a message.
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
 * The jobs that are left, as the end of a message.
 */
export const left = (jobs: ReadonlyArray<string> = []): string =>
  jobs.length === 0 ? "" : `; still at the compute element: ${jobs.join(", ")}`
