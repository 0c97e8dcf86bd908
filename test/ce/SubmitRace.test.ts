import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, FileSystem } from "effect"
import type { Capability, Submission } from "../../src/index.ts"
import { changed, cluster, type Listed, schedd, spooling } from "./ListedSchedd.ts"
import { constraintOf, key, looking } from "./Scripted.ts"
import { elder, jobsOf, passing, reasonOf, submit, twin, whole } from "./Submitting.ts"

describe("query after a condor_submit", () => {
  it.effect("is one condor_q, and prints one ad if no other client submits", () =>
    Effect.gen(function*() {
      const { calls, layer, toolsOf } = schedd()
      const submission = yield* Effect.provide(submit(), layer)
      assert.deepStrictEqual([jobsOf(submission), submission.adopted], [["50.0", "50.1"], false])
      assert.deepStrictEqual(toolsOf(), ["condor_q", "condor_history", "condor_submit", "condor_q"])
      assert.strictEqual(
        constraintOf(calls.at(-1) ?? assert.fail()),
        `((EffectCEKey =?= "${key}") && (RoutedFromJobId =?= undefined) && ((EffectCECopy >= 0 && EffectCECopy < 2))) && ` +
          "((ClusterId < 50 || ClusterId == 50 && ProcId == 0))"
      )
    }))

  it.effect("finds an older cluster: this client removes its own, and adopts that one", () =>
    Effect.gen(function*() {
      const { layer, listed } = schedd({}, elder(49))
      const submission = yield* Effect.provide(submit(), layer)
      assert.deepStrictEqual([jobsOf(submission), submission.adopted], [["49.0", "49.1"], true])
      assert.deepStrictEqual(listed.queue.map(({ ClusterId }) => ClusterId), [49, 49])
      assert.include(listed.history.map(({ RemoveReason }) => RemoveReason).join(), "cluster 49 has the same key")
    }))

  it.effect("finds a younger cluster: that client removes it, and this one does nothing", () =>
    Effect.gen(function*() {
      const { layer, toolsOf } = schedd({}, elder(51))
      const submission = yield* Effect.provide(submit(), layer)
      assert.deepStrictEqual([jobsOf(submission), submission.adopted], [["50.0", "50.1"], false])
      assert.notInclude(toolsOf(), "condor_rm")
    }))

  it.effect("waits for an older cluster that is still being spooled, and submits again if that vanishes", () =>
    Effect.gen(function*() {
      let looks = 0
      const { layer } = schedd({}, {
        ...elder(49, whole, spooling),
        answer: (call, listed) => {
          if (call.tool === "condor_q" && looking(call) === undefined && constraintOf(call).includes("EffectCEKey")) {
            looks++
            if (looks > 4) listed.queue = listed.queue.filter(({ ClusterId }) => ClusterId !== 49)
          }
          return undefined
        }
      })
      const submission = yield* passing(submit(), layer)
      assert.deepStrictEqual([jobsOf(submission), submission.adopted], [["51.0", "51.1"], false])
    }))

  it.effect("ignores older clusters with other copies", () =>
    Effect.gen(function*() {
      const { layer, toolsOf } = schedd({}, {}, { maxJobsPerCluster: 1 })
      const submission = yield* Effect.provide(submit(3), layer)
      assert.deepStrictEqual(jobsOf(submission).toSorted(), ["50.0", "51.0", "52.0"])
      assert.notInclude(toolsOf(), "condor_rm")
    }))

  it.effect("finds an older cluster that has only some of the copies, and submits the others", () =>
    Effect.gen(function*() {
      const { layer, listed } = schedd({}, elder(49, { first: 0, count: 2, copies: 5 }))
      const submission = yield* Effect.provide(submit(5), layer)
      assert.deepStrictEqual(jobsOf(submission), ["49.0", "49.1", "51.0", "51.1", "51.2"])
      assert.deepStrictEqual(listed.queue.map(({ EffectCECopy }) => EffectCECopy), [0, 1, 2, 3, 4])
    }))

  it.effect("ignores an older cluster of another user", () =>
    Effect.gen(function*() {
      const { layer, toolsOf } = schedd({}, elder(49, whole, { User: "other@users.htcondor.org" }))
      assert.deepStrictEqual(jobsOf(yield* Effect.provide(submit(), layer)), ["50.0", "50.1"])
      assert.notInclude(toolsOf(), "condor_rm")
    }))

  it.effect("does not show the new jobs: the key is searched again", () =>
    Effect.gen(function*() {
      // The jobs have been removed in the meantime.
      const { layer } = schedd({}, {
        after: (listed, own) => {
          if (own === 50) listed.queue = []
        }
      })
      assert.deepStrictEqual(jobsOf(yield* Effect.provide(submit(), layer)), ["51.0", "51.1"])
    }))

  it.effect("includes the history, if more than ten seconds have passed since the search for the key", () =>
    Effect.gen(function*() {
      const { layer } = schedd({}, {
        wait: Effect.sleep("11 seconds"),
        after: (listed, own) => {
          const gone = { JobStatus: 3, LastJobStatus: 4, EnteredCurrentStatus: 1 }
          if (own === 50) listed.history = twin(listed, 49, whole, gone)
        }
      })
      const submission = yield* passing(submit(), layer)
      assert.deepStrictEqual([jobsOf(submission), submission.adopted], [["49.0", "49.1"], true])
    }))

  // Its search of the history also finds the oldest job of all, which marks the end of the history.
  it.effect.each(
    [
      ["another submission", { EffectCEKey: "other" }, whole],
      ["other copies", {}, { first: 1, count: 1, copies: 1 }]
    ] as const
  )(
    "takes the oldest job of the history for no older cluster: a job of %s",
    ([, attributes, range]) =>
      Effect.gen(function*() {
        const gone = { JobStatus: 3, LastJobStatus: 4, EnteredCurrentStatus: 1, ...attributes }
        const { layer, toolsOf } = schedd({}, {
          wait: Effect.sleep("11 seconds"),
          after: (listed) => {
            listed.history = cluster(3, range, gone)
          }
        })
        assert.deepStrictEqual(jobsOf(yield* passing(submit(1), layer)), ["50.0"])
        assert.notInclude(toolsOf(), "condor_rm")
      })
  )

  it.effect("that fails: the submission fails, and its jobs stay for the next attempt", () =>
    Effect.gen(function*() {
      let isDown = true
      const { layer, listed, toolsOf } = schedd({}, {
        answer: (call) =>
          isDown && looking(call) !== undefined
            ? Effect.succeed({ exitCode: 1, stderr: "CEDAR:6001:Failed to connect" })
            : undefined
      })
      const error = yield* Effect.flip(Effect.provide(submit(), layer))
      assert.strictEqual(error._tag, "CEUnavailable")
      assert.notInclude(toolsOf(), "condor_rm")
      isDown = false
      listed.queue = changed(listed.queue, () => ({ JobStatus: 1 }))
      const submission = yield* Effect.provide(submit(), layer)
      assert.deepStrictEqual([jobsOf(submission), submission.adopted], [["50.0", "50.1"], true])
    }))

  it.effect.each([["removes its own", 49, [49, 49]], ["keeps its own", 51, [51, 51, 50, 50]]] as const)(
    "is made also if the client is interrupted when its jobs were just released: it %s",
    ([, other, left]) =>
      Effect.gen(function*() {
        const released = yield* Deferred.make<void>()
        const { layer, listed } = schedd({}, {
          after: (jobs, own) => {
            elder(other).after(jobs, own)
            jobs.queue = changed(jobs.queue, () => ({ JobStatus: 1 }))
          },
          end: Effect.andThen(Deferred.succeed(released, undefined), Effect.never)
        })
        const submitting = yield* Effect.forkChild(Effect.provide(submit(), layer))
        yield* Deferred.await(released)
        yield* Fiber.interrupt(submitting)
        assert.deepStrictEqual(listed.queue.map(({ ClusterId }) => ClusterId), [...left])
      })
  )

  it.effect("finds other clients that come first and fail, again and again: a conflict in the end", () =>
    Effect.gen(function*() {
      const { layer } = schedd({}, {
        after: (listed, own) => {
          listed.queue = listed.queue.filter(({ ClusterId }) => ClusterId !== own)
        }
      })
      assert.strictEqual(reasonOf(yield* Effect.flip(Effect.provide(submit(), layer))), "Staging")
    }))
})

