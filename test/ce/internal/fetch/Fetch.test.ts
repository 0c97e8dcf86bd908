import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, FileSystem, Latch, Option, Path, Result } from "effect"
import { TestClock } from "effect/testing"
import { FreeSpace } from "../../../../src/files/FreeSpace.ts"
import { Capability, CondorTool, type HTCondorCE, JobOutput, Outcomes } from "../../../../src/index.ts"
import { ad, backend, completedAd, constraintOf, handle, isControl, picked, printed } from "../../Scripted.ts"

const valueAfter = (call: CondorTool.ToolCall, word: string) => call.args[call.args.indexOf(word) + 1] ?? ""

interface Job {
  readonly files: Readonly<Record<string, string>>
  /** The transfer of this job fails, and so does every transfer that includes it. */
  readonly broken?: boolean
  /** The tool exits with 0, and the schedd never records the transfer. */
  readonly unnoted?: boolean
}

const whole = { stdout: "out\n", stderr: "", "job.log": "log\n", "result.txt": "42\n" }

/** A CE with completed jobs in cluster 7, by their procs. */
const ce = Effect.fnUntraced(function*(
  jobs: ReadonlyArray<Job>,
  hook: (
    call: CondorTool.ToolCall,
    destination: string,
    mark: (proc: number, nonce: string) => void
  ) => Effect.Effect<(Partial<CondorTool.ToolResult> & { readonly timedOut?: boolean }) | undefined> = () =>
    Effect.succeed(undefined),
  config: Partial<HTCondorCE.Config> = {}
) {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const destination = yield* fileSystem.makeTempDirectoryScoped()
  const left = new Set<number>()
  const transferred = new Set<number>()
  const marks = new Map<number, { readonly nonce: string; readonly staging: string }>()
  const named = (call: CondorTool.ToolCall) => {
    const nonce = /EffectCEFetch =\?= "([^"]+)"/.exec(constraintOf(call))?.[1]
    const procs = new Set(picked(call, jobs.map((_, proc) => ad(`7.${proc}`))).map(({ ProcId }) => ProcId))
    return jobs.flatMap((job, proc) =>
      !left.has(proc) && (nonce === undefined || marks.get(proc)?.nonce === nonce) && procs.has(proc)
        ? [[proc, job] as const]
        : []
    )
  }
  const ads = (call: CondorTool.ToolCall) =>
    named(call).map(([proc]) =>
      completedAd(`7.${proc}`, {
        TransferOutput: "result.txt",
        ...(transferred.has(proc) ? { StageOutStart: 2_000, StageOutFinish: 2_000 } : {})
      })
    )
  const answer = Effect.fnUntraced(
    function*(call: CondorTool.ToolCall): Effect.fn.Return<Partial<CondorTool.ToolResult>, CondorTool.ToolError> {
      const hooked = yield* hook(call, destination, (proc, nonce) => {
        marks.set(proc, { nonce, staging: "/nowhere" })
      })
      if (hooked?.timedOut === true) return yield* new CondorTool.ToolTimedOut({ tool: call.tool, seconds: 600 })
      if (hooked !== undefined) return hooked
      switch (call.tool) {
        case "condor_q":
          return printed(...ads(call))
        case "condor_history":
          return printed(...[...left].map((proc) =>
            completedAd(`7.${proc}`, {
              JobStatus: 3,
              LastJobStatus: 4,
              RemoveReason: "output retrieved (by user pilot)"
            })
          ))
        case "condor_qedit":
          for (const [proc] of named(call)) {
            if (valueAfter(call, "StageOutFinish") === "undefined") transferred.delete(proc)
            marks.set(proc, {
              nonce: valueAfter(call, "EffectCEFetch").replaceAll("\"", ""),
              staging: /strcat\("(.*)\/",string/.exec(valueAfter(call, "SUBMIT_Iwd"))?.[1] ?? ""
            })
          }
          return {}
        case "condor_transfer_data":
          for (const [proc, job] of named(call)) {
            for (const [name, text] of Object.entries(job.files)) {
              yield* Effect.orDie(
                fileSystem.writeFileString(path.join(marks.get(proc)?.staging ?? "", `7.${proc}`, name), text)
              )
            }
            if (job.broken === true) {
              return { exitCode: 1, stderr: `7003:File transfer failed for target job 7.${proc}` }
            }
          }
          for (const [proc, job] of named(call)) if (job.unnoted !== true) transferred.add(proc)
          return { stdout: "Fetching data files...\n" }
        case "condor_rm":
          return { stdout: named(call).map(([proc]) => (left.add(proc), `job_7_${proc} = 1\n`)).join("") }
        default:
          return {}
      }
    }
  )
  return { ...backend(answer, config), destination, left }
})

