/**
 * The command that tells which jobs there are, without local state.
 *
 * @since 0.1.0
 */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { Enumerable } from "../contract/Capability.ts"
import type * as Connection from "./Connection.ts"
import * as Output from "./Output.ts"
import { connect, format } from "./Root.ts"

const states = [
  "Staging",
  "Waiting",
  "Running",
  "Finishing",
  "Suspended",
  "Held",
  "Completed"
] as const

/**
 * `htcondor-ce list`
 *
 * @category commands
 * @since 0.1.0
 */
export const list = (backend: Connection.Backend) =>
  Command.make(
    "list",
    {
      tag: Flag.String("tag").pipe(
        Flag.optional,
        Flag.withMetavar("TAG"),
        Flag.withDescription("Only jobs of submissions with this tag")
      ),
      keyPrefix: Flag.String("key-prefix").pipe(
        Flag.optional,
        Flag.withMetavar("TEXT"),
        Flag.withDescription("Only jobs whose key begins with this")
      ),
      status: Flag.Literals("status", states).pipe(
        Flag.withMetavar("STATUS"),
        Flag.withDescription(`Only jobs that are ${states.join(", ")}; may be repeated`),
        Flag.atLeast(0)
      )
    },
    Effect.fn("cli.list")(function*({ keyPrefix, status, tag }) {
      const jobs = yield* Enumerable.use(({ list }) =>
        Stream.runCollect(list({
          tag: Option.getOrUndefined(tag),
          keyPrefix: Option.getOrUndefined(keyPrefix),
          status: status.length === 0 ? undefined : status
        }))
      )
      yield* Output.listed(yield* format, jobs)
    })
  ).pipe(
    Command.withDescription("List the jobs that this library has in the queue of the CE, of this identity"),
    Command.withExamples([
      {
        command: "htcondor-ce list --status Held -o name | htcondor-ce cancel --handles -",
        description: "Cancel what is held"
      }
    ]),
    Command.provide(() => connect(backend))
  )
