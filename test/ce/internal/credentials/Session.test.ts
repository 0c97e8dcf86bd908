import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Layer, Redacted, Ref, Result } from "effect"
import { TestClock } from "effect/testing"
import { Capability, CondorTool, Credential, SubmissionKey } from "../../../../src/index.ts"
import * as Backend from "../../../testing/Backend.ts"
import { ad, emptyList, endpoint, handle, looking, printed } from "../../Scripted.ts"
import { jwt, plain, proxy, proxyExpiresAt } from "../../Tokens.ts"

/**
 * A CE that accepts only some tokens, and a provider that returns one after the other. Records the token that each
 * tool showed.
 */
const rig = (
  tokens: ReadonlyArray<Redacted.Redacted<string>>,
  accepts: (token: string, call: CondorTool.ToolCall) => Effect.Effect<boolean>,
  refusal = "AUTHENTICATE:1003:Failed to authenticate with any method"
) =>
  Effect.gen(function*() {
    const fileSystem = yield* FileSystem.FileSystem
    const shown: Array<readonly [tool: string, token: string]> = []
    const given = yield* Ref.make(0)
    const tool = Layer.succeed(
      CondorTool.CondorTool,
      CondorTool.make((call) =>
        Effect.gen(function*() {
          const directory = String(call.environment["_CONDOR_SEC_TOKEN_DIRECTORY"])
          const token = (yield* Effect.orDie(fileSystem.readFileString(`${directory}/token`))).trim()
          shown.push([call.tool, token])
          if (!(yield* accepts(token, call))) return { exitCode: 1, stdout: "", stderr: refusal }
          const isAsked = call.tool === "condor_q" && !call.args.some((word) => word.includes("other"))
          const stdout = call.tool === "condor_history" ? emptyList : ""
          return { exitCode: 0, stdout, stderr: "", ...(isAsked ? printed(ad("7.0")) : {}) }
        })
      )
    )
    const provider = Layer.succeed(Credential.CredentialProvider, {
      credentials: () =>
        Effect.map(Ref.getAndUpdate(given, (count) => Math.min(count + 1, tokens.length - 1)), (count) => {
          const token = tokens[count]
          return token === undefined ? [] : [Credential.fromText("IdToken", token)]
        })
    })
    const layer = Backend.layer({ endpoint }).pipe(
      Layer.provide([tool, provider]),
      Layer.provide(NodeServices.layer)
    )
    return { layer, shown }
  })

const [first, second] = [plain("first"), plain("second")]
const secondText = Redacted.value(second)
const isSecond = (token: string) => Effect.succeed(token === secondText)

const status = Effect.flatMap(Capability.StatusReporter, (reporter) => reporter.status([handle("7.0")]))

