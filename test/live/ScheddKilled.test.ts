/** A real schedd that is killed during a transfer, or after the transfer but before the schedd has recorded it. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import { Data, Duration, Effect, Fiber, FileSystem, Layer, Result, Schedule, Stream } from "effect"
import { Capability, type JobHandle, Outcomes, SubmissionKey } from "../../src/index.ts"
import * as Share from "./Share.ts"
import { toSchedd } from "./Signal.ts"
import * as Site from "./Site.ts"
import { backend, Stack, versions } from "./Stack.ts"

// The CE's schedd runs each transfer in a separate process. Waits for such a process, and acts on both. It has a file of a
// job open, and a process that answers a query has none.
const during = (act: string) =>
  `for try in $(seq 400); do
  for p in $(pgrep -x condor_schedd); do
    parent=$(cut -d' ' -f4 /proc/$p/stat 2>/dev/null) || continue
    [ "$(cat /proc/$parent/comm)" = condor_schedd ] || continue
    ls -l /proc/$p/fd 2>/dev/null | grep -q 'condor-ce/spool/[0-9]' || continue
    ${act} && echo $parent && exit
  done
  sleep 0.05
done
exit 1`

/** No transfer was under way, or it was over too soon. */
class Missed extends Data.TaggedError("Missed") {}

const size = 60_000_000

