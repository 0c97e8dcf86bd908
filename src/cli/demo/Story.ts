/**
 * The steps of the demos. They run on any CE.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Context from "effect/Context"
import * as Digest from "effect/crypto/Digest"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Capability from "../../contract/Capability.ts"
import * as JobHandle from "../../contract/JobHandle.ts"
import * as Outcomes from "../../contract/Outcomes.ts"
import * as SubmissionKey from "../../contract/SubmissionKey.ts"
import { line } from "../Progress.ts"

/**
 * A step of the demo had an unexpected result.
 *
 * @category errors
 * @since 0.1.0
 */
export class DemoFailed extends Schema.TaggedError<DemoFailed>("effect-htcondor-ce/DemoFailed")("DemoFailed", {
  message: Schema.String
}) {}

/**
 * Makes a {@link DemoFailed}.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fail = (message: string) => new DemoFailed({ message })

/**
 * The versions of HTCondor that a demo can run on.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Version = Schema.Literals(["lts", "latest"])

/**
 * @category models
 * @since 0.1.0
 */
export type Version = typeof Version.Type

/**
 * The CE of the demo, and a view of its queue that does not use this library: the submission keys of its jobs.
 *
 * @category services
 * @since 0.1.0
 */
export class Stage extends Context.Service<Stage, {
  readonly title: string
  readonly endpoint: string
  readonly keysInQueue: Effect.Effect<ReadonlyArray<string>, DemoFailed>
}>()("effect-htcondor-ce/cli/demo/Stage") {}

// The payload of each copy. It proves that the copy has its own environment and its own secret.
const script = `#!/bin/sh
digest=$( (sha256sum secret || shasum -a 256 secret) 2>/dev/null | cut -c1-8)
echo "copy $COPY says $WORD, secret sha256:$digest"
sleep "\${NAP:-0}"
`

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
    yield* reporter.watch(handles, { interval: "1 second", maxInterval: "2 seconds" }).pipe(
      Stream.runForEachArray((changes) => {
        for (const { handle, outcome } of changes) tags.set(String(handle), Result.merge(outcome)._tag)
        return show(`   ${tally(Array.from(tags.values()).toSorted())}`)
      })
    )
  },
  Effect.scoped
)

/**
 * Runs all steps: submit, follow, fetch, cancel. No job is left at the end.
 *
 * @category running
 * @since 0.1.0
 */
export const story = Effect.gen(function*() {
  const { endpoint, keysInQueue, title } = yield* Stage
  const submitter = yield* Capability.Submitter
  const reporter = yield* Capability.StatusReporter
  const retriever = yield* Capability.OutputRetriever
  const cancellable = yield* Capability.Cancellable
  const purgeable = yield* Capability.Purgeable
  const digest = yield* Digest.Digest
  const random = yield* SecureRandom.SecureRandom
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path

  const payload = path.join(yield* fileSystem.makeTempDirectoryScoped({ prefix: "htcondor-ce-demo-" }), "payload.sh")
  yield* fileSystem.writeFileString(payload, script, { mode: 0o755 })
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
      // No job of the demo is left, however it ends.
      ({ handles }) => Effect.ignore(Effect.andThen(cancellable.cancel(handles), purgeable.purge(handles))),
      { interruptible: true }
    )
    return { ...submission, copies }
  })

  yield* Console.log(`\n${title} at ${endpoint}\n`)

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
  yield* reporter.watch(long.handles, { interval: "1 second", maxInterval: "2 seconds" }).pipe(
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
