/** Jobs that the fake hands over to a CE, as their owner, the site and the history see them. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, FileSystem, Layer, Result } from "effect"
import { disappearedReason } from "../../src/condor/GridUniverse.ts"
import { Capability, type JobHandle, type JobStatus, Outcomes, SubmissionKey } from "../../src/index.ts"
import { integer, text } from "../../src/testing/fake/Attributes.ts"
import { FakeSchedd, TimeLapse } from "../../src/testing/index.ts"
import { backend, bySubmitHost, submitHost, Temporary } from "./FakeSite.ts"

const submittedAs = Effect.fnUntraced(function*(key: string) {
  const { submit } = yield* Capability.Submitter
  const { handles: [handle] } = yield* submit({ executable: "/bin/true" }, [{}], {
    key: SubmissionKey.SubmissionKey.make(key)
  })
  return handle ?? (yield* Effect.die(new Error("no handle")))
})

const submitted = submittedAs("task-1")

/** The states of the only job, as the contract, the schedd and the CE name them, until it has this status. */
const course = (until: JobStatus.JobStatus["_tag"]) =>
  TimeLapse.run(Effect.gen(function*() {
    const fake = yield* FakeSchedd.FakeSchedd
    const { status } = yield* Capability.StatusReporter
    const handle = yield* submitted
    const seen: Array<string> = []
    for (let tries = 0; tries < 200; tries++) {
      const [found] = Outcomes.successes(yield* status([handle]))
      const [ad] = [...yield* fake.queue, ...yield* fake.history]
      if (found === undefined || ad === undefined) return assert.fail("the job is nowhere")
      const [, now] = found
      const line = [
        now._tag,
        ..."diagnosis" in now && now.diagnosis !== undefined ? ["(diagnosed)"] : [],
        String(integer(ad, "JobStatus")),
        text(ad, "GridJobStatus") ?? "-",
        text(ad, "GridJobId")?.split(" ").at(-1) ?? "-"
      ].join(" ")
      if (seen.at(-1) !== line) seen.push(line)
      if (now._tag === until) return { handle, seen, status: now }
      yield* Effect.sleep("250 millis")
    }
    return assert.fail(`never ${until}: ${seen.join(", ")}`)
  }))

const statusOf = (handle: JobHandle.JobHandle) =>
  TimeLapse.run(Effect.flatMap(Capability.StatusReporter, (reporter) => reporter.statusOf(handle)))

