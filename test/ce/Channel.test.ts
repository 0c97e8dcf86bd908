import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, FileSystem, Layer, Redacted } from "effect"
import { Capability, CondorTool, Credential, HTCondorCE } from "../../src/index.ts"
import { backend, endpoint, handle, printed, token } from "./Scripted.ts"

const ask = Effect.flatMap(Capability.StatusReporter, (reporter) => reporter.status([handle("7.0")]))

const directoryOf = (call: CondorTool.ToolCall) => String(call.environment["_CONDOR_SEC_TOKEN_DIRECTORY"])

it.effect("the token is a file that its owner alone can read, and gone after the operation", () =>
  Effect.gen(function*() {
    const fileSystem = yield* FileSystem.FileSystem
    const seen: Array<unknown> = []
    const { calls, layer } = backend((call) =>
      Effect.gen(function*() {
        const directory = yield* fileSystem.stat(directoryOf(call))
        const files = yield* fileSystem.readDirectory(directoryOf(call))
        const file = yield* fileSystem.stat(`${directoryOf(call)}/token`)
        const text = yield* fileSystem.readFileString(`${directoryOf(call)}/token`)
        seen.push((directory.mode & 0o777).toString(8), files, (file.mode & 0o777).toString(8), text)
        return printed()
      }).pipe(Effect.orDie)
    )
    yield* Effect.provide(ask, layer)
    assert.deepStrictEqual(seen.slice(0, 4), ["700", ["token"], "600", `${token}\n`])
    assert.isAbove(calls.length, 0)
    for (const call of calls) {
      assert.isFalse(yield* fileSystem.exists(directoryOf(call)))
      assert.notInclude(JSON.stringify(call), token)
    }
  }).pipe(Effect.provide(NodeServices.layer)))

it.effect("it is gone also after a failure, and after an interruption", () =>
  Effect.gen(function*() {
    const fileSystem = yield* FileSystem.FileSystem
    const failing = backend(() => ({ exitCode: 1, stderr: "CEDAR:6001:" }))
    yield* Effect.flip(Effect.provide(ask, failing.layer))
    const begun = yield* Deferred.make<void>()
    const hanging = backend(() => Effect.andThen(Deferred.succeed(begun, undefined), Effect.never))
    const fiber = yield* Effect.forkChild(Effect.provide(ask, hanging.layer))
    yield* Deferred.await(begun)
    yield* Fiber.interrupt(fiber)
    for (const call of [...failing.calls, ...hanging.calls]) assert.isFalse(yield* fileSystem.exists(directoryOf(call)))
    assert.strictEqual(hanging.calls.length, 1)
  }).pipe(Effect.provide(NodeServices.layer)))

it.effect("tools are told one method, and nothing of this process's environment", () =>
  Effect.gen(function*() {
    const { calls, layer } = backend(() => printed())
    yield* Effect.provide(ask, layer)
    for (const { environment } of calls) {
      assert.deepStrictEqual(Object.keys(environment).toSorted(), [
        "CONDOR_CONFIG",
        "_CONDOR_QUERY_TIMEOUT",
        "_CONDOR_SEC_CLIENT_AUTHENTICATION",
        "_CONDOR_SEC_CLIENT_AUTHENTICATION_METHODS",
        "_CONDOR_SEC_CLIENT_ENCRYPTION",
        "_CONDOR_SEC_CLIENT_INTEGRITY",
        "_CONDOR_SEC_TOKEN_DIRECTORY",
        "_CONDOR_SEC_TOKEN_SYSTEM_DIRECTORY"
      ])
    }
  }))

const withProvider = (provider: Credential.CredentialProvider["Service"]) => {
  const calls: Array<CondorTool.ToolCall> = []
  const tool = Layer.succeed(CondorTool.CondorTool, {
    run: (call) => Effect.sync(() => (calls.push(call), { exitCode: 0, stdout: "", stderr: "" }))
  })
  const layer = HTCondorCE.layer({ endpoint }).pipe(
    Layer.provide([tool, Layer.succeed(Credential.CredentialProvider, provider)]),
    Layer.provide(NodeServices.layer)
  )
  return { calls, layer }
}

it.effect("the provider is asked with the audience of the CE", () =>
  Effect.gen(function*() {
    const asked: Array<unknown> = []
    const { layer } = withProvider({
      credentials: (requirements) =>
        Effect.sync(() => {
          asked.push(requirements)
          return [Credential.Credential.cases.IdToken.make({ token: Redacted.make(token) })]
        })
    })
    yield* Effect.provide(ask, layer)
    assert.deepStrictEqual(asked, [{ resource: endpoint, kinds: ["IdToken"] }])
  }))

it.effect.each(["two\ntokens", "", "a b", "../x"])(
  "what is no token, like %j, is not written to the file",
  (text) =>
    Effect.gen(function*() {
      const { calls, layer } = withProvider({
        credentials: () =>
          Effect.succeed(
            text === "" ? [] : [Credential.Credential.cases.IdToken.make({ token: Redacted.make(text) })]
          )
      })
      const error = yield* Effect.flip(Effect.provide(ask, layer))
      assert.strictEqual(error._tag, "CredentialUnavailable")
      if (text !== "") assert.notInclude(`${error} ${JSON.stringify(error)}`, text)
      assert.deepStrictEqual(calls, [])
    })
)