describe("operation whose token is refused", () => {
  it.effect("is repeated once with another token, if the provider has one", () =>
    Effect.gen(function*() {
      const { layer, shown } = yield* rig([first, second], isSecond)
      const outcomes = yield* Effect.gen(function*() {
        const fast = yield* Effect.exit(status)
        assert.strictEqual(fast._tag, "Failure", "a provider is not asked again at once")
        yield* TestClock.adjust("31 seconds")
        return yield* status
      }).pipe(Effect.provide(layer))
      assert.strictEqual(Array.from(outcomes).length, 1)
      // Each refusal leads to a probe.
      assert.deepStrictEqual(shown, [
        ["condor_q", Redacted.value(first)],
        ["condor_status", Redacted.value(first)],
        ["condor_q", Redacted.value(first)],
        ["condor_status", Redacted.value(first)],
        ["condor_q", secondText]
      ])
    }).pipe(Effect.provide(NodeServices.layer)))

  it.effect("is repeated even if the tool's message is that of a CE that does not answer", () =>
    Effect.gen(function*() {
      const { layer, shown } = yield* rig(
        [jwt({ exp: 60 }), second],
        (token, { tool }) =>
          tool === "condor_status" || token === secondText
            ? Effect.succeed(token === secondText)
            : Effect.as(TestClock.setTime(61_000), false),
        "Error: Couldn't contact the condor_collector on ce.example.org:9619."
      )
      const outcomes = yield* Effect.provide(status, layer)
      assert.strictEqual(Array.from(outcomes).length, 1)
      assert.deepStrictEqual(shown.map(([tool, token]) => [tool, token === secondText]), [
        ["condor_q", false],
        ["condor_q", true]
      ])
    }).pipe(Effect.provide(NodeServices.layer)))

  it.effect("is not repeated twice, and never without another token", () =>
    Effect.gen(function*() {
      for (const tokens of [[first, second], [first]]) {
        yield* TestClock.setTime(0)
        const { layer, shown } = yield* rig(tokens, () => Effect.succeed(false))
        yield* Effect.gen(function*() {
          yield* Effect.exit(status)
          yield* TestClock.adjust("31 seconds")
          const error = yield* Effect.flip(status)
          assert.strictEqual(error._tag, "AuthenticationFailed")
        }).pipe(Effect.provide(layer))
        assert.strictEqual(shown.length, 2 * (1 + tokens.length))
      }
    }).pipe(Effect.provide(NodeServices.layer)))

  it.effect("is repeated even if it only reads and a part of it was refused", () =>
    Effect.gen(function*() {
      const handles = Array.from({ length: 1_500 }, (_, index) => handle(`${10_000 + index}.0`))
      const isLast = ({ args, tool }: CondorTool.ToolCall) =>
        tool === "condor_q" && args.some((word) => word.includes("ClusterId == 11499"))
      const { layer, shown } = yield* rig(
        [first, second],
        (token, call) => Effect.succeed(token === secondText || !(isLast(call) || call.tool === "condor_status"))
      )
      const unavailable = Effect.flatMap(Capability.StatusReporter, (reporter) =>
        Effect.map(reporter.status(handles), (outcomes) =>
          Array.from(outcomes).filter(([, one]) =>
            Result.isFailure(one) && one.failure._tag === "StatusUnavailable"
          )))
      yield* Effect.gen(function*() {
        assert.isNotEmpty(yield* unavailable)
        yield* TestClock.adjust("31 seconds")
        assert.isEmpty(yield* unavailable)
      }).pipe(Effect.provide(layer))
      assert.isTrue(shown.some(([, token]) =>
        token === secondText
      ))
    }).pipe(Effect.provide(NodeServices.layer)))

  it.effect("a submission that is refused is repeated", () =>
    Effect.gen(function*() {
      const { layer, shown } = yield* rig([jwt({ exp: 60 }), second], (token, { tool }) =>
        tool === "condor_submit" && token !== secondText
          ? Effect.as(TestClock.setTime(61_000), false)
          : Effect.succeed(true))
      const submission = yield* Effect.result(
        Effect.flatMap(Capability.Submitter, (submitter) =>
          submitter.submit({ executable: "/bin/true" }, [{}], { key: SubmissionKey.SubmissionKey.make("other") }))
      ).pipe(Effect.provide(layer))
      const submits = shown.filter(([tool]) =>
        tool === "condor_submit"
      ).map(([, token]) =>
        token === secondText
      )
      assert.deepStrictEqual(submits, [false, true])
      // This CE prints no ids. That is another failure than the token's.
      assert.strictEqual(Result.isFailure(submission) && submission.failure._tag, "SubmissionFailed")
    }).pipe(Effect.provide(NodeServices.layer)))
})

