import { assert, describe, it } from "@effect/vitest"
import { Clock, DateTime, Effect, Stream } from "effect"
import { Capability, type CondorTool, JobStatus, SubmissionKey } from "../../../../src/index.ts"
import { TimeLapse } from "../../../../src/testing/index.ts"
import { ad, backend, completedAd, constraintOf, pilot as pilotName } from "../../Scripted.ts"
import * as TwoUsers from "../../TwoUsers.ts"

const at = (seconds: number) => DateTime.makeUnsafe(seconds * 1000)

const departed = (since = 0) =>
  Effect.flatMap(Capability.Enumerable, ({ departed }) => Stream.runCollect(departed({ since: at(since) })))

const keyOf = (text: string) => SubmissionKey.SubmissionKey.make(text)

const labels = (jobs: ReadonlyArray<Capability.DepartedJob>) =>
  jobs.map((job) => job._tag === "Departed" ? `${job.handle.key} ${job.status._tag}` : job._tag)

const inSeconds = <A, E, R>(effect: Effect.Effect<A, E, R>) => TimeLapse.run(effect, { step: "1 second" })

for (const [name, version, route] of TwoUsers.sites) {
  describe(`departed: with a fake schedd (${name})`, () => {
    it.effect("streams the jobs that have left since then, newest first, and only those of the user", () =>
      inSeconds(Effect.gen(function*() {
        const pilot = yield* TwoUsers.user("pilot", route)
        const other = yield* TwoUsers.user("other", route)
        const first = yield* pilot.submit(keyOf("first"), 1)
        const second = yield* pilot.submit(keyOf("second"), 1, { tag: "night" })
        const theirs = yield* other.submit(keyOf("theirs"), 1)
        const live = yield* pilot.submit(keyOf("live"), 1)
        yield* Effect.sleep("2 minutes")
        yield* pilot.purge(first.handles)
        yield* Effect.sleep("2 minutes")
        const since = yield* DateTime.now
        yield* Effect.sleep("10 seconds")
        yield* pilot.purge(second.handles)
        yield* other.purge(theirs.handles)
        yield* Effect.sleep("10 seconds")
        const third = yield* pilot.submit(keyOf("third"), 1)
        yield* Effect.sleep("10 seconds")
        yield* pilot.cancel(third.handles)
        yield* Effect.sleep("5 seconds")
        const some = yield* pilot.departed(since)
        assert.deepStrictEqual(labels(some), ["third Removed", "second Completed"])
        for (const job of some) {
          assert.isTrue(
            job._tag === "Departed" && job.left !== undefined && DateTime.isGreaterThanOrEqualTo(job.left, since)
          )
        }
        const [, one] = some
        if (one?._tag !== "Departed") return assert.fail("nothing has left")
        assert.deepStrictEqual([one.handle, one.tag, one.copies], [second.handles[0], "night", 1])
        assert.deepStrictEqual(JobStatus.withoutSince(one.status), {
          _tag: "Completed",
          exit: { _tag: "Code", code: 0 },
          output: "Gone"
        })
        assert.deepStrictEqual(labels(yield* pilot.departed(at(0))), [
          "third Removed",
          "second Completed",
          "first Completed"
        ])
        assert.deepStrictEqual(yield* pilot.status(live.handles), ["Completed"])
      })).pipe(Effect.scoped, Effect.provide(TwoUsers.site(version, route))))

    it.effect("ends with Cut if the history is longer than the searched part", () =>
      inSeconds(Effect.gen(function*() {
        const begun = yield* DateTime.now
        yield* Effect.sleep("1 minute")
        const pilot = yield* TwoUsers.user("pilot", route, { historyDepth: 3 })
        const { handles } = yield* pilot.submit(keyOf("many"), 5)
        yield* Effect.sleep("2 minutes")
        const times: Array<number> = []
        for (const handle of handles) {
          times.push(yield* Clock.currentTimeMillis)
          yield* pilot.purge([handle])
          yield* Effect.sleep("1 minute")
        }
        const cut = yield* pilot.departed(begun)
        assert.deepStrictEqual(labels(cut).slice(0, -1), Array.from({ length: 3 }, () => "many Completed"))
        const last = cut.at(-1)
        if (last?._tag !== "Cut" || last.reaches === undefined) return assert.fail(JSON.stringify(cut))
        // The time of the oldest job in the stream.
        assert.closeTo(DateTime.toEpochMillis(last.reaches), times[2] ?? 0, 10_000)
        // The search reaches a job that left before that.
        const whole = yield* pilot.departed(DateTime.makeUnsafe((times[3] ?? 0) - 20_000))
        assert.deepStrictEqual(labels(whole), ["many Completed", "many Completed"])
        const deep = yield* TwoUsers.user("pilot", route)
        assert.strictEqual((yield* deep.departed(begun)).length, 5)
      })).pipe(Effect.scoped, Effect.provide(TwoUsers.site(version, route))))
  })
}

