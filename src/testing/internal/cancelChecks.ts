import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Cancellable, OutputRetriever, Purgeable, Releasable, StatusReporter } from "../../contract/Capability.ts"
import { JobHandle } from "../../contract/JobHandle.ts"
import * as JobStatus from "../../contract/JobStatus.ts"
import { type Check, Harness, type Requirements } from "../Harness.ts"
import * as Kit from "./kit.ts"

export const cancelChecks: ReadonlyArray<Check<Requirements>> = [
  {
    name: "cancel: has one outcome for each job (running, idle, completed, unknown), and destroys no output",
    run: Effect.gen(function*() {
      const cancellable = yield* Cancellable
      const reporter = yield* StatusReporter
      const retriever = yield* OutputRetriever
      const { destination, payload } = yield* Kit.workplace
      const done = yield* Kit.submitOne(payload(0, 0, "result.txt"))
      const live = yield* Kit.submitOne(payload(120, 0))
      // No machine has so many cores: the job never starts.
      const idle = yield* Kit.submitOne({ ...payload(0, 0), resources: { cpus: 5_000 } })
      const unknown = Kit.neverWas(done, "999999.3")
      const reused = new JobHandle({ ...done, key: live.key, job: done.job, copy: 1 })
      yield* Kit.running([live])
      yield* Kit.finished([done])
      const asked = [live, idle, done, unknown, reused]
      const outcomes = yield* cancellable.cancel(asked)
      yield* Kit.same(Array.from(outcomes).length, asked.length, "outcomes")
      for (const handle of [live, idle]) {
        yield* Kit.same(yield* Kit.succeeded(outcomes, handle), { _tag: "Cancelled" }, "outcome")
      }
      yield* Kit.same(yield* Kit.succeeded(outcomes, done), { _tag: "AlreadyFinished", output: "Kept" }, "outcome")
      yield* Kit.failedWith(outcomes, unknown, "UnknownJob")
      yield* Kit.failedWith(outcomes, reused, "UnknownJob")
      const output = yield* Kit.succeeded(yield* retriever.fetch([done], destination), done)
      yield* Kit.same(output.files.map((file) => file.name), ["result.txt"], "files of the finished job")
      yield* Kit.same(
        JobStatus.withoutSince(yield* reporter.statusOf(done)),
        { _tag: "Completed", exit: { _tag: "Code", code: 0 }, output: "Gone" },
        "status of a job whose output was fetched"
      )
      const statuses = yield* reporter.status([live, idle])
      for (const handle of [live, idle]) {
        yield* Kit.same((yield* Kit.succeeded(statuses, handle))._tag, "Removed", "status")
      }
      const again = yield* cancellable.cancel([live])
      yield* Kit.same(yield* Kit.succeeded(again, live), { _tag: "Cancelled" }, "outcome of the second time")
      return Kit.ran
    }).pipe(Effect.scoped)
  },
  {
    name: "held job: is not finished, has a cause and advice, and can be cancelled together with others",
    run: Effect.gen(function*() {
      const { holdBySite } = yield* Harness
      if (holdBySite === undefined) return Kit.lacking("holdBySite")
      const cancellable = yield* Cancellable
      const reporter = yield* StatusReporter
      const retriever = yield* OutputRetriever
      const { destination, payload } = yield* Kit.workplace
      const live = yield* Kit.submitOne(payload(120, 0))
      const held = yield* Kit.submitOne(payload(120, 0))
      yield* Kit.running([live, held])
      yield* Kit.heldBySite(held, holdBySite)
      yield* Kit.failedWith(yield* retriever.fetch([live, held], destination), held, "NotFinished")
      const status = yield* reporter.statusOf(held)
      yield* Kit.ensure(
        status._tag === "Held" && status.cause === "Request" && status.name !== "" && status.advice !== "",
        "a hold on request, with its name and an advice",
        status
      )
      const outcomes = yield* cancellable.cancel([held, live])
      const statuses = yield* reporter.status([held, live])
      for (const handle of [held, live]) {
        yield* Kit.same(yield* Kit.succeeded(outcomes, handle), { _tag: "Cancelled" }, "outcome")
        const { _tag, cause } = { cause: undefined, ...yield* Kit.succeeded(statuses, handle) }
        yield* Kit.same([_tag, cause], ["Removed", "Cancelled"], "status and its cause")
      }
      return Kit.ran
    }).pipe(Effect.scoped)
  },
  {
    name: "Releasable: releases a job that the site held before it started, and does not touch a job that is not held",
    run: Effect.gen(function*() {
      const releasable = yield* Effect.serviceOption(Releasable)
      if (Option.isNone(releasable)) return { skipped: "Releasable is not provided" }
      const { holdBySite } = yield* Harness
      if (holdBySite === undefined) return Kit.lacking("holdBySite")
      const cancellable = yield* Cancellable
      const reporter = yield* StatusReporter
      const { payload } = yield* Kit.workplace
      // No machine has so many cores: the job does not start.
      const held = yield* Kit.submitOne({ ...payload(0, 0), resources: { cpus: 5_000 } })
      const live = yield* Kit.submitOne(payload(600, 0))
      yield* Kit.running([live])
      yield* Kit.heldBySite(held, holdBySite)
      const unknown = Kit.neverWas(live, "999999.5")
      const outcomes = yield* releasable.value.release([held, live, unknown])
      yield* Kit.failedWith(outcomes, unknown, "UnknownJob")
      yield* Kit.failedWith(outcomes, live, "NotHeld")
      yield* Kit.same(yield* Kit.succeeded(outcomes, held), { _tag: "Released" }, "outcome")
      const statuses = yield* reporter.status([held, live])
      yield* Kit.same((yield* Kit.succeeded(statuses, held))._tag, "Waiting", "status of the released job")
      yield* Kit.same((yield* Kit.succeeded(statuses, live))._tag, "Running", "status of the job that was not held")
      yield* cancellable.cancel([held, live])
      return Kit.ran
    }).pipe(Effect.scoped)
  },
  {
    name: "cancel: a job of another user is NotOwner, and the caller's own job is cancelled",
    run: Effect.gen(function*() {
      const { foreignJob } = yield* Harness
      if (foreignJob === undefined) return Kit.lacking("foreignJob")
      const cancellable = yield* Cancellable
      const { payload } = yield* Kit.workplace
      const live = yield* Kit.submitOne(payload(120, 0))
      const foreign = yield* foreignJob
      const outcomes = yield* cancellable.cancel([foreign, live])
      yield* Kit.failedWith(outcomes, foreign, "NotOwner")
      yield* Kit.same(yield* Kit.succeeded(outcomes, live), { _tag: "Cancelled" }, "outcome")
      return Kit.ran
    }).pipe(Effect.scoped)
  },
  {
    name: "purge: discards the output of completed jobs, and does not touch other jobs",
    run: Effect.gen(function*() {
      const purgeable = yield* Purgeable
      const cancellable = yield* Cancellable
      const retriever = yield* OutputRetriever
      const reporter = yield* StatusReporter
      const { destination, payload } = yield* Kit.workplace
      const done = yield* Kit.submitOne(payload(0, 0))
      const live = yield* Kit.submitOne(payload(120, 0))
      const unknown = Kit.neverWas(done, "999999.4")
      yield* Kit.finished([done])
      const outcomes = yield* purgeable.purge([done, live, unknown])
      yield* Kit.same(yield* Kit.succeeded(outcomes, done), { _tag: "Purged" }, "outcome")
      yield* Kit.failedWith(outcomes, live, "NotFinished")
      yield* Kit.failedWith(outcomes, unknown, "UnknownJob")
      yield* Kit.discard([done])
      yield* Kit.failedWith(yield* retriever.fetch([done], destination), done, "OutputMissing")
      yield* Kit.same(
        JobStatus.withoutSince(yield* reporter.statusOf(done)),
        { _tag: "Completed", exit: { _tag: "Code", code: 0 }, output: "Gone" },
        "status of a purged job"
      )
      const late = yield* cancellable.cancel([done])
      yield* Kit.same(
        yield* Kit.succeeded(late, done),
        { _tag: "AlreadyFinished", output: "Gone" },
        "outcome for a purged job"
      )
      yield* cancellable.cancel([live])
      return Kit.ran
    }).pipe(Effect.scoped)
  },
  {
    name: "another compute element: its jobs are WrongEndpoint, and the others are not affected",
    run: Effect.gen(function*() {
      const cancellable = yield* Cancellable
      const retriever = yield* OutputRetriever
      const reporter = yield* StatusReporter
      const { destination, payload } = yield* Kit.workplace
      const here = yield* Kit.submitOne(payload(120, 0))
      const elsewhere = new JobHandle({ ...here, endpoint: "elsewhere.example:9619" })
      yield* Kit.failedWith(yield* reporter.status([elsewhere, here]), elsewhere, "WrongEndpoint")
      yield* Kit.failedWith(yield* retriever.fetch([elsewhere], destination), elsewhere, "WrongEndpoint")
      const outcomes = yield* cancellable.cancel([elsewhere, here])
      yield* Kit.failedWith(outcomes, elsewhere, "WrongEndpoint")
      yield* Kit.succeeded(outcomes, here)
      return Kit.ran
    }).pipe(Effect.scoped)
  }
]
