/** The effect of each fault on callers of the library: a right answer, or an error that names the cause. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Layer, Path, Result, type Scope, Stream } from "effect"
import { Capability, CondorTool, type JobHandle, JobStatus, Outcomes, SubmissionKey } from "../../src/index.ts"
import { FakeSchedd, TimeLapse } from "../../src/testing/index.ts"
import { backend, residue, Temporary } from "./FakeSite.ts"

const versions: ReadonlyArray<FakeSchedd.Version> = ["lts", "latest"]

const services = (version: FakeSchedd.Version) =>
  backend().pipe(
    Layer.provideMerge(FakeSchedd.layer({
      version,
      payload: ({ arguments: [seconds = "10"], environment }) => ({
        duration: `${Number(seconds)} seconds`,
        exit: { code: Number(environment["COPY"]) },
        stdout: `copy=${environment["COPY"]}\n`.repeat(100),
        files: { "result.txt": `result of ${environment["COPY"]}\n`.repeat(100) }
      })
    })),
    Layer.provideMerge(Temporary.layer),
    Layer.provideMerge(NodeServices.layer)
  )

type Services = Layer.Success<ReturnType<typeof services>>

/** A test on each version, while time passes. */
const each = <E>(name: string, test: Effect.Effect<void, E, Services | Scope.Scope>) => {
  for (const version of versions) {
    it.effect(`${name} (${version})`, () => TimeLapse.run(Effect.scoped(test)).pipe(Effect.provide(services(version))))
  }
}

const scene = Effect.gen(function*() {
  const fake = yield* FakeSchedd.FakeSchedd
  const { submit } = yield* Capability.Submitter
  const reporter = yield* Capability.StatusReporter
  const retriever = yield* Capability.OutputRetriever
  const { cancel } = yield* Capability.Cancellable
  const { purge } = yield* Capability.Purgeable
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const destination = yield* fileSystem.makeTempDirectoryScoped({ prefix: "faults-" })
  const copies = Array.from({ length: 3 }, (_, index) => ({ environment: { COPY: `${index}` } }))
  const spec = (seconds = 10) => ({
    executable: "/bin/true",
    arguments: [`${seconds}`],
    outputs: [{ name: "result.txt" }]
  })
  const newKey = SubmissionKey.generate
  const submitted = Effect.fnUntraced(function*(seconds?: number) {
    const key = yield* newKey
    return (yield* submit(spec(seconds), copies, { key })).handles
  })
  const completed = Effect.fnUntraced(function*() {
    const handles = yield* submitted()
    yield* Stream.runDrain(reporter.watch(handles, { interval: "1 second" }))
    return handles
  })
  const cases = [
    [
      "submit",
      () => Effect.flatMap(newKey, (key) => submit(spec(), copies, { key }))
    ],
    ["status", reporter.status],
    ["fetch", (handles: ReadonlyArray<JobHandle.JobHandle>) => retriever.fetch(handles, destination)],
    ["cancel", cancel],
    ["purge", purge]
  ] as const
  /** The tag of the error of each operation. */
  const errors = Effect.fnUntraced(function*(handles: ReadonlyArray<JobHandle.JobHandle>) {
    const tags: Record<string, string> = {}
    for (const [name, operation] of cases) {
      const result = yield* Effect.result<unknown, { readonly _tag: string }, never>(operation(handles))
      tags[name] = Result.isFailure(result) ? result.failure._tag : "none"
    }
    return tags
  })
  const failing = (tag: string) => Object.fromEntries(cases.map(([name]) => [name, tag]))
  const fetched = Effect.fnUntraced(function*(handles: ReadonlyArray<JobHandle.JobHandle>, place = destination) {
    const outcomes = yield* retriever.fetch(handles, place)
    return yield* Effect.forEach(handles, (handle) =>
      Effect.gen(function*() {
        const [outcome] = Array.from(outcomes).filter(([one]) => String(one) === String(handle)).map(([, one]) => one)
        if (outcome === undefined) return "no outcome"
        if (Result.isFailure(outcome)) return outcome.failure._tag
        const [file] = outcome.success.files
        const text = yield* fileSystem.readFileString(file?.path ?? "")
        return text === `result of ${handle.copy}\n`.repeat(100) ? "right" : `wrong: ${text.length} bytes`
      }))
  })
  const statuses = Effect.fnUntraced(function*(handles: ReadonlyArray<JobHandle.JobHandle>) {
    const outcomes = yield* reporter.status(handles)
    return handles.map((handle) => {
      const outcome = Outcomes.get(outcomes, handle)
      return outcome._tag === "None" ? "none" : Result.merge(outcome.value)._tag
    })
  })
  const queued = Effect.map(fake.queue, (ads) => ads.length)
  return {
    fake,
    path,
    submit,
    reporter,
    retriever,
    cancel,
    spec,
    copies,
    newKey,
    submitted,
    completed,
    errors,
    failing,
    fetched,
    statuses,
    queued,
    destination
  }
})

