/** Identity of the jobs of a submission: keys, users and formats, on real daemons. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, FileSystem, Layer, Result, Schedule, Stream } from "effect"
import { Capability, type JobHandle, JobHandle as Handles, type Outcomes, SubmissionKey } from "../../src/index.ts"
import * as Before1 from "../formats/Before1.ts"
import * as Share from "./Share.ts"
import * as Site from "./Site.ts"
import { backend, configuration, Stack, type Version, versions } from "./Stack.ts"

const onStack = (version: Version) => Layer.merge(Stack.layer(version), NodeServices.layer)

const tags = <A extends object, E extends { readonly _tag: string }>(outcomes: Outcomes.Outcomes<A, E>) =>
  Array.from(
    outcomes,
    ([, one]) =>
      Result.isFailure(one) ? one.failure._tag : "_tag" in one.success ? String(one.success._tag) : "Retrieved"
  )

/** A user and its operations. Its jobs end with the scope. */
const user = Effect.fnUntraced(function*(name: "pilot" | "other") {
  const services = yield* Layer.build(name === "pilot" ? backend() : Site.otherIdentity())
  const { reconcile, submit } = Context.get(services, Capability.Submitter)
  const { status, watch } = Context.get(services, Capability.StatusReporter)
  const { cancel } = Context.get(services, Capability.Cancellable)
  const { purge } = Context.get(services, Capability.Purgeable)
  const { fetch } = Context.get(services, Capability.OutputRetriever)
  return {
    reconcile,
    status: (handles: ReadonlyArray<JobHandle.JobHandle>) => Effect.map(status(handles), tags),
    cancel: (handles: ReadonlyArray<JobHandle.JobHandle>) => Effect.map(cancel(handles), tags),
    fetch: (handles: ReadonlyArray<JobHandle.JobHandle>, destination: string) =>
      Effect.map(fetch(handles, destination), tags),
    purge: (handles: ReadonlyArray<JobHandle.JobHandle>) => Effect.map(purge(handles), tags),
    completed: (handles: ReadonlyArray<JobHandle.JobHandle>) =>
      Stream.runDrain(watch(handles, { interval: "500 millis", maxInterval: "2 seconds" })),
    submit: Effect.fnUntraced(function*(key: string, copies: number, seconds = 0) {
      const submission = yield* submit(
        { executable: "/bin/sleep", arguments: [String(seconds)] },
        Array.from({ length: copies }, () => ({})),
        { key: SubmissionKey.SubmissionKey.make(key) }
      )
      yield* Effect.addFinalizer(() =>
        Effect.ignore(Effect.andThen(cancel(submission.handles), purge(submission.handles)))
      )
      return submission
    })
  }
})

/** The jobs with a key that the queue shows. */
const inQueue = Effect.fnUntraced(function*(key: string) {
  const stack = yield* Stack
  const where = stack.submitHost ?? []
  const { stdout } = yield* stack.exec("condor_q", ...where, "-constraint", `EffectCEKey =?= "${key}"`, "-af", "ProcId")
  return stdout.trim()
})

// The submit host has no credential of the other user for the CE, so that user's jobs wait there.
const ways = configuration === "grid" ? ["removed"] as const : ["fetched", "removed", "completed"] as const

