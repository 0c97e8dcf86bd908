import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import {
  Cancellable,
  Diagnosable,
  Enumerable,
  type ListFilter,
  LoadReporter,
  RepeatableOutputRetriever
} from "../../contract/Capability.ts"
import type { JobHandle } from "../../contract/JobHandle.ts"
import * as JobStatus from "../../contract/JobStatus.ts"
import { type Check, Harness, type Requirements } from "../Harness.ts"
import * as Kit from "./kit.ts"

export const capabilityChecks: ReadonlyArray<Check<Requirements>> = [
  {
    name: "LoadReporter: reports numbers of slots and jobs",
    run: Effect.gen(function*() {
      const reporter = yield* Effect.serviceOption(LoadReporter)
      if (Option.isNone(reporter)) return { skipped: "LoadReporter is not provided" }
      const load = yield* reporter.value.load
      yield* Kit.ensure(load.freeSlots >= 0 && load.runningJobs >= 0 && load.waitingJobs >= 0, "no negative load", load)
      return Kit.ran
    })
  },
  {
    name: "Diagnosable: reads a file of a running job",
    run: Effect.gen(function*() {
      const diagnosable = yield* Effect.serviceOption(Diagnosable)
      if (Option.isNone(diagnosable)) return { skipped: "Diagnosable is not provided" }
      const cancellable = yield* Cancellable
      const { payload } = yield* Kit.workplace
      const handle = yield* Kit.submitOne(payload(60, 0))
      yield* Kit.running([handle])
      yield* diagnosable.value.readRunning(handle, "stdout")
      yield* cancellable.cancel([handle])
      return Kit.ran
    }).pipe(Effect.scoped)
  },
  {
    name: "Enumerable: list finds the caller's jobs without handles, and no other user's",
    run: Effect.gen(function*() {
      const enumerable = yield* Effect.serviceOption(Enumerable)
      if (Option.isNone(enumerable)) return { skipped: "Enumerable is not provided" }
      const { foreignJob } = yield* Harness
      const cancellable = yield* Cancellable
      const { payload } = yield* Kit.workplace
      const tag = "say \"contract suite\""
      const foreign = foreignJob === undefined ? undefined : yield* foreignJob
      // No machine has so many cores: the jobs wait.
      const spec = { ...payload(0, 0), resources: { cpus: 5_000 }, tag }
      const { handles, key } = yield* Kit.submit(spec, Kit.numbered(2))
      const listed = Effect.fnUntraced(function*(filter?: ListFilter) {
        const jobs = yield* Stream.runCollect(enumerable.value.list(filter))
        return jobs.flatMap((job) => job._tag === "Listed" ? [job] : [])
      })
      const names = (some: ReadonlyArray<{ readonly handle: JobHandle }>) =>
        some.map(({ handle }) => String(handle)).toSorted()
      const all = yield* listed()
      const own = all.filter(({ handle }) => handle.key === key)
      yield* Kit.same(names(own), handles.map(String).toSorted(), "handles of the submission in the list of all jobs")
      yield* Kit.same(own.map((job) => [job.tag, job.copies]), handles.map(() => [tag, 2]), "tags and copies")
      yield* Kit.same(all.filter(({ handle }) => handle.job === foreign?.job), [], "entries of somebody else's job")
      yield* Kit.same(names(yield* listed({ keyPrefix: key, tag })), names(own), "handles with that key and tag")
      for (const filter of [{ keyPrefix: `${key}-` }, { keyPrefix: key, tag: tag.toUpperCase() }]) {
        yield* Kit.same(yield* listed(filter), [], `jobs for ${JSON.stringify(filter)}`)
      }
      yield* cancellable.cancel(handles)
      const live = yield* listed({ keyPrefix: key, status: ["Staging", "Waiting", "Running", "Held", "Completed"] })
      yield* Kit.same(live, [], "live jobs after they were cancelled")
      return Kit.ran
    }).pipe(Effect.scoped)
  },
  {
    name: "Enumerable: departed finds the caller's jobs that have left, and no other user's",
    run: Effect.gen(function*() {
      const enumerable = yield* Effect.serviceOption(Enumerable)
      if (Option.isNone(enumerable)) return { skipped: "Enumerable is not provided" }
      const { foreignJob } = yield* Harness
      const cancellable = yield* Cancellable
      const { payload } = yield* Kit.workplace
      // The clock of the scheduler may be ahead or behind.
      const since = DateTime.subtract(yield* DateTime.now, { minutes: 5 })
      // The end of the scope cancels it at once.
      const foreign = foreignJob === undefined ? undefined : yield* Effect.scoped(foreignJob)
      const tag = "contract suite, departed"
      const done = yield* Kit.submitOne({ ...payload(0, 3), tag })
      const idle = yield* Kit.submitOne({ ...payload(0, 0), resources: { cpus: 5_000 }, tag })
      yield* Kit.finished([done])
      const departed = Effect.gen(function*() {
        const listed = yield* Stream.runCollect(enumerable.value.departed({ since }))
        const cuts = listed.flatMap((job, index) => job._tag === "Cut" ? [index] : [])
        yield* Kit.ensure(cuts.every((index) => index === listed.length - 1), "nothing after a cut", cuts)
        return listed.flatMap((job) => job._tag === "Departed" ? [job] : [])
      })
      const own = (all: ReadonlyArray<{ readonly handle: JobHandle }>) =>
        all.filter(({ handle }) => [done.key, idle.key].includes(handle.key))
      yield* Kit.same(own(yield* departed), [], "departed jobs among those still in the queue")
      yield* Kit.discard([done])
      yield* Kit.succeeded(yield* cancellable.cancel([idle]), idle)
      // A cancelled job stays in the queue until every daemon that manages it is done with it.
      const all = yield* Effect.repeat(departed, {
        schedule: Schedule.spaced("500 millis").pipe(Schedule.upTo({ duration: Kit.patience })),
        until: (all) => own(all).length >= 2
      })
      const statuses = yield* Effect.forEach([done, idle], (handle) =>
        Effect.gen(function*() {
          const told = all.filter((job) => String(job.handle) === String(handle))
          yield* Kit.same(told.map((job) => [job.tag, job.copies]), [[tag, 1]], `tag and copies of ${handle}`)
          for (const { left } of told) {
            yield* Kit.ensure(
              left !== undefined && DateTime.isGreaterThan(left, since),
              "a time after the start of the check",
              left
            )
          }
          return told.map(({ status }) => JobStatus.withoutSince(status))
        }))
      const [completed = [], removed = []] = statuses
      const exit = { _tag: "Code", code: 3 }
      yield* Kit.same(completed, [{ _tag: "Completed", exit, output: "Gone" }], "status of the job that was purged")
      yield* Kit.same(
        removed.map(({ _tag, ...status }) => [_tag, "cause" in status && status.cause]),
        [["Removed", "Cancelled"]],
        "status of the job that was cancelled"
      )
      yield* Kit.same(all.filter(({ handle }) => handle.job === foreign?.job), [], "entries of somebody else's job")
      return Kit.ran
    }).pipe(Effect.scoped)
  },
  {
    name: "RepeatableOutputRetriever: fetches output any number of times, until it is purged",
    run: Effect.gen(function*() {
      const service = yield* Effect.serviceOption(RepeatableOutputRetriever)
      if (Option.isNone(service)) return { skipped: "RepeatableOutputRetriever is not provided" }
      const { fetch, fetchOne } = service.value
      const cancellable = yield* Cancellable
      const { destination, payload } = yield* Kit.workplace
      const running = yield* Kit.submitOne(payload(60, 0))
      const { handles } = yield* Kit.submit(payload(0, 3, "result.txt"), Kit.numbered(2))
      yield* Kit.finished(handles)
      yield* Kit.running([running])
      // To another directory, and to the same directory again. Then by several fetches at once.
      for (const place of ["a", "b", "a"]) {
        const outcomes = yield* fetch([...handles, running], `${destination}-${place}`)
        for (const [copy, handle] of handles.entries()) {
          const { exit, files } = yield* Kit.succeeded(outcomes, handle)
          const texts = yield* Effect.forEach(files, Kit.textOf)
          yield* Kit.same([exit, ...texts], [{ _tag: "Code", code: 3 }, `result.txt of ${copy}\n`], "exit and output")
        }
        yield* Kit.failedWith(outcomes, running, "NotFinished")
      }
      yield* Effect.forEach(
        [1, 2, 3],
        (place) => Effect.forEach(handles, (handle) => fetchOne(handle, `${destination}-${place}`)),
        {
          concurrency: "unbounded"
        }
      )
      yield* cancellable.cancel([running])
      yield* Kit.discard(handles)
      const outcomes = yield* fetch(handles, `${destination}-last`)
      for (const handle of handles) yield* Kit.failedWith(outcomes, handle, "OutputMissing")
      return Kit.ran
    }).pipe(Effect.scoped)
  }
]
