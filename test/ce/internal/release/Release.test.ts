import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Result } from "effect"
import { TestClock } from "effect/testing"
import {
  Capability,
  type HTCondorCE,
  JobHandle,
  type JobStatus,
  type Submission,
  SubmissionKey
} from "../../../../src/index.ts"
import { FakeSchedd, TimeLapse } from "../../../../src/testing/index.ts"
import { backend as userBackend, bySubmitHost, submitHost, Temporary } from "../../../testing/FakeSite.ts"
import { ad, backend, handle, instant, printed } from "../../Scripted.ts"

type Handles = ReadonlyArray<JobHandle.JobHandle>

const release = (handles: Handles) => Effect.flatMap(Capability.Releasable, (releasable) => releasable.release(handles))

/** The outcome of one job: its value, or its error. */
const outcomeOf = (handle: JobHandle.JobHandle, outcomes: Effect.Success<ReturnType<typeof release>>) =>
  Result.merge(outcomes.get(handle).pipe((one) => one._tag === "Some" ? one.value : assert.fail("no outcome")))

const releaseOne = (handle: JobHandle.JobHandle) =>
  Effect.map(release([handle]), (outcomes) => outcomeOf(handle, outcomes))

const submitOne = Effect.fnUntraced(function*(spec: Partial<Submission.SubmissionSpec> = {}) {
  const submitter = yield* Capability.Submitter
  const key = yield* SubmissionKey.generate
  const { handles: [handle] } = yield* submitter.submit({ executable: "/bin/true", ...spec }, [{}], { key })
  yield* Effect.sleep("5 seconds")
  return handle ?? assert.fail("no handle")
})

// No machine has so many cores: the job waits in the batch system.
const waiting = { resources: { cpus: 5_000 } }

const statusOf = (handle: JobHandle.JobHandle) =>
  Effect.flatMap(Capability.StatusReporter, (reporter) => reporter.statusOf(handle))

const toolsSince = (from: number) =>
  Effect.map(
    Effect.flatMap(FakeSchedd.FakeSchedd, (fake) => fake.calls),
    (calls) => calls.slice(from).map(({ tool }) => tool).filter((tool) => tool !== "condor_q")
  )

const soFar = Effect.map(Effect.flatMap(FakeSchedd.FakeSchedd, (fake) => fake.calls), (calls) => calls.length)

const unreadable = { code: 13, subcode: 256, copied: true, reason: "FILETRANSFER: HTTP response code said error" }

