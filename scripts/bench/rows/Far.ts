/**
 * A CE whose round trip takes 30 milliseconds. Its tools go to the schedd's address, or ask the collector for the schedd each time.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import { Capability, SubmissionKey } from "../../../src/index.ts"
import { Amount, type Benchmark, compare } from "../Benchmark.ts"
import * as Contest from "../Contest.ts"
import * as Distance from "../Distance.ts"
import { fail } from "../Failed.ts"
import * as Recorder from "../Recorder.ts"
import * as Scene from "../Scene.ts"
import * as Status from "./Status.ts"
import { submission } from "./Submit.ts"

const roundTrip = 30

export const far: Benchmark = {
  name: "far",
  run: Effect.scoped(Effect.gen(function*() {
    const { rounds } = yield* Amount
    const times = rounds(15)
    const { directory } = yield* Scene.Scene
    const near = yield* Capability.Submitter
    const tools = yield* Layer.build(Layer.provide(Layer.fresh(Recorder.layer), Distance.tools(roundTrip / 2)))
    const backend = (byName: boolean) =>
      Layer.build(Scene.backend({}, { byName })).pipe(
        Effect.provideContext(tools),
        Effect.map((capabilities) => Context.merge(capabilities, tools))
      )
    const [atAddress, byName] = [yield* backend(false), yield* backend(true)]

    // Once by the name; in the round that does not count the second question asks for the address.
    const waiting = yield* Scene.filled(1)
    const asks = (ce: typeof atAddress) => Effect.provideContext(Status.contestants(waiting), ce)
    const [mine, before] = [yield* asks(atAddress), yield* asks(byName)]
    yield* Effect.provideContext(mine.ours.turn, atAddress)
    const statuses = yield* Contest.play<"ours" | "byName", unknown, Scene.Needs>(times, [
      { name: "ours", turn: Effect.provideContext(mine.ours.turn, atAddress) },
      { name: "byName", turn: Effect.provideContext(before.ours.turn, byName) }
    ])
    yield* Scene.cleared(waiting.cluster)

    const { copies, spec } = yield* submission(2 * (times + 1), "open")
    const { handles } = yield* near.submit(spec, copies, { key: yield* SubmissionKey.generate })
    yield* Scene.inState(Number(handles[0]?.job.split(".")[0]), 4, handles.length)
    const completed = [...handles]
    const fetches = (ce: typeof atAddress, { measure }: ReturnType<typeof Recorder.notes>) =>
      Effect.gen(function*() {
        const { fetch } = Context.get(ce, Capability.OutputRetriever)
        const { milliseconds, value } = yield* measure(fetch(completed.splice(0, 1), yield* directory))
        const fetched = Array.from(value).filter(([, one]) => Result.isSuccess(one))
        if (fetched.length !== 1) return yield* fail("the output was not fetched")
        return milliseconds
      }).pipe(Effect.provideContext(ce))
    const notes = Recorder.notes()
    const outputs = yield* Contest.play<"ours" | "byName", unknown, Scene.Needs>(times, [
      { name: "ours", turn: fetches(atAddress, notes) },
      { name: "byName", turn: fetches(byName, Recorder.notes()) }
    ])

    const than = "asked by the name each time"
    const distance = `${roundTrip} ms away`
    return [
      compare(
        { work: `status of one job, ${distance}`, than, target: { atMost: 0.6 }, profile: mine.notes.profile() },
        statuses("ours"),
        statuses("byName")
      ),
      compare(
        { work: `fetch of one job, ${distance}`, than, target: { atMost: 0.6 }, profile: notes.profile() },
        outputs("ours"),
        outputs("byName")
      )
    ]
  }))
}