for (const version of versions) {
  describe(`identity, HTCondor ${version}`, () => {
    it.layer(onStack(version), { excludeTestServices: true, timeout: "3 minutes" })((it) => {
      it.effect.skipIf(Share.isLeft(version, "lts"))(
        "keys that differ in case: are different for submit, reconcile and cancel",
        () =>
          Effect.gen(function*() {
            const pilot = yield* user("pilot")
            const random = yield* SubmissionKey.generate
            const keys = [`Case-${random}`, `case-${random}`, `CASE-${random.toUpperCase()}`].map((key) =>
              SubmissionKey.SubmissionKey.make(key)
            )
            const submissions = yield* Effect.forEach(keys, (key) => pilot.submit(key, 1, 300))
            const handles = submissions.flatMap(({ handles }) => handles)
            assert.deepStrictEqual(submissions.map(({ adopted }) => adopted), keys.map(() => false))
            assert.strictEqual(new Set(handles.map(({ job }) => job)).size, keys.length)
            for (const [index, key] of keys.entries()) {
              const state = yield* pilot.reconcile(key)
              assert.deepStrictEqual("handles" in state ? state.handles : [], handles.slice(index, index + 1))
            }
            assert.deepStrictEqual(yield* pilot.cancel(handles.slice(0, 1)), ["Cancelled"])
            assert.notInclude(yield* pilot.status(handles.slice(1)), "Removed")
          })
      )

      it.effect.each(ways.filter((_, index) => Share.has(version, index)))(
        "job of another user with the same key: is not ours when it was %s",
        (way) =>
          Effect.gen(function*() {
            const fileSystem = yield* FileSystem.FileSystem
            const destination = yield* fileSystem.makeTempDirectoryScoped()
            const [pilot, other] = [yield* user("pilot"), yield* user("other")]
            const key = yield* SubmissionKey.generate
            const { handles: theirs } = yield* other.submit(key, 3, way === "removed" ? 300 : 0)
            if (way === "removed") assert.deepStrictEqual(new Set(yield* other.cancel(theirs)), new Set(["Cancelled"]))
            else yield* other.completed(theirs)
            if (way === "fetched") {
              assert.deepStrictEqual(new Set(yield* other.fetch(theirs, `${destination}/a`)), new Set(["Retrieved"]))
            }
            if (way === "completed") {
              assert.deepStrictEqual(new Set(yield* other.purge(theirs)), new Set(["Purged"]))
            }
            yield* Effect.repeat(other.reconcile(key), {
              schedule: Schedule.spaced("500 millis").pipe(Schedule.upTo({ times: 60 })),
              until: ({ _tag }) => _tag === "Submitted"
            })
            const asked = theirs.slice(0, 1)
            // Until it has left the queue, it counts as a job of another user.
            const [stolen] = yield* Effect.repeat(pilot.fetch(asked, `${destination}/b`), {
              schedule: Schedule.spaced("500 millis").pipe(Schedule.upTo({ times: 60 })),
              until: ([tag]) => tag !== "NotOwner"
            })
            assert.strictEqual(stolen, "UnknownJob")
            assert.deepStrictEqual(yield* pilot.status(asked), ["Unknown"])
            assert.strictEqual((yield* pilot.reconcile(key))._tag, "Absent")
            const mine = yield* pilot.submit(key, 2)
            assert.deepStrictEqual([mine.adopted, mine.handles.length], [false, 2])
            assert.deepStrictEqual((yield* pilot.submit(key, 2)).handles, mine.handles)
            const state = yield* other.reconcile(key)
            assert.deepStrictEqual("handles" in state ? state.handles : [], theirs)
          }).pipe(Effect.scoped)
      )

      it.effect.skipIf(Share.isLeft(version, "latest"))(
        "key whose jobs left before the searched part of the history: may be in use",
        () =>
          Effect.gen(function*() {
            const pilot = yield* user("pilot")
            // The jobs of the second submission leave after that of the first.
            const gone = yield* Effect.forEach([1, 3], (copies) =>
              Effect.gen(function*() {
                const key = yield* SubmissionKey.generate
                const { handles } = yield* pilot.submit(key, copies, 300)
                yield* pilot.cancel(handles)
                yield* Effect.repeat(inQueue(key), {
                  schedule: Schedule.spaced("500 millis").pipe(Schedule.upTo({ times: 60 })),
                  until: (jobs) => jobs === ""
                })
                return { key, handles }
              }))
            const first = gone[0] ?? assert.fail("no submission")
            const { reconcile, submit } = Context.get(
              yield* Layer.build(backend({ historyDepth: 1 })),
              Capability.Submitter
            )
            assert.strictEqual((yield* reconcile(first.key))._tag, "HistoryHidden")
            const error = yield* Effect.flip(
              submit({ executable: "/bin/true" }, [{}], { key: first.key, onHiddenHistory: "Fail" })
            )
            assert.strictEqual(error._tag, "HistoryHidden")
            const state = yield* pilot.reconcile(first.key)
            assert.deepStrictEqual("handles" in state ? state.handles : [], first.handles)
          }).pipe(Effect.scoped)
      )

      it.effect("job of an older format: is not touched", () =>
        Effect.gen(function*() {
          const stack = yield* Stack
          const fileSystem = yield* FileSystem.FileSystem
          const pilot = yield* user("pilot")
          const key = yield* SubmissionKey.generate
          const directory = yield* fileSystem.makeTempDirectoryScoped()
          yield* fileSystem.symlink("/bin/true", `${directory}/true`)
          yield* fileSystem.writeFileString(`${directory}/old.sub`, Before1.description(key, 1))
          const where = stack.submitHost ?? ["-pool", stack.endpoint, "-name", stack.schedd]
          const [, pool, , schedd] = where
          const submitted = yield* stack.exec(
            "sh",
            "-c",
            `cd ${directory} && condor_submit -terse -pool ${pool} -remote ${schedd} old.sub`
          )
          const job = /^(\d+\.0)/.exec(submitted.stdout)?.[1] ?? assert.fail(submitted.stderr)
          yield* Effect.addFinalizer(() => stack.exec("condor_rm", ...where, "-constraint", `EffectCEKey =?= "${key}"`))
          const { handles: [ours] } = yield* pilot.submit(yield* SubmissionKey.generate, 1, 300)
          const handle = new Handles.JobHandle({ ...(ours ?? assert.fail("no handle")), job, key, copy: 0 })
          assert.strictEqual((yield* Effect.flip(pilot.reconcile(key)))._tag, "UnsupportedFormat")
          assert.strictEqual((yield* Effect.flip(pilot.submit(key, 1)))._tag, "UnsupportedFormat")
          assert.deepStrictEqual(yield* pilot.status([handle]), ["UnsupportedJobFormat"])
          assert.deepStrictEqual(yield* pilot.cancel([handle]), ["UnsupportedJobFormat"])
          assert.deepStrictEqual(yield* pilot.fetch([handle], `${directory}/out`), ["UnsupportedJobFormat"])
          const { stdout } = yield* stack.exec("condor_q", ...where, job, "-af", "JobStatus", "EffectCEFetch")
          assert.match(stdout, /^[1245] undefined\s*$/)
        }).pipe(Effect.scoped))
    })
  })
}
