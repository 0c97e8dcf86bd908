/**
 * The commands that do something with jobs: each asks for all of them together.
 *
 * @since 0.1.0
 */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Cancellable, OutputRetriever, Purgeable } from "../contract/Capability.ts"
import type * as Connection from "./Connection.ts"
import * as Output from "./Output.ts"
import * as PathFlag from "./PathFlag.ts"
import { format } from "./Root.ts"
import * as Selection from "./Selection.ts"

/**
 * `htcondor-ce fetch`
 *
 * @category commands
 * @since 0.1.0
 */
export const fetch = (backend: Connection.Backend) =>
  Command.make(
    "fetch",
    {
      ...Selection.flags,
      dest: PathFlag.directory("dest").pipe(
        Flag.withSchema(Schema.NonEmptyString),
        Flag.withMetavar("DIR"),
        Flag.withDescription("Where to: each job gets its own directory there")
      )
    },
    Effect.fn("cli.fetch")(
      function*(input) {
        const jobs = yield* Selection.make(backend, input)
        const outcomes = yield* Selection.each(
          jobs,
          (handles) => OutputRetriever.use(({ fetch }) => fetch(handles, input.dest))
        )
        yield* Output.outcomes(yield* format, jobs.handles, outcomes, Output.outputRow)
      },
      Effect.scoped
    )
  ).pipe(Command.withDescription("Fetch the output of completed jobs, once"))

/**
 * `htcondor-ce cancel`
 *
 * @category commands
 * @since 0.1.0
 */
export const cancel = (backend: Connection.Backend) =>
  Command.make(
    "cancel",
    Selection.flags,
    Effect.fn("cli.cancel")(
      function*(input) {
        const jobs = yield* Selection.make(backend, input)
        const outcomes = yield* Selection.each(jobs, (handles) => Cancellable.use(({ cancel }) => cancel(handles)))
        yield* Output.outcomes(yield* format, jobs.handles, outcomes, Output.cancelRow)
      },
      Effect.scoped
    )
  ).pipe(Command.withDescription("Cancel jobs; completed ones keep their output"))

/**
 * `htcondor-ce purge`
 *
 * @category commands
 * @since 0.1.0
 */
export const purge = (backend: Connection.Backend) =>
  Command.make(
    "purge",
    Selection.flags,
    Effect.fn("cli.purge")(
      function*(input) {
        const jobs = yield* Selection.make(backend, input)
        const outcomes = yield* Selection.each(jobs, (handles) => Purgeable.use(({ purge }) => purge(handles)))
        yield* Output.outcomes(yield* format, jobs.handles, outcomes, Output.purgeRow)
      },
      Effect.scoped
    )
  ).pipe(Command.withDescription("Give up the output of completed jobs: they leave the CE"))