describe("two clusters with the same copies: the oldest stays", () => {
  const twice = (younger: Record<string, unknown> = {}): Partial<Listed> => ({
    queue: [...cluster(42, whole), ...cluster(43, whole, younger)]
  })
  const adopt = submit(2, { onConflict: "Adopt" })

  it.effect("and the younger is removed", () =>
    Effect.gen(function*() {
      const { layer, listed } = schedd(twice())
      assert.deepStrictEqual(jobsOf(yield* Effect.provide(adopt, layer)), ["42.0", "42.1"])
      assert.deepStrictEqual(listed.queue.map(({ ClusterId }) => ClusterId), [42, 42])
    }))

  it.effect("but nothing is removed if a job of the younger has completed", () =>
    Effect.gen(function*() {
      const { layer, listed, toolsOf } = schedd({ queue: [...cluster(42, whole), ...cluster(43, whole).slice(1)] })
      listed.queue = [...listed.queue, ...cluster(43, whole, { JobStatus: 4 }).slice(0, 1)]
      assert.strictEqual(reasonOf(yield* Effect.flip(Effect.provide(adopt, layer))), "Duplicated")
      assert.notInclude(toolsOf(), "condor_rm")
    }))

  it.effect.each([{ JobStatus: 4 }, { JobStatus: 3, LastJobStatus: 4 }])(
    "but nothing is removed if a job of the younger has completed and left (%#)",
    (ended) =>
      Effect.gen(function*() {
        const { layer, toolsOf } = schedd({
          queue: [...cluster(42, whole), ...cluster(43, whole).slice(1)],
          history: cluster(43, whole, ended).slice(0, 1)
        })
        assert.strictEqual(reasonOf(yield* Effect.flip(Effect.provide(adopt, layer))), "Duplicated")
        assert.notInclude(toolsOf(), "condor_rm")
      })
  )

  it.effect("and the younger is removed if its site has removed a job of it", () =>
    Effect.gen(function*() {
      const { layer, listed } = schedd({
        queue: [...cluster(42, whole), ...cluster(43, whole).slice(1)],
        history: cluster(43, whole, { JobStatus: 3, LastJobStatus: 2, RemoveReason: "by the site" }).slice(0, 1)
      })
      assert.deepStrictEqual(jobsOf(yield* Effect.provide(adopt, layer)), ["42.0", "42.1"])
      assert.deepStrictEqual(listed.queue.map(({ ClusterId }) => ClusterId), [42, 42])
      // The adoption is permanent.
      assert.deepStrictEqual(jobsOf(yield* Effect.provide(adopt, layer)), ["42.0", "42.1"])
    }))

  it.effect("and the younger is removed, whatever the oldest job of the history is", () =>
    Effect.gen(function*() {
      const removed = { JobStatus: 3, LastJobStatus: 2, RemoveReason: "by the site", EnteredCurrentStatus: 2 }
      const oldest = { JobStatus: 4, EffectCEKey: "other", EnteredCurrentStatus: 1 }
      const { layer, listed } = schedd({
        queue: [...cluster(42, whole), ...cluster(43, whole).slice(1)],
        history: [...cluster(43, whole, removed).slice(0, 1), ...cluster(3, whole, oldest)]
      })
      assert.deepStrictEqual(jobsOf(yield* Effect.provide(adopt, layer)), ["42.0", "42.1"])
      assert.deepStrictEqual(listed.queue.map(({ ClusterId }) => ClusterId), [42, 42])
    }))

  it.effect("clusters that have only some copies in common: are a conflict, and nothing is removed", () =>
    Effect.gen(function*() {
      const { layer, toolsOf } = schedd({
        queue: [
          ...cluster(42, { first: 0, count: 5, copies: 7 }),
          ...cluster(43, { first: 2, count: 5, copies: 7 })
        ]
      })
      const error = yield* Effect.flip(Effect.provide(submit(7, { onConflict: "Adopt" }), layer))
      assert.strictEqual(reasonOf(error), "Duplicated")
      assert.include(error.message, "42, 43")
      assert.notInclude(toolsOf(), "condor_rm")
      assert.notInclude(toolsOf(), "condor_submit")
    }))
})

