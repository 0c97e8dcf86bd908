import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, FileSystem, Layer } from "effect"
import { Capability, SubmissionKey } from "../../../../src/index.ts"
import { FakeSchedd, TimeLapse } from "../../../../src/testing/index.ts"
import { submitHost, Temporary } from "../../../testing/FakeSite.ts"
import * as ListedSchedd from "../../ListedSchedd.ts"
import { ad, constraintOf, key } from "../../Scripted.ts"
import { passing } from "../../Submitting.ts"
import * as TwoUsers from "../../TwoUsers.ts"

const keyOf = (text: string) => SubmissionKey.SubmissionKey.make(text)

const withdraw = Effect.flatMap(Capability.Submitter, (submitter) => submitter.withdraw(key))

/** The outcomes of the jobs, in the order of their ids. */
const labels = ({ jobs }: Capability.Withdrawal) =>
  jobs.toSorted((a, b) => Number(a.job) - Number(b.job)).map(({ _tag, job }) => `${job} ${_tag}`)

const inSeconds = <A, E, R>(effect: Effect.Effect<A, E, R>) => TimeLapse.run(effect, { step: "1 second" })

for (const [name, version, route] of TwoUsers.sites) {
  describe(`withdraw: with a fake schedd (${name})`, () => {
    it.effect("cancels live jobs, purges completed ones, and leaves all others unchanged", () =>
      inSeconds(Effect.gen(function*() {
        const fake = yield* FakeSchedd.FakeSchedd
        const pilot = yield* TwoUsers.user("pilot", route)
        const other = yield* TwoUsers.user("other", route)
        const { handles } = yield* pilot.submit(key, 3)
        const neighbour = yield* pilot.submit(keyOf(key.toUpperCase()), 1)
        const theirs = yield* other.submit(key, 2)
        yield* Effect.sleep("30 seconds")
        const [first] = handles
        assert.isTrue(yield* fake.hold(first?.job ?? ""))
        yield* Effect.sleep("3 minutes")
        const withdrawn = yield* pilot.withdraw(key)
        assert.isTrue(withdrawn.complete)
        assert.deepStrictEqual(
          withdrawn.jobs.map(({ _tag, handle }) => [handle?.job, _tag]).toSorted(),
          handles.map(({ job }, copy) => [job, copy === 0 ? "Cancelled" : "Purged"])
        )
        yield* Effect.sleep("10 seconds")
        assert.deepStrictEqual(yield* pilot.withdraw(key), { key, jobs: [], complete: true })
        assert.deepStrictEqual(
          (yield* pilot.status([...handles, ...neighbour.handles])).toSorted(),
          ["Completed", "Completed", "Completed", "Removed"]
        )
        assert.deepStrictEqual(yield* pilot.purge(neighbour.handles), ["Purged"])
        assert.deepStrictEqual(yield* other.purge(theirs.handles), ["Purged", "Purged"])
      })).pipe(Effect.scoped, Effect.provide(TwoUsers.site(version, route))))

    it.effect("leaves a used key: submit returns the old handles, and no job runs", () =>
      inSeconds(Effect.gen(function*() {
        const fileSystem = yield* FileSystem.FileSystem
        const fake = yield* FakeSchedd.FakeSchedd
        const destination = yield* fileSystem.makeTempDirectoryScoped({ prefix: "withdraw-" })
        const pilot = yield* TwoUsers.user("pilot", route)
        const { handles } = yield* pilot.submit(key, 2)
        yield* Effect.sleep("20 seconds")
        assert.isTrue((yield* pilot.withdraw(key)).complete)
        yield* Effect.sleep("10 seconds")
        const again = yield* pilot.submit(key, 2)
        assert.isTrue(again.adopted)
        assert.deepStrictEqual(again.handles, handles)
        assert.deepStrictEqual(yield* fake.queue, [])
        assert.deepStrictEqual(yield* pilot.status(handles), ["Removed", "Removed"])
        assert.deepStrictEqual(yield* pilot.fetch(handles, destination), ["OutputMissing", "OutputMissing"])
      })).pipe(Effect.scoped, Effect.provide(TwoUsers.site(version, route))))

    it.effect("waits for a submission of this backend, and removes all of it; a later one adopts", () =>
      inSeconds(Effect.gen(function*() {
        const pilot = yield* TwoUsers.user("pilot", route)
        const submitting = yield* Effect.forkChild(pilot.submit(key, 2))
        yield* Effect.yieldNow
        const withdrawing = yield* Effect.forkChild(pilot.withdraw(key))
        const { handles } = yield* Fiber.join(submitting)
        const withdrawn = yield* Fiber.join(withdrawing)
        assert.strictEqual(withdrawn.jobs.length, 2)
        assert.isTrue(withdrawn.complete)
        assert.deepStrictEqual((yield* pilot.submit(key, 2)).handles, handles)
        yield* Effect.sleep("10 seconds")
        assert.deepStrictEqual(yield* pilot.status(handles), ["Removed", "Removed"])
      })).pipe(Effect.scoped, Effect.provide(TwoUsers.site(version, route))))

    it.effect("removes the jobs that a fetch has not placed yet, and no others", () =>
      inSeconds(Effect.gen(function*() {
        const fileSystem = yield* FileSystem.FileSystem
        const pilot = yield* TwoUsers.user("pilot", route)
        const program = yield* TwoUsers.user("pilot", route)
        for (const pause of [0, 3]) {
          const one = keyOf(`${key}-${pause}`)
          const { handles } = yield* pilot.submit(one, 3)
          yield* Effect.sleep("3 minutes")
          const destination = yield* fileSystem.makeTempDirectoryScoped({ prefix: "withdraw-" })
          const fetching = yield* Effect.forkChild(pilot.fetch(handles, destination))
          for (let step = 0; step < pause; step++) yield* Effect.yieldNow
          assert.isTrue((yield* program.withdraw(one)).complete)
          const answers = yield* Fiber.join(fetching)
          const placed = yield* fileSystem.readDirectory(destination)
          assert.strictEqual(
            placed.length,
            answers.filter((answer) => answer === "Retrieved").length,
            answers.join(" ")
          )
          for (const name of placed) {
            assert.isTrue(yield* fileSystem.exists(`${destination}/${name}/manifest.json`), name)
          }
        }
      })).pipe(Effect.scoped, Effect.provide(TwoUsers.site(version, route))))

    it.effect("can be interrupted at any moment, and repeated", () =>
      inSeconds(Effect.gen(function*() {
        const fake = yield* FakeSchedd.FakeSchedd
        const pilot = yield* TwoUsers.user("pilot", route)
        for (const millis of [0, 1_000, 3_000]) {
          const one = keyOf(`${key}-${millis}`)
          yield* pilot.submit(one, 2)
          yield* Effect.sleep("20 seconds")
          const withdrawing = yield* Effect.forkChild(pilot.withdraw(one))
          yield* Effect.sleep(millis)
          yield* Fiber.interrupt(withdrawing)
          assert.isTrue((yield* pilot.withdraw(one)).complete)
          yield* Effect.sleep("10 seconds")
          assert.deepStrictEqual(yield* fake.queue, [])
        }
      })).pipe(
        Effect.scoped,
        Effect.provide(TwoUsers.site(version, route))
      ))
  })
}