/** Runs tools as a user runs them in a shell. */
const byHand = Effect.gen(function*() {
  const fake = yield* FakeSchedd.FakeSchedd
  const { run } = yield* CondorTool.CondorTool
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const tokens = yield* fileSystem.makeTempDirectoryScoped()
  yield* fileSystem.writeFileString(path.join(tokens, "token"), "any", { mode: 0o600 })
  return (tool: CondorTool.ToolName, ...args: ReadonlyArray<string>) =>
    run({
      tool,
      args: ["-pool", fake.endpoint, "-name", fake.schedd, ...args],
      environment: { _CONDOR_SEC_TOKEN_DIRECTORY: tokens },
      timeout: "1 minute"
    })
})

describe("faults of the connection", () => {
  each(
    "Unreachable: CEUnavailable, and nothing is submitted",
    Effect.gen(function*() {
      const { errors, failing, fake, queued, submitted } = yield* scene
      const handles = yield* submitted()
      yield* Effect.scoped(Effect.gen(function*() {
        yield* fake.fault({ _tag: "Unreachable" })
        assert.deepStrictEqual(yield* errors(handles), failing("CEUnavailable"))
      }))
      assert.strictEqual(yield* queued, 3)
    })
  )

  each(
    "TokenRefused: AuthenticationFailed",
    Effect.gen(function*() {
      const { errors, failing, fake, submitted } = yield* scene
      const handles = yield* submitted()
      yield* fake.fault({ _tag: "TokenRefused" })
      assert.deepStrictEqual(yield* errors(handles), failing("AuthenticationFailed"))
    })
  )

  each(
    "Denied: AuthorizationDenied",
    Effect.gen(function*() {
      const { errors, failing, fake, submitted } = yield* scene
      const handles = yield* submitted()
      yield* fake.fault({ _tag: "Denied" })
      assert.deepStrictEqual(yield* errors(handles), failing("AuthorizationDenied"))
    })
  )

  each(
    "Hung: CEUnavailable when the tool gives up, SubmissionFailed when condor_submit is killed",
    Effect.gen(function*() {
      const { copies, fake, newKey, reporter, spec, submit, submitted } = yield* scene
      const handles = yield* submitted()
      yield* Effect.scoped(Effect.gen(function*() {
        yield* fake.fault({ _tag: "Hung", tools: ["condor_q"] })
        assert.strictEqual((yield* Effect.flip(reporter.status(handles)))._tag, "CEUnavailable")
      }))
      yield* fake.fault({ _tag: "Hung", tools: ["condor_submit"] })
      assert.strictEqual((yield* Effect.flip(submit(spec(), copies, { key: yield* newKey })))._tag, "SubmissionFailed")
    })
  )

  each(
    "Slow: the right answer, unless the tool stops waiting",
    Effect.gen(function*() {
      const { completed, fake, fetched, reporter, statuses } = yield* scene
      const handles = yield* completed()
      yield* Effect.scoped(Effect.gen(function*() {
        yield* fake.fault({ _tag: "Slow", by: "10 seconds" })
        assert.deepStrictEqual(yield* statuses(handles), ["Completed", "Completed", "Completed"])
        assert.deepStrictEqual(yield* fetched(handles), ["right", "right", "right"])
      }))
      yield* fake.fault({ _tag: "Slow", by: "30 seconds" })
      assert.strictEqual((yield* Effect.flip(reporter.status(handles)))._tag, "CEUnavailable")
    })
  )

  each(
    "ScheddRestarted: CEUnavailable, and later calls succeed",
    Effect.gen(function*() {
      const { completed, fake, fetched, reporter, statuses } = yield* scene
      const handles = yield* completed()
      yield* fake.fault({ _tag: "ScheddRestarted" })
      assert.strictEqual((yield* Effect.flip(reporter.status(handles)))._tag, "CEUnavailable")
      // Hold reasons reappear after a restart, and must be ignored.
      assert.deepStrictEqual(yield* statuses(handles), ["Completed", "Completed", "Completed"])
      assert.deepStrictEqual(yield* fetched(handles), ["right", "right", "right"])
    })
  )
})

