import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, FileSystem, Layer, Path, Result, Stream } from "effect"
import * as ClassAd from "../../src/classad/ClassAd.ts"
import * as Expr from "../../src/classad/Expr.ts"
import { Capability, CondorTool, Credential, type JobStatus, Outcomes, SubmissionKey } from "../../src/index.ts"
import { FakeSchedd, TimeLapse } from "../../src/testing/index.ts"
import * as Backend from "./Backend.ts"

const on = <E, R>(
  fake: Layer.Layer<FakeSchedd.FakeSchedd | CondorTool.CondorTool, E, R>,
  token = FakeSchedd.token("pilot")
) =>
  Backend.layer({ endpoint: "ce.example.org" }).pipe(
    Layer.provide(Credential.layerToken(token)),
    Layer.provideMerge(fake)
  )

const submitOne = Effect.fnUntraced(function*(executable: string, outputs: ReadonlyArray<string> = []) {
  const { submit } = yield* Capability.Submitter
  const spec = { executable, outputs: outputs.map((name) => ({ name })) }
  const { handles } = yield* submit(spec, [{}], { key: yield* SubmissionKey.generate, isNew: true })
  return handles[0] ?? assert.fail("no handle")
})

/** The statuses of a job, until one satisfies the condition. */
const seen = Effect.fnUntraced(function*(
  handle: Effect.Success<ReturnType<typeof submitOne>>,
  until: (status: JobStatus.JobStatus) => boolean
) {
  const { watch } = yield* Capability.StatusReporter
  const statuses: Array<JobStatus.JobStatus> = []
  yield* watch([handle], { interval: "100 millis", maxInterval: "100 millis" }).pipe(
    Stream.takeUntil(({ outcome }) => Result.isSuccess(outcome) && until(outcome.success)),
    Stream.runForEach(({ outcome }) => Effect.map(Effect.fromResult(outcome), (status) => statuses.push(status)))
  )
  return statuses
})