describe("submission whose token expires before its input is spooled", () => {
  // The first condor_submit prints its job, and is refused. condor_rm removes the job, or fails.
  const submitted = (isRemovable: boolean) =>
    Effect.gen(function*() {
      const calls: Array<string> = []
      let left = false
      const tool = Layer.succeed(
        CondorTool.CondorTool,
        CondorTool.make((call) =>
          Effect.gen(function*() {
            const { tool } = call
            if (tool !== "condor_q" && tool !== "condor_history") calls.push(tool)
            if (tool === "condor_rm") left = !isRemovable
            if (tool !== "condor_submit") {
              const own = looking(call)
              const jobs = own !== undefined
                ? printed(ad(`${own}.0`))
                : tool === "condor_q" && left
                ? printed(ad("7.0", { JobStatus: 5, HoldReasonCode: 16, EffectCEKey: "other" }))
                : {}
              const stdout = tool === "condor_history" ? emptyList : ""
              return { exitCode: 0, stdout, stderr: "", ...jobs }
            }
            if (calls.includes("condor_rm")) return { exitCode: 0, stdout: "8.0 - 8.0\n", stderr: "" }
            left = true
            yield* TestClock.setTime(61_000)
            return {
              exitCode: 1,
              stdout: "7.0 - 7.0\n",
              stderr: "AUTHENTICATE:1003:Failed to authenticate with any method\nERROR: Failed to spool job files."
            }
          })
        )
      )
      const tokens = [jwt({ exp: 60 }), second]
      const provider = Layer.succeed(Credential.CredentialProvider, {
        credentials: () => Effect.sync(() => [Credential.fromText("IdToken", tokens.shift() ?? second)])
      })
      const layer = Backend.layer({ endpoint }).pipe(
        Layer.provide([tool, provider]),
        Layer.provide(NodeServices.layer)
      )
      const outcome = yield* Effect.result(
        Effect.flatMap(Capability.Submitter, (submitter) =>
          submitter.submit({ executable: "/bin/true" }, [{}], { key: SubmissionKey.SubmissionKey.make("other") }))
      ).pipe(Effect.provide(layer))
      return {
        calls,
        outcome: Result.map(outcome, ({ handles }) =>
          handles.map(({ job }) =>
            job
          ))
      }
    }).pipe(Effect.provide(NodeServices.layer))

  it.effect("is rolled back, and repeated with the next token", () =>
    Effect.gen(function*() {
      const { calls, outcome } = yield* submitted(true)
      assert.deepStrictEqual(calls, ["condor_submit", "condor_rm", "condor_submit"])
      assert.deepStrictEqual(outcome, Result.succeed(["8.0"]))
    }))

  it.effect("is not repeated if a job is left, and the error names that job", () =>
    Effect.gen(function*() {
      const { calls, outcome } = yield* submitted(false)
      assert.deepStrictEqual(calls, ["condor_submit", "condor_rm"])
      assert.deepStrictEqual(
        Result.isFailure(outcome) && outcome.failure._tag === "SubmissionFailed" && outcome.failure.leftover,
        ["7.0"]
      )
    }))
})

describe("submission that lasts longer than its proxy certificate", () => {
  it.effect("is rolled back with the token if it fails", () =>
    Effect.gen(function*() {
      const end = proxyExpiresAt.epochMilliseconds
      yield* TestClock.setTime(end - 3_600_000)
      const calls: Array<string> = []
      const tool = Layer.succeed(
        CondorTool.CondorTool,
        CondorTool.make((call) =>
          Effect.gen(function*() {
            calls.push(call.tool)
            const stdout = call.tool === "condor_history" ? emptyList : ""
            if (call.tool !== "condor_submit") return { exitCode: 0, stdout, stderr: "" }
            yield* TestClock.setTime(end - 60_000)
            return { exitCode: 1, stdout: "7.0 - 7.0", stderr: "ERROR: Failed to spool job files." }
          })
        )
      )
      const provider = Credential.layerStatic([
        Credential.fromText("IdToken", first),
        Credential.fromText("X509Proxy", Redacted.make(proxy))
      ])
      const layer = Backend.layer({ endpoint, proxy: true }).pipe(
        Layer.provide([tool, provider]),
        Layer.provide(NodeServices.layer)
      )
      const error = yield* Effect.flip(
        Effect.flatMap(Capability.Submitter, (submitter) =>
          submitter.submit({ executable: "/bin/true" }, [{}], { key: SubmissionKey.SubmissionKey.make("other") }))
      ).pipe(Effect.provide(layer))
      assert.strictEqual(error._tag, "SubmissionFailed")
      assert.deepStrictEqual(calls.slice(calls.indexOf("condor_submit")), [
        "condor_submit",
        "condor_q",
        "condor_rm",
        "condor_q"
      ])
    }).pipe(Effect.provide(NodeServices.layer)))
})

describe("session that lasts longer than its token", () => {
  it.effect("shows the next token from then on", () =>
    Effect.gen(function*() {
      const { layer, shown } = yield* rig([jwt({ exp: 60 }), second], () => Effect.as(TestClock.setTime(61_000), true))
      yield* Effect.flatMap(Capability.Cancellable, (service) => service.cancel([handle("7.0")])).pipe(
        Effect.provide(layer)
      )
      assert.isAbove(shown.length, 1)
      assert.deepStrictEqual([...new Set(shown.slice(1).map(([, token]) => token))], [secondText])
    }).pipe(Effect.provide(NodeServices.layer)))
})
