/** Clients that are killed at random instants, and what must be true afterwards. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Config, Effect, FileSystem, Layer, Path, Random, Redacted, Result, Schema, Stream } from "effect"
import * as ChildProcess from "effect/process/ChildProcess"
import * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import { execPath } from "node:process"
import { fileURLToPath } from "node:url"
import { Capability, type CondorTool, Credential, HTCondorCE, type JobHandle, SubmissionKey } from "../../src/index.ts"
import { type FakeSchedd } from "../../src/testing/index.ts"
import { Orders } from "./child.ts"

/** A CE, and how a child reaches it; `tool` is for this process. */
export interface Rig {
  readonly tools: typeof Orders.Type["tools"]
  readonly tool: Layer.Layer<CondorTool.CondorTool>
  readonly token: string
  readonly endpoint: string
  readonly schedd: string
}

const encodeOrders = Schema.encodeEffect(Schema.fromJsonString(Orders))

const child = fileURLToPath(new URL("child.ts", import.meta.url))

/** The backend of this process. */
export const backend = ({ endpoint, schedd, token, tool }: Rig) =>
  HTCondorCE.layer({ endpoint, schedd, spoolingGrace: "1 second" }).pipe(
    Layer.provide([tool, Credential.layerToken(Redacted.make(token))]),
    Layer.provide(NodeServices.layer)
  )

/**
 * Starts a client with orders, lets it go, and kills it after so many milliseconds (undefined: never). Gives whether it
 * had done its work, and how long it lived.
 */
const killed = Effect.fnUntraced(function*(
  rig: Rig,
  temporaryDirectory: string,
  task: typeof Orders.Type["task"],
  delay: number | undefined
) {
  const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
  const orders = yield* encodeOrders({ ...rig, temporaryDirectory, task })
  const cache = yield* Config.String("NODE_COMPILE_CACHE").pipe(Config.withDefault(`${temporaryDirectory}/cache`))
  return yield* Effect.scoped(Effect.gen(function*() {
    const handle = yield* spawner.spawn(
      ChildProcess.make(execPath, ["--disable-warning=ExperimentalWarning", child, orders], {
        extendEnv: true,
        env: { NODE_COMPILE_CACHE: cache },
        stdin: { stream: "pipe", endOnDone: false },
        stderr: "inherit"
      })
    )
    const words: Array<string> = []
    let went = 0
    const dies = Effect.andThen(Effect.sleep(`${delay ?? 0} millis`), handle.kill({ killSignal: "SIGKILL" }))
    yield* Stream.decodeText(handle.stdout).pipe(
      Stream.splitLines,
      Stream.runForEach((word) =>
        Effect.suspend(() => {
          words.push(word)
          if (word !== "ready") return Effect.void
          went = performance.now()
          return Stream.run(Stream.make(new TextEncoder().encode("go\n")), handle.stdin).pipe(
            Effect.andThen(delay === undefined ? Effect.void : Effect.forkChild(dies))
          )
        })
      )
    )
    yield* Effect.ignore(handle.exitCode)
    return { finished: words.includes("done"), lived: performance.now() - went }
  }))
})

/** What is not as it must be after a client was killed. */
export class Broken extends Schema.TaggedError<Broken>("test/crash/Broken")("Broken", {
  what: Schema.String
}) {
  override get message(): string {
    return this.what
  }
}

const payload = `#!/bin/sh
echo "copy=$COPY"
head -c "$1" /dev/zero | tr '\\0' x > big.txt
echo "result of $COPY" > result.txt
`

/** The same, played. */
export const play = ({ arguments: [size = "0"], environment }: FakeSchedd.PayloadJob): FakeSchedd.Payload => ({
  duration: 0,
  stdout: `copy=${environment["COPY"]}\n`,
  files: { "big.txt": "x".repeat(Number(size)), "result.txt": `result of ${environment["COPY"]}\n` }
})

const copiesOf = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ environment: { COPY: String(index) } }))

