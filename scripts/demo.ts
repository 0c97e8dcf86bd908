/**
 * The main job on a real HTCondor-CE: `node scripts/demo.ts [lts|latest]`.
 *
 * It starts `scripts/stack` if it is not running, and then ends it again.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Context from "effect/Context"
import * as Digest from "effect/crypto/Digest"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Predicate from "effect/Predicate"
import * as ChildProcess from "effect/process/ChildProcess"
import * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import { interrupts } from "../src/cli/BrokenPipe.ts"
import { line } from "../src/cli/Progress.ts"
import { Capability, CondorTool, Credential, HTCondorCE, JobHandle, Outcomes, SubmissionKey } from "../src/index.ts"

class DemoFailed extends Schema.TaggedError<DemoFailed>("scripts/demo/DemoFailed")("DemoFailed", {
  message: Schema.String
}) {}

const fail = (message: string) => new DemoFailed({ message })

const Version = Schema.Literals(["lts", "latest"])

/** The running stack: where its CE is, and its `condor_q`, which this library has no part in. */
class Stack extends Context.Service<Stack, {
  readonly version: typeof Version.Type
  readonly endpoint: string
  readonly schedd: string
  readonly tokenFile: string
  readonly binDirectory: string
  readonly keysInQueue: Effect.Effect<ReadonlyArray<string>, DemoFailed>
}>()("scripts/demo/Stack") {
  static readonly layer = (version: typeof Version.Type) =>
    Layer.effect(
      Stack,
      Effect.gen(function*() {
        const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
        const path = yield* Path.Path
        const script = path.resolve(import.meta.dirname, "stack")
        const run = (args: ReadonlyArray<string>, output: "inherit" | "ignore") =>
          spawner.exitCode(
            ChildProcess.make(script, args, { extendEnv: true, stdin: "ignore", stdout: output, stderr: output })
          ).pipe(Effect.catch(() => Effect.succeed(ChildProcessSpawner.ExitCode(127))))
        const read = (command: string, args: ReadonlyArray<string>) =>
          spawner.lines(ChildProcess.make(command, args, { extendEnv: true, stdin: "ignore" })).pipe(
            Effect.mapError(() => fail(`${command} ${args.join(" ")} failed`))
          )

        if ((yield* run(["status", version], "ignore")) !== 0) {
          const [system, user] = [...yield* read("uname", ["-s"]), ...yield* read("id", ["-u"])]
          if (system !== "Linux" || user !== "0") {
            return yield* fail(
              `the stack "${version}" is not running, and to start it needs Linux and root (this is ${system}, user id ` +
                `${user}): try "sudo scripts/stack up ${version}" first`
            )
          }
          yield* Console.log(`Starting a real HTCondor (scripts/stack up ${version}); the first time it is built first`)
          yield* Effect.addFinalizer(() =>
            Effect.andThen(run(["down", version], "ignore"), Console.log(`Stopped it (scripts/stack down ${version})`))
          )
          if ((yield* run(["up", version], "inherit")) !== 0) {
            return yield* fail(`scripts/stack up ${version} failed, its words are above`)
          }
        }
        const exports = (yield* read(script, ["env", version])).join("\n")
        const value = (name: string) => new RegExp(`^export HTCONDOR_CE_${name}=(.*)$`, "m").exec(exports)?.[1] ?? ""
        return {
          version,
          endpoint: value("ENDPOINT"),
          schedd: value("SCHEDD"),
          tokenFile: value("TOKEN_FILE"),
          binDirectory: value("CONDOR_BIN"),
          keysInQueue: read(script, ["exec", version, "condor_q", "-allusers", "-af", "EffectCEKey"])
        }
      })
    )
}

const backend = Layer.unwrap(
  Effect.map(Stack, ({ binDirectory, endpoint, schedd, tokenFile }) =>
    HTCondorCE.layer({ endpoint, schedd }).pipe(
      Layer.provide([CondorTool.layer({ binDirectory }), Credential.layerTokenFile(tokenFile)])
    ))
)

const words = ["moin", "hej", "ahoj", "salut", "ciao", "servus", "hoi", "hola"]

const timed = Effect.fnUntraced(function*<A, E, R>(effect: Effect.Effect<A, E, R>) {
  const begin = yield* Clock.currentTimeMillis
  const value = yield* effect
  const seconds = ((yield* Clock.currentTimeMillis) - begin) / 1000
  return [value, `${seconds.toFixed(1)} s`] as const
})

const tally = (tags: ReadonlyArray<string>): string =>
  Array.from(Map.groupBy(tags, (tag) => tag), ([tag, some]) => `${some.length} ${tag}`).join(", ")