describe("faults of transfers", () => {
  each(
    "TransferBreaks: a later fetch is complete, and half a submission is rolled back",
    Effect.gen(function*() {
      const { completed, copies, fake, fetched, newKey, queued, spec, submit } = yield* scene
      const handles = yield* completed()
      yield* Effect.scoped(Effect.gen(function*() {
        yield* fake.fault({ _tag: "TransferBreaks", afterBytes: 1_000, tools: ["condor_transfer_data"] })
        assert.deepStrictEqual(yield* fetched(handles), handles.map(() => "TransferFailed"))
      }))
      assert.deepStrictEqual(yield* fetched(handles), ["right", "right", "right"])
      const before = yield* queued
      yield* fake.fault({ _tag: "TransferBreaks", afterBytes: 10, tools: ["condor_submit"], times: 1 })
      const key = yield* newKey
      const error = yield* Effect.flip(submit(spec(), copies, { key }))
      assert.strictEqual(error._tag, "SubmissionFailed")
      if (error._tag === "SubmissionFailed") assert.deepStrictEqual(error.leftover, [])
      yield* Effect.sleep("3 seconds")
      assert.strictEqual(yield* queued, before)
      assert.strictEqual((yield* submit(spec(), copies, { key })).adopted, false)
      assert.strictEqual(yield* queued, before + 3)
    })
  )

  each(
    "SpoolFull: SubmissionFailed, and nothing is left",
    Effect.gen(function*() {
      const { copies, fake, newKey, queued, spec, submit } = yield* scene
      yield* fake.fault({ _tag: "SpoolFull" })
      const error = yield* Effect.flip(submit(spec(), copies, { key: yield* newKey }))
      assert.strictEqual(error._tag, "SubmissionFailed")
      yield* Effect.sleep("3 seconds")
      assert.strictEqual(yield* queued, 0)
      assert.deepStrictEqual(yield* residue, [])
    })
  )

  each(
    "OutputTruncated: the fetch returns half files",
    Effect.gen(function*() {
      const { completed, fake, fetched } = yield* scene
      const handles = yield* completed()
      yield* fake.fault({ _tag: "OutputTruncated" })
      assert.deepStrictEqual(yield* fetched(handles), handles.map(() => "wrong: 600 bytes"))
    })
  )
})

