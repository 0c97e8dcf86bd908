/**
 * What the contract suite needs to know beyond the contract.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type { Cancellable, OutputRetriever, Purgeable, StatusReporter, Submitter } from "../contract/Capability.ts"
import type { JobHandle } from "../contract/JobHandle.ts"

/**
 * A backend that does not keep the contract: what was expected, and what was found.
 *
 * @category errors
 * @since 0.1.0
 */
export class ContractViolation
  extends Schema.TaggedError<ContractViolation>("effect-htcondor-ce/ContractViolation")("ContractViolation", {
    expected: Schema.String,
    actual: Schema.String
  })
{
  override get message(): string {
    return `expected ${this.expected}, found ${this.actual}`
  }
}

/**
 * One check. Its result says whether it ran, or why it could not: a capability that it needs is not provided, or the
 * harness cannot do what it asks for.
 *
 * @category models
 * @since 0.1.0
 */
export interface Check<R> {
  readonly name: string
  readonly run: Effect.Effect<{ readonly skipped?: string | undefined }, unknown, R>
}

/**
 * The view of a backend's author.
 *
 * **Details**
 *
 * - `observable`: everything that a site, or another user of this host, can read of these jobs: attributes, logs, command
 *   lines; each text with a word for where it was found
 * - `foreignJob`: a live job that belongs to another identity, for as long as the scope lives
 * - `holdBySite`: the site's administrator stops a job
 * - `bringsHeldOutput`: `false` where the backend cannot reach what a held job has left
 * - `residue`: what is left at the compute element and on this host when all jobs are gone; empty if all is well
 *
 * @category services
 * @since 0.1.0
 */
export class Harness extends Context.Service<Harness, {
  observable(
    handles: ReadonlyArray<JobHandle>
  ): Effect.Effect<ReadonlyArray<{ readonly where: string; readonly text: string }>, unknown>
  readonly foreignJob?: Effect.Effect<JobHandle, unknown, Scope.Scope> | undefined
  readonly holdBySite?: ((handle: JobHandle) => Effect.Effect<void, unknown>) | undefined
  readonly bringsHeldOutput?: boolean | undefined
  readonly residue: Effect.Effect<ReadonlyArray<string>, unknown>
}>()("effect-htcondor-ce/Harness") {}

/**
 * What the checks need.
 *
 * @category models
 * @since 0.1.0
 */
export type Requirements =
  | Submitter
  | StatusReporter
  | OutputRetriever
  | Cancellable
  | Purgeable
  | Harness
  | FileSystem.FileSystem
  | Path.Path
