/** A machine and the directory of a client, for tests of tools that transfer files. */
import { Effect, FileSystem, Path } from "effect"
import type { ToolName, ToolResult } from "../../../src/condor/tools/CondorTool.ts"
import type { Version } from "../../../src/testing/fake/Job.ts"
import * as Machine from "../../../src/testing/fake/Machine.ts"
import type { Payload } from "../../../src/testing/fake/Payload.ts"
import * as Runner from "../../../src/testing/fake/Runner.ts"
import type { Tool, Visit } from "../../../src/testing/fake/Tool.ts"
import * as Submit from "../../../src/testing/fake/tools/Submit.ts"
import * as Transfer from "../../../src/testing/fake/tools/Transfer.ts"
import * as TransferFaults from "../../../src/testing/fake/TransferFaults.ts"
import { pilot } from "./Play.ts"

const pool = "192.0.2.7:9619"

/** The submit commands of every description in these tests. */
export const commands = [
  "executable = job.sh",
  "output = out",
  "error = err",
  "log = log",
  "should_transfer_files = YES"
]

/** A machine, and a client with its own directory, which has a program and an input. */
export const site = Effect.fnUntraced(function*(version: Version, payload: Payload = {}) {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const directory = yield* fileSystem.makeTempDirectoryScoped({ prefix: "site-" })
  const file = (name: string) => path.join(directory, name)
  const write = Effect.fnUntraced(function*(name: string, content: string, mode = 0o644) {
    yield* fileSystem.makeDirectory(path.dirname(file(name)), { recursive: true })
    yield* fileSystem.writeFileString(file(name), content)
    yield* fileSystem.chmod(file(name), mode)
  })
  yield* write("job.sh", "#!/bin/sh\n", 0o755)
  yield* write("in.txt", "input\n", 0o640)
  let now = 1_800_000_000_000
  const machine = Machine.make({
    version,
    endpoint: pool,
    schedd: "ce@local",
    now,
    slots: Infinity,
    handedOn: Infinity,
    spoolDelay: 1000,
    startDelay: 1000,
    sweepInterval: 60_000,
    systemPolicies: true,
    containers: false,
    runner: Runner.played(() => payload)
  })
  const run = (tool: Tool, name: ToolName, args: ReadonlyArray<string>, visit: Partial<Visit>, stdin?: string) =>
    tool({
      call: { tool: name, args, environment: {}, cwd: directory, stdin, timeout: "1 minute" },
      queue: machine,
      user: pilot,
      mayWrite: true,
      present: Effect.void,
      transaction: (submission) => submission,
      transferFaults: TransferFaults.make(),
      ...visit
    })
  return {
    machine,
    directory,
    file,
    write,
    read: (name: string) => fileSystem.readFileString(file(name)),
    mode: (name: string) => Effect.map(fileSystem.stat(file(name)), (info) => info.mode & 0o777),
    pass: (seconds: number) => machine.advance(now += seconds * 1000),
    /** Submits a description with these commands, or without commands the file `a.sub`. */
    submit: Effect.fnUntraced(function*(
      lines: ReadonlyArray<string>,
      visit: Partial<Visit> = {},
      args: ReadonlyArray<string> = ["-terse", "-pool", pool, "-remote", "ce@local", "a.sub"]
    ) {
      const text = [...commands, ...lines, ""].join("\n")
      yield* write("a.sub", text)
      return yield* run(Submit.run, "condor_submit", args, visit, text)
    }),
    fetch: (args: ReadonlyArray<string>, visit: Partial<Visit> = {}): ReturnType<Tool> =>
      run(Transfer.run, "condor_transfer_data", ["-pool", pool, "-name", "ce@local", ...args], visit)
  }
})

export const fetching = "Fetching data files...\n"

/** The stderr of a tool, without port numbers. */
export const said = ({ stderr }: ToolResult): string => stderr.replaceAll(/<127\.0\.0\.1:\d+>/g, "<client>")
