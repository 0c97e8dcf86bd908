/** Attempts for faults to strike: list, describe, wait, withdraw, release, and fetch the output of a held job. */
import { assert } from "@effect/vitest"
import { Clock, DateTime, Effect, FileSystem, Stream } from "effect"
import { Capability, type JobHandle, JobOutput, type Submission, SubmissionKey } from "../../src/index.ts"
import { FakeSchedd } from "../../src/testing/index.ts"
import { literal } from "../testing/Literal.ts"
import { answerOf, type Attempt, onceOf } from "./FaultAttempt.ts"

export type Name = "list" | "departed" | "describe" | "waitFor" | "withdraw" | "release" | "fetchHeld"

export const names: ReadonlyArray<Name> = [
  "list",
  "departed",
  "describe",
  "waitFor",
  "withdraw",
  "release",
  "fetchHeld"
]

/** Whether a directory's name is that of a held job's output. */
export const isOfHeld = (name: string): boolean => /\.held(\.\d+)?$/.test(name)

const unique = (words: ReadonlyArray<string>) => Array.from(new Set(words)).toSorted().join("+")

interface Site {
  readonly root: string
  readonly copies: ReadonlyArray<Submission.Copy>
  /** The payload of jobs that run for this number of seconds, and leave one file. */
  readonly spec: (seconds: number) => Submission.SubmissionSpec
  /** The jobs of a key that are in the queue to stay. */
  readonly queued: (key: string) => Effect.Effect<ReadonlyArray<Parameters<typeof literal>[0]>>
  /** All jobs of a key have left, with this status and this reason. */
  readonly gone: (key: string, status: string, reason: string) => Effect.Effect<void>
}

