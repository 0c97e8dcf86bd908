/**
 * The result of a tool.
 *
 * @since 0.1.0
 */

/**
 * The result of a tool. It is data, and not an error, because the exit codes of HTCondor's tools say little.
 *
 * **Details**
 *
 * Bytes that are not UTF-8 are replaced, because HTCondor does not check the texts that users put into attributes.
 *
 * @category models
 * @since 0.1.0
 */
export interface ToolResult {
  /** The exit code. It is 128 + n if signal n ended the tool, as in a shell. */
  readonly exitCode: number
  /** The standard output. */
  readonly stdout: string
  /** The standard error. */
  readonly stderr: string
}