describe("jobs that wait for their input", () => {
  it.effect("are removed after spoolingGrace, but not those of a client that has come in the meantime", () =>
    Effect.gen(function*() {
      let looks = 0
      const removed: Array<string> = []
      const { layer } = schedd({ queue: cluster(42, whole, spooling) }, {
        answer: (call, listed) => {
          if (call.tool === "condor_rm") removed.push(constraintOf(call))
          if (call.tool === "condor_q" && ++looks === 3) {
            listed.queue = [...listed.queue, ...cluster(43, whole, spooling)]
          }
          if (removed.length > 0 && call.tool === "condor_q") {
            listed.queue = listed.queue.map((job) => job.ClusterId === 43 ? { ...job, JobStatus: 1 } : job)
          }
          return undefined
        }
      })
      const submission = yield* passing(submit(2, { onConflict: "Adopt" }), layer)
      assert.deepStrictEqual(jobsOf(submission), ["43.0", "43.1"])
      assert.strictEqual(removed.length, 1)
      assert.include(removed[0] ?? "", "ClusterId == 42")
      assert.notInclude(removed[0] ?? "", "ClusterId == 43")
    }))

  it.effect("do not count while they are being removed, even if the schedd has not given the reason yet", () =>
    Effect.gen(function*() {
      const { layer } = schedd({ queue: cluster(42, whole, { JobStatus: 3, LastJobStatus: 5 }) })
      assert.deepStrictEqual(jobsOf(yield* Effect.provide(submit(), layer)), ["50.0", "50.1"])
    }))

  it.effect("are a conflict if they cannot be removed, and a later attempt may succeed", () =>
    Effect.gen(function*() {
      const { layer } = schedd({ queue: cluster(42, whole, spooling) }, {
        answer: (call) => call.tool === "condor_rm" ? Effect.succeed({ exitCode: 1, stderr: "no" }) : undefined
      })
      const error = yield* Effect.flip(passing(submit(), layer))
      assert.strictEqual(reasonOf(error), "Staging")
      assert.strictEqual(error.retry, "Later")
    }))
})

