/** Operations on the real daemons. A fault may strike each of them before one of its tool runs. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert } from "@effect/vitest"
import { Effect, FileSystem, Layer, Result, Stream } from "effect"
import { Capability, CondorTool, type HTCondorCE, type JobHandle, SubmissionKey } from "../../src/index.ts"
import * as Backend from "./Backend.ts"
import { Stack } from "./Stack.ts"

/** A fault that begins with one tool run. */
export interface Fault {
  /** Strikes once, before that run. The argument is the job that the site acts on. */
  readonly strike?: (job: string) => Effect.Effect<void>
  /** Replaces the call of that run, and of all later ones. */
  readonly change?: (call: CondorTool.ToolCall) => CondorTool.ToolCall
  /** Runs after the operation has ended. */
  readonly heal?: Effect.Effect<void>
}

export type Name = "submit" | "status" | "fetch" | "cancel" | "purge"

export const names: ReadonlyArray<Name> = ["submit", "status", "fetch", "cancel", "purge"]

/** An operation on two separate jobs, by the provided backend. */
export interface Attempt {
  /** The second of the jobs, if it exists already. */
  readonly job: string
  readonly key: SubmissionKey.SubmissionKey
  readonly destination: string
  /** The copies of its jobs that are in the queue to stay. */
  readonly left: Effect.Effect<ReadonlyArray<string>>
  readonly run: Effect.Effect<string, never, HTCondorCE.Capabilities>
}

/** The tags of the error or of the outcomes, without repetition. */
export const word = <A extends object, E extends { readonly _tag: string }, F extends { readonly _tag: string }, R>(
  effect: Effect.Effect<Iterable<readonly [JobHandle.JobHandle, Result.Result<A, E>]>, F, R>,
  success: (value: A) => string
) =>
  Effect.match(effect, {
    onFailure: ({ _tag }): string => _tag,
    onSuccess: (outcomes) =>
      Array.from(
        new Set(
          Array.from(outcomes, ([, one]) => Result.isFailure(one) ? one.failure._tag : success(one.success))
        )
      ).toSorted().join("+")
  })

/** A backend that counts its tool runs. The fault strikes from run number `from` on. */
export const struck = (fault: Fault, from: number, job: string, config: Partial<HTCondorCE.Config> = {}) => {
  let runs = 0
  const tool = Layer.effect(
    CondorTool.CondorTool,
    Effect.map(CondorTool.CondorTool, ({ run }) =>
      CondorTool.make((call: CondorTool.ToolCall) =>
        Effect.suspend(() => {
          const number = runs++
          if (number < from) return run(call)
          const event = number === from ? fault.strike?.(job) ?? Effect.void : Effect.void
          return Effect.andThen(event, run(fault.change?.(call) ?? call))
        })
      ))
  )
  const layer = Layer.unwrap(
    Effect.gen(function*() {
      const { binDirectory, credentials, endpoint, schedd } = yield* Stack
      return Backend.layer({ endpoint, schedd, spoolingGrace: "3 seconds", ...config }).pipe(
        Layer.provide([
          Layer.provide(tool, CondorTool.layer({ binDirectory })),
          credentials
        ]),
        Layer.provide(NodeServices.layer)
      )
    })
  )
  return { layer, runs: () => runs }
}

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
  // Pairs of the jobs of one submission.
  const pairs = Effect.fnUntraced(function*(spec: Parameters<typeof submitter.submit>[0]) {
    const copies = Array.from({ length: 4 * attempts }, () => ({}))
    const { handles } = yield* submitter.submit(spec, copies, { key: yield* SubmissionKey.generate })
    return Array.from({ length: 2 * attempts }, (_, index) => handles.slice(2 * index, 2 * index + 2))
  })
  const short = yield* pairs({ executable, outputs: [{ name: "result.txt" }] })
  // A job that no slot can run waits: no slot of the pool has so much memory.
  const idle = yield* pairs({ executable, resources: { memoryMiB: 1_000_000 } })
  yield* Stream.runDrain(reporter.watch(short.flat(), { interval: "500 millis", maxInterval: "2 seconds" }))

  const taken = { short: 0, idle: 0 }
  const next = (kind: "short" | "idle") =>
    (kind === "short" ? short : idle)[taken[kind]++] ?? assert.fail("no jobs left")

  // The copies that are in the queue to stay.
  const queued = (constraint: string) =>
    Effect.map(
      stack.exec("condor_q", "-constraint", `(${constraint}) && JobStatus =!= 3`, "-af", "EffectCECopy"),
      ({ stdout }) => stdout.split("\n").filter((line) => line.trim() !== "").toSorted()
    )

  let destinations = 0
  const submitted: Array<SubmissionKey.SubmissionKey> = []
  const begin = Effect.fnUntraced(function*(name: Name): Effect.fn.Return<Attempt> {
    const destination = `${root}/output-${destinations++}`
    if (name === "submit") {
      const key = yield* SubmissionKey.generate
      submitted.push(key)
      const run = Effect.flatMap(
        Capability.Submitter,
        ({ submit }) =>
          Effect.match(submit({ executable, resources: { memoryMiB: 1_000_000 } }, [{}, {}], { key }), {
            onFailure: ({ _tag }): string => _tag,
            onSuccess: ({ adopted }) => adopted ? "Adopted" : "Submitted"
          })
      )
      return { job: "0.0", key, destination, run, left: queued(`EffectCEKey =?= "${key}"`) }
    }
    const handles = next(name === "fetch" || name === "purge" ? "short" : "idle")
    const run = {
      status: Effect.flatMap(Capability.StatusReporter, ({ status }) => word(status(handles), ({ _tag }) => _tag)),
      fetch: Effect.flatMap(
        Capability.OutputRetriever,
        ({ fetch }) => word(fetch(handles, destination), () => "Retrieved")
      ),
      cancel: Effect.flatMap(Capability.Cancellable, ({ cancel }) => word(cancel(handles), ({ _tag }) => _tag)),
      purge: Effect.flatMap(Capability.Purgeable, ({ purge }) => word(purge(handles), ({ _tag }) => _tag))
    }
    const [first, second] = handles
    if (first === undefined || second === undefined) return assert.fail("a pair of jobs")
    const [cluster, procs] = [first.job.split(".")[0], handles.map(({ job }) => job.split(".")[1]).join(",")]
    const left = queued(`ClusterId == ${cluster} && member(ProcId, {${procs}})`)
    return { job: second.job, key: first.key, destination, run: run[name], left }
  })

  // The names at a destination. Only complete outputs are there, after any fault.
  const outputs = Effect.fnUntraced(function*(destination: string) {
    const found = yield* Effect.orElseSucceed(fileSystem.readDirectory(destination), (): Array<string> => [])
    for (const name of found) {
      assert.isTrue(yield* fileSystem.exists(`${destination}/${name}/manifest.json`), name)
      assert.strictEqual(yield* fileSystem.readFileString(`${destination}/${name}/files/result.txt`), "result\n")
    }
    return found.length
  }, Effect.orDie)

  /** Cancels all jobs that are left. */
  const clear = Effect.fnUntraced(function*() {
    const states = yield* Effect.forEach(submitted, submitter.reconcile)
    const all = [...short, ...idle, ...states.map((state) => "handles" in state ? state.handles : [])].flat()
    yield* cancel(all)
    yield* purge(all)
  })

  return { begin, outputs, clear }
})

export type Scene = Effect.Success<ReturnType<typeof make>>