describe.each(["lts", "latest"] as const)("release, %s", (version) => {
  const site = (config: Partial<HTCondorCE.Config> = {}, options: FakeSchedd.Options = {}) =>
    userBackend(config).pipe(
      Layer.provideMerge(FakeSchedd.layer({ version, payload: () => ({ duration: "20 seconds" }), ...options })),
      Layer.provideMerge(Temporary.layer),
      Layer.provideMerge(NodeServices.layer)
    )
  const services = site()
  const played = <E>(title: string, test: Effect.Effect<void, E, Layer.Success<typeof services>>, on = services) =>
    it.effect(title, () => TimeLapse.run(test, { step: "500 millis" }).pipe(Effect.provide(on)))

  played(
    "release: releases a job that was held before it started, and succeeds if two later polls do not find it held",
    Effect.gen(function*() {
      const fake = yield* FakeSchedd.FakeSchedd
      const job = yield* submitOne(waiting)
      assert.isTrue(yield* fake.hold(job.job))
      const before = yield* soFar
      const began = fake.calls
      assert.deepStrictEqual(yield* releaseOne(job), { _tag: "Released" })
      assert.deepStrictEqual(yield* toolsSince(before), ["condor_release"])
      assert.strictEqual((yield* statusOf(job))._tag, "Waiting")
      const constraint = (yield* began).find(({ tool }) => tool === "condor_release")?.args.join(" ") ?? ""
      assert.include(constraint, `EffectCEKey =?= "${job.key}"`)
      assert.include(constraint, "EffectCEFormat =?= 1")
      assert.include(constraint, "NumJobStarts == 0")
    })
  )

  played(
    "release: removes a job whose input could not be read from the batch system, releases it, and it runs",
    Effect.gen(function*() {
      const fake = yield* FakeSchedd.FakeSchedd
      const job = yield* submitOne(waiting)
      assert.isTrue(yield* fake.hold(job.job, unreadable))
      // Control: a release without the edit does not last.
      assert.isTrue(yield* fake.release(job.job))
      yield* Effect.sleep("3 seconds")
      assert.deepInclude(yield* statusOf(job), { _tag: "Held", code: 13, copied: true })
      const before = yield* soFar
      assert.deepStrictEqual(yield* releaseOne(job), { _tag: "Released" })
      assert.deepStrictEqual(yield* toolsSince(before), ["condor_qedit", "condor_release"])
      assert.strictEqual((yield* statusOf(job))._tag, "Waiting")
      const edit = (yield* fake.calls).find(({ tool }) => tool === "condor_qedit")?.args.join(" ") ?? ""
      for (const words of [`EffectCEKey =?= "${job.key}"`, "EffectCEFormat =?= 1", "HoldReasonCode == 13"]) {
        assert.include(edit, words)
      }
    })
  )

  played(
    "release: refuses all other holds as futile, changes nothing, and its advice says what to do",
    Effect.gen(function*() {
      const fake = yield* FakeSchedd.FakeSchedd
      const holds = [
        { code: 1, copied: true },
        { code: 13, subcode: 2, copied: true },
        { code: 26, reason: "HTCondor-CE held job due to invalid job universe." },
        { code: 34, subcode: 102, copied: true },
        { code: 3 }
      ]
      const jobs = yield* Effect.forEach(
        holds,
        (hold) => Effect.tap(submitOne(waiting), (job) => fake.hold(job.job, hold))
      )
      const missing = yield* submitOne({ outputs: [{ name: "missing" }] })
      yield* Effect.sleep("30 seconds")
      const before = yield* soFar
      const outcomes = yield* release([...jobs, missing])
      assert.deepStrictEqual(yield* toolsSince(before), [])
      for (const job of [...jobs, missing]) {
        const status = yield* statusOf(job)
        if (status._tag !== "Held") return assert.fail(status._tag)
        const { advice } = status
        assert.deepInclude(outcomeOf(job, outcomes), { _tag: "ReleaseFutile", status, advice, retry: "AfterRepair" })
      }
      assert.deepInclude(yield* statusOf(missing), { code: 12, subcode: 2, copied: true, cause: "Payload" })
    })
  )

  played(
    "release: does not release a job that has started, because the CE would remove it",
    Effect.gen(function*() {
      const fake = yield* FakeSchedd.FakeSchedd
      const job = yield* submitOne()
      assert.strictEqual((yield* statusOf(job))._tag, "Running")
      assert.isTrue(yield* fake.hold(job.job))
      const before = yield* soFar
      assert.deepInclude(yield* releaseOne(job), { _tag: "ReleaseFutile", retry: "AfterRepair" })
      assert.deepStrictEqual(yield* toolsSince(before), [])
      // Control: the fake itself would release the job.
      assert.isTrue(yield* fake.release(job.job))
      yield* Effect.sleep("2 minutes")
      assert.deepInclude(yield* statusOf(job), { _tag: "Completed", output: "Gone" })
    })
  )

  played(
    "release: answers each job separately: running, completed, removed, unknown, of another CE, named twice",
    Effect.gen(function*() {
      const fake = yield* FakeSchedd.FakeSchedd
      const completed = yield* submitOne()
      yield* Effect.sleep("30 seconds")
      const removed = yield* submitOne(waiting)
      yield* fake.remove(removed.job)
      const held = yield* submitOne(waiting)
      yield* fake.hold(held.job)
      const running = yield* submitOne()
      const unknown = new JobHandle.JobHandle({ ...held, job: "999.0" })
      const elsewhere = new JobHandle.JobHandle({ ...held, endpoint: "elsewhere.example:9619" })
      const asked = [running, completed, removed, unknown, elsewhere, held, held]
      const outcomes = yield* release(asked)
      assert.deepStrictEqual(
        asked.map((one) => outcomeOf(one, outcomes)._tag),
        ["NotHeld", "NotHeld", "NotHeld", "UnknownJob", "WrongEndpoint", "Released", "Released"]
      )
      assert.strictEqual(outcomes.size, 6)
      const answer = outcomeOf(running, outcomes)
      assert.strictEqual(answer._tag === "NotHeld" ? answer.status._tag : "", "Running")
    })
  )

  played(
    "release: answers NotOwner for a job of another identity, which stays held",
    Effect.gen(function*() {
      const fake = yield* FakeSchedd.FakeSchedd
      const job = yield* submitOne(waiting)
      yield* fake.hold(job.job)
      const { endpoint, schedd } = fake
      const { directory } = yield* Temporary
      const other = userBackend({ endpoint, schedd, temporaryDirectory: directory }, FakeSchedd.token("other"))
      const answer = yield* Effect.provide(releaseOne(job), other)
      assert.strictEqual(answer._tag, "NotOwner")
      assert.strictEqual((yield* statusOf(job))._tag, "Held")
    })
  )

  played(
    "release: a job that is held again is not released, and its answer has the new hold",
    Effect.gen(function*() {
      const fake = yield* FakeSchedd.FakeSchedd
      const job = yield* submitOne(waiting)
      yield* fake.hold(job.job, unreadable)
      const again = { ...unreadable, reason: "still not there" }
      const answer = yield* Effect.raceFirst(
        releaseOne(job),
        Effect.andThen(
          Effect.repeat(Effect.andThen(Effect.sleep("1 second"), fake.hold(job.job, again)), { until: (held) => held }),
          Effect.never
        )
      )
      assert.deepInclude(answer, { _tag: "ReleaseFutile", retry: "AfterRepair" })
      const status: JobStatus.JobStatus | undefined = answer._tag === "ReleaseFutile" ? answer.status : undefined
      assert.strictEqual(status?._tag === "Held" ? status.reason : "", "still not there (by user condor)")
    })
  )

  played(
    "release: a job that is removed after its release is not released, and its answer says why it has left",
    Effect.gen(function*() {
      const fake = yield* FakeSchedd.FakeSchedd
      const job = yield* submitOne(waiting)
      yield* fake.hold(job.job)
      const answer = yield* Effect.raceFirst(
        releaseOne(job),
        Effect.andThen(Effect.sleep("3 seconds"), Effect.andThen(fake.remove(job.job, "no more"), Effect.never))
      )
      assert.strictEqual(answer._tag, "ReleaseFutile")
      const status: JobStatus.JobStatus | undefined = answer._tag === "ReleaseFutile" ? answer.status : undefined
      assert.deepInclude(status ?? {}, { _tag: "Removed", reason: "no more (by user condor)", cause: "Request" })
    })
  )

  played(
    "release: works again after an interruption at any moment",
    Effect.gen(function*() {
      const fake = yield* FakeSchedd.FakeSchedd
      for (const seconds of [1, 2, 3, 6, 8, 12]) {
        const job = yield* submitOne(waiting)
        yield* fake.hold(job.job, unreadable)
        yield* Effect.timeoutOption(releaseOne(job), `${seconds} seconds`)
        const answer = yield* releaseOne(job)
        assert.include(["Released", "NotHeld"], answer._tag, `after ${seconds} seconds`)
        yield* Effect.sleep("5 seconds")
        assert.strictEqual((yield* statusOf(job))._tag, "Waiting")
      }
    })
  )

  played(
    "release: a job that the CE held before it started continues there, with a submit host",
    Effect.gen(function*() {
      const fake = yield* FakeSchedd.FakeSchedd
      const job = yield* submitOne(waiting)
      yield* fake.hold(job.job)
      assert.deepStrictEqual(yield* releaseOne(job), { _tag: "Released" })
      const copied = yield* submitOne(waiting)
      yield* fake.hold(copied.job, unreadable)
      assert.strictEqual((yield* releaseOne(copied))._tag, "ReleaseFutile")
    }),
    site(bySubmitHost, { endpoint: submitHost })
  )
})