describe("withdraw: through a submit host", () => {
  it.effect("leaves the jobs of another CE with this key", () =>
    inSeconds(Effect.gen(function*() {
      const here = yield* TwoUsers.user("pilot", "Grid")
      const there = yield* TwoUsers.user("pilot", "Grid", { endpoint: "elsewhere.example.org" })
      const { handles } = yield* there.submit(key, 2)
      yield* Effect.sleep("20 seconds")
      assert.deepStrictEqual(yield* here.withdraw(key), { key, jobs: [], complete: true })
      assert.deepStrictEqual(yield* there.cancel(handles), ["Cancelled", "Cancelled"])
    })).pipe(Effect.scoped, Effect.provide(TwoUsers.site("latest", "Grid"))))

  it.effect("leaves no copy at the CE of jobs that are being handed over", () =>
    inSeconds(Effect.gen(function*() {
      const fake = yield* FakeSchedd.FakeSchedd
      const pilot = yield* TwoUsers.user("pilot", "Grid")
      yield* pilot.submit(key, 4)
      const withdrawn = yield* pilot.withdraw(key)
      assert.isTrue(withdrawn.complete)
      assert.strictEqual(withdrawn.jobs.length, 4)
      yield* Effect.sleep("1 minute")
      assert.deepStrictEqual(yield* fake.leftAtCE, [])
      assert.deepStrictEqual(yield* fake.queue, [])
    })).pipe(
      Effect.scoped,
      Effect.provide(
        FakeSchedd.layer({ endpoint: submitHost, handedOn: 2 }).pipe(
          Layer.provideMerge(Temporary.layer),
          Layer.provideMerge(NodeServices.layer)
        )
      )
    ))
})

const { cluster, schedd, spooling } = ListedSchedd

const whole = { first: 0, count: 2, copies: 2 }

