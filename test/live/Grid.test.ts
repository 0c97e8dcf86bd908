/** Behaviour that only the route through a submit host has: two queues, and a gridmanager between them. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, FileSystem, Layer, Result, Schedule, Stream } from "effect"
import { GridUniverse } from "../../src/condor/index.ts"
import { Capability, CondorTool, type JobHandle, JobStatus, type Submission, SubmissionKey } from "../../src/index.ts"
import * as Backend from "./Backend.ts"
import * as Site from "./Site.ts"
import { backend, Stack, type Version, versions } from "./Stack.ts"

const submit = Effect.fnUntraced(function*(spec: Submission.SubmissionSpec) {
  const submitter = yield* Capability.Submitter
  const { cancel } = yield* Capability.Cancellable
  const { handles: [handle] } = yield* submitter.submit(spec, [{}], { key: yield* SubmissionKey.generate })
  if (handle === undefined) return yield* Effect.die(new Error("no handle"))
  yield* Effect.addFinalizer(() => Effect.ignore(cancel([handle])))
  return handle
})

const sleeping = (seconds: number) => submit({ executable: "/bin/sleep", arguments: [String(seconds)] })

/** The statuses of a job, until the condition holds or the job has ended. */
const seen = Effect.fnUntraced(function*(
  handle: JobHandle.JobHandle,
  until: (status: JobStatus.JobStatus) => boolean
) {
  const { watch } = yield* Capability.StatusReporter
  return yield* watch([handle], { interval: "500 millis", maxInterval: "2 seconds" }).pipe(
    Stream.mapEffect(({ outcome }) => Effect.fromResult(outcome)),
    Stream.takeUntil(until),
    Stream.runCollect,
    Effect.timeout("90 seconds")
  )
})

// This job lives as long as the suite. A gridmanager exits with its last job, and takes 8 seconds to start.
const onStack = (version: Version) =>
  Layer.effectDiscard(sleeping(600)).pipe(
    Layer.provideMerge(Layer.unwrap(Effect.map(Stack, (stack) => backend(stack.config, stack.credentials)))),
    Layer.provideMerge(Stack.layer(version)),
    Layer.provideMerge(NodeServices.layer)
  )

const running = (handle: JobHandle.JobHandle) => seen(handle, ({ _tag }) => _tag === "Running")

const last = (statuses: ReadonlyArray<JobStatus.JobStatus>) => statuses.at(-1) ?? assert.fail("nothing was seen")

/** An attribute of a job at the CE, in its queue or in its history; undefined until one of them has it. */
const attributeAtCE = Effect.fnUntraced(function*(id: string, name: string) {
  const stack = yield* Stack
  const queue = (yield* stack.exec("condor_q", "-allusers", id, "-af", name)).stdout.trim()
  const past = (yield* stack.exec("condor_history", id, "-limit", "1", "-af", name)).stdout.trim()
  return queue === "" ? past === "" ? undefined : past : queue
})

const eventually = <A, E, R>(effect: Effect.Effect<A, E, R>, until: (value: A) => boolean) =>
  Effect.repeat(effect, { schedule: Schedule.spaced("500 millis").pipe(Schedule.upTo({ times: 60 })), until })

const inQueueOf = Effect.fnUntraced(function*(where: "CE" | "pool", constraint: string) {
  const stack = yield* Stack
  const query = ["condor_q", "-allusers", "-constraint", constraint, "-af", "JobStatus"]
  const { stdout } = yield* where === "CE" ? stack.exec(...query) : stack.inside("--pool", ...query)
  return stdout.trim()
})

const script = Effect.fnUntraced(function*(text: string) {
  const fileSystem = yield* FileSystem.FileSystem
  const directory = yield* fileSystem.makeTempDirectoryScoped({ prefix: "grid-test-" })
  yield* fileSystem.writeFileString(`${directory}/payload.sh`, `#!/bin/sh\n${text}\n`, { mode: 0o755 })
  return { directory, executable: `${directory}/payload.sh` }
})

