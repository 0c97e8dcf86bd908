import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Queue, Result, Stream } from "effect"
import * as RemoteWatch from "../../../src/cluster/internal/RemoteWatch.ts"
import {
  BackendError,
  type Capability,
  JobError,
  JobHandle,
  type JobStatus,
  SubmissionKey
} from "../../../src/index.ts"

const job = (number: number) =>
  new JobHandle.JobHandle({
    backend: "htcondor-ce",
    endpoint: "ce.example.org:9619",
    scheduler: "ce.example.org",
    job: `${number}.0`,
    key: SubmissionKey.SubmissionKey.make("key"),
    copy: number
  })

const waiting: JobStatus.JobStatus = { _tag: "Waiting" }
const done: JobStatus.JobStatus = { _tag: "Completed", exit: { _tag: "Code", code: 0 }, output: "Kept" }

const change = (number: number, status: JobStatus.JobStatus): Capability.StatusChange => ({
  handle: job(number),
  outcome: Result.succeed(status)
})

const told = ({ handle, outcome, previous }: Capability.StatusChange) =>
  `${handle.copy} ${Result.isSuccess(outcome) ? outcome.success._tag : "failed"}${
    previous === undefined ? "" : ` after ${previous._tag}`
  }`

/** The changes that a watch reports for these answers of owners, and the jobs of each request. */
const watching = (
  handles: ReadonlyArray<JobHandle.JobHandle> | Stream.Stream<ReadonlyArray<JobHandle.JobHandle>>,
  answers: ReadonlyArray<ReadonlyArray<Capability.StatusChange>>,
  known: ReadonlyArray<readonly [JobHandle.JobHandle, JobStatus.JobStatus]> = []
) =>
  Effect.gen(function*() {
    const asked: Array<ReadonlyArray<number>> = []
    const watch = RemoteWatch.make((some) => {
      asked.push(some.map(({ copy }) => copy))
      return Stream.concat(Stream.fromIterable(answers[asked.length - 1] ?? []), Stream.never)
    })
    const changes = yield* Stream.runCollect(watch(handles, { known }))
    return { asked, told: changes.map(told) }
  })

describe("RemoteWatch", () => {
  it.effect("leaves out changes that an owner reports again, and ends with the last job", () =>
    Effect.gen(function*() {
      const answer = [change(1, waiting), change(2, done), change(1, waiting), change(2, done), change(1, done)]
      assert.deepStrictEqual(yield* watching([job(1), job(2)], [answer]), {
        asked: [[1, 2]],
        told: ["1 Waiting", "2 Completed", "1 Completed after Waiting"]
      })
    }))

  it.effect("reports another time and a failure that ends, and not a time that an owner adds later", () =>
    Effect.gen(function*() {
      const at = (hour: number): JobStatus.JobStatus => ({
        _tag: "Waiting",
        since: DateTime.makeUnsafe({ year: 2027, hour })
      })
      const handle = job(1)
      const unavailable = (): Capability.StatusChange => ({
        handle,
        outcome: Result.fail(
          new JobError.StatusUnavailable({
            handle,
            error: new BackendError.CEUnavailable({ endpoint: "ce.example.org:9619", detail: "down" })
          })
        )
      })
      const gone: Capability.StatusChange = {
        handle,
        outcome: Result.fail(new JobError.WrongEndpoint({ handle, endpoint: "other.example.org" }))
      }
      const same = [change(1, waiting), change(1, at(1)), change(1, waiting), change(1, at(1))]
      const { told } = yield* watching([handle], [
        [...same, change(1, at(2)), unavailable(), unavailable(), gone]
      ])
      assert.deepStrictEqual(told, [
        "1 Waiting",
        "1 Waiting after Waiting",
        "1 failed after Waiting",
        "1 failed"
      ])
    }))

  it.effect("reports changes of known jobs", () =>
    Effect.gen(function*() {
      const { told } = yield* watching([job(1)], [[change(1, waiting), change(1, done)]], [[job(1), waiting]])
      assert.deepStrictEqual(told, ["1 Completed after Waiting"])
    }))

  it.effect("does not wait for a job that is known to have ended after the others have left the set", () =>
    Effect.gen(function*() {
      const sets = yield* Queue.unbounded<ReadonlyArray<JobHandle.JobHandle>>()
      yield* Queue.offerAll(sets, [[job(1), job(2)], [job(1)]])
      const handles = Stream.fromQueue(sets).pipe(Stream.take(2))
      assert.deepStrictEqual(yield* watching(handles, [], [[job(1), done]]), { asked: [[2]], told: [] })
    }))

  it.effect("asks only for jobs that are added, and reports nothing more for a job that has left the set", () =>
    Effect.gen(function*() {
      const sets = yield* Queue.unbounded<ReadonlyArray<JobHandle.JobHandle>>()
      yield* Queue.offerAll(sets, [[job(1), job(2)], [job(1), job(3)], [job(3)]])
      const { asked, told } = yield* watching(
        Stream.fromQueue(sets).pipe(Stream.take(3)),
        [[], [change(3, done), change(2, done)]]
      )
      assert.deepStrictEqual({ asked, told }, { asked: [[1, 2], [3]], told: ["3 Completed"] })
    }))
})
