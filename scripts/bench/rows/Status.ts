/** The status of many jobs: in one call, from many fibres, and of one job. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import type { StatusError } from "../../../src/contract/JobError.ts"
import type { JobStatus } from "../../../src/contract/JobStatus.ts"
import { Capability, type JobHandle, type Outcomes } from "../../../src/index.ts"
import { Amount, type Benchmark, compare } from "../Benchmark.ts"
import * as Contest from "../Contest.ts"
import { fail } from "../Failed.ts"
import * as Recorder from "../Recorder.ts"
import * as Scene from "../Scene.ts"
import { spread } from "../Statistics.ts"

const allWait = (outcomes: Outcomes.Outcomes<JobStatus, StatusError>, handles: ReadonlyArray<JobHandle.JobHandle>) =>
  Array.from(outcomes).filter(([, one]) => Result.isSuccess(one) && one.success._tag === "Waiting").length ===
      handles.length
    ? Effect.void
    : fail("not every job is said to wait")

/** Those who ask for the status of jobs that are idle, as contestants. */
export const contestants = Effect.fnUntraced(function*({ cluster, handles }: Scene.Cluster) {
  const { bindings, shell } = yield* Scene.Scene
  const { status } = yield* Capability.StatusReporter
  const notes = Recorder.notes()
  const ours = Effect.gen(function*() {
    const { milliseconds, value } = yield* notes.measure(status(handles))
    yield* allWait(value, handles)
    return milliseconds
  })
  const by = (peer: typeof shell, command: string) =>
    Effect.gen(function*() {
      const { milliseconds } = yield* peer.ask(command, cluster, handles.length)
      yield* Scene.counted(peer, handles.length)
      return milliseconds
    })
  return {
    notes,
    ours: { name: "ours", turn: ours } as const,
    script: { name: "script", turn: by(shell, "status") } as const,
    streamed: { name: "streamed", turn: by(shell, "status_streamed") } as const,
    bindings: { name: "bindings", turn: by(bindings, "status") } as const,
    today: { name: "today", turn: by(shell, "status_by_100") } as const
  }
})

export const status: Benchmark = {
  name: "status",
  run: Effect.gen(function*() {
    const { few, rounds, sized } = yield* Amount
    const jobs = yield* Scene.filled(sized(10_000))
    const count = jobs.handles.length
    const { bindings, notes, ours, script, streamed, today } = yield* contestants(jobs)
    const times = yield* Contest.play<
      "ours" | "script" | "streamed" | "bindings" | "today",
      unknown,
      Scene.Needs
    >(rounds(9), [
      ours,
      script,
      streamed,
      bindings,
      { ...today, rounds: few(2) }
    ])
    yield* Scene.cleared(jobs.cluster)
    const work = `status of ${count} jobs, one call`
    const profile = notes.profile()
    return [
      compare({ work, than: "one condor_q -json", target: { atMost: 1.25 }, profile }, times("ours"), times("script")),
      compare({ work, than: "condor_q -json -stream-results" }, times("ours"), times("streamed")),
      compare({ work, than: "Python bindings" }, times("ours"), times("bindings")),
      compare({ work, than: "chunks of 100 ids", target: { atLeast: 10 } }, times("ours"), times("today"))
    ]
  })
}

export const statusOf: Benchmark = {
  name: "statusOf",
  run: Effect.gen(function*() {
    const { rounds, sized } = yield* Amount
    const { statusOf } = yield* Capability.StatusReporter
    const jobs = yield* Scene.filled(sized(5_000))
    const { script } = yield* contestants(jobs)
    const notes = Recorder.notes()
    const calls: Array<number> = []
    const ours = Effect.gen(function*() {
      const { milliseconds, profile } = yield* notes.measure(
        Effect.forEach(jobs.handles, statusOf, { concurrency: "unbounded", discard: true })
      )
      calls.push(Object.values(profile.tools).reduce((sum, { runs }) => sum + runs, 0))
      return milliseconds
    })
    const times = yield* Contest.play<"ours" | "script", unknown, Scene.Needs>(rounds(5), [
      { name: "ours", turn: ours },
      script
    ])
    yield* Scene.cleared(jobs.cluster)
    const work = `${jobs.handles.length} fibres with statusOf`
    return [
      {
        work,
        than: "runs of tools in all",
        unit: "runs",
        value: spread(calls),
        target: { atMost: 5 },
        profile: notes.profile()
      },
      compare({ work, than: "one condor_q -json" }, times("ours"), times("script"))
    ]
  })
}

export const overhead: Benchmark = {
  name: "overhead",
  run: Effect.gen(function*() {
    const { rounds } = yield* Amount
    const jobs = yield* Scene.filled(1)
    const { bindings, notes, ours, script } = yield* contestants(jobs)
    // A backend that asks once makes the directory of its token, and removes it.
    const once = Effect.scoped(Effect.gen(function*() {
      const { status } = Context.get(yield* Layer.build(Scene.backend()), Capability.StatusReporter)
      const began = performance.now()
      yield* allWait(yield* status(jobs.handles), jobs.handles)
      return began
    })).pipe(Effect.map((began) => performance.now() - began))
    const times = yield* Contest.play<"ours" | "once" | "script" | "bindings", unknown, Scene.Needs>(rounds(50), [
      ours,
      { name: "once", turn: once },
      script,
      bindings
    ])
    yield* Scene.cleared(jobs.cluster)
    const [mine, theirs] = [times("ours"), times("script")]
    const over = (own: ReadonlyArray<number>) => ({
      than: "condor_q -json",
      unit: "ms",
      ours: spread(own),
      theirs: spread(theirs),
      value: spread(own.map((value, round) => value - (theirs[round] ?? Number.NaN))),
      samples: { ours: own, theirs }
    })
    return [
      { ...over(mine), work: "status of one job, ours - raw", target: { atMost: 5 }, profile: notes.profile() },
      { ...over(times("once")), work: "the same by a backend that asks once" },
      compare({ work: "status of one job", than: "Python bindings" }, mine, times("bindings"))
    ]
  })
}