for (const version of versions) {
  it.layer(
    backend({ spoolingGrace: "2 seconds", limits: { transferTimeout: Duration.seconds(20) } }).pipe(
      Layer.provideMerge(Stack.layer(version)),
      Layer.provideMerge(NodeServices.layer)
    ),
    { excludeTestServices: true, timeout: "60 seconds" }
  )(`a schedd of ${version} that is killed`, (it) => {
    const scene = Effect.gen(function*() {
      const stack = yield* Stack
      const fileSystem = yield* FileSystem.FileSystem
      const { cancel } = yield* Capability.Cancellable
      const { reconcile, submit } = yield* Capability.Submitter
      const { status } = yield* Capability.StatusReporter
      const directory = yield* fileSystem.makeTempDirectoryScoped({ prefix: "live-killed-" })
      const strike = (act: string) =>
        Effect.flatMap(
          stack.inside("sh", "-c", during(act)),
          ({ exitCode, stdout }) => exitCode === 0 ? Effect.succeed(stdout.trim()) : Effect.fail(new Missed())
        )
      // The master restarts the schedd after a while.
      const back = stack.exec("condor_q", "-limit", "1").pipe(
        Effect.repeat({
          schedule: Schedule.spaced("200 millis").pipe(Schedule.upTo({ times: 150 })),
          until: ({ exitCode }) => exitCode === 0
        })
      )
      const tags = Effect.fnUntraced(function*(handles: ReadonlyArray<JobHandle.JobHandle>) {
        return Array.from(yield* status(handles), ([, one]) => Result.isSuccess(one) ? one.success._tag : "Failure")
      })
      const key = yield* SubmissionKey.generate
      const input = `${directory}/input`
      yield* fileSystem.writeFile(input, new Uint8Array(size))
      // A submission that a schedd left when it was killed looks like a transfer in progress, until the longest time
      // for one is over.
      const submission = submit(
        { executable: "/bin/sleep", arguments: ["300"], inputs: [{ name: "input", source: input }] },
        [{}, {}],
        { key }
      ).pipe(
        Effect.retry({
          while: (error) => error._tag === "SubmissionConflict" && error.reason === "Staging",
          schedule: Schedule.spaced("1 second").pipe(Schedule.upTo({ times: 60 }))
        })
      )
      // There are two jobs in one cluster, after any outcome of the first attempt.
      const ensureOnce = Effect.gen(function*() {
        const { handles } = yield* submission
        assert.isTrue((yield* submission).adopted)
        const { stdout } = yield* stack.exec(
          "condor_q",
          "-constraint",
          `EffectCEKey =?= "${key}" && JobStatus =!= 3`,
          "-af",
          "EffectCECopy"
        )
        assert.deepStrictEqual(stdout.trim().split("\n").toSorted(), ["0", "1"])
        yield* cancel(handles)
      })
      return { stack, cancel, fileSystem, directory, key, strike, back, submission, ensureOnce, tags, reconcile }
    })

    it.effect.skipIf(Share.isLeft(version, "lts"))(
      "before it releases the jobs: leaves them waiting for input that is there, and the same key replaces them",
      () =>
        Effect.gen(function*() {
          const { back, cancel, ensureOnce, key, reconcile, strike, submission, tags } = yield* scene
          const submitting = yield* Effect.forkChild(Effect.result(submission))
          // A stopped schedd gets no signal that its transfer process has ended. If it already got the signal, the
          // strike is repeated.
          yield* strike(
            "kill -STOP $parent && while [ -e /proc/$p ] && ! grep -q ') Z' /proc/$p/stat; do sleep 0.1; done && " +
              "{ [ -e /proc/$p ] || { kill -CONT $parent; exit 1; }; } && kill -KILL $parent"
          ).pipe(
            Effect.tapError(() =>
              Effect.flatMap(Fiber.join(submitting), (done) =>
                Result.isSuccess(done) ? Effect.ignore(cancel(done.success.handles)) : Effect.void)
            )
          )
          // The schedd may already fail to answer the last query of the submission.
          const first = yield* Fiber.join(submitting)
          if (Result.isSuccess(first)) {
            assert.isFalse(first.success.adopted)
          } else assert.strictEqual(first.failure._tag, "CEUnavailable")
          yield* back
          const known = yield* reconcile(key)
          if (known._tag !== "Staging") {
            return assert.fail(`${known._tag} after ${JSON.stringify(first)}`)
          }
          assert.deepStrictEqual(yield* tags(known.handles), ["Staging", "Staging"])
          assert.isFalse((yield* submission).adopted)
          assert.deepStrictEqual(yield* tags(known.handles), ["Removed", "Removed"])
          yield* ensureOnce
        }).pipe(Effect.retry({
          times: 3,
          while: ({ _tag }) =>
            _tag === "Missed"
        })),
      300_000
    )

    it.effect.skipIf(Share.isLeft(version, "latest"))(
      "during the transfer of input: fails the submission, and the same key completes it",
      () =>
        Effect.gen(function*() {
          const { back, ensureOnce, strike, submission } = yield* scene
          const submitting = yield* Effect.forkChild(Effect.flip(submission))
          yield* strike("kill -KILL $parent $p")
          assert.oneOf((yield* Fiber.join(submitting))._tag, ["SubmissionFailed", "CEUnavailable"])
          yield* back
          yield* ensureOnce
        }),
      300_000
    )

    it.effect.skipIf(Share.isLeft(version, "latest"))(
      "during the transfer of output: loses nothing, and transfers the output again",
      () =>
        Effect.gen(function*() {
          const { back, directory, fileSystem, strike } = yield* scene
          const { submit } = yield* Capability.Submitter
          const { watch } = yield* Capability.StatusReporter
          const { fetchOne } = yield* Capability.OutputRetriever
          const { handles: [handle] } = yield* submit(
            { executable: "/bin/sh", arguments: ["-c", `head -c ${size} /dev/zero > big`], outputs: [{ name: "big" }] },
            [{}],
            { key: yield* SubmissionKey.generate }
          )
          if (handle === undefined) return assert.fail("a job")
          yield* Stream.runDrain(watch([handle], { interval: "500 millis" }))
          const destination = `${directory}/output`
          const fetching = yield* Effect.forkChild(Effect.flip(fetchOne(handle, destination)))
          yield* strike("kill -KILL $parent $p")
          assert.oneOf((yield* Fiber.join(fetching))._tag, ["TransferFailed", "CEUnavailable"])
          assert.deepStrictEqual(yield* fileSystem.readDirectory(destination), [])
          yield* back
          const { files } = yield* fetchOne(handle, destination)
          assert.deepStrictEqual(files.map((file) => [file.name, file.size]), [["big", size]])
          assert.strictEqual((yield* Effect.flip(fetchOne(handle, destination)))._tag, "AlreadyRetrieved")
        }),
      300_000
    )

    // Afterwards the JobRouter routes such a job, and may give the pool a wrong directory for it.
    it.effect.skipIf(Share.isLeft(version, "lts"))(
      "before the pool has the jobs: leaves each completed or held with code 14, and a cancel removes the held ones",
      () =>
        Effect.gen(function*() {
          const { back, stack } = yield* scene
          const { submit } = yield* Capability.Submitter
          const { status } = yield* Capability.StatusReporter
          const { cancel } = yield* Capability.Cancellable
          const { purge } = yield* Capability.Purgeable
          const { handles } = yield* submit(
            { executable: "/bin/true" },
            Array.from({ length: 20 }, () => ({})),
            { key: yield* SubmissionKey.generate }
          )
          yield* Effect.repeat(Effect.map(status(handles), Outcomes.successes), {
            schedule: Schedule.spaced("100 millis").pipe(Schedule.upTo({ times: 300 })),
            until: (all) => all.every(([, { _tag }]) => _tag !== "Staging")
          })
          yield* stack.inside("sh", "-c", toSchedd("KILL"))
          yield* back
          const settled = yield* Effect.repeat(Effect.map(status(handles), Outcomes.successes), {
            schedule: Schedule.spaced("1 second").pipe(Schedule.upTo({ times: 150 })),
            until: (all) => all.every(([, { _tag }]) => _tag === "Completed" || _tag === "Held")
          })
          const held = settled.flatMap(([handle, one]) => one._tag === "Held" ? [[handle, one] as const] : [])
          yield* Effect.logInfo(`${held.length} of ${handles.length} jobs were held after the kill`)
          for (const [handle, { code, reason }] of held) {
            assert.strictEqual(code, 14, `${handle.job}: ${reason}`)
            assert.include(reason, "Cannot access initial working directory")
          }
          const jobs = held.map(([handle]) => handle)
          const completed = settled.flatMap(([handle, { _tag }]) => _tag === "Completed" ? [handle] : [])
          assert.strictEqual(jobs.length + completed.length, handles.length)
          assert.strictEqual(Outcomes.successes(yield* cancel(jobs)).length, jobs.length)
          assert.strictEqual(Outcomes.successes(yield* purge(completed)).length, completed.length)
        }),
      300_000
    )

    it.effect("jobs and files: nothing is left", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* Site.residue, [])
      }), 60_000)
  })
}
