import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, DateTime, Effect, FileSystem, Schema, Stream } from "effect"
import { Capability, SubmissionKey } from "../../../../src/index.ts"
import { FakeSchedd, TimeLapse } from "../../../../src/testing/index.ts"
import { ad, backend, completedAd, constraintOf, endpoint, handle, key, printed } from "../../Scripted.ts"
import * as TwoUsers from "../../TwoUsers.ts"

const list = (filter?: Capability.ListFilter) =>
  Effect.flatMap(Capability.Enumerable, ({ list }) => Stream.runCollect(list(filter)))

const keyOf = (text: string) => SubmissionKey.SubmissionKey.make(text)

const handlesOf = (jobs: ReadonlyArray<Capability.ListedJob>) =>
  jobs.map((job) => job._tag === "Listed" ? job.handle : assert.fail(JSON.stringify(job)))

const sorted = (handles: ReadonlyArray<unknown>) => handles.map(String).toSorted()

const inSeconds = <A, E, R>(effect: Effect.Effect<A, E, R>) => TimeLapse.run(effect, { step: "1 second" })

const scripted = (...ads: ReadonlyArray<unknown>) => backend(() => printed(...ads))

describe("list: its queries", () => {
  it.effect("run one condor_q, without -allusers", () => {
    const { calls, layer } = scripted(ad("7.0"))
    return Effect.gen(function*() {
      assert.strictEqual((yield* list({ tag: "night", keyPrefix: "task", status: ["Waiting"] })).length, 0)
      assert.deepStrictEqual(calls.map(({ tool }) => tool), ["condor_q"])
      assert.notInclude(calls[0]?.args ?? [], "-allusers")
    }).pipe(Effect.provide(layer))
  })

  it.effect("are none for an empty list of statuses", () => {
    const { calls, layer } = scripted(ad("7.0"))
    return Effect.gen(function*() {
      assert.deepStrictEqual(yield* list({ status: [] }), [])
      assert.deepStrictEqual(calls, [])
    }).pipe(Effect.provide(layer))
  })

  it.effect("filter a tag in the library if no constraint can express it", () => {
    const tags = ["a\\", "a\\\\", "tab\t"]
    const { calls, layer } = scripted(...tags.map((tag, proc) => ad(`7.${proc}`, { EffectCETag: tag })))
    return Effect.gen(function*() {
      for (const [proc, tag] of tags.entries()) {
        assert.deepStrictEqual(handlesOf(yield* list({ tag })), [handle(`7.${proc}`)])
      }
      for (const call of calls) assert.notInclude(constraintOf(call), "EffectCETag")
    }).pipe(Effect.provide(layer))
  })
})

describe("list: its answers", () => {
  it.effect("have the values of the jobs' ads", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* list(), [
        {
          _tag: "Listed",
          handle: handle("7.0"),
          copies: 1,
          tag: "night",
          status: { _tag: "Waiting", since: DateTime.makeUnsafe(1_700_000_060_000) },
          submitted: DateTime.makeUnsafe(1_700_000_000_000)
        },
        {
          _tag: "Listed",
          handle: handle("8.1"),
          copies: 1,
          status: {
            _tag: "Completed",
            since: DateTime.makeUnsafe(1_000_000),
            exit: { _tag: "Code", code: 0 },
            output: "Kept"
          }
        }
      ])
    }).pipe(Effect.provide(
      scripted(
        ad("7.0", { EffectCETag: "night", QDate: 1_700_000_000, EnteredCurrentStatus: 1_700_000_060 }),
        completedAd("8.1", { QDate: 1e15 })
      ).layer
    )))

  it.effect("hide no job behind one that cannot be read, and report each of those", () =>
    Effect.gen(function*() {
      const jobs = yield* list({ keyPrefix: "task", status: ["Waiting"] })
      assert.deepStrictEqual(
        jobs.map((job) => job._tag === "Listed" ? `Listed ${job.handle.job}` : `${job._tag} ${job.job}`),
        [
          "Listed 1.0",
          "OtherFormat 2.0",
          "OtherFormat 3.0",
          "Unreadable 4.0",
          "Unreadable 5.0",
          "Unreadable 6.0",
          "Unreadable 7.0",
          "Listed 9.0",
          "Unreadable undefined"
        ]
      )
      assert.deepStrictEqual(jobs.flatMap((job) => job._tag === "OtherFormat" ? [job.format] : []), [2, undefined])
      for (const job of jobs) if (job._tag !== "Listed") assert.strictEqual(job.endpoint, endpoint)
    }).pipe(Effect.provide(
      scripted(
        ad("1.0"),
        ad("2.0", { EffectCEFormat: 2 }),
        ad("3.0", { EffectCEFormat: "1" }),
        ad("4.0", { JobStatus: "idle" }),
        ad("5.0", { EffectCEKey: 5 }),
        ad("6.0", { EffectCEKey: "no key" }),
        ad("7.0", { EffectCECopy: -1 }),
        { ...ad("8.0"), ProcId: "none" },
        ad("9.0")
      ).layer
    )))

  it.effect("have a job once if a repeated answer has it twice", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(handlesOf(yield* list()), ["7.0", "7.1", "8.0"].map((job) => handle(job)))
    }).pipe(Effect.provide(scripted(ad("7.0"), ad("7.1"), ad("7.0"), ad("8.0"), ad("7.1")).layer)))

  it.effect("fail if the answer is cut short, after any number of jobs", () =>
    Effect.gen(function*() {
      const seen: Array<unknown> = []
      const error = yield* Effect.flatMap(Capability.Enumerable, ({ list }) =>
        Effect.flip(Stream.runForEach(list(), (job) => Effect.sync(() => seen.push(job)))))
      assert.strictEqual(error._tag, "BackendFailed")
      assert.strictEqual(seen.length, 1)
    }).pipe(Effect.provide(backend(() => ({ stdout: JSON.stringify([ad("7.0"), ad("8.0")]).slice(0, -20) })).layer)))
})

