/**
 * The command that shows what the others do, without a compute element.
 *
 * @since 0.1.0
 */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"

/**
 * `htcondor-ce demo`
 *
 * @category commands
 * @since 0.1.0
 */
export const demo = Command.make(
  "demo",
  {
    version: Argument.Literals("VERSION", ["lts", "latest"]).pipe(
      Argument.withDefault("latest" as const),
      Argument.withDescription("Which HTCondor is played: lts or latest; default: latest")
    )
  },
  Effect.fn("cli.demo")(function*({ version }) {
    // What plays HTCondor is not loaded for other commands.
    const { play } = yield* Effect.promise(() => import("./demo/Embedded.ts"))
    yield* play(version)
  })
).pipe(
  Command.withDescription(
    "Submit, follow, fetch and cancel 25 jobs on an embedded compute element: HTCondor is played, and the jobs are processes of this " +
      "host. Nothing else is needed."
  ),
  Command.withShortDescription("Show it all on an embedded compute element: jobs are processes of this host")
)
