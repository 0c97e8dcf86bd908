import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
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
import { type Check, Harness, type Requirements } from "../Harness.ts"
import * as Kit from "./kit.ts"

export const capabilityChecks: ReadonlyArray<Check<Requirements>> = [
  {
    name: "LoadReporter: the load is a number of slots and jobs",
    run: Effect.gen(function*() {
      const reporter = yield* Effect.serviceOption(LoadReporter)
      if (Option.isNone(reporter)) return { skipped: "LoadReporter is not provided" }
      const load = yield* reporter.value.load
      yield* Kit.ensure(load.freeSlots >= 0 && load.runningJobs >= 0 && load.waitingJobs >= 0, "no negative load", load)
      return Kit.ran
    })
  },
  {
    name: "Diagnosable: a file of a running job can be read",
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
    name: "Enumerable: a program without handles finds its jobs, and nobody else's",
    run: Effect.gen(function*() {
      const enumerable = yield* Effect.serviceOption(Enumerable)
      if (Option.isNone(enumerable)) return { skipped: "Enumerable is not provided" }
      const { foreignJob } = yield* Harness
      const cancellable = yield* Cancellable
      const { payload } = yield* Kit.workplace
      const tag = "say \"contract suite\""
      const foreign = foreignJob === undefined ? undefined : yield* foreignJob
      // They wait: no machine has so many cores.
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
    name: "RepeatableOutputRetriever: output is fetched as often as one likes, until it is purged",
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
      // To another place, to the same place again, and by many at the same time.
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