const tagsOf = <A, E extends { readonly _tag: string }>(
  outcomes: Outcomes.Outcomes<A, E>,
  tag: (value: A) => string
): ReadonlyArray<string> =>
  Array.from(outcomes, ([, outcome]) => Result.match(outcome, { onSuccess: tag, onFailure: (error) => error._tag }))

const columns = (cells: ReadonlyArray<string>, count: number, width: number) =>
  Effect.forEach(
    Map.groupBy(cells.keys(), (index) => Math.floor(index / count)).values(),
    (row) => Console.log(`   ${row.map((index) => (cells[index] ?? "").padEnd(width)).join("").trimEnd()}`)
  )

const follow = Effect.fnUntraced(
  function*(handles: ReadonlyArray<JobHandle.JobHandle>) {
    const reporter = yield* Capability.StatusReporter
    const show = yield* line
    const tags = new Map<string, string>()
    yield* reporter.watch(handles, { interval: "1 second" }).pipe(
      Stream.runForEachArray((changes) => {
        for (const { handle, outcome } of changes) tags.set(String(handle), Result.merge(outcome)._tag)
        return show(`   ${tally(Array.from(tags.values()).toSorted())}`)
      })
    )
  },
  Effect.scoped
)

const story = Effect.gen(function*() {
  const { endpoint, keysInQueue, version } = yield* Stack
  const submitter = yield* Capability.Submitter
  const reporter = yield* Capability.StatusReporter
  const retriever = yield* Capability.OutputRetriever
  const cancellable = yield* Capability.Cancellable
  const purgeable = yield* Capability.Purgeable
  const digest = yield* Digest.Digest
  const random = yield* SecureRandom.SecureRandom
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path

  const payload = path.resolve(import.meta.dirname, "demo-payload.sh")
  const copyOf = (nap: number) => (index: number) =>
    Effect.map(random.uuidV4(), (secret) => ({
      environment: { COPY: `${index}`, WORD: words[index % words.length] ?? "", NAP: `${nap}` },
      secrets: { secret: Redacted.make(secret) }
    }))
  const submit = Effect.fnUntraced(function*(count: number, nap: number, cpus = 1) {
    const key = yield* SubmissionKey.generate
    const copies = yield* Effect.forEach(Array.from({ length: count }, (_, index) => index), copyOf(nap))
    const submission = yield* Effect.acquireRelease(
      submitter.submit({ executable: payload, resources: { cpus } }, copies, { key }),
      // However this ends, no job of the demo stays behind.
      ({ handles }) => Effect.ignore(Effect.andThen(cancellable.cancel(handles), purgeable.purge(handles))),
      { interruptible: true }
    )
    return { ...submission, copies }
  })

  yield* Console.log(`\nA real HTCondor-CE (${version}) at ${endpoint}\n`)

  yield* Console.log("1. One call submits 20 copies, each with its own environment and its own secret file")
  const [{ copies, handles, key }, submitTime] = yield* timed(submit(20, 1))
  yield* Console.log(`   ${handles.length} jobs after ${submitTime}, the first is ${String(handles[0])}\n`)

  yield* Console.log("2. They are followed to their end")
  const [, followTime] = yield* timed(follow(handles))
  yield* Console.log(`   all ended after ${followTime}\n`)

  yield* Console.log("3. Their output is fetched: stdout of each copy, checked against what it was given")
  const destination = yield* fileSystem.makeTempDirectoryScoped({ prefix: "htcondor-ce-demo-" })
  const [fetched, fetchTime] = yield* timed(retriever.fetch(handles, destination))
  const lines = yield* Effect.forEach(handles, (handle, index) =>
    Effect.gen(function*() {
      const outcome = yield* Effect.fromOption(Outcomes.get(fetched, handle))
      const output = yield* Effect.fromResult(outcome)
      const copy = copies[index]
      const secret = copy === undefined ? "" : Redacted.value(copy.secrets.secret)
      const hash = (yield* digest.digestHex(Digest.sha256, new TextEncoder().encode(secret))).slice(0, 8)
      const stdout = (yield* fileSystem.readFileString(output.stdout.path)).trim()
      if (stdout !== `copy ${index} says ${copy?.environment.WORD}, secret sha256:${hash}`) {
        return yield* fail(`copy ${index} printed something else: ${stdout}`)
      }
      return `✓ ${stdout}`
    }))
  yield* columns(lines, 2, 48)
  yield* Console.log(`   ${tally(tagsOf(fetched, () => "Retrieved"))} after ${fetchTime}\n`)

  yield* Console.log("4. Output is given once: fetched again, each id has its answer")
  const again = yield* retriever.fetch(handles, destination)
  const answers = Outcomes.failures(again).toSorted(([left], [right]) => left.copy - right.copy)
  if (answers.length !== handles.length || answers.some(([, error]) => error._tag !== "AlreadyRetrieved")) {
    return yield* fail(`expected 20 AlreadyRetrieved: ${tally(tagsOf(again, () => "Retrieved"))}`)
  }
  yield* columns(answers.map(([handle, error]) => `${handle.job} ${error._tag}`), 4, 26)
  yield* Console.log("")

  yield* Console.log("5. A partial cancel: some running, waiting, finished and unknown jobs in one call")
  const long = yield* submit(3, 600)
  const greedy = yield* submit(2, 600, 1000)
  const more = [...long.handles, ...greedy.handles]
  yield* reporter.watch(long.handles, { interval: "1 second" }).pipe(
    Stream.filter(({ outcome }) => Result.merge(outcome)._tag === "Running"),
    Stream.take(long.handles.length),
    Stream.runDrain,
    Effect.timeoutOrElse({ duration: "2 minutes", orElse: () => Effect.fail(fail("the pool did not run 3 jobs")) })
  )
  const before = yield* reporter.status(more)
  const now = (handle: JobHandle.JobHandle) =>
    Option.match(Outcomes.get(before, handle), { onNone: () => "", onSome: (one) => Result.merge(one)._tag })
  const [finished] = handles
  if (finished === undefined) return yield* fail("there is no first job")
  const asked = [
    ...[...long.handles.slice(0, 2), ...greedy.handles.slice(0, 1)].map((handle) => [now(handle), handle] as const),
    ["Completed, fetched", finished],
    ["no such job", JobHandle.JobHandle.make({ ...finished, job: "999999.0" })],
    ["of another CE", JobHandle.JobHandle.make({ ...finished, endpoint: "ce.example.org:9619" })]
  ] as const
  const cancelled = yield* cancellable.cancel(asked.map(([, handle]) => handle))
  const outcome = (handle: JobHandle.JobHandle) =>
    Option.match(Outcomes.get(cancelled, handle), {
      onNone: () => "no answer",
      onSome: (one) => Result.merge(one)._tag
    })
  yield* Effect.forEach(
    asked,
    ([what, handle]) => Console.log(`   ${handle.job.padEnd(9)} ${what.padEnd(19)} ${outcome(handle)}`)
  )
  const expected = "Cancelled, Cancelled, Cancelled, AlreadyFinished, UnknownJob, WrongEndpoint"
  if (asked.map(([, handle]) => outcome(handle)).join(", ") !== expected) return yield* fail(`expected ${expected}`)
  const after = yield* reporter.status(more)
  yield* Console.log(`   the ${more.length} new jobs are now: ${tally(tagsOf(after, (status) => status._tag))}\n`)

  yield* Console.log("6. Nothing is left")
  const rest = yield* cancellable.cancel(more)
  yield* Console.log(`   the rest is cancelled too, one answer per id: ${tally(tagsOf(rest, (done) => done._tag))}`)
  const ours = new Set<string>([key, long.key, greedy.key])
  const queue = yield* Effect.repeat(keysInQueue, {
    schedule: Schedule.spaced("500 millis").pipe(Schedule.upTo({ times: 120 })),
    until: (keys) => !keys.some((one) => ours.has(one))
  })
  if (queue.some((one) => ours.has(one))) return yield* fail("condor_q of the CE still shows jobs of this demo")
  yield* Console.log(
    `   condor_q of the CE: ${queue.length === 0 ? "empty" : `no job of ours, ${queue.length} of somebody else`}\n`
  )
}).pipe(Effect.scoped)

const main = Effect.gen(function*() {
  const stdio = yield* Stdio.Stdio
  const [version = "latest"] = yield* stdio.args
  const checked = yield* Effect.mapError(
    Schema.decodeUnknownEffect(Version)(version),
    () => fail("which stack? node scripts/demo.ts [lts|latest]")
  )
  const services = backend.pipe(
    Layer.provideMerge(Stack.layer(checked)),
    Layer.provideMerge(Layer.mergeAll(Digest.layerWebCrypto, SecureRandom.layerWebCrypto))
  )
  yield* Effect.provide(story, services)
})

main.pipe(
  interrupts,
  Effect.tapCause((cause) => {
    if (Cause.hasInterruptsOnly(cause)) return Effect.void
    const error = Cause.squash(cause)
    return Console.error(`demo: ${Predicate.isError(error) ? error.message : String(error)}`)
  }),
  Effect.provide(NodeServices.layer),
  NodeRuntime.runMain({ disableErrorReporting: true })
)
