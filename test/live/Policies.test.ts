/** The policies of an HTCondor-CE's default configuration, and how the library reports their effects. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Clock, type Duration, Effect, Layer, Schedule } from "effect"
import { Capability, type JobHandle, JobStatus, type Submission, SubmissionKey } from "../../src/index.ts"
import * as Share from "./Share.ts"
import * as Site from "./Site.ts"
import { backend, configuration, Stack, versions } from "./Stack.ts"

/** Submits one job, and cancels it at the end. */
const submitted = Effect.fnUntraced(function*(spec: Partial<Submission.SubmissionSpec>) {
  const { submit } = yield* Capability.Submitter
  const { handles: [handle] } = yield* submit(
    { executable: "/bin/sleep", arguments: ["600"], ...spec },
    [{}],
    { key: yield* SubmissionKey.generate }
  )
  if (handle === undefined) return assert.fail("a submission without handles")
  yield* Site.giveUpAtEnd([handle])
  return handle
})

const until = Effect.fnUntraced(function*(
  handle: JobHandle.JobHandle,
  isReached: (status: JobStatus.JobStatus) => boolean,
  atMost: Duration.Input = "4 minutes"
) {
  const { statusOf } = yield* Capability.StatusReporter
  let last: JobStatus.JobStatus | undefined
  return yield* statusOf(handle).pipe(
    Effect.tap((status) => {
      last = status
      return Effect.void
    }),
    Effect.repeat({ schedule: Schedule.spaced("500 millis"), until: isReached }),
    Effect.timeout(atMost),
    Effect.tapError(() => Effect.logError(`${handle.job} is still`, last))
  )
})

const diagnosisOf = (status: JobStatus.JobStatus) => "diagnosis" in status ? status.diagnosis : undefined

const pause = (seconds: number) => Effect.andThen(Stack, ({ run }) => run("sleep", String(seconds)))

/** While the scope is open, the JobRouter does not route jobs for the queue "closed". */
const closed = Effect.gen(function*() {
  const { inside } = yield* Stack
  const file = "/etc/condor-ce/config.d/closed"
  const constraint = "JOB_ROUTER_SOURCE_JOB_CONSTRAINT = target.JobUniverse =?= 5 && target.remote_queue =!= \"closed\""
  yield* Effect.acquireRelease(
    inside("sh", "-c", "printf '%s\\n' \"$1\" >\"$2\" && condor_reconfig", "sh", constraint, file),
    () => inside("sh", "-c", "rm -f \"$1\" && condor_reconfig", "sh", file)
  )
  yield* pause(10)
})

/** The final status of a job that the batch system evicts. */
const evicted = Effect.scoped(Effect.gen(function*() {
  const stack = yield* Stack
  const handle = yield* submitted({})
  yield* until(handle, ({ _tag }) => _tag === "Running")
  const evict = Effect.gen(function*() {
    const vacated = yield* stack.inside("--pool", "condor_vacate_job", "-fast", "-all")
    assert.strictEqual(vacated.exitCode, 0, vacated.stderr)
    return yield* until(handle, JobStatus.isTerminal, "30 seconds")
  })
  // The schedd may restart the job on its existing claim before it evaluates its policies.
  return yield* Effect.retry(evict, { times: 6 })
}))

// Through a submit host, job ids are different.
for (const version of configuration === "grid" ? [] : versions) {
  const services = backend().pipe(Layer.provideMerge(Stack.layer(version)), Layer.provideMerge(NodeServices.layer))
  it.layer(services, { excludeTestServices: true, timeout: "60 seconds" })(`a default CE, ${version}`, (it) => {
    // Each test waits until the schedd evaluates its policies.
    describe.concurrent("to jobs that wait at the same time", () => {
      it.effect.skipIf(Share.isLeft(version, "latest"))(
        "job that no route takes: is never held, waits, and its status gives the reason after half an hour",
        () =>
          Effect.gen(function*() {
            const stack = yield* Stack
            yield* closed
            const handle = yield* submitted({ resources: { queue: "closed" } })
            const waiting = yield* until(handle, ({ _tag }) => _tag === "Waiting")
            assert.strictEqual(diagnosisOf(waiting), undefined)
            const since = Math.floor((yield* Clock.currentTimeMillis) / 1_000) - 1_801
            const { exitCode, stderr } = yield* stack.inside(
              "condor_qedit",
              handle.job,
              "EnteredCurrentStatus",
              `${since}`
            )
            assert.strictEqual(exitCode, 0, stderr)
            // The schedd evaluates its policies each second.
            yield* pause(5)
            const late = yield* until(handle, () => true)
            assert.strictEqual(late._tag, "Waiting")
            assert.match(diagnosisOf(late) ?? "", /^not routed to the batch system: .*, since \d{4}-/)
          }).pipe(Effect.scoped),
        300_000
      )

      it.effect.skipIf(Share.isLeft(version, "lts"))(
        "job that has exceeded the wall time of its submission: is removed",
        () =>
          Effect.gen(function*() {
            const handle = yield* submitted({ resources: { wallTimeSeconds: 1 } })
            const removed = yield* until(handle, ({ _tag }) => _tag === "Removed")
            assert.deepInclude(removed, {
              // One minute. The CE counts it in seconds, and its message calls them minutes.
              reason: "CE job removed by SYSTEM_PERIODIC_REMOVE due to job exceeded allowed walltime: 60 minutes.",
              cause: "WallTime"
            })
          }).pipe(Effect.scoped),
        300_000
      )

      it.effect(
        "job that is held once more: loses its first hold reason, and its status still says that the batch system holds it",
        () =>
          Effect.gen(function*() {
            const stack = yield* Stack
            const handle = yield* submitted({ arguments: ["0"], outputs: [{ name: "missing" }] })
            const held = yield* until(handle, ({ _tag }) => _tag === "Held")
            assert.deepInclude(held, {
              code: 12,
              subcode: 2,
              name: "TransferOutputError",
              cause: "Payload",
              copied: true
            })
            const asked = yield* stack.exec("condor_hold", handle.job)
            assert.strictEqual(asked.exitCode, 0, asked.stderr)
            const again = yield* until(handle, (status) => status._tag === "Held" && status.code === 1)
            assert.deepInclude(again, {
              reason: "via condor_hold (by user pilot)",
              subcode: 0,
              cause: "Request",
              copied: true
            })
          }).pipe(Effect.scoped),
        300_000
      )
    })

    it.effect(
      "job that the batch system evicts: is removed, and its status gives the cause",
      () =>
        Effect.gen(function*() {
          const removed = yield* evicted.pipe(
            // Sometimes the pool takes the signal that evicts the payload for the payload's own end.
            Effect.repeat({
              until: (status) => status._tag !== "Completed" || status.exit._tag !== "Signal",
              times: 3
            })
          )
          assert.match(
            removed._tag === "Removed" ? removed.reason : JSON.stringify(removed),
            /due to disabled job retries$/
          )
          assert.strictEqual(removed._tag === "Removed" ? removed.cause : "", "Interrupted")
        }).pipe(Effect.scoped),
      300_000
    )

    it.effect("jobs and files: nothing is left", () =>
      Effect.map(Site.residue, (left) => assert.deepStrictEqual(left, [])))
  })
}
