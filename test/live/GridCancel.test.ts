/**
 * Remains at a CE of jobs that are cancelled while a gridmanager submits them, or after their gridmanager has exited.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Random, Result, Schedule } from "effect"
import { Capability, type JobHandle, SubmissionKey } from "../../src/index.ts"
import { toSchedd } from "./Signal.ts"
import { backend, Stack, type Version, versions } from "./Stack.ts"

const onStack = (version: Version) =>
  Layer.unwrap(Effect.map(Stack, (stack) => backend(stack.config, stack.credentials))).pipe(
    Layer.provideMerge(Stack.layer(version)),
    Layer.provideMerge(NodeServices.layer)
  )

const submit = Effect.fnUntraced(function*(seconds: number, copies: number) {
  const submitter = yield* Capability.Submitter
  const { cancel } = yield* Capability.Cancellable
  const key = yield* SubmissionKey.generate
  const { handles } = yield* submitter.submit(
    { executable: "/bin/sleep", arguments: [String(seconds)] },
    Array.from({ length: copies }, () => ({})),
    { key }
  )
  yield* Effect.addFinalizer(() => Effect.ignore(cancel(handles)))
  return { key, handles }
})

/** The jobs at the CE with one of these keys that came through the submit host, one line each. */
const atCE = Effect.fnUntraced(function*(keys: ReadonlyArray<string>) {
  const stack = yield* Stack
  const constraint = keys.map((key) => `EffectCEGridKey =?= "${key}"`).join(" || ")
  const answer = yield* stack.exec(
    "condor_q",
    "-allusers",
    "-constraint",
    constraint,
    "-af:j",
    "JobStatus",
    "HoldReason"
  )
  return answer.exitCode === 0 ? answer.stdout.trim() : "the CE does not answer"
})

const atSubmitHost = Effect.fnUntraced(function*(keys: ReadonlyArray<string>) {
  const { exec, submitHost = [] } = yield* Stack
  const constraint = keys.map((key) => `EffectCEKey =?= "${key}"`).join(" || ")
  const { stdout } = yield* exec(
    "condor_q",
    ...submitHost,
    "-constraint",
    constraint,
    "-af:j",
    "JobStatus",
    "GridJobId"
  )
  return stdout.trim()
})

const eventually =
  (seconds: number) => <E, R>(effect: Effect.Effect<string, E, R>, until: (value: string) => boolean) =>
    Effect.repeat(effect, {
      schedule: Schedule.spaced("1 second").pipe(Schedule.upTo({ duration: `${seconds} seconds` })),
      until
    })

const isEmpty = (text: string) => text === ""

describe("with a submit host", () => {
  for (const version of versions) {
    it.layer(onStack(version), { excludeTestServices: true, timeout: "60 seconds" })(`grid on ${version}`, (it) => {
      it.effect("cancel: leaves nothing at the CE of 200 jobs, at whatever moment they are cancelled", () =>
        Effect.gen(function*() {
          const { cancel } = yield* Capability.Cancellable
          // This starts the gridmanager before the test, since it takes some seconds.
          const first = yield* submit(600, 1)
          yield* eventually(60)(atCE([first.key]), (text) => text !== "")
          const rounds = yield* Effect.forEach(Array.from({ length: 5 }), () =>
            Effect.gen(function*() {
              const { handles, key } = yield* submit(300, 40)
              // One call cancels the jobs of one moment.
              const moments = new Map<number, Array<JobHandle.JobHandle>>()
              for (const handle of handles) {
                const quarter = yield* Random.nextIntBetween(0, 24)
                moments.set(quarter, [...moments.get(quarter) ?? [], handle])
              }
              const outcomes = yield* Effect.forEach(
                moments,
                ([quarter, some]) => Effect.delay(cancel(some), `${250 * quarter} millis`),
                { concurrency: "unbounded" }
              )
              return { key, outcomes: outcomes.flatMap((some) => Array.from(some)) }
            }), { concurrency: 2 }).pipe(Random.withSeed("hand-over"))
          const keys = rounds.map(({ key }) => key)
          const outcomes = rounds.flatMap((round) => round.outcomes)
          assert.lengthOf(outcomes, 200)
          const others = outcomes.flatMap(([handle, one]) =>
            Result.isSuccess(one) && one.success._tag === "Cancelled" ? [] : [`${handle.job} ${String(one)}`]
          )
          assert.deepStrictEqual(others, [])
          assert.strictEqual(yield* eventually(60)(atSubmitHost(keys), isEmpty), "")
          assert.strictEqual(yield* eventually(30)(atCE(keys), isEmpty), "")
        }).pipe(Effect.scoped))

      it.effect("retention: a completed job leaves the CE although no gridmanager releases it", () =>
        Effect.gen(function*() {
          const stack = yield* Stack
          const signal = (name: string) => stack.inside("sh", "-c", `kill -${name} $(pgrep -x condor_gridmana)`)
          const { key } = yield* submit(5, 1).pipe(
            Effect.provide(backend({ ...stack.config, retention: "20 seconds" }, stack.credentials))
          )
          yield* eventually(60)(atCE([key]), (text) => / 2 /.test(text))
          yield* Effect.acquireUseRelease(
            signal("STOP"),
            () =>
              Effect.gen(function*() {
                assert.match(yield* eventually(60)(atCE([key]), (text) => / 4 /.test(text)), / 4 /)
                assert.strictEqual(yield* eventually(60)(atCE([key]), isEmpty), "")
              }),
            () => signal("CONT")
          )
        }).pipe(Effect.scoped))

      it.effect("retention: completed jobs leave a CE whose schedd is killed while it releases them", () =>
        Effect.gen(function*() {
          const stack = yield* Stack
          const { key } = yield* submit(1, 10).pipe(
            Effect.provide(backend({ ...stack.config, retention: "30 seconds" }, stack.credentials))
          )
          const fetched = stack.exec(
            "condor_q",
            "-allusers",
            "-constraint",
            `EffectCEGridKey =?= "${key}" && StageOutFinish =!= undefined`,
            "-af:j",
            "StageOutFinish"
          ).pipe(Effect.map(({ stdout }) => stdout.trim()))
          yield* Effect.repeat(fetched, {
            schedule: Schedule.spaced("100 millis").pipe(Schedule.upTo({ duration: "90 seconds" })),
            until: (text) => text !== ""
          })
          yield* stack.inside("sh", "-c", toSchedd("KILL"))
          yield* eventually(30)(atCE([key]), (text) => text === "the CE does not answer")
          // A job whose status was being sent back may be held at the CE (code 14), and at the submit host, too.
          const left = yield* eventually(90)(atCE([key]), (text) => !/ 4 |not answer/.test(text))
          assert.notMatch(left, / 4 |not answer/)
        }).pipe(Effect.scoped))
    })
  }
})
