/**
 * A transport to schedds that uses HTCondor's command-line tools.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import type * as Scope from "effect/Scope"
import * as Errno from "../../files/Errno.ts"
import * as PrivateDirectories from "../../files/PrivateDirectories.ts"
import {
  because,
  type Connection,
  JobsRefused,
  NotSubmitted,
  type Options as ConnectionOptions,
  type Schedd,
  type ScheddError,
  ScheddTransport
} from "../Schedd.ts"
import * as SubmitDescription from "../SubmitDescription.ts"
import { CondorTool } from "./CondorTool.ts"
import * as ScheddPlaces from "./ScheddPlaces.ts"
import * as ToolEnvironments from "./ToolEnvironments.ts"
import * as ToolExplain from "./ToolExplain.ts"
import * as ToolFailure from "./ToolFailure.ts"
import * as ToolMetrics from "./ToolMetrics.ts"
import * as ToolOutput from "./ToolOutput.ts"
import * as ToolRunner from "./ToolRunner.ts"
import * as ToolThrottle from "./ToolThrottle.ts"

// HTCondor installs one program under several names. It acts by its name.
const actions = { Remove: "condor_rm", Release: "condor_release" } as const

// The name of the submit description in its directory.
const descriptionFile = "submission.sub"

// Writes the submit description, and submits it.
const submitter = <E extends ToolRunner.Tagged>(
  fileSystem: FileSystem.FileSystem,
  path: Path.Path,
  { explain, run }: ToolRunner.Runner<E>
): Schedd<E>["submit"] =>
  Effect.fnUntraced(function*({ description, directory, fence, timeout }) {
    const text = SubmitDescription.toText(description)
    const file = path.join(directory, descriptionFile)
    yield* Effect.mapError(
      fileSystem.writeFileString(file, text, { mode: 0o600, flag: "wx" }),
      (error) => because({ _tag: "Local", path: "submit directory", detail: Errno.describe(error) })
    )
    const args = ["-terse", descriptionFile]
    const ran = yield* run("condor_submit", args, { cwd: directory, fence, timeout })
    const { result } = ran
    const queued = ToolOutput.submittedJobs(result.stdout)
    const warnings = ToolOutput.warnings(result.stderr)
    const cluster = ToolOutput.clusterOf(queued, description.environments.length)
    if (result.exitCode === 0 && cluster !== undefined) return { cluster, warnings }
    const kind = ToolFailure.classify(result)
    return yield* new NotSubmitted<E>({
      queued,
      warnings,
      rejection: ToolFailure.rejection(result),
      kind: kind === "Other" ? "Other" : kind === "Authentication" ? "Credential" : "Way",
      succeeded: result.exitCode === 0,
      retry: ToolFailure.retry(result),
      report: ToolExplain.report("condor_submit", result),
      explain: explain(ran)
    })
  })

const makeSchedd = <E extends ToolRunner.Tagged>(
  fileSystem: FileSystem.FileSystem,
  path: Path.Path,
  runner: ToolRunner.Runner<E>
): Schedd<E> => {
  const { explain, records, run } = runner
  const ads = (args: ReadonlyArray<string>, attributes: ReadonlyArray<string>) => [
    ...args,
    "-json",
    "-attributes",
    attributes.join(",")
  ]

  const failure = (ran: ToolExplain.Ran): Effect.Effect<never, ScheddError | E> =>
    Effect.flatMap(explain(ran), Effect.fail)

  const queue: Schedd<E>["queue"] = ({ allUsers = false, attributes, constraint }) =>
    // Without -stream-results condor_q prints nothing before it has all jobs, and sorts them.
    records(
      "condor_q",
      ads(["-stream-results", ...(allUsers ? ["-allusers"] : []), "-constraint", constraint], attributes)
    )

  const history: Schedd<E>["history"] = ({ attributes, constraint, depth, limit, oldestFirst = false, since }) =>
    records(
      "condor_history",
      ads([
        ...(oldestFirst ? ["-forwards"] : []),
        ...(constraint === undefined ? [] : ["-constraint", constraint]),
        "-limit",
        String(limit),
        ...(depth === undefined ? [] : ["-scanlimit", String(depth)]),
        ...(since === undefined ? [] : ["-since", since])
      ], attributes)
    )

  // The message quotes names of files, which may contain any text.
  const refusalOf = Effect.fnUntraced(function*(
    ran: ToolExplain.Ran
  ): Effect.fn.Return<never, JobsRefused | ScheddError | E> {
    const blamed = ToolOutput.blamedJob(ran.result.stderr)
    return yield* blamed !== undefined || ToolFailure.classify(ran.result) === "Other"
      ? new JobsRefused({
        detail: ToolFailure.words(ran.result),
        blamed,
        missing: ToolFailure.isFileMissing(ran.result)
      })
      : failure(ran)
  })

  const done = (ran: ToolExplain.Ran): Effect.Effect<void, JobsRefused | ScheddError | E> =>
    ran.result.exitCode === 0 ? Effect.void : refusalOf(ran)

  const edit: Schedd<E>["edit"] = (constraint, edits) =>
    Effect.flatMap(run("condor_qedit", ["-constraint", constraint, ...edits.flat()]), done)

  const transfer: Schedd<E>["transfer"] = (constraint, { directory, timeout }) =>
    Effect.flatMap(
      run("condor_transfer_data", ["-constraint", constraint], { timeout, writableDirectory: directory }),
      done
    )

  const act: Schedd<E>["act"] = Effect.fnUntraced(function*(action, constraint, reason) {
    const ran = yield* run(actions[action], ["-long", "-reason", reason, "-constraint", constraint])
    const { exitCode, stderr, stdout } = ran.result
    const results = ToolOutput.results(stdout)
    // The last line of every failure says that no job was found. It is true only if there is no other message.
    const nothingMatched = ToolFailure.classify(ran.result) === "Other" &&
      /Couldn't find\/re(?:move|lease) all jobs matching constraint/.test(stderr)
    return exitCode === 0 || results.size > 0 || nothingMatched ? results : yield* failure(ran)
  })

  const identity: Schedd<E>["identity"] = Effect.gen(function*(): Effect.fn.Return<string, ScheddError | E> {
    const ran = yield* run("condor_q", ["-totals", "-json", "-constraint", "false"])
    if (ran.result.exitCode !== 0) return yield* failure(ran)
    const name = ToolOutput.ownName(ran.result.stdout)
    if (name !== undefined) return name
    const detail = "the schedd does not say which user the client is"
    return yield* ToolExplain.garbled("condor_q", detail, ran.result.stdout)
  })

  return { queue, history, submit: submitter(fileSystem, path, runner), edit, transfer, act, identity }
}

/**
 * The options of {@link layer}: the limits of {@link ToolThrottle.Options}, for all schedds together, and `byName`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options extends ToolThrottle.Options {
  /** Whether each tool asks the collector for the address of the schedd. Default: `false`, the address is asked for once. */
  readonly byName?: boolean | undefined
}

