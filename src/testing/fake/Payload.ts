/**
 * What the jobs of a fake schedd do.
 *
 * @since 0.1.0
 */
import type * as ByteSize from "effect/ByteSize"
import type * as Duration from "effect/Duration"

/**
 * A file in a spool or in a sandbox: its bytes and its permission bits.
 *
 * @category models
 * @since 0.1.0
 */
export interface SpoolFile {
  readonly content: Uint8Array
  readonly mode: number
}

/**
 * What stands for an empty directory, whose name ends with `/`: an embedded schedd, and a spool, have no other.
 *
 * @category constants
 * @since 0.1.0
 */
export const emptyDirectory: SpoolFile = { content: new Uint8Array(), mode: 0o755 }

/**
 * A job at the moment when it starts, as its payload sees it. `executable` is the name that was submitted; `inputs` are
 * the files of its sandbox, the executable and the secrets among them. A fake has no network: an input from a URL is none
 * of them, but stands in `urls`, by its name. `image` is the container image, where the batch system runs it.
 *
 * @category models
 * @since 0.1.0
 */
export interface PayloadJob {
  readonly id: string
  readonly user: string
  readonly executable: string
  readonly arguments: ReadonlyArray<string>
  readonly environment: Readonly<Record<string, string>>
  readonly inputs: ReadonlyMap<string, SpoolFile>
  readonly urls: ReadonlyMap<string, string>
  readonly image: string | undefined
}

/**
 * What a payload uses, as a CE says it at its end: in whole seconds, and in sizes that the schedd rounds up to a quarter of their
 * order of magnitude (239 MiB become 250,000 KiB). Nothing holds a job that uses more than it asked for.
 *
 * - `cpu`: CPU time (default none)
 * - `memory`: the largest resident set, in bytes or as `"2 GiB"` (default 5000 KiB)
 * - `disk`: the working directory at its end, in bytes or as `"2 GiB"` (default 17 KiB)
 *
 * @category models
 * @since 0.1.0
 */
export interface PayloadUsage {
  readonly cpu?: Duration.Input | undefined
  readonly memory?: ByteSize.Input | undefined
  readonly disk?: ByteSize.Input | undefined
}

/**
 * How a job goes: how long it runs, which is its wall time (default one minute), how it ends (default with exit code 0), what it
 * leaves, and what it uses. Behind a CE a batch system may give a negative code, or not tell the exit at all (`unknown`).
 * `files` are those of its working directory, by relative path; those that the job asked for are transferred.
 *
 * @category models
 * @since 0.1.0
 */
export interface Payload {
  readonly duration?: Duration.Input | undefined
  readonly exit?: { readonly code: number } | { readonly signal: number } | { readonly unknown: true } | undefined
  readonly usage?: PayloadUsage | undefined
  readonly stdout?: string | Uint8Array | undefined
  readonly stderr?: string | Uint8Array | undefined
  readonly files?: Readonly<Record<string, string | Uint8Array | SpoolFile>> | undefined
}
