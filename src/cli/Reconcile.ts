/**
 * The command that looks up a submission by its key.
 *
 * @since 0.1.0
 */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import { Submitter } from "../contract/Capability.ts"
import { SubmissionKey } from "../contract/SubmissionKey.ts"
import type * as Backend from "./Backend.ts"
import * as Output from "./Output.ts"
import { connect, format } from "./Root.ts"

/**
 * `htcondor-ce reconcile`
 *
 * @category commands
 * @since 0.1.0
 */
export const reconcile = (backend: Backend.Backend) =>
  Command.make(
    "reconcile",
    {
      key: Argument.String("KEY").pipe(
        Argument.withSchema(SubmissionKey),
        Argument.withDescription("Key of the submission")
      )
    },
    Effect.fn("cli.reconcile")(function*({ key }) {
      const state = yield* Submitter.use((submitter) => submitter.reconcile(key))
      yield* Output.submissionState(yield* format, key, state)
    })
  ).pipe(
    Command.withDescription(
      "Print the handles of the jobs that the CE has of a submission. Changes nothing.\n\n" +
        "Exit code: 0 the CE has all of its jobs, 1 it does not."
    ),
    Command.withShortDescription("Print the handles of the jobs that the CE has of a submission"),
    Command.provide(() => connect(backend))
  )
