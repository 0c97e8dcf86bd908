/**
 * The commands on handles. Each makes one request for all jobs of a CE.
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

// Calls the operation for the jobs of each CE, and prints one outcome for each job.
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
  ).pipe(Command.withDescription("Print the times and the resource usage of jobs"))

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
        Flag.withDescription("Destination: each job gets its own directory in it")
      ),
      held: Flag.Boolean("held").pipe(
        Flag.withDefault(false),
        Flag.withDescription("Fetch the files that held jobs have left. The jobs stay held, and you can repeat it")
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
  ).pipe(Command.withDescription("Fetch the output of completed jobs. The CE gives it out only once"))

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
  ).pipe(Command.withDescription("Cancel jobs. Completed jobs keep their output"))

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
  ).pipe(Command.withDescription("Release held jobs if that is known to help. Takes up to three minutes"))

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
  ).pipe(Command.withDescription("Delete completed jobs and their output from the CE"))