describe("faults of tools", () => {
  each(
    "ToolKilled during a query: BackendFailed",
    Effect.gen(function*() {
      const { fake, reporter, submitted } = yield* scene
      const handles = yield* submitted()
      for (const moment of ["before", "after"] as const) {
        yield* Effect.scoped(Effect.gen(function*() {
          yield* fake.fault({ _tag: "ToolKilled", moment, tools: ["condor_q"] })
          assert.strictEqual((yield* Effect.flip(reporter.status(handles)))._tag, "BackendFailed")
        }))
      }
    })
  )

  each(
    "ToolKilled during a submission: SubmissionFailed, and nothing is left",
    Effect.gen(function*() {
      const { copies, fake, newKey, queued, spec, submit } = yield* scene
      const key = yield* newKey
      yield* fake.fault({ _tag: "ToolKilled", moment: "before", tools: ["condor_submit"], times: 1 })
      assert.strictEqual((yield* Effect.flip(submit(spec(), copies, { key })))._tag, "SubmissionFailed")
      assert.strictEqual(yield* queued, 0)
      const inTheMiddle = [
        { moment: "committed" },
        { moment: "during", bytes: 10 },
        { moment: "after" }
      ] as const
      for (const moment of inTheMiddle) {
        yield* fake.fault({ _tag: "ToolKilled", ...moment, tools: ["condor_submit"], times: 1 })
        const error = yield* Effect.flip(submit(spec(600), copies, { key }))
        assert.strictEqual(error._tag, "SubmissionFailed")
        if (error._tag === "SubmissionFailed") assert.deepStrictEqual(error.leftover, [])
        yield* Effect.sleep("5 seconds")
        assert.strictEqual(yield* queued, 0)
        assert.deepStrictEqual(yield* residue, [])
      }
      // The same key submits the jobs again.
      const { adopted, handles } = yield* submit(spec(600), copies, { key })
      assert.strictEqual(adopted, false)
      assert.strictEqual(handles.length, 3)
      assert.strictEqual(yield* queued, 3)
    })
  )

  each(
    "ToolKilled during a transfer: a second fetch is complete",
    Effect.gen(function*() {
      const { completed, fake, fetched } = yield* scene
      const handles = yield* completed()
      for (const moment of ["before", "after"] as const) {
        yield* fake.fault({ _tag: "ToolKilled", moment, tools: ["condor_transfer_data"], times: 1 })
      }
      assert.deepStrictEqual(yield* fetched(handles), ["right", "right", "right"])
      const others = yield* completed()
      yield* Effect.scoped(Effect.gen(function*() {
        yield* fake.fault({ _tag: "ToolKilled", moment: "during", bytes: 1_000, tools: ["condor_transfer_data"] })
        assert.deepStrictEqual(yield* fetched(others), others.map(() => "TransferFailed"))
      }))
      assert.deepStrictEqual(yield* fetched(others), ["right", "right", "right"])
      yield* Effect.sleep("5 minutes")
      assert.deepStrictEqual((yield* residue).filter((line) => line.startsWith("temporary")), [])
    })
  )

  each(
    "ToolKilled in the middle of a file: leaves a part of the file under its name",
    Effect.gen(function*() {
      const { completed, destination, fake, path } = yield* scene
      const handles = yield* completed()
      const fileSystem = yield* FileSystem.FileSystem
      const run = yield* byHand
      yield* fake.fault({ _tag: "ToolKilled", moment: "during", bytes: 7, signal: 15 })
      const edit = `SUBMIT_Iwd="${destination}"`
      const condition = handles.map(({ job }) => `ClusterId == ${job.split(".")[0]}`).at(0) ?? ""
      yield* run("condor_qedit", "-constraint", condition, edit)
      assert.deepStrictEqual(
        yield* run("condor_transfer_data", "-constraint", condition),
        { exitCode: 143, stdout: "", stderr: "" }
      )
      const sizes = yield* Effect.forEach(
        yield* fileSystem.readDirectory(destination),
        (name) => Effect.map(fileSystem.stat(path.join(destination, name)), ({ size }) => Number(size))
      )
      assert.deepStrictEqual(sizes, [7])
    })
  )

  each(
    "ToolKilled after a removal: the jobs are Removed",
    Effect.gen(function*() {
      const { cancel, fake, queued, statuses, submitted } = yield* scene
      const handles = yield* submitted(600)
      yield* fake.fault({ _tag: "ToolKilled", moment: "after", tools: ["condor_rm"], times: 1 })
      yield* Effect.result(cancel(handles))
      yield* cancel(handles)
      assert.deepStrictEqual(yield* statuses(handles), ["Removed", "Removed", "Removed"])
      yield* Effect.sleep("3 seconds")
      assert.strictEqual(yield* queued, 0)
    })
  )
})