const tags = ["night", "Night", "say \"hi\"", "a\tb"] as const
const keys = ["task-1", "Task-1", "task-10", "task.1", "other"] as const

const Filter = Schema.Struct({
  tag: Schema.optionalKey(Schema.Literals([...tags, "none"])),
  keyPrefix: Schema.optionalKey(Schema.Literals(["", "t", "T", "task-1", "task.", "task-100", "\"", "o"])),
  status: Schema.optionalKey(Schema.Array(Schema.Literals(["Waiting", "Running", "Held", "Completed", "Removed"])))
})

for (const [name, version, route] of TwoUsers.sites) {
  describe(`list: with a fake schedd (${name})`, () => {
    it.effect("has the jobs that match the filter", () =>
      inSeconds(Effect.gen(function*() {
        const fake = yield* FakeSchedd.FakeSchedd
        const pilot = yield* TwoUsers.user("pilot", route)
        for (const [index, one] of keys.entries()) {
          const tag = tags[index]
          yield* pilot.submit(keyOf(one), 2, tag === undefined ? {} : { tag })
          yield* Effect.sleep("25 seconds")
        }
        const [first] = handlesOf(yield* pilot.list({ status: ["Running"] }))
        if (first === undefined) return assert.fail("no job runs")
        assert.isTrue(yield* fake.hold(first.job))
        yield* Effect.sleep("3 seconds")
        const all = yield* pilot.list()
        assert.strictEqual(all.length, 2 * keys.length)
        assert.includeMembers(
          all.map((job) => job._tag === "Listed" ? job.status._tag : job._tag),
          ["Running", "Held", "Completed"]
        )
        const drawn = yield* Arbitrary.sampleEffect(Arbitrary.schema(Filter), { count: 20 })
        for (const filter of drawn) {
          const { keyPrefix = "", status, tag } = filter
          const expected = all.filter((job) =>
            job._tag === "Listed" && (tag === undefined || job.tag === tag) && job.handle.key.startsWith(keyPrefix) &&
            (status === undefined || status.some((one) => one === job.status._tag))
          )
          assert.deepStrictEqual(
            sorted(handlesOf(yield* pilot.list(filter))),
            sorted(handlesOf(expected)),
            JSON.stringify(filter)
          )
        }
      })).pipe(Effect.scoped, Effect.provide(TwoUsers.site(version, route))))

    it.effect("has no job of another user", () =>
      TimeLapse.run(Effect.gen(function*() {
        const pilot = yield* TwoUsers.user("pilot", route)
        const other = yield* TwoUsers.user("other", route)
        const mine = yield* pilot.submit(key, 3)
        const theirs = yield* other.submit(key, 2)
        assert.deepStrictEqual(sorted(handlesOf(yield* pilot.list())), sorted(mine.handles))
        assert.deepStrictEqual(sorted(handlesOf(yield* other.list())), sorted(theirs.handles))
      })).pipe(Effect.scoped, Effect.provide(TwoUsers.site(version, route))))

    it.effect("gives handles that equal the old ones to a program that has lost its database, and they can be fetched", () =>
      inSeconds(Effect.gen(function*() {
        const fileSystem = yield* FileSystem.FileSystem
        const destination = yield* fileSystem.makeTempDirectoryScoped({ prefix: "list-" })
        const before = yield* TwoUsers.user("pilot", route)
        const { handles } = yield* before.submit(key, 3, { tag: "night" })
        yield* Effect.sleep("3 minutes")
        const after = yield* TwoUsers.user("pilot", route)
        const found = handlesOf(yield* after.list({ status: ["Completed"], tag: "night" }))
        assert.sameDeepMembers(found, [...handles])
        assert.deepStrictEqual(yield* after.fetch(found, destination), ["Retrieved", "Retrieved", "Retrieved"])
        assert.deepStrictEqual(handlesOf(yield* after.list({ status: ["Completed", "Running"] })), [])
      })).pipe(Effect.scoped, Effect.provide(TwoUsers.site(version, route))))
  })
}

it.effect("list through a submit host: has only the jobs of this CE, including those under its former names", () =>
  TimeLapse.run(Effect.gen(function*() {
    const here = yield* TwoUsers.user("pilot", "Grid")
    const there = yield* TwoUsers.user("pilot", "Grid", { endpoint: "elsewhere.example.org" })
    const renamed = yield* TwoUsers.user("pilot", "Grid", {
      endpoint: "elsewhere.example.org",
      formerly: [{ endpoint: "CE.example.org", schedd: "ce@local" }]
    })
    const mine = yield* here.submit(keyOf("here"), 2)
    const others = yield* there.submit(keyOf("there"), 1)
    assert.deepStrictEqual(sorted(handlesOf(yield* here.list())), sorted(mine.handles))
    assert.deepStrictEqual(sorted(handlesOf(yield* there.list())), sorted(others.handles))
    const both = handlesOf(yield* renamed.list())
    assert.strictEqual(both.length, 3)
    assert.deepStrictEqual(yield* renamed.cancel(both), ["Cancelled", "Cancelled", "Cancelled"])
  })).pipe(Effect.scoped, Effect.provide(TwoUsers.site("latest", "Grid"))))