describe("withdraw: unusual jobs", () => {
  it.effect("removes jobs that were submitted twice, and jobs that wait for their input", () => {
    const { layer, listed, toolsOf } = schedd({
      queue: [...cluster(7, whole), ...cluster(8, whole, { JobStatus: 4 }), ...cluster(9, whole, spooling)]
    })
    return Effect.gen(function*() {
      const withdrawn = yield* withdraw
      assert.deepStrictEqual(labels(withdrawn), [
        "7.0 Cancelled",
        "7.1 Cancelled",
        "8.0 Purged",
        "8.1 Purged",
        "9.0 Cancelled",
        "9.1 Cancelled"
      ])
      assert.isTrue(withdrawn.complete)
      assert.deepStrictEqual(listed.queue, [])
      // The identity, a query, the live jobs, the completed jobs, and a last query.
      assert.deepStrictEqual(toolsOf(), ["condor_q", "condor_q", "condor_rm", "condor_rm", "condor_q"])
    }).pipe((effect) => passing(effect, layer))
  })

  it.effect("leaves jobs of another format and of another user, and reports the former", () => {
    const newer = cluster(8, whole, { EffectCEFormat: 2 })
    const foreign = cluster(9, whole, { User: "other@users.htcondor.org" })
    const { layer, listed } = schedd({ queue: [...cluster(7, whole), ...newer, ...foreign] })
    return Effect.gen(function*() {
      const withdrawn = yield* withdraw
      assert.deepStrictEqual(labels(withdrawn), ["7.0 Cancelled", "7.1 Cancelled", "8.0 Left", "8.1 Left"])
      assert.isFalse(withdrawn.complete)
      assert.deepStrictEqual(listed.queue, [...newer, ...foreign])
    }).pipe((effect) => passing(effect, layer))
  })

  it.effect("removes a job without the number of its copy, and reports its id", () => {
    const { layer, listed } = schedd({ queue: [ad("7.0", { EffectCECopy: "first" })] })
    return Effect.gen(function*() {
      assert.deepStrictEqual((yield* withdraw).jobs, [{ _tag: "Cancelled", job: "7.0" }])
      assert.deepStrictEqual(listed.queue, [])
    }).pipe((effect) => passing(effect, layer))
  })

  it.effect("finds the jobs that other clients submit meanwhile, and gives up if they do not end", () =>
    Effect.gen(function*() {
      for (const [times, complete] of [[1, true], [2, true], [100, false]] as const) {
        let next = 8
        const { layer, listed } = schedd({ queue: cluster(7, whole) }, {
          answer: (call, schedd) => {
            if (call.tool === "condor_rm" && next < 8 + times) {
              // After the query, so the removal does not include them.
              schedd.queue = [...schedd.queue, ...cluster(next++, whole)]
            }
            return undefined
          }
        })
        const withdrawn = yield* passing(withdraw, layer)
        assert.strictEqual(withdrawn.complete, complete)
        assert.strictEqual(withdrawn.jobs.length, 2 * (complete ? times + 1 : 5))
        assert.strictEqual(withdrawn.jobs.filter(({ _tag }) => _tag === "Left").length, complete ? 0 : 2)
        assert.strictEqual(listed.queue.length, complete ? 0 : 2)
      }
    }))

  it.effect("removes by the key, the format and the owner, and never only by ids", () => {
    const { calls, layer } = schedd({ queue: [...cluster(7, whole), ...cluster(8, whole, { JobStatus: 4 })] })
    return Effect.gen(function*() {
      yield* withdraw
      const removals = calls.filter(({ tool }) => tool === "condor_rm").map(constraintOf)
      assert.strictEqual(removals.length, 2)
      for (const constraint of removals) {
        for (const part of ["EffectCEKey =?= \"task-1\"", "EffectCEFormat =?= 1", "User =?= \"pilot@", "JobStatus"]) {
          assert.include(constraint, part)
        }
      }
    }).pipe((effect) => passing(effect, layer))
  })

  it.effect("fails if the schedd removes nothing, and gives the reason", () => {
    const { layer, listed } = schedd({ queue: cluster(7, whole) }, {
      answer: (call) =>
        call.tool === "condor_rm"
          ? Effect.succeed({ exitCode: 1, stderr: "Permission denied to remove jobs\n" })
          : undefined
    })
    return Effect.gen(function*() {
      assert.oneOf((yield* Effect.flip(withdraw))._tag, ["BackendFailed", "AuthorizationDenied"])
      assert.strictEqual(listed.queue.length, 2)
    }).pipe((effect) => passing(effect, layer))
  })
})