describe("faults of answers", () => {
  each(
    "AnswerTruncated: no job is reported as Unknown",
    Effect.gen(function*() {
      const { fake, reporter, statuses, submitted } = yield* scene
      const handles = yield* submitted(600)
      yield* Effect.scoped(Effect.gen(function*() {
        yield* fake.fault({ _tag: "AnswerTruncated", tools: ["condor_q", "condor_history"] })
        assert.strictEqual((yield* Effect.flip(reporter.status(handles)))._tag, "BackendFailed")
      }))
      assert.isTrue((yield* statuses(handles)).every((status) => status !== "Unknown"))
    })
  )

  each(
    "AnswerTruncated of condor_submit: the submission is rolled back, and can be repeated",
    Effect.gen(function*() {
      const { copies, fake, newKey, queued, spec, submit } = yield* scene
      const key = yield* newKey
      yield* fake.fault({ _tag: "AnswerTruncated", tools: ["condor_submit"], times: 1 })
      const error = yield* Effect.flip(submit(spec(600), copies, { key }))
      assert.strictEqual(error._tag, "SubmissionFailed")
      yield* Effect.sleep("3 seconds")
      assert.strictEqual(yield* queued, 0)
      assert.strictEqual((yield* submit(spec(600), copies, { key })).handles.length, 3)
    })
  )

  each(
    "AnswerTruncated of condor_rm: a second query finds the removed jobs",
    Effect.gen(function*() {
      const { cancel, fake, queued, submitted } = yield* scene
      const handles = yield* submitted(600)
      yield* fake.fault({ _tag: "AnswerTruncated", tools: ["condor_rm"] })
      const outcomes = yield* cancel(handles)
      assert.deepStrictEqual(Array.from(outcomes, ([, one]) => Result.merge(one)._tag), [
        "Cancelled",
        "Cancelled",
        "Cancelled"
      ])
      yield* Effect.sleep("3 seconds")
      assert.strictEqual(yield* queued, 0)
    })
  )

  each(
    "Duplicated and Reordered: the library gives the same answers",
    Effect.gen(function*() {
      const { cancel, completed, fake, fetched, statuses, submitted } = yield* scene
      for (const _tag of ["Duplicated", "Reordered"] as const) {
        yield* Effect.scoped(Effect.gen(function*() {
          yield* fake.fault({ _tag })
          const handles = yield* completed()
          assert.deepStrictEqual(yield* statuses(handles), ["Completed", "Completed", "Completed"])
          assert.deepStrictEqual(yield* fetched(handles), ["right", "right", "right"])
          assert.deepStrictEqual(yield* statuses(handles), ["Completed", "Completed", "Completed"])
          const live = yield* submitted(600)
          yield* cancel(live)
          assert.deepStrictEqual(yield* statuses(live), ["Removed", "Removed", "Removed"])
        }))
      }
    })
  )
})

describe("faults of answers in all formats", () => {
  each(
    "Duplicated and Reordered: whole ads appear twice, or in reverse order",
    Effect.gen(function*() {
      const { fake, submitted } = yield* scene
      const run = yield* byHand
      yield* submitted(600)
      const formats = [["-long"], ["-json"], ["-af:j", "JobStatus"]]
      const numbers = Effect.forEach(
        formats,
        (format) =>
          Effect.map(
            run("condor_q", ...format),
            ({ stdout }) =>
              Array.from(stdout.matchAll(/^ProcId = (\d)$|^ {2}"ProcId": (\d),?$|^1\.(\d) /gm), ([, ...found]) =>
                found.join("")).join("")
          )
      )
      assert.deepStrictEqual(yield* numbers, ["012", "012", "012"])
      yield* Effect.scoped(Effect.andThen(
        fake.fault({ _tag: "Reordered" }),
        Effect.map(numbers, (found) => assert.deepStrictEqual(found, ["210", "210", "210"]))
      ))
      yield* fake.fault({ _tag: "Duplicated" })
      assert.deepStrictEqual(yield* numbers, ["001122", "001122", "001122"])
      const { stdout } = yield* run("condor_q", "-long")
      const ads = stdout.split("\n\n").filter((ad) => ad !== "")
      assert.strictEqual(ads.length, 6)
      for (const ad of ads) assert.match(ad, /^AcctGroup|^Args|^Arguments|^AuthTokenId/)
    })
  )
})

