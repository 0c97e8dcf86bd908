/**
 * The command that demonstrates the others on an embedded CE.
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
      Argument.withDescription("Version of HTCondor to play: lts or latest (default: latest)")
    )
  },
  Effect.fn("cli.demo")(function*({ version }) {
    // Other commands do not load the fake HTCondor.
    const { play } = yield* Effect.promise(() => import("./demo/Embedded.ts"))
    yield* play(version)
  })
).pipe(
  Command.withDescription(
    "Submit, follow, fetch and cancel 25 jobs on an embedded CE. A fake plays HTCondor, and the jobs are processes of this host. " +
      "Needs no HTCondor and no CE."
  ),
  Command.withShortDescription("Demonstrate the commands on an embedded CE: its jobs are processes of this host")
)