describe("a fake schedd", () => {
  it.effect("site: sees ads, files, and each call of a tool", () =>
    Effect.gen(function*() {
      const fake = yield* FakeSchedd.FakeSchedd
      const handle = yield* submitOne("/bin/true", ["result"])
      yield* TimeLapse.pass("10 seconds")
      assert.strictEqual((yield* fake.queue).length, 1)
      assert.deepStrictEqual((yield* fake.spool).toSorted(), [`${handle.job}/job.log`, `${handle.job}/true`])
      const calls = yield* fake.calls
      assert.deepStrictEqual(Array.from(new Set(calls.map((call) => call.tool))).toSorted(), [
        "condor_q",
        "condor_submit"
      ])
      assert.isTrue(calls.every(({ environment }) => "_CONDOR_SEC_TOKEN_DIRECTORY" in environment))
    }).pipe(Effect.provide(on(FakeSchedd.layer())), Effect.provide(NodeServices.layer)))

  it.effect.each(
    [
      ["lts", 26, "SystemPolicy"],
      ["lts", 49, "Unspecified"],
      ["latest", 49, "CannotSwitchPrimaryGroup"],
      ["latest", 999, "Unspecified"]
    ] as const
  )("NumHoldsByReason: %s counts a hold with code %i as %s", ([version, code, name]) =>
    Effect.gen(function*() {
      const fake = yield* FakeSchedd.FakeSchedd
      const handle = yield* submitOne("/bin/true")
      yield* Effect.sleep("5 seconds")
      assert.isTrue(yield* fake.hold(handle.job, { code }))
      const [counts] = (yield* fake.queue).map((ad) => ClassAd.get(ad, "NumHoldsByReason"))
      assert.deepStrictEqual(counts, ClassAd.make([[name, Expr.integer(1)]]))
    }).pipe(
      TimeLapse.run,
      Effect.provide(on(FakeSchedd.layer({ version }))),
      Effect.provide(NodeServices.layer)
    ))

  it.effect("hold, release, remove: act as the administrator of the site", () =>
    Effect.gen(function*() {
      const fake = yield* FakeSchedd.FakeSchedd
      const { statusOf } = yield* Capability.StatusReporter
      const handle = yield* submitOne("/bin/true")
      assert.isFalse(yield* fake.release(handle.job))
      yield* Effect.sleep("5 seconds")
      assert.isTrue(yield* fake.hold(handle.job, { reason: "maintenance", code: 26, subcode: 4 }))
      assert.deepInclude(yield* statusOf(handle), {
        _tag: "Held",
        code: 26,
        subcode: 4,
        name: "SystemPolicy",
        reason: "maintenance (by user condor)",
        cause: "Policy",
        copied: false
      })
      assert.isFalse(yield* fake.hold(handle.job))
      assert.isTrue(yield* fake.release(handle.job))
      assert.strictEqual((yield* statusOf(handle))._tag, "Waiting")
      assert.isTrue(yield* fake.remove(handle.job, "not here"))
      assert.isFalse(yield* fake.remove(handle.job))
      assert.isFalse(yield* fake.hold("999.0"))
      yield* Effect.sleep("5 seconds")
      assert.deepInclude(yield* statusOf(handle), {
        _tag: "Removed",
        reason: "not here (by user condor)",
        cause: "Request"
      })
    }).pipe(
      TimeLapse.run,
      Effect.provide(on(FakeSchedd.layer({ systemPolicies: false }))),
      Effect.provide(NodeServices.layer)
    ))

  it.effect("token: is valid until it expires, and allows only its scopes", () => {
    const attempt = (token: ReturnType<typeof FakeSchedd.token>) =>
      Effect.result(submitOne("/bin/true")).pipe(
        Effect.provide(on(FakeSchedd.layer(), token)),
        Effect.map((result) => Result.isFailure(result) ? result.failure._tag : "submitted")
      )
    return Effect.gen(function*() {
      yield* Effect.sleep("100 seconds")
      assert.strictEqual(yield* attempt(FakeSchedd.token("pilot", { expiresAt: 10_000 })), "submitted")
      assert.strictEqual(yield* attempt(FakeSchedd.token("pilot", { expiresAt: 50 })), "CredentialUnavailable")
      assert.strictEqual(yield* attempt(FakeSchedd.token("pilot", { scopes: ["condor:/READ"] })), "AuthorizationDenied")
    }).pipe(TimeLapse.run, Effect.provide(NodeServices.layer))
  })

  it.effect("endpoint: has the default port of the library", () =>
    Effect.gen(function*() {
      const fake = yield* FakeSchedd.FakeSchedd
      assert.deepStrictEqual([fake.endpoint, fake.schedd], ["ce.example.org:9619", "ce.example.org"])
      yield* submitOne("/bin/true")
    }).pipe(
      TimeLapse.run,
      Effect.provide(on(FakeSchedd.layer({ endpoint: "ce.example.org" }))),
      Effect.provide(NodeServices.layer)
    ))

  it.effect("user of another domain: can only read", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* Effect.flip(submitOne("/bin/true")))._tag, "AuthorizationDenied")
    }).pipe(
      TimeLapse.run,
      Effect.provide(on(FakeSchedd.layer(), FakeSchedd.token("alice@cern.ch"))),
      Effect.provide(NodeServices.layer)
    ))

  it.effect("payload that throws: every later use of the fake dies with its error", () =>
    Effect.gen(function*() {
      const fake = yield* FakeSchedd.FakeSchedd
      const { statusOf } = yield* Capability.StatusReporter
      const handle = yield* submitOne("/bin/true")
      yield* Effect.sleep("10 seconds")
      for (const use of [fake.queue, statusOf(handle), fake.remove(handle.job), fake.history]) {
        const exit = yield* Effect.exit(Effect.asVoid<unknown, { readonly _tag: string }, never>(use))
        assert.strictEqual(exit._tag, "Failure")
        if (exit._tag === "Failure") assert.match(Cause.pretty(exit.cause), /a mistake in the payload/)
      }
    }).pipe(
      TimeLapse.run,
      Effect.provide(on(FakeSchedd.layer({
        payload: () => {
          throw new Error("a mistake in the payload")
        }
      }))),
      Effect.provide(NodeServices.layer)
    ))

  it.effect("timeout: ends a call of a tool that hangs", () =>
    Effect.gen(function*() {
      const { run } = yield* CondorTool.CondorTool
      const call = { args: [], environment: {}, timeout: "5 seconds" } as const
      const submission = yield* Effect.flip(run({ ...call, tool: "condor_submit" }))
      assert.strictEqual(submission._tag, "ToolTimedOut")
      const query = yield* run({ ...call, tool: "condor_q", timeout: "1 minute" })
      assert.strictEqual(query.exitCode, 1)
    }).pipe(
      TimeLapse.run,
      Effect.provide(FakeSchedd.layer({ faults: [{ _tag: "Hung" }] })),
      Effect.provide(NodeServices.layer)
    ))
})

