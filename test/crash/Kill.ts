/** Kills clients at random instants, and checks the compute element afterwards. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import {
  Config,
  Duration,
  Effect,
  Exit,
  FileSystem,
  Layer,
  Path,
  Random,
  Redacted,
  Result,
  Schedule,
  Schema,
  Stream
} from "effect"
import * as ChildProcess from "effect/process/ChildProcess"
import * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import { execPath } from "node:process"
import { fileURLToPath } from "node:url"
import { Capability, type CondorTool, Credential, type JobHandle, JobOutput, SubmissionKey } from "../../src/index.ts"
import { type FakeSchedd } from "../../src/testing/index.ts"
import * as Backend from "../testing/Backend.ts"
import { copiesOf, Orders } from "./child.ts"

/** A CE, and how a child reaches it. `tool` is for this process. */
export interface Rig {
  readonly tools: typeof Orders.Type["tools"]
  readonly tool: Layer.Layer<CondorTool.CondorTool, Config.ConfigError>
  readonly token: string
  readonly endpoint: string
  readonly schedd: string
  /** The copies of a submission that have jobs at the CE, one word for each job. */
  readonly copies: (key: SubmissionKey.SubmissionKey) => Effect.Effect<ReadonlyArray<string>>
  /** How many jobs of a submission were removed. */
  readonly takenBack: (key: SubmissionKey.SubmissionKey) => Effect.Effect<number>
  /** The longest time that tools of a killed client continue. */
  readonly afterlife: Duration.Input
}

// Concurrent clients take longer than a single one.
const late = 1.3

/** An estimate of how long a client works that is not killed. It follows the load of the machine. */
class Span {
  #millis: number
  constructor(...lived: ReadonlyArray<number>) {
    this.#millis = Math.min(...lived)
  }
  learn(lived: number): void {
    this.#millis = 0.7 * this.#millis + 0.3 * lived
  }
  /** A random instant in that time, or shortly after. */
  get instant(): Effect.Effect<number> {
    return Effect.map(Random.next, (part) => part * late * this.#millis)
  }
}

/**
 * Kills clients until this number was killed before they had finished. Each round kills as many as are missing, because some clients
 * finish before they are killed. Gives up when that happens to most of them.
 */
const untilKilled = Effect.fnUntraced(function*<A extends { readonly finished: boolean }, E, R>(
  trials: number,
  lot: (count: number) => Effect.Effect<ReadonlyArray<A>, E, R>
) {
  const all: Array<A> = []
  const killed = () => all.filter(({ finished }) => !finished)
  while (killed().length < trials && all.length < 4 * trials + 20) {
    all.push(...yield* lot(trials - killed().length))
  }
  return killed()
})

// Killed clients leave tokens and secrets. The next client that is not killed removes them.
const ensureTidy = Effect.fnUntraced(function*(directory: string) {
  const fileSystem = yield* FileSystem.FileSystem
  const left = (yield* fileSystem.readDirectory(directory)).filter((name) => name.startsWith("htcondor-ce-"))
  if (left.length > 0) return yield* new Broken({ what: `left behind: ${left.join(", ")}` })
})

const encodeOrders = Schema.encodeEffect(Schema.fromJsonString(Orders))

const child = fileURLToPath(new URL("child.ts", import.meta.url))

/** The backend of this process. */
export const backend = ({ endpoint, schedd, token, tool }: Rig) =>
  Backend.layer({
    endpoint,
    schedd,
    spoolingGrace: "1 second",
    limits: { transferTimeout: Duration.seconds(30) }
  }).pipe(
    Layer.provide([tool, Credential.layerToken(Redacted.make(token))]),
    Layer.provide(NodeServices.layer)
  )

/**
 * Starts a client with orders, and kills it when the effect ends (undefined: never). Returns whether it had finished, and how long it
 * lived.
 */
const client = Effect.fnUntraced(function*(
  rig: Rig,
  temporaryDirectory: string,
  task: typeof Orders.Type["task"],
  killWhen: Effect.Effect<void> | undefined
) {
  const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
  const { endpoint, schedd, token, tools } = rig
  const orders = yield* encodeOrders({ endpoint, schedd, token, tools, temporaryDirectory, task })
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
    yield* Stream.decodeText(handle.stdout).pipe(
      Stream.splitLines,
      Stream.runForEach((word) =>
        Effect.suspend(() => {
          words.push(word)
          if (word !== "ready") return Effect.void
          went = performance.now()
          return Stream.run(Stream.make(new TextEncoder().encode("go\n")), handle.stdin).pipe(
            Effect.andThen(
              killWhen === undefined
                ? Effect.void
                : Effect.forkChild(Effect.andThen(killWhen, handle.kill({ killSignal: "SIGKILL" })))
            )
          )
        })
      )
    )
    yield* Effect.ignore(handle.exitCode)
    return { finished: words.includes("done"), lived: performance.now() - went }
  }))
})

