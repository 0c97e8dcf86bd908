/**
 * A fake site on which a fault strikes during an operation, and the conditions that hold at whatever moment it
 * strikes.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert } from "@effect/vitest"
import {
  Clock,
  Context,
  Duration,
  Effect,
  FileSystem,
  Layer,
  Logger,
  Path,
  Ref,
  Schedule,
  Schema,
  Stream
} from "effect"
import * as Manifest from "../../src/ce/internal/fetch/Manifest.ts"
import type { ClassAd } from "../../src/classad/index.ts"
import { Capability, CondorTool, Credential, JobHandle, JobOutput, SubmissionKey } from "../../src/index.ts"
import { FakeSchedd, TimeLapse } from "../../src/testing/index.ts"
import * as Backend from "../testing/Backend.ts"
import { Temporary } from "../testing/FakeSite.ts"
import { leftover } from "../testing/Leftover.ts"
import { literal } from "../testing/Literal.ts"
import * as Disk from "./Disk.ts"
import { type Answer, answerOf, type Attempt, onceOf } from "./FaultAttempt.ts"
import * as FaultAttempts from "./FaultAttempts.ts"

export type { Answer, Attempt, Failure } from "./FaultAttempt.ts"

/** Counts the tool runs, and runs an event before the run with a given number. */
export class Strike extends Context.Service<Strike, {
  /** From now on, `event` runs before the tool run number `call` (from 0). */
  arm(call: number, event: Effect.Effect<void>): Effect.Effect<void>
  /** Tool runs since then. */
  readonly calls: Effect.Effect<number>
}>()("test/ce/Strike") {
  static readonly layer = Layer.effectContext(
    Effect.gen(function*() {
      const tools = yield* CondorTool.CondorTool
      let seen = 0
      let armed: { readonly call: number; readonly event: Effect.Effect<void> } = { call: -1, event: Effect.void }
      const run = (call: CondorTool.ToolCall) =>
        Effect.suspend(() => {
          const event = seen++ === armed.call ? armed.event : Effect.void
          return Effect.andThen(event, tools.run(call))
        })
      return Context.make(CondorTool.CondorTool, CondorTool.make(run)).pipe(
        Context.add(Strike, {
          arm: (call, event) =>
            Effect.sync(() => {
              seen = 0
              armed = { call, event }
            }),
          calls: Effect.sync(() => seen)
        })
      )
    })
  )
}

/** The token that a credential request returns. */
export class Wallet extends Context.Service<Wallet, Ref.Ref<ReturnType<typeof FakeSchedd.token>>>()("test/ce/Wallet") {
  static readonly layer = Layer.effect(Wallet, Ref.make(FakeSchedd.token("pilot")))
}

const credentials = Layer.effect(
  Credential.CredentialProvider,
  Effect.map(Wallet, (wallet) => ({
    credentials: () => Effect.map(Ref.get(wallet), (token) => [Credential.Credential.cases.IdToken.make({ token })])
  }))
)

/** Timeout of each tool run. */
export const timeout = Duration.seconds(60)

export const backend = Layer.unwrap(Effect.gen(function*() {
  const { endpoint, schedd } = yield* FakeSchedd.FakeSchedd
  const { directory } = yield* Temporary
  return Backend.layer({
    endpoint,
    schedd,
    temporaryDirectory: directory,
    timeout,
    limits: { transferTimeout: timeout },
    spoolingGrace: "2 seconds"
  })
})).pipe(Layer.provide(credentials))

const text = (copy: number | string) => `result of ${copy}\n`.repeat(20)

export const services = (version: FakeSchedd.Version) =>
  backend.pipe(
    Layer.provideMerge(Strike.layer),
    Layer.provideMerge(FakeSchedd.layer({
      version,
      payload: ({ arguments: [seconds = "1"], environment }) => ({
        duration: `${Number(seconds)} seconds`,
        files: { "result.txt": text(environment["COPY"] ?? "") }
      })
    })),
    Layer.provideMerge(Layer.merge(Temporary.layer, Wallet.layer)),
    Layer.provideMerge(Disk.layer),
    Layer.provideMerge(NodeServices.layer),
    // Drops the warnings of an operation that could not clean up.
    Layer.provide(Logger.layer([]))
  )

export type Services = Layer.Success<ReturnType<typeof services>>

const decodeHandle = Schema.decodeEffect(Schema.fromJsonString(Schema.Struct({ handle: JobHandle.JobHandle })))

