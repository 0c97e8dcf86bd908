/**
 * The payloads of a fake schedd: what a job gets, and how it runs.
 *
 * @since 0.1.0
 */
import type * as ByteSize from "effect/ByteSize"
import type * as Duration from "effect/Duration"

/**
 * A file in a spool or in a sandbox.
 *
 * @category models
 * @since 0.1.0
 */
export interface SpoolFile {
  /** The bytes of the file. */
  readonly content: Uint8Array
  /** The permission bits, for example `0o644`. */
  readonly mode: number
}

/**
 * The entry of an empty directory, whose name ends with `/`. Other directories have no entry.
 *
 * @category constants
 * @since 0.1.0
 */
export const emptyDirectory: SpoolFile = { content: new Uint8Array(), mode: 0o755 }

/**
 * A job at its start, as its process would see it.
 *
 * @category models
 * @since 0.1.0
 */
export interface PayloadJob {
  /** The job number at the schedd: `cluster.proc`, for example `"1.0"`. */
  readonly id: string
  /** The owner with the domain, for example `pilot@users.htcondor.org`. */
  readonly user: string
  /** The base name of the submitted executable. */
  readonly executable: string
  /** The arguments, with `$$(...)` expanded. */
  readonly arguments: ReadonlyArray<string>
  /** The environment of the submission, with `$$(...)` expanded. */
  readonly environment: Readonly<Record<string, string>>
  /** The files of the sandbox, by name: the inputs, the executable and the secrets. */
  readonly inputs: ReadonlyMap<string, SpoolFile>
  /** The inputs from URLs: the URL by the name of the file. A fake downloads nothing, so they are not in `inputs`. */
  readonly urls: ReadonlyMap<string, string>
  /** The container image (`ContainerImage`), if the batch system runs the job in one. */
  readonly image: string | undefined
}

/**
 * The resources that a payload uses, as the job ad reports them at its end.
 *
 * **Details**
 *
 * The schedd rounds sizes up to a quarter of their order of magnitude: 239 MiB become 250,000 KiB. The fake does not hold a
 * job that uses more than it requested.
 *
 * @category models
 * @since 0.1.0
 */
export interface PayloadUsage {
  /** CPU time, truncated to whole seconds (default 0). It counts as user time (`RemoteUserCpu`). */
  readonly cpu?: Duration.Input | undefined
  /** The largest resident set (`ResidentSetSize`): a number of bytes, or a text such as `"2 GiB"` (default 5,000 KiB). */
  readonly memory?: ByteSize.Input | undefined
  /** The size of the working directory (`DiskUsage`): a number of bytes, or a text such as `"2 GiB"` (default 17 KiB). */
  readonly disk?: ByteSize.Input | undefined
}

/**
 * How a job runs and ends, and what it leaves.
 *
 * @category models
 * @since 0.1.0
 */
export interface Payload {
  /** The wall time (default one minute). */
  readonly duration?: Duration.Input | undefined
  /**
   * How the process ends (default: exit code 0). Behind a CE, a batch system may report a negative code, or no exit at all
   * (`unknown`).
   */
  readonly exit?: { readonly code: number } | { readonly signal: number } | { readonly unknown: true } | undefined
  /** The resources that the job uses. */
  readonly usage?: PayloadUsage | undefined
  /** The standard output (default: empty). */
  readonly stdout?: string | Uint8Array | undefined
  /** The standard error (default: empty). */
  readonly stderr?: string | Uint8Array | undefined
  /**
   * The files that the job leaves in its working directory, by relative path. Text and bytes have mode 0644. Only the outputs
   * that the job names are transferred. A missing one holds the job.
   */
  readonly files?: Readonly<Record<string, string | Uint8Array | SpoolFile>> | undefined
}
