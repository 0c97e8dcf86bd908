/**
 * Operations on the real daemons for faults to strike: list, describe, wait, withdraw, release, and fetch the output
 * of a held job.
 */
import { assert } from "@effect/vitest"
import { DateTime, Effect, FileSystem, Stream } from "effect"
import { Capability, type JobHandle, Outcomes, SubmissionKey } from "../../src/index.ts"
import * as FaultScene from "./FaultScene.ts"
import { Stack } from "./Stack.ts"

export type Name = "list" | "departed" | "describe" | "waitFor" | "withdraw" | "release" | "fetchHeld"

export const names: ReadonlyArray<Name> = [
  "list",
  "departed",
  "describe",
  "waitFor",
  "withdraw",
  "release",
  "fetchHeld"
]

/** The outcome of each operation without a fault. */
export const done: Readonly<Record<Name, string>> = {
  list: "Waiting",
  departed: "Completed",
  describe: "Waiting",
  waitFor: "Waiting",
  withdraw: "Cancelled",
  release: "Released",
  fetchHeld: "Brought"
}

const unique = (words: ReadonlyArray<string>) => Array.from(new Set(words)).toSorted().join("+")

const told = <E extends { readonly _tag: string }, R>(
  jobs: Stream.Stream<Capability.ListedJob | Capability.DepartedJob, E, R>,
  handles: ReadonlyArray<JobHandle.JobHandle>
) =>
  Effect.match(Stream.runCollect(jobs), {
    onFailure: ({ _tag }): string => _tag,
    onSuccess: (all) => {
      const own = all.flatMap((job) =>
        (job._tag === "Listed" || job._tag === "Departed") &&
          handles.some((handle) => String(handle) === String(job.handle))
          ? [job]
          : []
      )
      // Each job must be listed once. Otherwise the answer is none.
      return own.length === handles.length ? unique(own.map(({ status }) => status._tag)) : `${own.length} jobs`
    }
  })