/** A check that failed after a client was killed. */
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

/** The same payload for the fake. */
export const play = ({ arguments: [size = "0"], environment }: FakeSchedd.PayloadJob): FakeSchedd.Payload => ({
  duration: 0,
  stdout: `copy=${environment["COPY"]}\n`,
  files: { "big.txt": "x".repeat(Number(size)), "result.txt": `result of ${environment["COPY"]}\n` }
})

// Whether the output is complete, and belongs to this job.
const checkOutput = Effect.fnUntraced(function*(destination: string, handle: JobHandle.JobHandle, size: number) {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const directory = path.join(destination, JobOutput.directoryName(handle))
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

// Whether the destination has a file of that kind.
const hasFile = Effect.fnUntraced(function*(destination: string, kind: RegExp) {
  const fileSystem = yield* FileSystem.FileSystem
  const names = yield* Effect.orElseSucceed(
    fileSystem.readDirectory(destination, { recursive: true }),
    (): Array<string> => []
  )
  return names.some((name) => kind.test(name))
})

/** A file of output that a transfer has written. */
const transferred = /^\.htcondor-ce-[^/]*\/\d+\.\d+\/./
/** Output at its final place. */
const placed = /^[^.].*manifest\.json$/

// A client spends most of its time with queries, so a random instant would rarely hit a transfer.
const momentOf = Effect.fnUntraced(function*(trial: number, destination: string, span: Span) {
  if (trial % 3 === 0) return Effect.sleep(yield* span.instant)
  const kind = trial % 3 === 1 ? transferred : placed
  const delay = yield* Random.nextBetween(0, 100)
  const services = yield* Effect.context<FileSystem.FileSystem>()
  return hasFile(destination, kind).pipe(
    Effect.repeat({ until: (found) => found, schedule: Schedule.spaced("3 millis") }),
    Effect.andThen(Effect.sleep(delay)),
    Effect.provideContext(services)
  )
})

/**
 * Fetches jobs in clients that are killed at random instants: at any time, during the transfer, or after it. After each kill the output
 * of every job that has left the CE must be complete at the destination. Returns how many clients were killed before they had finished,
 * how many of these during a transfer, and how many after jobs had left the CE.
 */
export const fetches = Effect.fnUntraced(
  function*(rig: Rig, options: { readonly trials: number; readonly jobs: number; readonly size: number }) {
    const fileSystem = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const submitter = yield* Capability.Submitter
    const reporter = yield* Capability.StatusReporter
    const retriever = yield* Capability.OutputRetriever
    const purgeable = yield* Capability.Purgeable
    const workplace = yield* fileSystem.makeTempDirectoryScoped({ prefix: "crash-" })
    const executable = path.join(workplace, "payload.sh")
    yield* fileSystem.writeFileString(executable, payload, { mode: 0o755 })
    // Completed jobs for this number of clients.
    const completed = Effect.fnUntraced(function*(clients: number) {
      const { handles } = yield* submitter.submit(
        { executable, arguments: [String(options.size)], outputs: [{ name: "big.txt" }, { name: "result.txt" }] },
        copiesOf(clients * options.jobs),
        { key: yield* SubmissionKey.generate }
      )
      // Later tests at this CE must not find them.
      yield* Effect.addFinalizer((exit) => Exit.isFailure(exit) ? Effect.ignore(purgeable.purge(handles)) : Effect.void)
      yield* Stream.runDrain(reporter.watch(handles, { interval: "500 millis", maxInterval: "2 seconds" }))
      return Array.from(
        { length: clients },
        (_, client) => handles.slice(client * options.jobs, (client + 1) * options.jobs)
      )
    })
    let destinations = 0

    const trial = Effect.fnUntraced(function*(
      mine: ReadonlyArray<JobHandle.JobHandle>,
      span?: Span
    ) {
      const number = destinations++
      const destination = path.join(workplace, `output-${number}`)
      const killWhen = span === undefined ? undefined : yield* momentOf(number, destination, span)
      const { finished, lived } = yield* client(rig, workplace, { destination, handles: mine }, killWhen)
      const interrupted = yield* hasFile(destination, transferred)
      const outcomes = yield* retriever.fetch(mine, destination)
      let acknowledged = 0
      for (const [handle, outcome] of outcomes) {
        if (Result.isFailure(outcome)) {
          if (outcome.failure._tag !== "AlreadyRetrieved" || outcome.failure.manifest === undefined) {
            return yield* new Broken({ what: `${handle.job} of ${destination}: ${outcome.failure}` })
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
      return { finished, lived, acknowledged, interrupted }
    })

    const [one = [], two = [], last = []] = yield* completed(3)
    const whole = Effect.fnUntraced(function*(mine: ReadonlyArray<JobHandle.JobHandle>) {
      const { finished, lived } = yield* trial(mine)
      return finished ? lived : yield* new Broken({ what: "a client that nobody killed did not finish" })
    })
    const span = new Span(yield* whole(one), yield* whole(two))
    const killed = yield* untilKilled(
      options.trials,
      (count) =>
        Effect.flatMap(completed(count), (all) =>
          Effect.forEach(all, (mine) =>
            Effect.gen(function*() {
              const result = yield* trial(mine, span)
              if (result.finished) span.learn(result.lived)
              return result
            }), { concurrency: 3 }))
    )
    yield* whole(last)
    yield* ensureTidy(workplace)
    return {
      killed: killed.length,
      interrupted: killed.filter(({ interrupted }) => interrupted).length,
      acknowledged: killed.filter(({ acknowledged }) => acknowledged > 0).length
    }
  },
  Effect.scoped
)

/**
 * Submits in clients that are killed at random instants, and submits again with the same key. Each copy must then have one job. Returns
 * how many clients were killed before they had finished, and how many of their submissions were complete.
 */
export const submissions = Effect.fnUntraced(
  function*(rig: Rig, options: { readonly trials: number; readonly copies: number; readonly concurrency: number }) {
    const fileSystem = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const submitter = yield* Capability.Submitter
    const { cancel } = yield* Capability.Cancellable
    const workplace = yield* fileSystem.makeTempDirectoryScoped({ prefix: "crash-" })
    const executable = path.join(workplace, "payload.sh")
    // The input is large, so that the transfer takes a large part of the time.
    const sleep = `#!/bin/sh\nsleep 300\n#${"x".repeat(2_000_000)}\n`
    yield* fileSystem.writeFileString(executable, sleep, { mode: 0o755 })
    const all = Array.from({ length: options.copies }, (_, copy) => String(copy))

    const trial = Effect.fnUntraced(function*(delay: number | undefined) {
      const key = yield* SubmissionKey.generate
      const task = { key, copies: options.copies, executable, arguments: [] }
      const { finished, lived } = yield* client(
        rig,
        workplace,
        task,
        delay === undefined ? undefined : Effect.sleep(delay)
      )
      // A killed client may have left a transfer that still runs.
      const again = submitter.submit({ executable }, copiesOf(options.copies), { key }).pipe(
        Effect.retry({
          while: (error) => error._tag === "SubmissionConflict" && error.reason === "Staging",
          schedule: Schedule.spaced("1 second").pipe(Schedule.upTo({ times: 40 }))
        })
      )
      const first = yield* again
      yield* Effect.sleep(rig.afterlife)
      const { adopted, handles } = yield* again
      const found = (yield* rig.copies(key)).toSorted()
      // The first handles must stay.
      const stayed = first.handles.join() === handles.join()
      if (found.join() !== all.join() || !adopted || !stayed || handles.length !== options.copies) {
        return yield* new Broken({ what: `${key} after ${delay} ms: copies ${found.join()} and ${handles.join()}` })
      }
      yield* cancel(handles)
      return { finished, lived, whole: first.adopted }
    })

    const whole = Effect.fnUntraced(function*() {
      const { finished, lived } = yield* trial(undefined)
      return finished ? lived : yield* new Broken({ what: "a client that nobody killed did not finish" })
    })
    const span = new Span(yield* whole(), yield* whole())
    const killed = yield* untilKilled(options.trials, (count) =>
      Effect.forEach(
        Array.from({ length: count }),
        () =>
          Effect.gen(function*() {
            const result = yield* trial(yield* span.instant)
            if (result.finished) span.learn(result.lived)
            return result
          }),
        { concurrency: options.concurrency }
      ))
    yield* whole()
    yield* ensureTidy(workplace)
    return { killed: killed.length, whole: killed.filter(({ whole }) => whole).length }
  },
  Effect.scoped
)
