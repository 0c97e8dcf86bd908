/** Answers of status and cancel about the output of a completed job, and about a job that its own policy holds. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Result, Stream } from "effect"
import { TestClock } from "effect/testing"
import { Capability, type JobHandle, JobStatus, Outcomes, SubmissionKey } from "../../src/index.ts"
import { FakeSchedd, TimeLapse } from "../../src/testing/index.ts"
import { completed, fetched, fetchedOne, services, tags, versions } from "./Fetching.ts"

/** The answers of status and cancel. */
const told = Effect.fnUntraced(function*(handle: JobHandle.JobHandle) {
  const { statusOf } = yield* Capability.StatusReporter
  const { cancel } = yield* Capability.Cancellable
  const status = JobStatus.withoutSince(yield* statusOf(handle))
  const outcome = yield* Effect.fromResult(yield* Effect.fromOption(Outcomes.get(yield* cancel([handle]), handle)))
  return [status, outcome]
})

const finished = (output: "Kept" | "Gone") => [
  { _tag: "Completed", exit: { _tag: "Code", code: 0 }, output },
  { _tag: "AlreadyFinished", output }
]

const purge = (handle: JobHandle.JobHandle) =>
  Effect.flatMap(Capability.Purgeable, (purgeable) => purgeable.purge([handle]))

const removeBySite = ({ job }: JobHandle.JobHandle) =>
  Effect.flatMap(FakeSchedd.FakeSchedd, (fake) => fake.remove(job, "CE job removed"))

describe.each(versions)("on %s, the output of a completed job", (version) => {
  it.effect("is kept at the CE until it is fetched or purged, or its retention is over", () =>
    Effect.gen(function*() {
      const { destination, handles } = yield* completed(4)
      const [one, two, three, four] = handles
      if (one === undefined || two === undefined || three === undefined || four === undefined) return assert.fail()
      for (const handle of handles) assert.deepStrictEqual<unknown>(yield* told(handle), finished("Kept"))
      yield* fetchedOne(one, destination)
      yield* purge(two)
      assert.isTrue(yield* removeBySite(three))
      for (const handle of [one, two, three]) {
        assert.deepStrictEqual<unknown>(yield* told(handle), finished("Gone"))
      }
      assert.deepStrictEqual<unknown>(yield* told(four), finished("Kept"))
      // Its retention is over.
      yield* TestClock.adjust("2 hours")
      assert.deepStrictEqual<unknown>(yield* told(four), finished("Gone"))
    }).pipe(TimeLapse.run, Effect.scoped, Effect.provide(services(version, { retention: "1 hour" }))))
})

describe.each(versions)("on %s, a job that its own policy holds (code 3)", (version) => {
  it.effect("is held as any other job: nothing can be fetched or purged, and a watch continues until it is cancelled", () =>
    Effect.gen(function*() {
      const { submit } = yield* Capability.Submitter
      const { watch } = yield* Capability.StatusReporter
      const { cancel } = yield* Capability.Cancellable
      const fake = yield* FakeSchedd.FakeSchedd
      const destination = yield* (yield* FileSystem.FileSystem).makeTempDirectoryScoped()
      const { handles } = yield* submit({ executable: "/bin/true" }, [{}], { key: yield* SubmissionKey.generate })
      const [job = assert.fail()] = handles
      const seen: Array<string> = []
      yield* Stream.runForEach(watch(handles), ({ outcome }) =>
        Effect.gen(function*() {
          const status = yield* Effect.fromResult(outcome)
          seen.push(status._tag)
          if (status._tag === "Running") {
            assert.isTrue(yield* fake.hold(job.job, { reason: "payload exit 3", code: 3, subcode: 42 }))
          }
          if (status._tag !== "Held") return
          assert.deepStrictEqual([status.code, status.subcode, status.reason], [
            3,
            42,
            "payload exit 3 (by user condor)"
          ])
          assert.deepStrictEqual(tags(yield* fetched(handles, destination)), ["NotFinished"])
          const purged = yield* purge(job)
          assert.strictEqual(Result.merge(yield* Effect.fromOption(Outcomes.get(purged, job)))._tag, "NotFinished")
          assert.deepStrictEqual(
            yield* Effect.fromOption(Outcomes.get(yield* cancel(handles), job)),
            Result.succeed({ _tag: "Cancelled" as const })
          )
        }))
      assert.deepStrictEqual(seen.slice(-2), ["Held", "Removed"])
    }).pipe(TimeLapse.run, Effect.scoped, Effect.provide(services(version))))
})