/** Makes jobs for this number of attempts of each kind, and the attempts. */
export const make = Effect.fnUntraced(function*(attempts: number) {
  const stack = yield* Stack
  const fileSystem = yield* FileSystem.FileSystem
  const submitter = yield* Capability.Submitter
  const reporter = yield* Capability.StatusReporter
  const { cancel } = yield* Capability.Cancellable
  const { purge } = yield* Capability.Purgeable
  const root = yield* fileSystem.makeTempDirectoryScoped({ prefix: "live-faults-" })
  const executable = `${root}/payload.sh`
  yield* fileSystem.writeFileString(executable, "#!/bin/sh\necho result > result.txt\n", { mode: 0o755 })
  const all: Array<JobHandle.JobHandle> = []
  const submit = Effect.fnUntraced(function*(spec: Parameters<typeof submitter.submit>[0], count: number) {
    const key = yield* SubmissionKey.generate
    const { handles } = yield* submitter.submit(spec, Array.from({ length: count }, () => ({})), { key })
    all.push(...handles)
    return { key, handles }
  })
  // A job that no slot can run waits: no slot of the pool has so much memory.
  const waiting = { executable, resources: { memoryMiB: 1_000_000 } }
  const since = DateTime.subtract(yield* DateTime.now, { minutes: 5 })
  const past = yield* submit({ executable }, 2)
  const lost = yield* submit({ executable, outputs: [{ name: "result.txt" }, { name: "late.txt" }] }, 1)
  const idle = yield* submit(waiting, 2 + 2 * attempts)
  const ended = yield* reporter.waitFor([...past.handles, ...lost.handles], {
    until: ({ _tag }) => _tag === "Completed" || _tag === "Held",
    interval: "500 millis",
    maxInterval: "2 seconds"
  })
  assert.strictEqual(unique(Outcomes.successes(ended).map(([, { _tag }]) => _tag)), "Completed+Held")
  yield* purge(past.handles)
  const [held] = lost.handles
  if (held === undefined) return assert.fail("no job")

  const statesOf = Effect.fnUntraced(function*(handles: ReadonlyArray<JobHandle.JobHandle>) {
    const { stdout } = yield* stack.exec("condor_q", ...handles.map(({ job }) => job), "-af", "JobStatus")
    return stdout.split("\n").filter((line) => line.trim() !== "")
  })
  const shared = idle.handles.slice(0, 2)
  let released = 2
  let destinations = 0

  const begin = Effect.fnUntraced(function*(name: Name) {
    const destination = `${root}/held-${destinations++}`
    const attempt = (
      key: SubmissionKey.SubmissionKey,
      handles: ReadonlyArray<JobHandle.JobHandle>,
      run: FaultScene.Attempt["run"]
    ): FaultScene.Attempt => ({ job: handles[0]?.job ?? "", key, destination, run, left: statesOf(handles) })
    switch (name) {
      case "list": {
        const run = Effect.flatMap(
          Capability.Enumerable,
          ({ list }) => told(list({ keyPrefix: idle.key, status: ["Waiting"] }), shared)
        )
        return attempt(idle.key, shared, run)
      }
      case "departed": {
        const run = Effect.flatMap(Capability.Enumerable, ({ departed }) => told(departed({ since }), past.handles))
        return attempt(past.key, past.handles, run)
      }
      case "describe": {
        const run = Effect.flatMap(
          Capability.StatusReporter,
          ({ describe }) => FaultScene.word(describe(shared), ({ status }) => status._tag)
        )
        return attempt(idle.key, shared, run)
      }
      case "waitFor": {
        const run = Effect.flatMap(Capability.StatusReporter, ({ waitFor }) =>
          FaultScene.word(
            waitFor(shared, { until: ({ _tag }) => _tag === "Waiting", patience: "1 second" }),
            ({ _tag }) => _tag
          ))
        return attempt(idle.key, shared, run)
      }
      case "withdraw": {
        const { handles, key } = yield* Effect.orDie(submit(waiting, 2))
        const run = Effect.flatMap(Capability.Submitter, ({ withdraw }) =>
          Effect.match(withdraw(key), {
            onFailure: ({ _tag }): string => _tag,
            onSuccess: ({ jobs }) => unique(jobs.map(({ _tag }) => _tag))
          }))
        return attempt(key, handles, run)
      }
      case "release": {
        const handles = idle.handles.slice(released, released += 2)
        yield* stack.inside("condor_hold", ...handles.map(({ job }) => job))
        const run = Effect.flatMap(
          Capability.Releasable,
          ({ release }) => FaultScene.word(release(handles), ({ _tag }) => _tag)
        )
        return attempt(idle.key, handles, run)
      }
      case "fetchHeld": {
        const run = Effect.flatMap(
          Capability.OutputRetriever,
          ({ fetchHeld }) =>
            Effect.match(fetchHeld(held, destination), {
              onFailure: ({ _tag }): string => _tag,
              onSuccess: ({ missing, whole }) => whole && missing.join() === "late.txt" ? "Brought" : missing.join()
            })
        )
        return attempt(lost.key, [held], run)
      }
    }
  })

  /** Checks the outcome after the operation was repeated without the fault. */
  const ensureDone = Effect.fnUntraced(function*(name: Name, { left, run }: FaultScene.Attempt) {
    const again = yield* run
    switch (name) {
      case "withdraw":
        // A job that has left the queue is no longer named.
        assert.oneOf(again, ["Cancelled", "AlreadyGone", "AlreadyGone+Cancelled", ""])
        return assert.deepStrictEqual((yield* left).filter((state) => state !== "3"), [])
      case "release":
        assert.oneOf(again, ["Released", "NotHeld", "NotHeld+Released"])
        return assert.deepStrictEqual(yield* left, ["1", "1"])
      case "fetchHeld":
        assert.strictEqual(again, done[name])
        return assert.deepStrictEqual(yield* left, ["5"])
      default:
        assert.strictEqual(again, done[name])
    }
  })

  /** The output of held jobs is complete, and has its record. */
  const outputs = Effect.fnUntraced(function*(destination: string) {
    const found = yield* Effect.orElseSucceed(fileSystem.readDirectory(destination), (): Array<string> => [])
    for (const name of found) {
      assert.match(name, /\.held(\.\d+)?$/)
      assert.isTrue(yield* fileSystem.exists(`${destination}/${name}/partial.json`), name)
      assert.strictEqual(yield* fileSystem.readFileString(`${destination}/${name}/files/result.txt`), "result\n")
    }
    return found.length
  }, Effect.orDie)

  const clear = () => Effect.andThen(cancel(all), purge(all))

  return { begin, ensureDone, outputs, clear }
})
