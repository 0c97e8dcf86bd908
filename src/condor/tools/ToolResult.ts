/**
 * What a tool answered.
 *
 * @since 0.1.0
 */

/**
 * What a tool answered, as data: HTCondor's exit codes alone prove little.
 *
 * **Details**
 *
 * `exitCode` is 128 + n after death by signal n, as a shell has it. Bytes that are no UTF-8 are replaced: HTCondor does
 * not check what users put into attributes.
 *
 * @category models
 * @since 0.1.0
 */
export interface ToolResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}