/** A CE with scripted answers about one job, and the times of its queries. */
const scripted = (
  answer: Parameters<typeof backend>[0]
) => backend(answer, {}, instant)

const heldAd = (change: Record<string, unknown> = {}) =>
  ad("7.0", { JobStatus: 5, HoldReasonCode: 13, HoldReasonSubCode: 256, NumJobStarts: 0, ...change })

const after = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(effect)
    yield* TestClock.adjust("10 minutes")
    return yield* Fiber.join(fiber)
  })

describe("release", () => {
  const one = handle("7.0")

  it.effect("waits a minute for a JobRouter that does not look, and does not release the job", () =>
    Effect.gen(function*() {
      const { calls, layer } = scripted(() => printed(heldAd({ Managed: "External" })))
      const answer = yield* after(Effect.provide(releaseOne(one), layer))
      assert.deepInclude(answer, { _tag: "ReleaseFutile", retry: "Later" })
      assert.isFalse(calls.some(({ tool }) => tool === "condor_release" || tool === "condor_qedit"))
      assert.isAtMost(calls.length, 16)
    }))

  it.effect("releases nothing if the edit finds no such job", () =>
    Effect.gen(function*() {
      const { calls, layer } = scripted((call) =>
        call.tool === "condor_qedit"
          ? { exitCode: 1, stderr: "Failed to set attributes for jobs matching the constraint" }
          : printed(heldAd({ Managed: "External", HoldCopiedFromTargetJob: true }))
      )
      const answer = yield* after(Effect.provide(releaseOne(one), layer))
      assert.deepInclude(answer, { _tag: "ReleaseFutile", retry: "Later" })
      assert.isFalse(calls.some(({ tool }) => tool === "condor_release"))
    }))

  it.effect("queries a job again that the schedd does not release", () =>
    Effect.gen(function*() {
      const answers = yield* Effect.forEach([heldAd({ HoldReasonCode: 1 }), ad("7.0", { JobStatus: 2 })], (then) => {
        let asked = false
        const { layer } = scripted((call) => {
          if (call.tool !== "condor_release") return printed(asked ? then : heldAd({ HoldReasonCode: 1 }))
          asked = true
          return { exitCode: 1, stderr: "\nCouldn't find/release all jobs matching constraint (...)\n" }
        })
        return after(Effect.provide(releaseOne(one), layer))
      })
      assert.deepStrictEqual(answers.map(({ _tag }) => _tag), ["ReleaseFutile", "NotHeld"])
    }))

  it.effect("leaves open whether the release has lasted if the CE becomes unreachable after it", () =>
    Effect.gen(function*() {
      let released = false
      const { layer } = scripted((call) => {
        if (call.tool === "condor_release") {
          released = true
          return { stdout: "job_7_0 = 1\n" }
        }
        return released
          ? { exitCode: 1, stderr: "Error: Couldn't contact the condor_collector on ce.example.org" }
          : printed(heldAd({ HoldReasonCode: 1 }))
      })
      const answer = yield* after(Effect.provide(releaseOne(one), layer))
      assert.strictEqual(answer._tag, "StatusUnavailable")
    }))

  it.effect("fails the call if the CE cannot be queried, and changes nothing", () =>
    Effect.gen(function*() {
      const { calls, layer } = scripted(() => ({
        exitCode: 1,
        stderr: "SECMAN:2010:Received \"DENIED\" from server for user pilot using method IDTOKENS."
      }))
      const error = yield* Effect.flip(after(Effect.provide(releaseOne(one), layer)))
      assert.strictEqual(error._tag, "AuthorizationDenied")
      assert.isFalse(calls.some(({ tool }) => tool === "condor_release" || tool === "condor_qedit"))
    }))

  it.effect("makes no query without a handle", () =>
    Effect.gen(function*() {
      const { calls, layer } = scripted(() => ({}))
      assert.strictEqual((yield* Effect.provide(release([]), layer)).size, 0)
      assert.deepStrictEqual(calls, [])
    }))
})