/** The attempts of each. */
export const make = Effect.fnUntraced(function*({ copies, gone, queued, root, spec }: Site) {
  const fake = yield* FakeSchedd.FakeSchedd
  const submitter = yield* Capability.Submitter
  const reporter = yield* Capability.StatusReporter
  const { departed, list } = yield* Capability.Enumerable
  const { release } = yield* Capability.Releasable
  const { cancel } = yield* Capability.Cancellable
  const { fetchHeld } = yield* Capability.OutputRetriever
  const fileSystem = yield* FileSystem.FileSystem

  const submitted = Effect.fnUntraced(function*(one: Submission.SubmissionSpec, some = copies) {
    const key = yield* SubmissionKey.generate
    const { handles } = yield* submitter.submit(one, some, { key })
    yield* Effect.sleep("3 seconds")
    return { key, handles }
  })
  const started = submitted(spec(600))
  // No machine has so many cores: these jobs wait in the batch system.
  const waiting = submitted({ ...spec(600), resources: { cpus: 5_000 } })
  const statesOf = (key: string) => Effect.map(queued(key), (ads) => ads.map((ad) => literal(ad, "JobStatus")))
  // Jobs of the same user that no operation names.
  const bystanders = Effect.gen(function*() {
    const { handles, key } = yield* waiting
    for (const { job } of handles.slice(1)) assert.isTrue(yield* fake.hold(job))
    return Effect.map(statesOf(key), (states) => assert.deepStrictEqual(states, ["1", "5", "5"]))
  })

  const numbers = (handles: ReadonlyArray<JobHandle.JobHandle>) => handles.map(({ job }) => job).toSorted()

  // An answer that lists a job twice is invalid, after any fault.
  const told = <E extends { readonly _tag: string }>(
    key: string,
    jobs: Stream.Stream<Capability.ListedJob | Capability.DepartedJob, E>
  ) =>
    Effect.map(Stream.runCollect(jobs), (all) => {
      const own = all.flatMap((job) =>
        (job._tag === "Listed" || job._tag === "Departed") && job.handle.key === key ? [job] : []
      )
      assert.strictEqual(new Set(own.map(({ handle }) => handle.job)).size, own.length)
      assert.deepStrictEqual(all.filter(({ _tag }) => _tag !== "Listed" && _tag !== "Departed"), [])
      return own
    })

  const telling = <E extends { readonly _tag: string; readonly retry: "Now" | "Later" | "AfterRepair" | "Never" }>(
    { handles, key }: {
      readonly handles: ReadonlyArray<JobHandle.JobHandle>
      readonly key: SubmissionKey.SubmissionKey
    },
    jobs: Stream.Stream<Capability.ListedJob | Capability.DepartedJob, E>
  ): Attempt => {
    const whole = told(key, jobs)
    const once = Effect.map(whole, (own) => own.length === 0 ? "nothing" : unique(own.map((job) => job.status._tag)))
    return {
      key,
      handles,
      run: Effect.match(once, { onFailure: ({ _tag }) => _tag, onSuccess: (answer) => answer }),
      once,
      done: Effect.map(
        Effect.orDie(whole),
        (own) => assert.deepStrictEqual(numbers(own.map(({ handle }) => handle)), numbers(handles))
      ),
      destination: root
    }
  }

  let destinations = 0
  const begin: Record<Name, Effect.Effect<Attempt, unknown>> = {
    list: Effect.map(started, (jobs) => telling(jobs, list({ keyPrefix: jobs.key }))),
    departed: Effect.gen(function*() {
      const since = DateTime.makeUnsafe(yield* Clock.currentTimeMillis)
      const jobs = yield* started
      yield* cancel(jobs.handles)
      yield* Effect.sleep("3 seconds")
      return telling(jobs, departed({ since }))
    }),
    describe: Effect.map(started, ({ handles, key }) => {
      const asked = reporter.describe(handles)
      const run = answerOf(asked, ({ status }) => status._tag)
      return {
        key,
        handles,
        run,
        once: onceOf(asked, ({ status }) => status._tag),
        done: Effect.map(run, (answer) => assert.strictEqual(answer, "Running")),
        destination: root
      }
    }),
    waitFor: Effect.map(submitted(spec(5)), ({ handles, key }) => {
      // Most callers have more patience, and do not notice the fault.
      const asked = reporter.waitFor(handles, {
        until: "Terminal",
        interval: "2 seconds",
        maxInterval: "2 seconds",
        patience: "1 second"
      })
      const run = answerOf(asked, ({ _tag }) => _tag)
      return {
        key,
        handles,
        run,
        once: onceOf(asked, ({ _tag }) => _tag),
        done: Effect.map(run, (answer) => assert.strictEqual(answer, "Completed")),
        destination: root
      }
    }),
    withdraw: Effect.gen(function*() {
      const untouched = yield* bystanders
      const { handles, key } = yield* started
      const once = Effect.map(submitter.withdraw(key), ({ complete, jobs }) => {
        assert.strictEqual(new Set(jobs.map(({ job }) => job)).size, jobs.length)
        assert.strictEqual(complete, jobs.every(({ _tag }) => _tag !== "Left"))
        return jobs.length === 0 ? "nothing" : unique(jobs.map(({ _tag }) => _tag))
      })
      return {
        key,
        handles,
        run: Effect.match(once, { onFailure: ({ _tag }) => _tag, onSuccess: (answer) => answer }),
        once,
        done: Effect.andThen(gone(key, "3", "cancelled"), untouched),
        destination: root
      }
    }),
    release: Effect.gen(function*() {
      const untouched = yield* bystanders
      const { handles, key } = yield* waiting
      for (const { job } of handles) assert.isTrue(yield* fake.hold(job))
      const asked = release(handles)
      return {
        key,
        handles,
        run: answerOf(asked, ({ _tag }) => _tag),
        // A job that an earlier attempt released is not held any more.
        once: onceOf(asked, ({ _tag }) => _tag, ({ _tag }) => _tag === "NotHeld"),
        done: Effect.andThen(
          Effect.map(statesOf(key), (states) => assert.deepStrictEqual(states, ["1", "1", "1"])),
          untouched
        ),
        destination: root
      }
    }),
    fetchHeld: Effect.gen(function*() {
      const { outputs = [], ...one } = spec(1)
      // The job is held when it ends, because one of its outputs is missing.
      const { handles, key } = yield* submitted(
        { ...one, outputs: [...outputs, { name: "late.txt" }] },
        copies.slice(0, 1)
      )
      const [handle] = handles
      if (handle === undefined) return yield* Effect.die(new Error("no handle"))
      yield* Effect.repeat(Effect.delay(reporter.statusOf(handle), "1 second"), {
        until: ({ _tag }) => _tag === "Held",
        times: 30
      })
      const destination = `${root}/held-${destinations++}`
      const brought = Effect.map(fetchHeld(handle, destination), ({ complete, missing, whole }) => {
        assert.deepStrictEqual([missing, whole, complete], [["late.txt"], true, false])
        return "Brought"
      })
      const done = Effect.gen(function*() {
        const standing = yield* fileSystem.readDirectory(destination)
        assert.include(standing, `${JobOutput.directoryName(handle)}.held`)
        assert.isTrue(standing.every(isOfHeld), standing.join(", "))
        // It is held as before, and can be cancelled.
        const [ad] = yield* queued(key)
        if (ad === undefined) return assert.fail("it has left")
        assert.deepStrictEqual(
          ["JobStatus", "EffectCEHeldFetch", "EffectCEFetch", "SpooledOutputFiles"].map((name) => literal(ad, name)),
          ["5", "", "", ""]
        )
        assert.strictEqual(yield* answerOf(cancel([handle]), ({ _tag }) => _tag), "Cancelled")
        yield* gone(key, "3", "cancelled")
      })
      return {
        key,
        handles,
        run: Effect.match(brought, { onFailure: ({ _tag }) => _tag, onSuccess: (answer) => answer }),
        once: brought,
        done: Effect.orDie(done),
        destination
      }
    })
  }
  return begin
})