describe("an embedded schedd", () => {
  const embedded = on(FakeSchedd.embedded({ slots: 1, spoolDelay: 0, startDelay: "100 millis" }))

  const script = Effect.fnUntraced(function*(text: string) {
    const fileSystem = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const file = path.join(yield* fileSystem.makeTempDirectoryScoped(), "job.sh")
    yield* fileSystem.writeFileString(file, text, { mode: 0o755 })
    return file
  })

  it.live("job without a requested output, or without its interpreter: is held", () =>
    Effect.gen(function*() {
      const { cancel } = yield* Capability.Cancellable
      const less = yield* submitOne(yield* script("#!/bin/sh\nexit 0\n"), ["nothing"])
      const bad = yield* submitOne(yield* script("#!/no/such/interpreter\n"))
      for (
        const [handle, code, words] of [[less, 12, /nothing: \(errno 2\)/], [bad, 6, /invalid interpreter/]] as const
      ) {
        const status = (yield* seen(handle, ({ _tag }) => _tag === "Held")).at(-1)
        assert.strictEqual(status?._tag, "Held")
        if (status?._tag !== "Held") return
        assert.deepStrictEqual([status.code, status.subcode], [code, 2])
        assert.match(status.reason, words)
      }
      assert.strictEqual(Outcomes.failures(yield* cancel([less, bad])).length, 0)
    }).pipe(Effect.scoped, Effect.provide(embedded), Effect.provide(NodeServices.layer)))

  it.live("slot: runs one job at a time; a removed job is killed", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const { cancel } = yield* Capability.Cancellable
      const { statusOf } = yield* Capability.StatusReporter
      const mark = path.join(yield* fileSystem.makeTempDirectoryScoped(), "mark")
      const long = yield* submitOne(
        yield* script(`#!/bin/sh\necho $$ >${mark}.new; mv ${mark}.new ${mark}; sleep 60\n`)
      )
      const next = yield* submitOne(yield* script("#!/bin/sh\nexit 0\n"))
      yield* seen(long, ({ _tag }) => _tag === "Running")
      yield* Effect.repeat(fileSystem.exists(mark), { until: (there) => there })
      assert.strictEqual((yield* statusOf(next))._tag, "Waiting")
      const pid = (yield* fileSystem.readFileString(mark)).trim()
      yield* cancel([long])
      assert.strictEqual((yield* seen(next, ({ _tag }) => _tag === "Completed")).at(-1)?._tag, "Completed")
      yield* Effect.repeat(fileSystem.exists(`/proc/${pid}`), { until: (there) => !there })
    }).pipe(Effect.scoped, Effect.provide(embedded), Effect.provide(NodeServices.layer)))
})
