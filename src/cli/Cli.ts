/**
 * The command `htcondor-ce`.
 *
 * @since 0.1.0
 */
import type * as CliError from "effect/cli/CliError"
import * as CliOutput from "effect/cli/CliOutput"
import * as Command from "effect/cli/Command"
import * as TerminalCapabilities from "effect/cli/TerminalCapabilities"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Backend from "./Backend.ts"
import { demo } from "./Demo.ts"
import * as Doctor from "./Doctor.ts"
import * as Failure from "./Failure.ts"
import * as Jobs from "./Jobs.ts"
import * as List from "./List.ts"
import * as Output from "./Output.ts"
import * as Printable from "./Printable.ts"
import * as Reconcile from "./Reconcile.ts"
import { root } from "./Root.ts"
import * as Status from "./Status.ts"
import * as Submit from "./Submit.ts"
import { version } from "./Version.ts"
import * as Withdraw from "./Withdraw.ts"

export {
  /**
   * The version of the package.
   *
   * @category constants
   * @since 0.1.0
   */
  version
} from "./Version.ts"

// For the output and the logs of commands. Help text comes only from this program, and may have colours.
const printable = Console.consoleWith((console) => Effect.succeed(Printable.console(console)))

/**
 * The command with all its subcommands. `backend` makes the services of a CE, `services` the tools and credentials for `doctor`.
 *
 * @category commands
 * @since 0.1.0
 */
export const command = (backend: Backend.Backend, services: Backend.Services) =>
  root.pipe(
    Command.withSubcommands([
      Submit.submit(backend),
      Status.status(backend),
      Status.wait(backend),
      Jobs.describe(backend),
      Jobs.fetch(backend),
      Jobs.release(backend),
      Jobs.cancel(backend),
      Jobs.purge(backend),
      List.list(backend),
      Reconcile.reconcile(backend),
      Withdraw.withdraw(backend),
      Submit.preview,
      Doctor.doctor(services),
      demo
    ]),
    Command.provideEffect(Console.Console, printable)
  )

// Effect prints a description of several lines as it is. The other lines of help are indented.
const formatter = (canColor: boolean): CliOutput.Formatter => {
  const base = CliOutput.defaultFormatter({ colors: canColor, globalFlags: "summary" })
  return {
    ...base,
    formatHelpDoc: (doc) =>
      base.formatHelpDoc({ ...doc, description: doc.description.replace(/\n(?=.)/g, "\n  ") })
        .replace("INHERITED FLAGS", "FLAGS OF ALL COMMANDS")
  }
}

// stdout has only results: help is printed only when the user asks for it.
const presenter: CliOutput.Presenter = {
  present: (event) =>
    event._tag === "Version" || (event._tag === "Help" && event.reason === "Requested")
      ? Effect.flatMap(TerminalCapabilities.TerminalCapabilities, ({ canColor }) =>
        Effect.provideService(CliOutput.defaultPresenter.present(event), CliOutput.Formatter, formatter(canColor)))
      : Effect.void
}

const fromParser = (error: CliError.ShowHelp): Failure.UsageError => {
  const help = `see ${error.commandPath.join(" ")} --help`
  const [first] = error.errors
  return new Failure.UsageError({
    detail: first === undefined
      ? `missing command (${help})`
      : `${
        error.errors.map((one) => one.message.replace("Expected: Schema validation failed: ", "")).join("; ")
      } (${help})`
  })
}

// The parser may have failed before it has read the flag.
const wantsJson = (args: ReadonlyArray<string>): boolean => {
  const end = args.indexOf("--")
  const flags = end < 0 ? args : args.slice(0, end)
  return flags.some((arg, index) =>
    /^(?:--json(?:=true)?|(?:--format|-o)=json)$/.test(arg) ||
    (arg === "json" && ["--format", "-o"].includes(flags[index - 1] ?? ""))
  )
}

const report = Effect.fnUntraced(function*(failure: unknown, json: boolean) {
  const words = Failure.words(failure)
  const code = Failure.exitCode(words._tag)
  if (code === 1) return code
  if (json) yield* Output.failure(words)
  yield* Console.error(`htcondor-ce: ${words.message}`)
  if (words.advice !== undefined) yield* Console.error(`htcondor-ce: ${words.advice}`)
  return code
}, (effect) => Effect.provideServiceEffect(effect, Console.Console, printable))

/**
 * Runs the command with these arguments. Prints every failure on stderr, and returns the exit code.
 *
 * @category running
 * @since 0.1.0
 */
export const run = (
  args: ReadonlyArray<string>,
  backend: Backend.Backend = Backend.backend,
  services: Backend.Services = Backend.services
): Effect.Effect<Failure.ExitCode, never, Command.Environment> =>
  Command.runWith(command(backend, services), { version, renderErrors: false })(args).pipe(
    Effect.as<Failure.ExitCode>(0),
    Effect.catch((error) => report(error._tag === "ShowHelp" ? fromParser(error) : error, wantsJson(args))),
    Effect.catchDefect((defect) => report(defect, wantsJson(args))),
    Effect.provideService(CliOutput.Presenter, presenter),
    Effect.provideService(Logger.LogToStderr, true)
  )