// Complete, and this job's own.
const checkOutput = Effect.fnUntraced(function*(destination: string, handle: JobHandle.JobHandle, size: number) {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const directory = path.join(destination, `${handle.key}.${handle.copy}`)
  const read = (...name: ReadonlyArray<string>) => fileSystem.readFileString(path.join(directory, ...name))
  const found = [yield* read("stdout"), yield* read("files", "result.txt")]
  const big = yield* fileSystem.stat(path.join(directory, "files", "big.txt"))
  if (
    found[0] !== `copy=${handle.copy}\n` || found[1] !== `result of ${handle.copy}\n` || Number(big.size) !== size ||
    !(yield* fileSystem.exists(path.join(directory, "manifest.json")))
  ) {
    return yield* new Broken({ what: `the output of ${handle.job} is ${found.join()} and ${big.size} bytes` })
  }
})

/**
 * Fetches jobs in clients that are killed at random instants, and looks each time: what the CE does not have any more is
 * complete at the destination. Gives how many were killed before they had done their work, and how many jobs had then
 * left the CE.
 */
export const fetches = Effect.fnUntraced(
  function*(rig: Rig, options: { readonly trials: number; readonly jobs: number; readonly size: number }) {
    const fileSystem = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const submitter = yield* Capability.Submitter
    const reporter = yield* Capability.StatusReporter
    const retriever = yield* Capability.OutputRetriever
    const workplace = yield* fileSystem.makeTempDirectoryScoped({ prefix: "crash-" })
    const executable = path.join(workplace, "payload.sh")
    yield* fileSystem.writeFileString(executable, payload, { mode: 0o755 })
    const unkilled = 2
    const { handles } = yield* submitter.submit(
      { executable, arguments: [String(options.size)], outputs: [{ name: "big.txt" }, { name: "result.txt" }] },
      copiesOf((options.trials + unkilled) * options.jobs),
      { key: yield* SubmissionKey.generate }
    )
    yield* Stream.runDrain(reporter.watch(handles, { interval: "500 millis" }))

    const trial = Effect.fnUntraced(function*(number: number, delay: number | undefined) {
      const mine = handles.slice(number * options.jobs, (number + 1) * options.jobs)
      const destination = path.join(workplace, `output-${number}`)
      const { finished, lived } = yield* killed(rig, workplace, { destination, handles: mine }, delay)
      const outcomes = yield* retriever.fetch(mine, destination)
      let acknowledged = 0
      for (const [handle, outcome] of outcomes) {
        if (Result.isFailure(outcome)) {
          if (outcome.failure._tag !== "AlreadyRetrieved" || outcome.failure.manifest === undefined) {
            return yield* new Broken({ what: `${handle.job} after ${delay} ms: ${outcome.failure}` })
          }
          acknowledged++
        }
        yield* checkOutput(destination, handle, options.size)
      }
      for (const [handle, outcome] of yield* retriever.fetch(mine, `${destination}-again`)) {
        if (Result.isSuccess(outcome) || outcome.failure._tag !== "AlreadyRetrieved") {
          return yield* new Broken({ what: `${handle.job} can be fetched twice` })
        }
      }
      const left = (yield* fileSystem.readDirectory(destination)).filter((name) => name.startsWith("."))
      if (left.length > 0) return yield* new Broken({ what: `left in the destination: ${left.join(", ")}` })
      yield* fileSystem.remove(destination, { recursive: true })
      return { finished, lived, acknowledged }
    })

    const whole: Array<number> = []
    for (let number = 0; number < unkilled; number++) {
      const { finished, lived } = yield* trial(options.trials + number, undefined)
      if (!finished) return yield* new Broken({ what: "a client that nobody killed did not finish" })
      whole.push(lived)
    }
    const span = Math.min(...whole)
    const results = yield* Effect.forEach(
      Array.from({ length: options.trials }, (_, number) => number),
      (number) => Effect.flatMap(Random.next, (part) => trial(number, part * span)),
      { concurrency: 3 }
    )
    return {
      killed: results.filter(({ finished }) => !finished).length,
      acknowledged: results.filter(({ acknowledged, finished }) => !finished && acknowledged > 0).length
    }
  },
  Effect.scoped
)
