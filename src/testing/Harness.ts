/**
 * The view of a backend's author: questions of the contract suite that the contract does not answer.
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
 * A backend violates the contract. Other failures of a check are errors of the backend itself.
 *
 * @category errors
 * @since 0.1.0
 */
export class ContractViolation
  extends Schema.TaggedError<ContractViolation>("effect-htcondor-ce/ContractViolation")("ContractViolation", {
    /** The expected property or value, as text. */
    expected: Schema.String,
    /** The observed value: a text, or JSON. */
    actual: Schema.String
  })
{
  override get message(): string {
    return `expected ${this.expected}, found ${this.actual}`
  }
}

/**
 * One check of the contract suite.
 *
 * @category models
 * @since 0.1.0
 */
export interface Check<R> {
  /** The title: an operation or a capability, a colon, and its behaviour. No two checks have the same title. */
  readonly name: string
  /**
   * Runs the check. `skipped` is the reason why it could not run: a missing optional capability
   * (`"LoadReporter is not provided"`), or a missing operation of the harness (`"Harness.foreignJob is not provided"`).
   */
  readonly run: Effect.Effect<{ readonly skipped?: string | undefined }, unknown, R>
}

/**
 * The operations that the author of a backend provides for the contract suite. Checks that need a missing optional one are
 * skipped.
 *
 * @category services
 * @since 0.1.0
 */
export class Harness extends Context.Service<Harness, {
  /**
   * Everything about these jobs that the site, or another user of this host, can read: for example attributes, logs and
   * command lines. `where` names the place, for the message of a violation. The suite searches the texts for secrets.
   */
  observable(
    handles: ReadonlyArray<JobHandle>
  ): Effect.Effect<ReadonlyArray<{ readonly where: string; readonly text: string }>, unknown>
  /** Submits a job of another identity. The job must stay in the queue until the scope ends. */
  readonly foreignJob?: Effect.Effect<JobHandle, unknown, Scope.Scope> | undefined
  /** Holds a job, as the site's administrator does. */
  readonly holdBySite?: ((handle: JobHandle) => Effect.Effect<void, unknown>) | undefined
  /** Whether `fetchHeld` can fetch the output of a held job (default true). */
  readonly bringsHeldOutput?: boolean | undefined
  /**
   * Names what is left at the compute element and on this host: for example jobs, spooled files, temporary files. Must be
   * empty when all checks have run.
   */
  readonly residue: Effect.Effect<ReadonlyArray<string>, unknown>
}>()("effect-htcondor-ce/Harness") {}

/**
 * The services that the checks need: the capabilities of a backend, a harness, and files.
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
