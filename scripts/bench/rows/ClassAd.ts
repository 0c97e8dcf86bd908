/** Job ads are read and printed, here and with HTCondor's own library. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as ChildProcess from "effect/process/ChildProcess"
import * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import * as Result from "effect/Result"
import { Parser, Printer } from "../../../src/classad/index.ts"
import { Amount, type Benchmark, compare } from "../Benchmark.ts"
import { fail } from "../Failed.ts"
import * as Scene from "../Scene.ts"

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

const milliseconds = (run: () => void): number => {
  const began = performance.now()
  run()
  return performance.now() - began
}

export const classad: Benchmark = {
  name: "classad",
  run: Effect.gen(function*() {
    const { rounds, sized } = yield* Amount
    const { binDirectory, directory } = yield* Scene.Scene
    const fileSystem = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
    const size = sized(10_000_000)
    const lines: Array<string> = []
    for (let sofar = 0; sofar < size; sofar += lines.at(-1)?.length ?? 0) lines.push(job(lines.length))
    const file = path.join(yield* directory, "ads")
    yield* fileSystem.writeFileString(file, lines.join("\n"))
    const script = path.join(import.meta.dirname, "..", "classad.py")

    const ours = { parse: Array<number>(), print: Array<number>() }
    const theirs = { parse: Array<number>(), print: Array<number>() }
    for (let round = -1; round < rounds(3); round++) {
      const ads: Array<Result.Result<Parameters<typeof Printer.print>[0], unknown>> = []
      const parse = milliseconds(() => {
        for (const line of lines) ads.push(Parser.parse(line))
      })
      let printed = 0
      const print = milliseconds(() => {
        for (const ad of ads) if (Result.isSuccess(ad)) printed += Printer.print(ad.success).length
      })
      if (printed < size) return yield* fail(`only ${printed} characters were printed`)
      const output = yield* spawner.string(
        ChildProcess.make(path.join(binDirectory, "condor_python3"), [script, file], { extendEnv: true })
      )
      const [parseSeconds = Number.NaN, printSeconds = Number.NaN] = output.trim().split(" ").map(Number)
      if (round < 0) continue
      ours.parse.push(parse)
      ours.print.push(print)
      theirs.parse.push(parseSeconds * 1_000)
      theirs.print.push(printSeconds * 1_000)
    }
    const megabytes = (size / 1e6).toFixed(0)
    return [
      compare(
        { work: `parse ${megabytes} MB of ads`, than: "classad2", target: { atMost: 3 } },
        ours.parse,
        theirs.parse
      ),
      compare(
        { work: `print ${megabytes} MB of ads`, than: "classad2", target: { atMost: 3 } },
        ours.print,
        theirs.print
      )
    ]
  })
}
