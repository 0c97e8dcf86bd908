/**
 * The commands that do something with jobs: each asks for all of them together.
 *
 * @since 0.1.0
 */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as HTCondorCE from "../ce/HTCondorCE.ts"
import type { BackendError } from "../contract/BackendError.ts"
import { Cancellable, OutputRetriever, Purgeable, Releasable, StatusReporter } from "../contract/Capability.ts"
import type { JobHandle } from "../contract/JobHandle.ts"
import type { Outcomes } from "../contract/Outcomes.ts"
import type * as Backend from "./Backend.ts"
import * as Held from "./Held.ts"
import * as Output from "./Output.ts"
import * as PathFlag from "./PathFlag.ts"
import { recordRow } from "./Record.ts"
import { format } from "./Root.ts"
import * as Row from "./Row.ts"
import * as Selection from "./Selection.ts"

// Asks the compute elements of the jobs, and prints one outcome for each job.
const ask = Effect.fnUntraced(
  function*<A, E extends Row.Failed>(
    backend: Backend.Backend,
    input: Selection.Values,
    operation: (
      handles: ReadonlyArray<JobHandle>
    ) => Effect.Effect<Outcomes<A, E>, BackendError, HTCondorCE.Capabilities>,
    row: (value: A) => Row.Row
  ) {
    const jobs = yield* Selection.make(backend, input)
    const outcomes = yield* Selection.each(jobs, operation)
    yield* Output.outcomes(yield* format, jobs.handles, outcomes, row)
  },
  Effect.scoped
)

/**
 * `htcondor-ce describe`
 *
 * @category commands
 * @since 0.1.0
 */
export const describe = (backend: Backend.Backend) =>
  Command.make(
    "describe",
    Selection.flags,
    Effect.fn("cli.describe")((input) =>
      ask(backend, input, (handles) => StatusReporter.use(({ describe }) => describe(handles)), recordRow)
    )
  ).pipe(Command.withDescription("Print when things happened to jobs, and what they used"))

/**
 * `htcondor-ce fetch`
 *
 * @category commands
 * @since 0.1.0
 */
export const fetch = (backend: Backend.Backend) =>
  Command.make(
    "fetch",
    {
      ...Selection.flags,
      dest: PathFlag.directory("dest").pipe(
        Flag.withSchema(Schema.NonEmptyString),
        Flag.withMetavar("DIR"),
        Flag.withDescription("Where to: each job gets its own directory there")
      ),
      held: Flag.Boolean("held").pipe(
        Flag.withDefault(false),
        Flag.withDescription("What held jobs have left, instead: they stay held, and it may be repeated")
      )
    },
    Effect.fn("cli.fetch")((input) =>
      input.held
        ? ask(backend, input, (handles) => Held.fetch(handles, input.dest), Held.row)
        : ask(
          backend,
          input,
          (handles) => OutputRetriever.use(({ fetch }) => fetch(handles, input.dest)),
          Row.outputRow
        )
    )
  ).pipe(Command.withDescription("Fetch the output of completed jobs, once"))

/**
 * `htcondor-ce cancel`
 *
 * @category commands
 * @since 0.1.0
 */
export const cancel = (backend: Backend.Backend) =>
  Command.make(
    "cancel",
    Selection.flags,
    Effect.fn("cli.cancel")((input) =>
      ask(backend, input, (handles) => Cancellable.use(({ cancel }) => cancel(handles)), Row.cancelRow)
    )
  ).pipe(Command.withDescription("Cancel jobs; completed ones keep their output"))

/**
 * `htcondor-ce release`
 *
 * @category commands
 * @since 0.1.0
 */
export const release = (backend: Backend.Backend) =>
  Command.make(
    "release",
    Selection.flags,
    Effect.fn("cli.release")((input) =>
      ask(backend, input, (handles) => Releasable.use(({ release }) => release(handles)), Row.tagRow)
    )
  ).pipe(Command.withDescription("Release held jobs, where that helps; it takes up to three minutes"))

/**
 * `htcondor-ce purge`
 *
 * @category commands
 * @since 0.1.0
 */
export const purge = (backend: Backend.Backend) =>
  Command.make(
    "purge",
    Selection.flags,
    Effect.fn("cli.purge")((input) =>
      ask(backend, input, (handles) => Purgeable.use(({ purge }) => purge(handles)), Row.tagRow)
    )
  ).pipe(Command.withDescription("Give up the output of completed jobs: they leave the CE"))