export const copies = Array.from({ length: 3 }, (_, index) => ({ environment: { COPY: `${index}` } }))

const spec = (seconds: number) => ({
  executable: "/bin/true",
  arguments: [`${seconds}`],
  outputs: [{ name: "result.txt" }]
})

/** The operations that every caller uses. */
export type Usual = "submit" | "status" | "fetch" | "cancel" | "purge"

export const usual: ReadonlyArray<Usual> = ["submit", "status", "fetch", "cancel", "purge"]

export type Name = Usual | FaultAttempts.Name

/** All that the fault tests do with a site. */
export const scene = Effect.gen(function*() {
  const fake = yield* FakeSchedd.FakeSchedd
  const strike = yield* Strike
  const { directory: temporary } = yield* Temporary
  const submitter = yield* Capability.Submitter
  const reporter = yield* Capability.StatusReporter
  const retriever = yield* Capability.OutputRetriever
  const { cancel } = yield* Capability.Cancellable
  const { purge } = yield* Capability.Purgeable
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const root = yield* fileSystem.makeTempDirectoryScoped({ prefix: "faults-" })

  const jobsOf = (ads: ReadonlyArray<ClassAd.ClassAd>, key: string) =>
    ads.filter((ad) => literal(ad, "EffectCEKey") === key)
  // The jobs that are in the queue to stay.
  const queued = (key: string) =>
    Effect.map(fake.queue, (ads) => jobsOf(ads, key).filter((ad) => literal(ad, "JobStatus") !== "3"))
  const gone = Effect.fnUntraced(function*(key: string, status: string, reason: string) {
    yield* Effect.sleep("3 seconds")
    assert.deepStrictEqual(jobsOf(yield* fake.queue, key), [])
    for (const ad of jobsOf(yield* fake.history, key)) {
      assert.strictEqual(literal(ad, "LastJobStatus") === "4" ? "4" : "3", status)
      assert.match(literal(ad, "RemoveReason"), new RegExp(`^${reason}`))
    }
  })
  const submitted = Effect.fnUntraced(function*(seconds: number) {
    const key = yield* SubmissionKey.generate
    return { key, handles: (yield* submitter.submit(spec(seconds), copies, { key })).handles }
  })
  const completed = Effect.fnUntraced(function*() {
    const submission = yield* submitted(1)
    yield* Stream.runDrain(reporter.watch(submission.handles, { interval: "1 second" }))
    return submission
  })

  const started = Effect.tap(submitted(600), () => Effect.sleep("3 seconds"))

  const statusAnswer = (handles: ReadonlyArray<JobHandle.JobHandle>) =>
    answerOf(reporter.status(handles), ({ _tag }) => _tag)
  const fetchAnswer = (handles: ReadonlyArray<JobHandle.JobHandle>, destination: string) =>
    answerOf(retriever.fetch(handles, destination), ({ released }) => released ? "Retrieved" : "Unreleased")

  const manifests = yield* Manifest.make

  /** Checks a destination: it has only outputs, each complete and of the right job. Returns their copies. */
  const outputs = Effect.fnUntraced(function*(destination: string) {
    const names = yield* Effect.orElseSucceed(fileSystem.readDirectory(destination), () => [])
    // The output of a held job is complete, and has its record, but is never taken for output of a completed job.
    for (const name of names.filter(FaultAttempts.isOfHeld)) {
      const held = path.join(destination, name)
      assert.deepStrictEqual((yield* Effect.orDie(fileSystem.readDirectory(held))).toSorted(), [
        "files",
        "job.log",
        "partial.json",
        "stderr",
        "stdout"
      ])
      assert.strictEqual(
        yield* Effect.orDie(fileSystem.readFileString(path.join(held, "files", "result.txt"))),
        text("0")
      )
    }
    return yield* Effect.forEach(
      names.filter((name) => !FaultAttempts.isOfHeld(name)).toSorted(),
      (name) =>
        Effect.gen(function*() {
          const { handle } = yield* decodeHandle(
            yield* fileSystem.readFileString(path.join(destination, name, "manifest.json"))
          )
          assert.strictEqual(JobOutput.directoryName(handle), name)
          const standing = yield* (yield* manifests.standings(destination, { identity: handle, former: [] }))(handle)
          assert.deepStrictEqual(standing?.missing, [])
          assert.deepStrictEqual(standing?.output.files.map((file) => file.name), ["result.txt"])
          const result = path.join(destination, name, "files", "result.txt")
          assert.strictEqual(yield* fileSystem.readFileString(result), text(handle.copy))
          return handle.copy
        }).pipe(Effect.orDie)
    )
  })

  let destinations = 0
  const begin: Record<Name, Effect.Effect<Attempt, unknown>> = {
    ...yield* FaultAttempts.make({ root, copies, spec, queued, gone }),
    submit: Effect.gen(function*() {
      const key = yield* SubmissionKey.generate
      // After a schedd was killed, its transfer may look as if it continues, until the longest time for a transfer is
      // over.
      const patient = Effect.retry(submitter.submit(spec(600), copies, { key }), {
        while: (error) => error._tag === "SubmissionConflict" && error.reason === "Staging",
        schedule: Schedule.spaced("10 seconds").pipe(Schedule.upTo({ times: 6 }))
      })
      const run = Effect.match(patient, {
        onFailure: ({ _tag }) => _tag,
        onSuccess: ({ adopted }) => adopted ? "Adopted" : "Submitted"
      })
      const done = Effect.gen(function*() {
        const jobs = yield* queued(key)
        assert.deepStrictEqual(jobs.map((ad) => literal(ad, "EffectCECopy")).toSorted(), ["0", "1", "2"])
        assert.strictEqual(yield* run, "Adopted")
        assert.strictEqual((yield* queued(key)).length, 3)
      })
      const once = Effect.map(
        submitter.submit(spec(600), copies, { key }),
        ({ adopted }) => adopted ? "Adopted" : "Submitted"
      )
      return { key, handles: [], run, once, done, destination: root }
    }),
    status: Effect.map(started, ({ handles, key }) => {
      const run = statusAnswer(handles)
      return {
        key,
        handles,
        run,
        once: onceOf(reporter.status(handles), ({ _tag }) => _tag),
        done: Effect.map(run, (answer) => assert.strictEqual(answer, "Running")),
        destination: root
      }
    }),
    fetch: Effect.map(completed(), ({ handles, key }) => {
      const destination = path.join(root, `${destinations++}`)
      const done = Effect.gen(function*() {
        assert.deepStrictEqual(yield* outputs(destination), [0, 1, 2])
        assert.strictEqual(yield* fetchAnswer(handles, `${destination}-again`), "AlreadyRetrieved")
        assert.deepStrictEqual(yield* outputs(`${destination}-again`), [])
        yield* gone(key, "4", "output retrieved")
      })
      const once = onceOf(
        retriever.fetch(handles, destination),
        ({ released }) => released ? "Retrieved" : "Unreleased"
      )
      return { key, handles, run: fetchAnswer(handles, destination), once, done, destination }
    }),
    cancel: Effect.map(started, ({ handles, key }) => ({
      key,
      handles,
      run: answerOf(cancel(handles), ({ _tag }) => _tag),
      once: onceOf(cancel(handles), ({ _tag }) => _tag),
      done: gone(key, "3", "cancelled"),
      destination: root
    })),
    purge: Effect.map(completed(), ({ handles, key }) => ({
      key,
      handles,
      run: answerOf(purge(handles), ({ _tag }) => _tag),
      once: onceOf(purge(handles), ({ _tag }) => _tag),
      done: gone(key, "4", "output purged"),
      destination: root
    }))
  }

  /** Holds at any time: no file of ours is left, and the outputs at a destination are complete. */
  const tidy = Effect.fnUntraced(function*(destination: string) {
    assert.deepStrictEqual(leftover(yield* Effect.orDie(fileSystem.readDirectory(temporary)), 1), [])
    if (destination !== root) yield* outputs(destination)
  })

  /** Runs an operation, and also returns its duration. */
  const timed = Effect.fnUntraced(function*(run: Effect.Effect<Answer>) {
    const began = yield* Clock.currentTimeMillis
    const answer = yield* run
    return { answer, took: (yield* Clock.currentTimeMillis) - began }
  })

  return {
    fake,
    strike,
    temporary,
    root,
    fileSystem,
    submitter,
    begin,
    tidy,
    timed,
    queued,
    outputs,
    statusAnswer,
    fetchAnswer,
    attribute: literal,
    jobsOf
  }
})

export type Scene = Effect.Success<typeof scene>

/** Runs an effect while the clock advances. */
export const playing = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  TimeLapse.run(effect, { step: "250 millis", longest: "5 seconds" })