describe("with a submit host", () => {
  for (const version of versions) {
    it.layer(onStack(version), { excludeTestServices: true, timeout: "60 seconds" })(`grid on ${version}`, (it) => {
      describe.concurrent("a job at work", () => {
        it.effect("cancel of a running job: reaches the CE and the pool behind it", () =>
          Effect.gen(function*() {
            const { cancel } = yield* Capability.Cancellable
            const handle = yield* sleeping(300)
            yield* running(handle)
            const id = yield* Site.idAtCE(handle)
            assert.match(id, /^\d+\.\d+$/)
            assert.strictEqual(yield* inQueueOf("CE", `ClusterId == ${id.split(".")[0]}`), "2")
            const outcomes = Array.from(yield* cancel([handle]))
            assert.deepStrictEqual(outcomes.map(([, one]) => Result.getOrNull(one)), [{ _tag: "Cancelled" }])
            const reason = yield* eventually(attributeAtCE(id, "RemoveReason"), (text) => text !== "undefined")
            assert.include(reason, "by gridmanager")
            yield* eventually(inQueueOf("CE", `ClusterId == ${id.split(".")[0]}`), (left) => left === "")
            const left = yield* eventually(inQueueOf("pool", `RoutedFromJobId == "${id}"`), (left) => left === "")
            assert.strictEqual(left, "")
          }).pipe(Effect.scoped))

        it.effect("job that the site holds: is Held, and stays so until it is released at the submit host", () =>
          Effect.gen(function*() {
            const stack = yield* Stack
            // No machine has so many cores, and a CE would remove a job that starts for the second time.
            const handle = yield* submit({ executable: "/bin/sleep", resources: { cpus: 5_000 } })
            const atCE = (status: JobStatus.JobStatus) => status._tag === "Waiting" && status.diagnosis === undefined
            yield* seen(handle, atCE)
            const id = yield* Site.idAtCE(handle)
            yield* eventually(attributeAtCE(id, "JobStatus"), (status) => status === "1")
            yield* stack.inside("condor_hold", "-reason", "held by the site", "-subcode", "9", id)
            assert.deepInclude(last(yield* seen(handle, ({ _tag }) => _tag === "Held")), {
              _tag: "Held",
              code: 1,
              subcode: 9,
              reason: "held by the site (by user condor)",
              cause: "Request",
              copied: false
            })
            // The gridmanager has no other job to look after.
            yield* stack.inside("condor_release", id)
            yield* eventually(attributeAtCE(id, "JobStatus"), (status) => status === "1")
            yield* Effect.sleep("4 seconds")
            assert.strictEqual(last(yield* seen(handle, () => true))._tag, "Held")
            yield* stack.exec("condor_release", ...stack.submitHost ?? [], handle.job)
            yield* seen(handle, atCE)
            assert.strictEqual(yield* Site.idAtCE(handle), id)
          }).pipe(Effect.scoped))

        it.effect("job that the site removes: is Removed, and is not submitted again", () =>
          Effect.gen(function*() {
            const stack = yield* Stack
            const handle = yield* sleeping(300)
            yield* running(handle)
            const id = yield* Site.idAtCE(handle)
            yield* stack.inside("condor_rm", "-reason", "removed by the site", id)
            const statuses = yield* seen(handle, JobStatus.isTerminal)
            assert.deepInclude(last(statuses), {
              _tag: "Removed",
              reason: GridUniverse.disappearedReason,
              cause: "Disappeared"
            })
            const { stdout } = yield* eventually(
              stack.exec("condor_q", ...stack.submitHost ?? [], handle.job, "-af", "JobStatus"),
              ({ stdout }) => stdout === ""
            )
            assert.strictEqual(stdout, "")
          }).pipe(Effect.scoped))

        it.effect("reconcile and submit: a key of the other route is reported as such, asked at the CE itself", () =>
          Effect.gen(function*() {
            const stack = yield* Stack
            const handle = yield* sleeping(300)
            yield* running(handle)
            const { reconcile } = yield* Capability.Submitter
            assert.strictEqual((yield* reconcile(handle.key))._tag, "Submitted")
            assert.strictEqual(yield* attributeAtCE(yield* Site.idAtCE(handle), "EffectCEKey"), "undefined")
            const direct = Backend.layer({ endpoint: stack.endpoint, schedd: stack.schedd }).pipe(
              Layer.provide([CondorTool.layer({ binDirectory: stack.binDirectory }), stack.credentials]),
              Layer.provide(NodeServices.layer)
            )
            const there = Context.get(yield* Layer.build(direct), Capability.Submitter)
            const id = yield* Site.idAtCE(handle)
            const state = yield* there.reconcile(handle.key)
            assert.strictEqual(state._tag, "OtherRoute")
            assert.deepStrictEqual("jobs" in state ? state.jobs : [], [id])
            const error = yield* Effect.flip(there.submit({ executable: "/bin/sleep" }, [{}], { key: handle.key }))
            assert.strictEqual("reason" in error ? error.reason : error._tag, "OtherRoute")
          }).pipe(Effect.scoped))

        it.effect("SCITOKEN and proxy of the submit host: are sent to the CE with the job", () =>
          Effect.gen(function*() {
            const stack = yield* Stack
            const fileSystem = yield* FileSystem.FileSystem
            const { directory, executable } = yield* script("cat \"$X509_USER_PROXY\"")
            const { route } = stack.config
            const scitokensFile = "/home/other/ce.scitoken"
            const other = Site.otherIdentity({
              proxy: true,
              route: route?._tag === "Grid" ? { ...route, scitokensFile } : route
            })
            yield* Effect.gen(function*() {
              const handle = yield* submit({ executable })
              yield* seen(handle, JobStatus.isTerminal)
              const id = yield* Site.idAtCE(handle)
              // The instance has no other credential that the CE would map to user other.
              assert.notStrictEqual((yield* stack.inside("test", "-e", "/home/other/.condor/tokens.d")).exitCode, 0)
              assert.strictEqual(yield* attributeAtCE(id, "User"), "other@users.htcondor.org")
              assert.include((yield* attributeAtCE(id, "x509userproxysubject")) ?? "", "CN=other")
              assert.strictEqual(yield* attributeAtCE(id, "ScitokensFile"), "undefined")
              const { fetchOne } = yield* Capability.OutputRetriever
              const { stdout } = yield* fetchOne(handle, `${directory}/output`)
              assert.include(yield* fileSystem.readFileString(stdout.path), "-----BEGIN CERTIFICATE-----")
            }).pipe(Effect.provide(Layer.provide(other, Layer.succeed(Stack, stack))))
          }).pipe(Effect.scoped))
      })

      // The actions on the CE and on the gridmanager would also affect the jobs of the other tests.
      describe("when a daemon is down", () => {
        it.effect("CE that is down: the jobs wait with a diagnosis, and run when it is back", () =>
          Effect.gen(function*() {
            const stack = yield* Stack
            const purgeable = yield* Capability.Purgeable
            const before = yield* sleeping(5)
            yield* running(before)
            yield* Effect.acquireUseRelease(
              stack.inside("condor_off", "-fast"),
              () =>
                Effect.gen(function*() {
                  const during = yield* sleeping(1)
                  const statuses = yield* seen(
                    during,
                    (status) => status._tag === "Waiting" && status.diagnosis?.includes("has not answered") === true
                  )
                  assert.isTrue(statuses.every(({ _tag }) => _tag === "Staging" || _tag === "Waiting"), `${statuses}`)
                  assert.strictEqual(last(statuses)._tag, "Waiting")
                  assert.deepStrictEqual((yield* seen(before, () => true)).map(({ _tag }) => _tag), ["Running"])
                  return during
                }),
              () => stack.inside("condor_on")
            ).pipe(
              Effect.flatMap((during) =>
                Effect.forEach(
                  [before, during],
                  (handle) =>
                    Effect.map(seen(handle, JobStatus.isTerminal), (statuses) => {
                      assert.deepStrictEqual(JobStatus.withoutSince(last(statuses)), {
                        _tag: "Completed",
                        exit: { _tag: "Code", code: 0 },
                        output: "Kept"
                      })
                      return handle
                    })
                )
              ),
              Effect.flatMap(purgeable.purge)
            )
          }).pipe(Effect.scoped))

        it.effect("job that the CE has lost while no gridmanager ran: is submitted again", () =>
          Effect.gen(function*() {
            const stack = yield* Stack
            const handle = yield* sleeping(300)
            yield* running(handle)
            const first = yield* Site.idAtCE(handle)
            yield* stack.inside("sh", "-c", "kill -KILL $(pgrep -x condor_gridmana)")
            yield* stack.inside("condor_rm", first)
            const again = yield* eventually(Site.idAtCE(handle), (id) => /^\d+\.\d+$/.test(id) && id !== first)
            assert.notStrictEqual(again, first)
          }).pipe(Effect.scoped))
      })
    })
  }
})