describe.each(["lts", "latest"] as const)("jobs that a fake of %s hands over", (version) => {
  const site = (options: FakeSchedd.Options = {}) =>
    backend(bySubmitHost).pipe(
      Layer.provideMerge(
        FakeSchedd.layer({ version, endpoint: submitHost, payload: () => ({ duration: "2 seconds" }), ...options })
      ),
      Layer.provideMerge(Temporary.layer),
      Layer.provideMerge(NodeServices.layer)
    )
  const services = site()
  const played = (title: string, test: Effect.Effect<void, unknown, Layer.Success<typeof services>>) =>
    it.effect(title, () => Effect.provide(test, services))

  played(
    "life: waits, is handed over, runs at the CE, and completes when its output has arrived",
    Effect.gen(function*() {
      const fake = yield* FakeSchedd.FakeSchedd
      const { seen } = yield* course("Completed")
      assert.deepStrictEqual(seen, [
        "Staging 5 - -",
        "Waiting (diagnosed) 1 - -",
        "Waiting 1 - 1.0",
        "Running 2 RUNNING 1.0",
        "Finishing 2 COMPLETED 1.0",
        "Completed 4 COMPLETED 1.0"
      ])
      const [ad] = yield* fake.queue
      assert.strictEqual(
        ad === undefined ? undefined : text(ad, "GridJobId"),
        "condor ce@local ce.example.org:9619 1.0"
      )
    })
  )

  played(
    "hold by the CE's site: is copied, and a release at the submit host continues the job at the CE",
    Effect.gen(function*() {
      const fake = yield* FakeSchedd.FakeSchedd
      const { handle } = yield* course("Running")
      assert.isTrue(yield* fake.hold(handle.job, { reason: "held by the site", subcode: 9 }))
      assert.deepInclude(yield* statusOf(handle), {
        _tag: "Held",
        code: 1,
        subcode: 9,
        reason: "held by the site (by user condor)",
        cause: "Request",
        copied: false
      })
      assert.strictEqual(text((yield* fake.queue)[0] ?? assert.fail("no job"), "GridJobStatus"), "HELD")
      assert.isTrue(yield* fake.release(handle.job))
      yield* TimeLapse.pass("10 seconds", { step: "1 second" })
      const [ad] = yield* fake.queue
      assert.strictEqual(text(ad ?? assert.fail("no job"), "GridJobId")?.split(" ").at(-1), "1.0")
      assert.strictEqual((yield* statusOf(handle))._tag, "Completed")
    })
  )

  played(
    "job lost by the CE: is held, and then removed by its own policy",
    Effect.gen(function*() {
      const fake = yield* FakeSchedd.FakeSchedd
      const { handle } = yield* course("Running")
      assert.isTrue(yield* fake.remove(handle.job))
      assert.deepInclude(yield* statusOf(handle), {
        _tag: "Held",
        code: 0,
        subcode: 0,
        reason: "Job disappeared from remote schedd",
        cause: "Site"
      })
      yield* TimeLapse.pass("1 minute")
      assert.deepInclude(yield* statusOf(handle), {
        _tag: "Removed",
        reason: disappearedReason,
        cause: "Disappeared"
      })
      assert.deepStrictEqual(yield* fake.queue, [])
    })
  )

  played(
    "removal before the hand-over: is a removal by the submit host",
    Effect.gen(function*() {
      const fake = yield* FakeSchedd.FakeSchedd
      const { handle } = yield* course("Waiting")
      assert.isTrue(yield* fake.remove(handle.job))
      assert.deepInclude(yield* statusOf(handle), {
        _tag: "Removed",
        reason: "via condor_rm (by user condor)",
        cause: "Request"
      })
    })
  )

  played(
    "removal during the hand-over: leaves a copy at the CE",
    Effect.gen(function*() {
      const fake = yield* FakeSchedd.FakeSchedd
      const { handle } = yield* course("Waiting")
      yield* TimeLapse.pass("250 millis")
      assert.strictEqual(text((yield* fake.queue)[0] ?? assert.fail("no job"), "Managed"), "External")
      assert.isTrue(yield* fake.remove(handle.job))
      assert.deepStrictEqual(yield* fake.leftAtCE, [handle.job])
    })
  )

  played(
    "cancel: waits for the job's number at the CE, and leaves nothing there",
    Effect.gen(function*() {
      const fake = yield* FakeSchedd.FakeSchedd
      const { cancel } = yield* Capability.Cancellable
      const { handle } = yield* course("Waiting")
      const outcomes = Array.from(yield* TimeLapse.run(cancel([handle])))
      assert.deepStrictEqual(outcomes.map(([, one]) => Result.getOrNull(one)), [{ _tag: "Cancelled" }])
      assert.deepStrictEqual(yield* fake.leftAtCE, [])
      yield* TimeLapse.pass("5 seconds")
      assert.deepStrictEqual(yield* fake.queue, [])
      assert.isDefined(text((yield* fake.history)[0] ?? assert.fail("no job"), "GridJobId"))
    })
  )

  // `cancel` polls for half a minute.
  const cancelledAll = (handles: ReadonlyArray<JobHandle.JobHandle>) =>
    Effect.flatMap(Capability.Cancellable, ({ cancel }) => cancel(handles)).pipe(
      Effect.map((outcomes) =>
        new Map(Array.from(outcomes, ([{ job }, one]) => [job, Result.isSuccess(one) ? one.success : one.failure]))
      ),
      (cancel) => TimeLapse.run(cancel, { step: "1 second" })
    )
  const cancelled = (handle: JobHandle.JobHandle) =>
    Effect.map(cancelledAll([handle]), (outcomes) => outcomes.get(handle.job))

  it.effect("cancel: leaves a job whose hand-over takes long to a later cancel, after half a minute", () =>
    Effect.gen(function*() {
      const fake = yield* FakeSchedd.FakeSchedd
      const { handle } = yield* course("Waiting")
      const before = yield* Clock.currentTimeMillis
      const outcome = yield* cancelled(handle)
      assert.strictEqual(outcome?._tag, "NotRemovable")
      assert.include(String(outcome), "its submit host may be handing it over")
      assert.isAtMost((yield* Clock.currentTimeMillis) - before, 35_000)
      yield* TimeLapse.pass("2 minutes")
      assert.strictEqual((yield* cancelled(handle))?._tag, "Cancelled")
      assert.deepStrictEqual(yield* fake.leftAtCE, [])
    }).pipe(Effect.provide(site({ startDelay: "4 minutes" }))))

  // A CE with room for one job. The hand-over of the next job takes a minute.
  const full = site({ handedOn: 1, startDelay: "4 minutes", payload: () => ({ duration: "1 hour" }) })
  const backlog = Effect.gen(function*() {
    const fake = yield* FakeSchedd.FakeSchedd
    const atCE = yield* TimeLapse.run(submitted)
    const waiting = [yield* TimeLapse.run(submittedAs("task-2")), yield* TimeLapse.run(submittedAs("task-3"))] as const
    yield* TimeLapse.pass("7 minutes", { step: "10 seconds" })
    const ads = (yield* fake.queue).slice(1)
    assert.deepStrictEqual(ads.map((one) => [text(one, "Managed"), text(one, "GridJobId")]), [
      ["External", undefined],
      ["External", undefined]
    ])
    return { atCE, waiting }
  })

  it.effect("cancel: removes a job that has waited its turn for five minutes", () =>
    Effect.gen(function*() {
      const fake = yield* FakeSchedd.FakeSchedd
      const { waiting: [handle] } = yield* backlog
      assert.strictEqual((yield* cancelled(handle))?._tag, "Cancelled")
      yield* TimeLapse.pass("5 minutes", { step: "10 seconds" })
      assert.deepStrictEqual(yield* fake.leftAtCE, [])
    }).pipe(Effect.provide(full)))

  it.effect("cancel: does not remove a job that may be handed over because others have made room", () =>
    Effect.gen(function*() {
      const fake = yield* FakeSchedd.FakeSchedd
      const { atCE, waiting } = yield* backlog
      const all = [atCE, ...waiting]
      const tags = (outcomes: ReadonlyMap<string, { readonly _tag: string }>) =>
        all.map(({ job }) => outcomes.get(job)?._tag)
      assert.deepStrictEqual(tags(yield* cancelledAll(all)), ["Cancelled", "NotRemovable", "NotRemovable"])
      assert.deepStrictEqual(yield* fake.leftAtCE, [])
      yield* TimeLapse.pass("1 minute", { step: "1 second" })
      // The first waiting job is at the CE by now, and its removal makes room for the other one.
      assert.deepStrictEqual(tags(yield* cancelledAll(all)), ["Cancelled", "Cancelled", "NotRemovable"])
      yield* TimeLapse.pass("1 minute", { step: "1 second" })
      assert.deepStrictEqual(tags(yield* cancelledAll(all)), ["Cancelled", "Cancelled", "Cancelled"])
      yield* TimeLapse.pass("5 seconds")
      assert.deepStrictEqual([yield* fake.queue, yield* fake.leftAtCE], [[], []])
    }).pipe(Effect.provide(full)))

  played(
    "log: has the CE and the number there",
    Effect.gen(function*() {
      const { fetchOne } = yield* Capability.OutputRetriever
      const { handle } = yield* course("Completed")
      const { directory } = yield* Temporary
      const fileSystem = yield* FileSystem.FileSystem
      const { log } = yield* TimeLapse.run(fetchOne(handle, `${directory}/output`))
      assert.include(
        yield* fileSystem.readFileString(log.path),
        "Job submitted to grid resource\n    GridResource: condor ce@local ce.example.org:9619\n" +
          "    GridJobId: condor ce@local ce.example.org:9619 1.0\n...\n"
      )
    })
  )

  played(
    "policies of a CE: do not apply at the submit host",
    Effect.gen(function*() {
      const fake = yield* FakeSchedd.FakeSchedd
      const { handle } = yield* course("Running")
      yield* fake.hold(handle.job)
      yield* TimeLapse.pass("25 hours")
      assert.strictEqual((yield* fake.queue).length, 1)
    })
  )
})