const directoryOf = (proc: number) => JobOutput.directoryName(handle(`7.${proc}`, proc))

const fetch = (procs: ReadonlyArray<number>, destination: string) =>
  Effect.gen(function*() {
    const retriever = yield* Capability.OutputRetriever
    const outcomes = yield* retriever.fetch(procs.map((proc) => handle(`7.${proc}`, proc)), destination)
    return procs.map((proc) => {
      const outcome = Outcomes.get(outcomes, handle(`7.${proc}`, proc))
      if (outcome._tag === "None") return "nothing"
      if (Result.isSuccess(outcome.value)) return outcome.value.success.released ? "Retrieved" : "Unreleased"
      const { failure } = outcome.value
      return failure._tag === "LimitExceeded" && failure.limit !== "jobTransferTimeout"
        ? `${failure._tag}: ${failure.actual} of ${failure.allowed}`
        : failure._tag
    })
  })

// The clock advances while real files are written.
const passing = Effect.forever(
  Effect.andThen(TestClock.adjust("1 second"), Effect.promise(() => new Promise(setImmediate)))
)

it.layer(NodeServices.layer)("Retrieve", (it) => {
  it.effect("job: leaves the CE only when its output is complete at the destination", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const placed: Array<boolean> = []
      const { calls, destination, layer, left } = yield* ce([{ files: whole }, { files: whole }], (call, destination) =>
        call.tool !== "condor_rm" ? Effect.succeed(undefined) : Effect.gen(function*() {
          for (const proc of [0, 1]) {
            placed.push(yield* fileSystem.exists(`${destination}/${directoryOf(proc)}/manifest.json`))
            placed.push(
              (yield* fileSystem.readFileString(`${destination}/${directoryOf(proc)}/files/result.txt`)) === "42\n"
            )
          }
          return undefined
        }).pipe(Effect.orDie))
      assert.deepStrictEqual(yield* Effect.provide(fetch([0, 1], destination), layer), ["Retrieved", "Retrieved"])
      assert.deepStrictEqual(placed, [true, true, true, true])
      assert.deepStrictEqual([...left], [0, 1])
      const count = (tool: string) =>
        calls.filter((call) =>
          call.tool === tool
        ).length
      assert.deepStrictEqual([count("condor_qedit"), count("condor_transfer_data"), count("condor_rm")], [1, 1, 1])
      assert.deepStrictEqual((yield* fileSystem.readDirectory(destination)).toSorted(), [0, 1].map(directoryOf))
    }))

  it.effect("second fetch: is AlreadyRetrieved, there and elsewhere", () =>
    Effect.gen(function*() {
      const { destination, layer } = yield* ce([{ files: whole }])
      assert.deepStrictEqual(yield* Effect.provide(fetch([0], destination), layer), ["Retrieved"])
      assert.deepStrictEqual(yield* Effect.provide(fetch([0], destination), layer), ["AlreadyRetrieved"])
      assert.deepStrictEqual(yield* Effect.provide(fetch([0], `${destination}/other`), layer), ["AlreadyRetrieved"])
    }))

  it.effect("job that cannot be transferred: only this job fails, and it stays at the CE", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const { destination, layer, left } = yield* ce([{ files: whole }, { files: { stdout: "part" }, broken: true }, {
        files: whole
      }])
      assert.deepStrictEqual(yield* Effect.provide(fetch([0, 1, 2], destination), layer), [
        "Retrieved",
        "TransferFailed",
        "Retrieved"
      ])
      assert.deepStrictEqual([...left].toSorted(), [0, 2])
      assert.deepStrictEqual((yield* fileSystem.readDirectory(destination)).toSorted(), [0, 2].map(directoryOf))
    }))

  it.effect("output that the tool counts as transferred and that has no files: is a failure, and the job stays", () =>
    Effect.gen(function*() {
      const { "result.txt": _, ...part } = whole
      const { destination, layer, left } = yield* ce([{ files: part }])
      assert.deepStrictEqual(yield* Effect.provide(fetch([0], destination), layer), ["TransferFailed"])
      assert.deepStrictEqual([...left], [])
    }))

  it.effect("release that fails: loses nothing, and the next fetch repeats it", () =>
    Effect.gen(function*() {
      let refuse = true
      const { destination, layer, left } = yield* ce([{ files: whole }], (call) =>
        Effect.succeed(
          call.tool === "condor_rm" && refuse ? { exitCode: 1, stderr: "CEDAR:6001:Failed to connect" } : undefined
        ))
      const fiber = yield* Effect.forkChild(Effect.provide(fetch([0], destination), layer))
      assert.deepStrictEqual(yield* Effect.raceFirst(Fiber.join(fiber), passing), ["Unreleased"])
      assert.deepStrictEqual([...left], [])
      refuse = false
      assert.deepStrictEqual(yield* Effect.provide(fetch([0], destination), layer), ["AlreadyRetrieved"])
      assert.deepStrictEqual([...left], [0])
    }))

  it.effect("jobs that left during their transfer: get their outcomes from one query for all", () =>
    Effect.gen(function*() {
      let transfers = 0
      const jobs = Array.from({ length: 5 }, (): Job => ({ files: whole }))
      const { calls, destination, layer, left } = yield* ce(jobs, (call) =>
        Effect.sync(() => {
          if (call.tool !== "condor_transfer_data") return undefined
          // Another process has fetched three of them.
          if (transfers++ === 0) { for (const proc of [1, 2, 3]) left.add(proc) }
          return undefined
        }))
      const fiber = yield* Effect.forkChild(Effect.provide(fetch([0, 1, 2, 3, 4], destination), layer))
      assert.deepStrictEqual(yield* Effect.raceFirst(Fiber.join(fiber), passing), [
        "Retrieved",
        "AlreadyRetrieved",
        "AlreadyRetrieved",
        "AlreadyRetrieved",
        "Retrieved"
      ])
      assert.strictEqual(calls.filter(isControl).length, 1)
    }))

  it.effect("interrupted transfer: leaves the job at the CE and nothing at the destination", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const begun = yield* Deferred.make<void>()
      const { destination, layer, left } = yield* ce([{ files: whole }], (call) =>
        call.tool === "condor_transfer_data"
          ? Effect.andThen(Deferred.succeed(begun, undefined), Effect.never)
          : Effect.succeed(undefined))
      const fiber = yield* Effect.forkChild(Effect.provide(fetch([0], destination), layer))
      yield* Deferred.await(begun)
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(yield* fileSystem.readDirectory(destination), [])
      assert.deepStrictEqual([...left], [])
    }))

  it.effect("CE that becomes unreachable during the fetch: fails the operation, and nothing is lost", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const { destination, layer, left } = yield* ce([{ files: whole }], (call) =>
        Effect.succeed(
          call.tool === "condor_transfer_data" ? { exitCode: 1, stderr: "CEDAR:6001:Failed to connect" } : undefined
        ))
      assert.strictEqual((yield* Effect.flip(Effect.provide(fetch([0], destination), layer)))._tag, "CEUnavailable")
      assert.deepStrictEqual(yield* fileSystem.readDirectory(destination), [])
      assert.deepStrictEqual([...left], [])
    }))

  it.effect("names of files in a tool's message: are not taken for a failure of the CE", () =>
    Effect.gen(function*() {
      const { destination, layer } = yield* ce([{ files: whole }, { files: whole }], (call) =>
        Effect.succeed(
          call.tool === "condor_transfer_data" && /[{,]1[,}]|ProcId == 1\)/.test(valueAfter(call, "-constraint"))
            ? {
              exitCode: 1,
              stderr:
                "7003:File transfer failed for target job 7.1: |Error: writing to file /x/SECMAN:2007 (null): (errno 36)"
            }
            : undefined
        ))
      assert.deepStrictEqual(yield* Effect.provide(fetch([0, 1], destination), layer), ["Retrieved", "TransferFailed"])
    }))

  it.effect("impossible size: counts as no size", () =>
    Effect.gen(function*() {
      const { destination, layer } = yield* ce([{ files: whole }], (call) =>
        Effect.succeed(
          call.tool === "condor_q" && !valueAfter(call, "-constraint").includes("EffectCEFetch")
            ? printed(completedAd("7.0", { TransferOutput: "result.txt", NumJobStarts: 1, BytesSent: 1e300 }))
            : undefined
        ))
      assert.deepStrictEqual(yield* Effect.provide(fetch([0], destination), layer), ["Retrieved"])
    }))

  it.effect("leftovers of a killed fetch: take no room, since they are removed before the check of free space", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const { destination, layer } = yield* ce([{ files: whole }])
      const other = `${destination}/.htcondor-ce-fetch-${"0".repeat(32)}.1-1-1-aaaaaa`
      yield* fileSystem.makeDirectory(other)
      yield* fileSystem.utimes(other, 1_000_000_000, 1_000_000_000)
      const live = `${destination}/.htcondor-ce-fetch-${"0".repeat(32)}.1-1-1-bbbbbb`
      yield* fileSystem.makeDirectory(live)
      yield* TestClock.setTime(Date.now())
      assert.deepStrictEqual(yield* Effect.provide(fetch([0], destination), layer), ["Retrieved"])
      const names = yield* fileSystem.readDirectory(destination)
      assert.deepStrictEqual(names.filter((name) => name.startsWith(".")), [live.slice(live.lastIndexOf("/") + 1)])
    }))

  it.effect("transfer that the schedd does not record: is not believed", () =>
    Effect.gen(function*() {
      const { destination, layer, left } = yield* ce([{ files: whole, unnoted: true }])
      const fiber = yield* Effect.forkChild(Effect.provide(fetch([0], destination), layer))
      assert.deepStrictEqual(yield* Effect.raceFirst(Fiber.join(fiber), passing), ["TransferFailed"])
      assert.deepStrictEqual([...left], [])
    }))

  it.effect("fetch that another process has taken over: transfers nothing and releases nothing", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      // Another process marks the job between our mark and our transfer.
      let stolen = false
      const { calls, destination, layer, left } = yield* ce([{ files: whole }], (call, _, mark) =>
        Effect.sync(() => {
          if (call.tool === "condor_transfer_data" && !stolen) {
            stolen = true
            mark(0, "another")
          }
          return undefined
        }))
      const fiber = yield* Effect.forkChild(Effect.provide(fetch([0], destination), layer))
      assert.deepStrictEqual(yield* Effect.raceFirst(Fiber.join(fiber), passing), ["TransferFailed"])
      assert.deepStrictEqual([...left], [])
      assert.deepStrictEqual(yield* fileSystem.readDirectory(destination), [])
      for (const call of calls.filter((one) => one.tool === "condor_rm")) {
        assert.include(valueAfter(call, "-constraint"), "EffectCEFetch =?=")
      }
    }))

  it.effect("transfer that does not end: fails only its own job", () =>
    Effect.gen(function*() {
      const { destination, layer } = yield* ce([{ files: whole }, { files: whole }, { files: whole }], (call) =>
        call.tool === "condor_transfer_data" && /[{,]1[,}]|ProcId == 1\)/.test(valueAfter(call, "-constraint"))
          ? Effect.succeed({ timedOut: true })
          : Effect.succeed(undefined))
      assert.deepStrictEqual(yield* Effect.provide(fetch([0, 1, 2], destination), layer), [
        "Retrieved",
        "LimitExceeded",
        "Retrieved"
      ])
    }))

  it.effect("one job of fifty that cannot be transferred: costs two additional transfers", () =>
    Effect.gen(function*() {
      const jobs = Array.from({ length: 50 }, (_, proc): Job => ({ files: whole, broken: proc === 17 }))
      const { calls, destination, layer, left } = yield* ce(jobs)
      const outcomes = yield* Effect.provide(fetch(jobs.map((_, proc) => proc), destination), layer)
      assert.deepStrictEqual(
        outcomes,
        jobs.map(({ broken }) => broken === true ? "TransferFailed" : "Retrieved")
      )
      assert.strictEqual(left.size, 49)
      assert.strictEqual(calls.filter((call) => call.tool === "condor_transfer_data").length, 3)
    }))

  it.effect("many jobs: are marked at once, and transferred in parts, and each is released when it is in its place", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const jobs = Array.from({ length: 600 }, (): Job => ({ files: whole }))
      const underWay = { now: 0, most: 0 }
      const both = yield* Latch.make()
      const { calls, destination, layer, left } = yield* ce(
        jobs,
        (call) =>
          call.tool === "condor_rm" ? Effect.as(both.open, undefined) : call.tool !== "condor_transfer_data"
            ? Effect.succeed(undefined)
            : Effect.gen(function*() {
              underWay.most = Math.max(underWay.most, ++underWay.now)
              // Two transfers are in progress before the first of them ends.
              if (underWay.now === 2) yield* both.open
              yield* both.await
              underWay.now--
              return undefined
            })
      )
      const outcomes = yield* Effect.provide(fetch(jobs.map((_, proc) => proc), destination), layer)
      assert.deepStrictEqual([...new Set(outcomes)], ["Retrieved"])
      assert.strictEqual(left.size, 600)
      assert.strictEqual((yield* fileSystem.readDirectory(destination)).length, 600)
      const count = (tool: string) => calls.filter((call) => call.tool === tool).length
      assert.deepStrictEqual([count("condor_qedit"), count("condor_transfer_data"), count("condor_rm")], [1, 3, 3])
      assert.strictEqual(underWay.most, 2)
    }))

  it.effect("jobs that cannot be marked together: are marked part by part", () =>
    Effect.gen(function*() {
      let refused = 0
      const jobs = Array.from({ length: 300 }, (): Job => ({ files: whole }))
      const { calls, destination, layer } = yield* ce(jobs, (call) =>
        Effect.sync(() =>
          call.tool === "condor_qedit" && refused++ === 0
            ? { exitCode: 1, stderr: "Failed to set EffectCEFetch" }
            : undefined
        ))
      const outcomes = yield* Effect.provide(
        fetch(
          jobs.map((_, proc) =>
            proc
          ),
          destination
        ),
        layer
      )
      assert.deepStrictEqual([...new Set(outcomes)], ["Retrieved"])
      assert.strictEqual(calls.filter((call) => call.tool === "condor_qedit").length, 3)
    }))

  it.effect("CE that becomes unreachable: no transfer begins after that, and one in progress continues to its end", () =>
    Effect.gen(function*() {
      const jobs = Array.from({ length: 1_000 }, (): Job => ({ files: whole }))
      const gone = yield* Latch.make()
      let transfers = 0
      const { destination, layer, left } = yield* ce(
        jobs,
        (call) =>
          call.tool !== "condor_transfer_data" ? Effect.succeed(undefined) : Effect.gen(function*() {
            if (++transfers === 1) return void (yield* gone.await)
            yield* gone.open
            return { exitCode: 1, stderr: "CEDAR:6001:Failed to connect" }
          })
      )
      const outcomes = yield* Effect.provide(fetch(jobs.map((_, proc) => proc), destination), layer)
      assert.strictEqual(transfers, 2)
      assert.deepStrictEqual(
        [
          outcomes.filter((one) => one === "Retrieved").length,
          outcomes.filter((one) => one === "TransferFailed").length
        ],
        [250, 750]
      )
      assert.strictEqual(left.size, 250)
    }))

  it.effect("job that is too large by its ad, or has no room: is not transferred, and stays at the CE", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const sizes = [100, 1_001, 300, 700, undefined]
      const { calls, destination, layer, left } = yield* ce(
        sizes.map((): Job => ({ files: whole })),
        (call) =>
          Effect.succeed(
            call.tool === "condor_q" && !valueAfter(call, "-constraint").includes("EffectCEFetch")
              ? printed(...sizes.map((BytesSent, proc) =>
                completedAd(`7.${proc}`, {
                  TransferOutput: "result.txt",
                  NumJobStarts: 1,
                  ...(BytesSent === undefined ? {} : { BytesSent })
                })
              ))
              : undefined
          ),
        { limits: { maxBytes: 1_000, minFreeBytes: 5_000 } }
      )
      const fetched = fetch([0, 1, 2, 3, 4], destination).pipe(
        Effect.provide(layer),
        Effect.provideService(FreeSpace, () => Effect.succeedSome(5_900))
      )
      assert.deepStrictEqual(yield* fetched, [
        "Retrieved",
        "LimitExceeded: 1001 of 1000",
        "Retrieved",
        "LimitExceeded: 700 of 500",
        "Retrieved"
      ])
      assert.deepStrictEqual([...left], [0, 2, 4])
      assert.strictEqual((yield* fileSystem.readDirectory(destination)).length, 3)
      assert.strictEqual(calls.filter((call) => call.tool === "condor_transfer_data").length, 1)
    }))

  it.effect.each(
    [
      [{ maxBytes: 10 }, "LimitExceeded: 11 of 10"],
      [{ maxFiles: 3 }, "LimitExceeded: 4 of 3"]
    ] as const
  )(
    "output that exceeds %j after its transfer: is not placed, and the job stays at the CE",
    ([limits, outcome]) =>
      Effect.gen(function*() {
        const fileSystem = yield* FileSystem.FileSystem
        const { calls, destination, layer, left } = yield* ce([{ files: whole }], undefined, { limits })
        assert.deepStrictEqual(yield* Effect.provide(fetch([0], destination), layer), [outcome])
        assert.deepStrictEqual(yield* fileSystem.readDirectory(destination), [])
        assert.deepStrictEqual([...left], [])
        assert.notInclude(calls.map(({ tool }) => tool), "condor_rm")
      })
  )

  it.effect("fetch: checks the free space again before each batch", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const all = Array.from({ length: 252 }, (_, proc) => proc)
      const { calls, destination, layer, left } = yield* ce(all.map(() => ({ files: whole })), undefined, {
        limits: { minFreeBytes: 1_000 },
        maxConcurrent: 1
      })
      // Other programs fill the disk once the first output is in its place.
      const outcomes = yield* fetch(all, destination).pipe(
        Effect.provide(layer),
        Effect.provideService(FreeSpace, (directory) =>
          Effect.match(fileSystem.readDirectory(directory), {
            onFailure: () => Option.none(),
            onSuccess: (names) => Option.some(names.some((name) => name.startsWith("task-1.")) ? 900 : 100_000)
          }))
      )
      assert.strictEqual(calls.filter((call) => call.tool === "condor_transfer_data").length, 1)
      assert.deepStrictEqual([left.size, outcomes.filter((one) => one === "Retrieved").length], [126, 126])
      assert.strictEqual(outcomes.filter((one) => one === "LimitExceeded: 0 of 0").length, 126)
    }))

  it.effect("CE that hides its history: only a manifest shows that a job that left was fetched", () =>
    Effect.gen(function*() {
      const { destination, layer, left } = yield* ce([{ files: whole }], (call) =>
        Effect.succeed(
          call.tool === "condor_history"
            ? { exitCode: 10, stdout: "[\n", stderr: "Error 10: Remote history has been disabled on this schedd" }
            : undefined
        ))
      assert.deepStrictEqual(yield* Effect.provide(fetch([0], destination), layer), ["Retrieved"])
      assert.deepStrictEqual([...left], [0])
      assert.deepStrictEqual(yield* Effect.provide(fetch([0], destination), layer), ["AlreadyRetrieved"])
      assert.deepStrictEqual(yield* Effect.provide(fetch([0], `${destination}/other`), layer), ["HistoryUnavailable"])
    }))

  it.effect("fetched output: stays when the CE becomes unreachable", () =>
    Effect.gen(function*() {
      const { destination, layer, left } = yield* ce(
        [{ files: whole }, { files: {}, broken: true }, { files: whole }],
        (call) =>
          Effect.succeed(
            call.tool === "condor_transfer_data" && /ProcId == 1\)/.test(valueAfter(call, "-constraint"))
              ? { exitCode: 1, stderr: "CEDAR:6001:Failed to connect" }
              : undefined
          )
      )
      assert.deepStrictEqual(yield* Effect.provide(fetch([0, 1, 2], destination), layer), [
        "Retrieved",
        "TransferFailed",
        "Retrieved"
      ])
      assert.deepStrictEqual([...left], [0, 2])
    }))

  it.effect("destination that cannot be a directory: fails before the first query to the CE", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const { calls, destination, layer } = yield* ce([{ files: whole }])
      yield* fileSystem.writeFileString(`${destination}/file`, "")
      const error = yield* Effect.flip(Effect.provide(fetch([0], `${destination}/file/below`), layer))
      assert.strictEqual(error._tag, "LocalFailure")
      assert.deepStrictEqual(calls, [])
    }))
})