/**
 * The transport to schedds by HTCondor's command-line tools, which `CondorTool` runs.
 *
 * **Details**
 *
 * An unresponsive schedd does not block the others: see {@link ToolThrottle.Options}.
 *
 * When a schedd has answered for the first time, its collector is asked once for the address of the schedd. From then on the tools
 * connect to that address, which saves half of their connections. If nobody answers there, they use the name again.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  options: Options = {}
): Layer.Layer<ScheddTransport, never, CondorTool | FileSystem.FileSystem | Path.Path> =>
  Layer.effect(
    ScheddTransport,
    Effect.gen(function*() {
      const tools = yield* CondorTool
      const fileSystem = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const services = yield* Effect.context<FileSystem.FileSystem | Path.Path>()
      const throttleOf = ToolThrottle.make(options)
      const sweeps = PrivateDirectories.layerShared()
      const open = Effect.fnUntraced(function*(
        one: ConnectionOptions
      ): Effect.fn.Return<Connection, never, FileSystem.FileSystem | Path.Path | Scope.Scope> {
        const throttle = ToolMetrics.waiting(one.name.address, yield* throttleOf(one))
        const temporary = yield* Effect.provide(PrivateDirectories.make(one), sweeps)
        const environments = yield* ToolEnvironments.make(one, temporary)
        const places = yield* ScheddPlaces.make(one, options.byName === true)
        return {
          forget: environments.forget,
          as: (latest) =>
            Effect.map(
              ToolRunner.make(one, tools, throttle, environments, places, latest),
              (runner) => makeSchedd(fileSystem, path, runner)
            )
        }
      })
      return { open: (one) => Effect.provide(open(one), services) }
    })
  )
