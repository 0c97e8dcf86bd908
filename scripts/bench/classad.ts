/**
 * Reads and prints about 10 MB of job ads here and with HTCondor's own library, and compares the times.
 *
 *     npm exec node scripts/bench/classad.ts
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as ChildProcess from "effect/process/ChildProcess"
import * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import * as Result from "effect/Result"
import { Parser, Printer } from "../../src/classad/index.ts"

/** An ad like those of a CE's queue: some hundred attributes, a few of them long expressions. */
const job = (index: number): string => {
  const attributes = [
    `ClusterId = ${index}`,
    "ProcId = 0",
    `GlobalJobId = "ce.example.org#${index}.0#1700000000"`,
    `Owner = "pilot${index % 7}"`,
    "Cmd = \"/usr/bin/pilot wrapper\"",
    "Arguments = \"--site 'X Y' \\\"quoted\\\" \\\\path\"",
    "Environment = \"A=1 B='x y' LONG=abcdefghijklmnopqrstuvwxyz0123456789\"",
    "Requirements = (TARGET.Arch == \"X86_64\") && (TARGET.OpSys == \"LINUX\") && (TARGET.Disk >= RequestDisk) && " +
    "(TARGET.Memory >= RequestMemory) && ((TARGET.FileSystemDomain == MY.FileSystemDomain) || TARGET.HasFileTransfer)",
    "LeaveJobInQueue = JobStatus == 4 && (CompletionDate =?= undefined || CompletionDate == 0 || " +
    "((time() - CompletionDate) < 864000))",
    "PeriodicRemove = (JobStatus == 5 && time() - EnteredCurrentStatus > 3600 * 24) || JobRunCount > 3",
    "RequestMemory = ifThenElse(MemoryUsage =!= undefined, MemoryUsage, (ImageSize + 1023) / 1024)",
    "Rank = 0.0",
    "In = { 1, 2.5, \"three\", [ four = 4 ] }",
    ...Array.from({ length: 40 }, (_, at) => `Attribute${at}Count = ${index * at}`),
    ...Array.from({ length: 20 }, (_, at) => `Attribute${at}Name = "value ${at} of ${index}"`),
    ...Array.from({ length: 10 }, (_, at) => `Attribute${at}Usage = ${at}.${index % 1000}`),
    ...Array.from({ length: 10 }, (_, at) => `Want${at} = ${at % 2 === 0 ? "true" : "false"}`)
  ]
  return `[ ${attributes.join("; ")} ]`
}

const seconds = (run: () => void): Effect.Effect<number> =>
  Effect.sync(() => {
    const start = performance.now()
    run()
    return (performance.now() - start) / 1000
  })

const megabytes = 10

const main = Effect.gen(function*() {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
  const lines: Array<string> = []
  for (let size = 0; size < megabytes * 1e6; size += lines.at(-1)?.length ?? 0) lines.push(job(lines.length))

  const ours = { parse: Number.POSITIVE_INFINITY, print: Number.POSITIVE_INFINITY }
  // The best of three, as for HTCondor.
  for (let round = 0; round < 3; round++) {
    const ads: Array<Result.Result<Parameters<typeof Printer.print>[0], unknown>> = []
    const parse = yield* seconds(() => {
      for (const line of lines) ads.push(Parser.parse(line))
    })
    let size = 0
    const print = yield* seconds(() => {
      for (const ad of ads) if (Result.isSuccess(ad)) size += Printer.print(ad.success).length
    })
    if (size < megabytes * 1e6) return yield* Effect.die(new Error(`only ${size} characters were printed`))
    ours.parse = Math.min(ours.parse, parse)
    ours.print = Math.min(ours.print, print)
  }

  const directory = yield* fileSystem.makeTempDirectoryScoped({ prefix: "classad-bench-" })
  const file = path.join(directory, "ads")
  yield* fileSystem.writeFileString(file, lines.join("\n"))
  const script = path.join(import.meta.dirname, "classad.py")
  const stack = path.join(import.meta.dirname, "..", "stack")
  const theirs = { parse: Number.POSITIVE_INFINITY, print: Number.POSITIVE_INFINITY }
  for (let round = 0; round < 3; round++) {
    const output = yield* spawner.string(
      ChildProcess.make(stack, ["exec", "latest", "condor_python3", script, file], { extendEnv: true })
    )
    const [parse = Number.NaN, print = Number.NaN] = output.trim().split(" ").map(Number)
    theirs.parse = Math.min(theirs.parse, parse)
    theirs.print = Math.min(theirs.print, print)
  }

  const row = (name: string, our: number, their: number): string =>
    `${name.padEnd(14)} ${our.toFixed(3)} s   classad2 ${their.toFixed(3)} s   ratio ${(our / their).toFixed(2)}`
  yield* Console.log(`${lines.length} ads, ${megabytes} MB, the best of three`)
  yield* Console.log(row("parse", ours.parse, theirs.parse))
  yield* Console.log(row("print", ours.print, theirs.print))
  yield* Console.log(row("parse + print", ours.parse + ours.print, theirs.parse + theirs.print))
}).pipe(Effect.scoped, Effect.provide(NodeServices.layer))

NodeRuntime.runMain(main)
