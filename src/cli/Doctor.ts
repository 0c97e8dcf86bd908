/**
 * The command that checks the connection to a CE.
 *
 * @since 0.1.0
 */
import * as Command from "effect/cli/Command"
import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import type { Check, CheckName } from "../ce/Diagnosis.ts"
import type * as Backend from "./Backend.ts"
import * as Connection from "./Connection.ts"
import { Incomplete, oneLine } from "./Failure.ts"
import * as Output from "./Output.ts"
import { flags, format } from "./Root.ts"

// The longest name of a check. Other commands do not load the checks.
const width = ("authentication" satisfies CheckName).length

/**
 * The result of a check on one line, for people.
 *
 * @category converting
 * @since 0.1.0
 */
export const line = ({ check, detail, fix, status }: Check): string =>
  `${status.padEnd("warning".length)}  ${check.padEnd(width)}  ${oneLine(detail)}${
    fix === undefined ? "" : `. Fix: ${oneLine(fix)}`
  }`

/**
 * `htcondor-ce doctor`
 *
 * @category commands
 * @since 0.1.0
 */
export const doctor = (services: Backend.Services) =>
  Command.make(
    "doctor",
    {},
    Effect.fn("cli.doctor")(function*() {
      const { diagnose, isWell } = yield* Effect.promise(() => import("../ce/Diagnosis.ts"))
      const isJson = (yield* format) === "json"
      const connection = yield* Effect.flatMap(flags, Connection.fromFlags)
      const path = yield* Config.String("PATH").pipe(Config.withDefault("/usr/bin:/bin"))
      const checks = yield* diagnose(Connection.config(connection), {
        searchPath: connection.condorBin === undefined ? path.split(":") : [connection.condorBin],
        onCheck: (check) => isJson ? Effect.void : Console.log(line(check))
      }).pipe(Effect.provide(services(connection)))
      if (isJson) yield* Output.checks(checks)
      if (!isWell(checks)) {
        return yield* new Incomplete({
          failed: checks.filter(({ status }) => status === "failed").length,
          asked: checks.length
        })
      }
    })
  ).pipe(
    Command.withDescription(
      "Check the connection from this host to the CE. Prints one line for each check, with a fix for each problem.\n\n" +
        "Submits and changes nothing. Exit code: 0 no check failed (warnings do not count), 1 a check failed."
    ),
    Command.withShortDescription("Check the connection from this host to the CE, and print fixes"),
    Command.withExamples([
      { command: "htcondor-ce doctor --ce ce.example.org --token-file ce.token", description: "Run all checks" }
    ])
  )