it.effect("departed through a submit host: has only the jobs of this CE, also if the oldest job is another CE's", () =>
  inSeconds(Effect.gen(function*() {
    const there = yield* TwoUsers.user("pilot", "Grid", { endpoint: "elsewhere.example.org" })
    const here = yield* TwoUsers.user("pilot", "Grid")
    for (const [user, key] of [[there, "there"], [here, "here"]] as const) {
      const { handles } = yield* user.submit(keyOf(key), 1)
      yield* Effect.sleep("10 seconds")
      yield* user.cancel(handles)
      yield* Effect.sleep("10 seconds")
    }
    assert.deepStrictEqual(labels(yield* here.departed(at(0))), ["here Removed"])
    assert.deepStrictEqual(labels(yield* there.departed(at(0))), ["there Removed"])
  })).pipe(Effect.scoped, Effect.provide(TwoUsers.site("latest", "Grid"))))

it.effect("departed: is empty, and not Cut, if no job has left", () =>
  Effect.gen(function*() {
    const pilot = yield* TwoUsers.user("pilot", "Remote")
    assert.deepStrictEqual(yield* pilot.departed(at(0)), [])
  }).pipe(Effect.scoped, Effect.provide(TwoUsers.site("latest", "Remote"))))

it.effect("departed: is Cut if the history is not readable", () => {
  const stderr = "Error 5: HISTORY undefined in remote configuration. No such related history to be queried."
  return Effect.gen(function*() {
    assert.deepStrictEqual(labels(yield* departed()), ["Cut"])
  }).pipe(Effect.provide(backend(() => ({ exitCode: 5, stdout: "[\n", stderr })).layer))
})

describe("departed: with scripted answers", () => {
  const removed = { JobStatus: 3, EnteredCurrentStatus: 5_000, RemoveReason: "cancelled" }
  const isMarker = (call: CondorTool.ToolCall) => !constraintOf(call).includes("EffectCEKey")
  const history = (...ads: ReadonlyArray<unknown>) =>
    backend((call) => ({ stdout: JSON.stringify(isMarker(call) ? [ad("1.0", { User: "other@x" })] : ads) }))

  it.effect("first queries for the end, and then runs one condor_history, which ends there", () => {
    const { calls, layer } = history()
    return Effect.gen(function*() {
      assert.deepStrictEqual(yield* departed(1_000), [])
      const asked = calls.filter(({ tool }) => tool === "condor_history")
      assert.strictEqual(asked.length, 2)
      const [marker, all] = asked
      const since = all?.args[(all.args.indexOf("-since") || 0) + 1]
      assert.strictEqual(since, constraintOf(marker ?? assert.fail("no question")))
      assert.include(since ?? "", "EnteredCurrentStatus < 1000")
      assert.include(constraintOf(all ?? assert.fail("no question")), pilotName)
    }).pipe(Effect.provide(layer))
  })

  it.effect("hides no job behind one that cannot be read, and has the time at which a removed job left", () =>
    Effect.gen(function*() {
      const jobs = yield* departed()
      assert.deepStrictEqual(
        jobs.map((job) => job._tag === "Departed" ? `${job.handle.job} ${job.status._tag}` : job._tag),
        ["2.0 Removed", "OtherFormat", "Unreadable", "6.0 Completed", "7.0 Completed", "Unreadable"]
      )
      const times = jobs.flatMap((job) => job._tag === "Departed" ? [job.left] : [])
      assert.deepStrictEqual(times, [at(5_000), undefined, at(5_000)])
    }).pipe(Effect.provide(
      history(
        ad("2.0", removed),
        ad("3.0", { ...removed, EffectCEFormat: 2 }),
        ad("4.0", { JobStatus: "gone" }),
        ad("5.0", { ...removed, User: "other@users.htcondor.org" }),
        completedAd("6.0"),
        completedAd("7.0", { ...removed, LastJobStatus: 4 }),
        { ...ad("8.0", removed), ProcId: "none" }
      ).layer
    )))
})
