/** The output of completed jobs. */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { Capability, SubmissionKey } from "../../../src/index.ts"
import { Amount, type Benchmark, compare } from "../Benchmark.ts"
import * as Contest from "../Contest.ts"
import { fail } from "../Failed.ts"
import * as Recorder from "../Recorder.ts"
import * as Scene from "../Scene.ts"
import { submission } from "./Submit.ts"

export const fetch: Benchmark = {
  name: "fetch",
  run: Effect.gen(function*() {
    const { few, rounds, sized } = yield* Amount
    const { bindings, directory, shell } = yield* Scene.Scene
    const { submit } = yield* Capability.Submitter
    const retriever = yield* Capability.OutputRetriever
    const count = sized(500)
    const times = rounds(5)
    const { copies, spec } = yield* submission(count, "open")

    // Output is given to us once: there are jobs for each round, and one more for the round that does not count.
    const ready: Array<Scene.Cluster> = []
    for (let round = -1; round < times; round++) {
      const key = yield* SubmissionKey.generate
      const { handles } = yield* submit(spec, copies, { key })
      ready.push({ cluster: Number(handles[0]?.job.split(".")[0]), handles })
    }
    // The others fetch theirs as often as they like, to where it was submitted from.
    const key = yield* SubmissionKey.generate
    const theirs = yield* Scene.cluster(key, (yield* shell.ask("submit", key, count, "open")).text)
    for (const { cluster } of [...ready, theirs]) yield* Scene.inState(cluster, 4, count)

    const notes = Recorder.notes()
    const ours = Effect.gen(function*() {
      const handles = ready.pop()?.handles ?? []
      const { milliseconds, value } = yield* notes.measure(retriever.fetch(handles, yield* directory))
      const fetched = Array.from(value).filter(([, one]) => Result.isSuccess(one))
      if (fetched.length !== count) return yield* fail(`the output of ${fetched.length} jobs of ${count} was fetched`)
      return milliseconds
    })
    const by = (peer: typeof shell, command: string) =>
      Effect.gen(function*() {
        yield* shell.ask("forgotten", key)
        const { milliseconds } = yield* peer.ask(command, theirs.cluster, count)
        const { text } = yield* shell.ask("outputs", key)
        if (Number(text) !== count) return yield* fail(`${command} fetched the output of ${text} jobs of ${count}`)
        return milliseconds
      })
    const measured = yield* Contest.play<"ours" | "script" | "bindings" | "today", unknown, Scene.Needs>(times, [
      { name: "ours", turn: ours },
      { name: "script", turn: by(shell, "fetch") },
      { name: "bindings", turn: by(bindings, "fetch") },
      { name: "today", turn: by(shell, "fetch_each"), rounds: Math.min(times, few(2)) }
    ])
    yield* Scene.cleared(theirs.cluster)
    const work = `fetch ${count} small outputs`
    const profile = notes.profile()
    return [
      compare(
        { work, than: "one condor_transfer_data", target: { atMost: 1.3 }, profile },
        measured("ours"),
        measured("script")
      ),
      compare({ work, than: "Python bindings" }, measured("ours"), measured("bindings")),
      compare({ work, than: "one by one", target: { atLeast: 5 } }, measured("ours"), measured("today"))
    ]
  })
}