describe("key and payload", () => {
  const scene = Effect.gen(function*() {
    const fileSystem = yield* FileSystem.FileSystem
    const place = yield* fileSystem.makeTempDirectoryScoped()
    const executable = `${place}/pilot.sh`
    yield* fileSystem.writeFileString(executable, "#!/bin/sh\n", { mode: 0o755 })
    const made = schedd()
    const run = (
      spec: Partial<Submission.SubmissionSpec> = {},
      options: Partial<Capability.SubmitOptions> = {},
      count = 2
    ) => Effect.provide(submit(count, options, { executable, ...spec }), made.layer)
    const first = yield* run()
    made.listed.queue = changed(made.listed.queue, () => ({ JobStatus: 1 }))
    const submits = () => made.toolsOf().filter((tool) => tool === "condor_submit").length
    return { ...made, fileSystem, executable, run, submits, jobs: jobsOf(first) }
  })

  it.effect("submit: adopts jobs that run the same", () =>
    Effect.gen(function*() {
      const { jobs, run, submits } = yield* scene
      assert.deepStrictEqual([jobsOf(yield* run()), submits()], [jobs, 1])
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))

  it.effect("submit: adopts them with a backend of another configuration", () =>
    Effect.gen(function*() {
      const { executable, jobs, listed } = yield* scene
      const other = schedd({ queue: listed.queue }, {}, {
        maxJobsPerCluster: 1,
        retention: "1 hour",
        siteCommands: { accounting_group: "x" }
      })
      assert.deepStrictEqual(jobsOf(yield* Effect.provide(submit(2, {}, { executable }), other.layer)), jobs)
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))

  it.effect("submit: fails with SubmissionConflict if they run something else, and submits nothing", () =>
    Effect.gen(function*() {
      const { executable, fileSystem, run, submits, toolsOf } = yield* scene
      const byArguments = yield* Effect.flip(run({ arguments: ["x"] }))
      assert.strictEqual(reasonOf(byArguments), "Payload")
      assert.include(byArguments.message, "the payload of cluster 50 differs from what is submitted")
      yield* fileSystem.writeFileString(executable, "#!/bin/sh\nexit 1\n")
      assert.strictEqual(reasonOf(yield* Effect.flip(run())), "Payload")
      assert.strictEqual(submits(), 1)
      assert.notInclude(toolsOf(), "condor_rm")
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))

  it.effect("submit: adopts them despite the difference with onConflict Adopt, if they are complete", () =>
    Effect.gen(function*() {
      const { jobs, listed, run, submits } = yield* scene
      const adopt = { onConflict: "Adopt" } as const
      const submission = yield* run({ arguments: ["x"] }, adopt)
      assert.deepStrictEqual([jobsOf(submission), submission.adopted, submits()], [jobs, true, 1])
      assert.strictEqual(reasonOf(yield* Effect.flip(run({ arguments: ["x"] }, adopt, 3))), "Copies")
      listed.queue = changed(listed.queue.slice(0, 1), () => ({ TotalSubmitProcs: 1 }))
      assert.strictEqual(reasonOf(yield* Effect.flip(run({ arguments: ["x"] }, adopt))), "Payload")
      assert.deepStrictEqual(jobsOf(yield* run()), ["50.0", "51.0"])
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))

  it.effect("submit: removes a younger cluster that runs something else, and adopts its own jobs", () =>
    Effect.gen(function*() {
      const { jobs, listed, run } = yield* scene
      listed.queue = [...listed.queue, ...cluster(51, whole, { EffectCEPayload: "1.other" })]
      assert.deepStrictEqual(jobsOf(yield* run()), jobs)
      assert.deepStrictEqual(listed.queue.map(({ ClusterId }) => ClusterId), [50, 50])
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))

  it.effect("submit: fails if only some of its clusters run something else", () =>
    Effect.gen(function*() {
      const { listed, run } = yield* scene
      const parted = changed(listed.queue, () => ({ TotalSubmitProcs: 1 })).slice(0, 1)
      const other = cluster(51, { first: 1, count: 1, copies: 2 }, { EffectCEPayload: "1.other" })
      listed.queue = [...parted, ...other]
      assert.strictEqual(reasonOf(yield* Effect.flip(run())), "Payload")
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))

  it.effect("submit: of two clients with one key, the later one fails, since the payload differs", () =>
    Effect.gen(function*() {
      const { layer, listed } = schedd({}, elder(49, whole, { EffectCEPayload: "1.other" }))
      assert.strictEqual(reasonOf(yield* Effect.flip(Effect.provide(submit(), layer))), "Payload")
      assert.deepStrictEqual(listed.queue.map(({ ClusterId }) => ClusterId), [49, 49])
    }))
})

describe("one process", () => {
  it.effect("runs one submission with a key at a time, and the next one adopts its jobs", () =>
    Effect.gen(function*() {
      const { layer, listed, toolsOf } = schedd({}, {
        after: (jobs) => {
          jobs.queue = changed(jobs.queue, () => ({ JobStatus: 1 }))
        }
      })
      const submissions = yield* Effect.provide(Effect.all([submit(), submit(), submit()], { concurrency: 3 }), layer)
      assert.deepStrictEqual(submissions.map(jobsOf), Array.from({ length: 3 }, () => ["50.0", "50.1"]))
      assert.deepStrictEqual(submissions.map(({ adopted }) => adopted).toSorted(), [false, true, true])
      assert.strictEqual(toolsOf().filter((tool) => tool === "condor_submit").length, 1)
      assert.strictEqual(listed.queue.length, 2)
    }))
})