describe("faults of the history and the queue", () => {
  each(
    "HistoryRotated: Unknown, and fetched output stays at its destination",
    Effect.gen(function*() {
      const { completed, destination, fake, fetched, statuses } = yield* scene
      const handles = yield* completed()
      assert.deepStrictEqual(yield* fetched(handles), ["right", "right", "right"])
      yield* fake.fault({ _tag: "HistoryRotated" })
      assert.deepStrictEqual(yield* statuses(handles), ["Unknown", "Unknown", "Unknown"])
      assert.deepStrictEqual(yield* fetched(handles), handles.map(() => "AlreadyRetrieved"))
      assert.deepStrictEqual(yield* fetched(handles, `${destination}/elsewhere`), handles.map(() => "UnknownJob"))
    })
  )

  each(
    "Reinstalled: a new job with an old number is not the old job",
    Effect.gen(function*() {
      const { cancel, fake, fetched, queued, statuses, submitted } = yield* scene
      const old = yield* submitted()
      yield* fake.fault({ _tag: "Reinstalled", tools: ["condor_submit"] })
      const young = yield* submitted(600)
      assert.deepStrictEqual(young.map((one) => one.job), old.map((one) => one.job))
      assert.deepStrictEqual(yield* statuses(old), ["Unknown", "Unknown", "Unknown"])
      assert.deepStrictEqual(yield* fetched(old), handlesOf(old, "UnknownJob"))
      const outcomes = yield* cancel(old)
      assert.isTrue(Outcomes.failures(outcomes).every(([, error]) => error._tag === "UnknownJob"))
      assert.strictEqual(yield* queued, 3)
      assert.isTrue((yield* statuses(young)).every((status) => status !== "Unknown" && status !== "Removed"))
    })
  )
})

const handlesOf = (handles: ReadonlyArray<JobHandle.JobHandle>, tag: string) => handles.map(() => tag)

describe("selection of calls", () => {
  it.effect("tools, when, skip and times: select the calls that a fault affects", () =>
    Effect.gen(function*() {
      const fake = yield* FakeSchedd.FakeSchedd
      const reporter = yield* Capability.StatusReporter
      const { submit } = yield* Capability.Submitter
      const key = yield* SubmissionKey.generate
      const { handles } = yield* submit({ executable: "/bin/true" }, [{ environment: { COPY: "0" } }], { key })
      const results = Effect.forEach(
        [1, 2, 3, 4, 5],
        () => Effect.map(Effect.result(reporter.status(handles)), Result.isSuccess)
      )
      yield* Effect.scoped(Effect.gen(function*() {
        yield* fake.fault({ _tag: "Unreachable", tools: ["condor_q"], skip: 1, times: 2 })
        assert.deepStrictEqual(yield* results, [true, false, false, true, true])
        yield* fake.fault({ _tag: "Unreachable", when: ({ args }) => args.includes("-nothing") })
        assert.deepStrictEqual(yield* results, [true, true, true, true, true])
        yield* fake.fault({ _tag: "Unreachable", when: ({ args }) => args.includes("-constraint") })
        assert.deepStrictEqual(yield* results, [false, false, false, false, false])
      }))
      assert.deepStrictEqual(yield* results, [true, true, true, true, true])
      assert.isTrue(JobStatus.isTerminal({ _tag: "Unknown" }))
    }).pipe((test) => TimeLapse.run(test), Effect.provide(services("latest"))))
})
