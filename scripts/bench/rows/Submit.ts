/** Many copies in one submission, each with its own environment and its own secret. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { Capability, type HTCondorCE, type JobHandle, SubmissionKey } from "../../../src/index.ts"
import { Amount, type Benchmark, compare } from "../Benchmark.ts"
import * as Contest from "../Contest.ts"
import { fail } from "../Failed.ts"
import * as Recorder from "../Recorder.ts"
import * as Scene from "../Scene.ts"

/** The submission: to the queue "closed", where jobs stay idle, or to any other, where they run. */
export const submission = Effect.fnUntraced(function*(count: number, queue: string) {
  const { payload, secret } = yield* Scene.Scene
  return {
    spec: { executable: payload, resources: { cpus: 1, memoryMiB: 1, queue }, environment: { SITE: "bench" } },
    copies: Array.from({ length: count }, (_, copy) => ({
      environment: { COPY: String(copy) },
      secrets: { token: Redacted.make(`${secret}-${copy}`) }
    }))
  }
})

/** Those who submit so many copies, as contestants; ours by the backend of all, unless it is to have a configuration. */
export const contestants = Effect.fnUntraced(function*(count: number, config?: Partial<HTCondorCE.Config>) {
  const { bindings, shell } = yield* Scene.Scene
  const { copies, spec } = yield* submission(count, "closed")
  const notes = Recorder.notes()
  const away = Effect.fnUntraced(function*(handles: ReadonlyArray<JobHandle.JobHandle>) {
    if (handles.length !== count) return yield* fail(`${handles.length} copies instead of ${count}`)
    // Ours are several clusters, from maxJobsPerCluster on.
    const clusters = Map.groupBy(handles, ({ job }) => Number(job.split(".")[0]))
    for (const [cluster, some] of clusters) yield* Scene.inState(cluster, 1, some.length)
    yield* Scene.cleared(...clusters.keys())
  })
  const withKey = (
    isNew: boolean,
    { measure }: ReturnType<typeof Recorder.notes>,
    config?: Partial<HTCondorCE.Config>
  ) =>
    Effect.gen(function*() {
      const { submit } = config === undefined
        ? yield* Capability.Submitter
        : Context.get(yield* Layer.build(Scene.backend(config)), Capability.Submitter)
      const key = yield* SubmissionKey.generate
      const { milliseconds, value } = yield* measure(submit(spec, copies, { key, isNew }))
      yield* away(value.handles)
      return milliseconds
    }).pipe(Effect.scoped)
  const of = (peer: typeof shell) =>
    Effect.gen(function*() {
      const key = yield* SubmissionKey.generate
      const { milliseconds, text } = yield* peer.ask("submit", key, count, "closed")
      yield* away((yield* Scene.cluster(key, text)).handles)
      return milliseconds
    })
  const alone = Effect.gen(function*() {
    const key = yield* SubmissionKey.generate
    yield* shell.ask("write", key, count, "closed")
    const { milliseconds, text } = yield* shell.ask("send", key)
    yield* away((yield* Scene.cluster(key, text)).handles)
    return milliseconds
  })
  return {
    notes,
    ours: { name: "ours", turn: withKey(true, notes, config) } as const,
    parallel: {
      name: "parallel",
      turn: withKey(true, Recorder.notes(), { maxJobsPerCluster: Math.ceil(count / 2) })
    } as const,
    // As after a restart, when nobody knows that nothing was submitted with the key.
    restarted: { name: "restarted", turn: withKey(false, Recorder.notes()) } as const,
    script: { name: "script", turn: of(shell) } as const,
    alone: { name: "alone", turn: alone } as const,
    bindings: { name: "bindings", turn: of(bindings) } as const
  }
})

export const submit: Benchmark = {
  name: "submit",
  run: Effect.gen(function*() {
    const { rounds, sized } = yield* Amount
    const count = sized(1_000)
    const { alone, bindings, notes, ours, parallel, restarted, script } = yield* contestants(count)
    const times = yield* Contest.play<
      "ours" | "parallel" | "restarted" | "script" | "alone" | "bindings",
      unknown,
      Scene.Needs
    >(
      rounds(7),
      [
        ours,
        parallel,
        restarted,
        script,
        alone,
        bindings
      ]
    )
    const work = `submit ${count} copies, spooled`
    const profile = notes.profile()
    return [
      compare(
        { work, than: "condor_submit and its files", target: { atMost: 1.1 }, profile },
        times("ours"),
        times("script")
      ),
      compare({ work, than: "condor_submit alone" }, times("ours"), times("alone")),
      compare({ work, than: "Python bindings", target: { atMost: 1.1 } }, times("ours"), times("bindings")),
      compare(
        { work: `${work}, two clusters at a time`, than: "Python bindings" },
        times("parallel"),
        times("bindings")
      ),
      compare(
        { work: `${work}, after a restart`, than: "condor_submit and its files" },
        times("restarted"),
        times("script")
      )
    ]
  })
}

/** The cost of the search for older clusters with the same key, once after each submission. */
export const look: Benchmark = {
  name: "look",
  run: Effect.gen(function*() {
    const { rounds, sized } = yield* Amount
    const { measure } = yield* Recorder.Recorder
    const { submit } = yield* Capability.Submitter
    const count = sized(1_000)
    const { copies, spec } = yield* submission(count, "closed")
    // With a new key the library asks the queue twice: for the key, and for older clusters.
    const times = yield* Effect.replicateEffect(
      Effect.gen(function*() {
        const key = yield* SubmissionKey.generate
        const { milliseconds, profile, value } = yield* measure(submit(spec, copies, { key, isNew: true }))
        const { milliseconds: asking = 0, runs = 0 } = profile.tools["condor_q"] ?? {}
        if (runs !== 2) return yield* fail(`${runs} runs of condor_q instead of 2`)
        const cluster = Number(value.handles[0]?.job.split(".")[0])
        yield* Scene.inState(cluster, 1, count)
        yield* Scene.cleared(cluster)
        return { look: asking / 2, without: milliseconds - asking / 2, milliseconds }
      }),
      rounds(7)
    )
    return [
      compare(
        { work: `submit ${count} copies, with the look after it`, than: "without the look" },
        times.map(({ milliseconds }) => milliseconds),
        times.map(({ without }) => without)
      )
    ]
  })
}
