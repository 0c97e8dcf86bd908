import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, FileSystem, Layer, Path, Redacted } from "effect"
import * as Config from "../../../src/ce/Config.ts"
import * as ToolEnvironment from "../../../src/condor/tools/ToolEnvironment.ts"
import * as PrivateDirectories from "../../../src/files/PrivateDirectories.ts"
import { Capability, CondorTool, Credential } from "../../../src/index.ts"
import { schedd } from "../../ce/ListedSchedd.ts"
import { backend, emptyList, endpoint, handle, printed, token } from "../../ce/Scripted.ts"
import { passing, submit } from "../../ce/Submitting.ts"
import { anonymous } from "../../ce/Tokens.ts"
import * as Backend from "../../testing/Backend.ts"

const ask = Effect.flatMap(Capability.StatusReporter, (reporter) => reporter.status([handle("7.0")]))

const directoryOf = (call: CondorTool.ToolCall) => String(call.environment["_CONDOR_SEC_TOKEN_DIRECTORY"])

it.effect("the token is a file that only its owner can read, and it is removed after the operation", () =>
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

it.effect("the token is also removed after a failure, and after an interruption", () =>
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

// The variables of every tool, by the directory of its environment.
const always = {
  CONDOR_CONFIG: "<channel>/condor_config",
  _CONDOR_BOOTSTRAP_SSL_SERVER_TRUST: "false",
  _CONDOR_BOOTSTRAP_SSL_SERVER_TRUST_PROMPT_USER: "false",
  _CONDOR_DELEGATE_JOB_GSI_CREDENTIALS: "false",
  _CONDOR_LOG: "<channel>",
  _CONDOR_QUERY_TIMEOUT: "60",
  _CONDOR_SEC_KNOWN_HOSTS: "<channel>/known_hosts",
  _CONDOR_SEC_SYSTEM_KNOWN_HOSTS: "<channel>/known_hosts"
}

const required = {
  _CONDOR_SEC_CLIENT_AUTHENTICATION: "REQUIRED",
  _CONDOR_SEC_CLIENT_ENCRYPTION: "REQUIRED",
  _CONDOR_SEC_CLIENT_INTEGRITY: "REQUIRED"
}

const authorities = {
  _CONDOR_AUTH_SSL_CLIENT_CADIR: "<host>/ca",
  _CONDOR_AUTH_SSL_CLIENT_CAFILE: "<host>/ca.pem"
}

/** A directory with CA certificates, and a file. */
const authoritiesOf = Effect.gen(function*() {
  const fileSystem = yield* FileSystem.FileSystem
  const host = yield* fileSystem.makeTempDirectoryScoped({ prefix: "channel-test-" })
  yield* fileSystem.makeDirectory(`${host}/ca`)
  for (const file of ["ca.pem", "ca/2c074bdb.0"]) yield* fileSystem.writeFileString(`${host}/${file}`, anonymous)
  return { host, configured: { file: `${host}/ca.pem`, directory: `${host}/ca` } }
})

it.effect.each<readonly [string, "IdToken" | "SciToken", ToolEnvironment.Guise, Record<string, string>]>([
  ["an IDTOKEN", "IdToken", { token: Redacted.make(token) }, {
    ...always,
    ...required,
    _CONDOR_SEC_CLIENT_AUTHENTICATION_METHODS: "IDTOKENS",
    _CONDOR_SEC_TOKEN_DIRECTORY: "<channel>/tokens.d",
    _CONDOR_SEC_TOKEN_SYSTEM_DIRECTORY: "<channel>/tokens.d"
  }],
  ["a SciToken", "SciToken", { token: Redacted.make(token) }, {
    ...always,
    ...required,
    ...authorities,
    _CONDOR_SEC_CLIENT_AUTHENTICATION_METHODS: "SCITOKENS",
    _CONDOR_SCITOKENS_FILE: "<channel>/tokens.d/token"
  }],
  ["a handshake", "SciToken", "Handshake", {
    ...always,
    ...required,
    ...authorities,
    _CONDOR_SEC_CLIENT_AUTHENTICATION_METHODS: "SSL"
  }],
  ["nobody", "SciToken", "Nobody", {
    ...always,
    _CONDOR_SEC_CLIENT_AUTHENTICATION: "NEVER",
    _CONDOR_SEC_CLIENT_ENCRYPTION: "OPTIONAL",
    _CONDOR_SEC_CLIENT_INTEGRITY: "OPTIONAL"
  }]
])("for %s the tools get exactly these variables", ([, kind, guise, expected]) =>
  Effect.gen(function*() {
    const { configured, host } = yield* authoritiesOf
    const settings = Config.settings({ endpoint, token: kind, certificateAuthorities: configured })
    const channel = yield* ToolEnvironment.make(settings, yield* PrivateDirectories.make(settings))
    const environment = yield* channel(guise)
    const directory = String(environment["_CONDOR_LOG"])
    assert.deepStrictEqual(
      Object.fromEntries(
        Object.entries(environment).map((
          [name, value]
        ) => [name, value.replace(directory, "<channel>").replace(host, "<host>")])
      ),
      expected
    )
  }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))

it.effect("an operation gives its tools no other variables, and none of this process", () =>
  Effect.gen(function*() {
    const { calls, layer } = backend(() => printed())
    yield* Effect.provide(ask, layer)
    assert.isAbove(calls.length, 0)
    for (const { environment } of calls) {
      assert.deepStrictEqual(
        Object.keys(environment).toSorted(),
        [
          ...Object.keys({ ...always, ...required }),
          "_CONDOR_SEC_CLIENT_AUTHENTICATION_METHODS",
          "_CONDOR_SEC_TOKEN_DIRECTORY",
          "_CONDOR_SEC_TOKEN_SYSTEM_DIRECTORY"
        ].toSorted()
      )
    }
  }))

const withProvider = (provider: Credential.CredentialProvider["Service"]) => {
  const calls: Array<CondorTool.ToolCall> = []
  const tool = Layer.succeed(
    CondorTool.CondorTool,
    CondorTool.make((call) =>
      Effect.sync(() => {
        calls.push(call)
        return { exitCode: 0, stdout: call.tool === "condor_history" ? emptyList : "", stderr: "" }
      })
    )
  )
  const layer = Backend.layer({ endpoint }).pipe(
    Layer.provide([tool, Layer.succeed(Credential.CredentialProvider, provider)]),
    Layer.provide(NodeServices.layer)
  )
  return { calls, layer }
}

it.effect("the provider is asked for the audience of the CE", () =>
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
    assert.deepStrictEqual(asked, [{ resource: endpoint, kinds: ["IdToken"], scopes: ["compute.read"] }])
  }))

it.effect("a variable names the file of a SciToken, and the CE must have a host certificate", () =>
  Effect.gen(function*() {
    const fileSystem = yield* FileSystem.FileSystem
    const texts: Array<string> = []
    const { configured } = yield* authoritiesOf
    const { calls, layer } = backend(
      ({ environment }) =>
        Effect.map(Effect.orDie(fileSystem.readFileString(String(environment["_CONDOR_SCITOKENS_FILE"]))), (text) => {
          texts.push(text)
          return printed()
        }),
      { token: "SciToken", certificateAuthorities: configured }
    )
    yield* Effect.provide(ask, layer)
    assert.isAbove(calls.length, 0)
    for (const { environment } of calls) {
      assert.strictEqual(environment["_CONDOR_SEC_CLIENT_AUTHENTICATION_METHODS"], "SCITOKENS")
      assert.strictEqual(environment["_CONDOR_AUTH_SSL_CLIENT_CAFILE"], configured.file)
      assert.strictEqual(environment["_CONDOR_AUTH_SSL_CLIENT_CADIR"], configured.directory)
      assert.isFalse(Object.keys(environment).some((name) => name.includes("SKIP_HOST_CHECK")))
    }
    assert.deepStrictEqual([...new Set(texts)], [`${token}\n`])
  }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))

it.effect("unreadable CA certificates are a LocalFailure, and no tool runs; an IDTOKEN does not need them", () =>
  Effect.gen(function*() {
    const certificateAuthorities = { file: "/nonexistent/ca.pem" }
    const { calls, layer } = backend(() => printed(), { token: "SciToken", certificateAuthorities })
    const error = yield* Effect.flip(Effect.provide(ask, layer))
    assert.strictEqual(error._tag, "LocalFailure")
    assert.include(error.message, "/nonexistent/ca.pem: ENOENT")
    assert.deepStrictEqual(calls, [])
    yield* Effect.provide(ask, backend(() => printed(), { certificateAuthorities }).layer)
  }))

it.effect.each(["a$(b)c", "$ENV(HOME)", "$(DOLLAR)"])(
  "a token directory in whose path HTCondor would expand %s is a LocalFailure, and stays empty",
  (name) =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const directory = yield* fileSystem.makeTempDirectoryScoped({ prefix: "channel-test-" })
      const temporaryDirectory = `${directory}/${name}`
      yield* fileSystem.makeDirectory(temporaryDirectory)
      const { calls, layer } = backend(() => printed(), { temporaryDirectory })
      const error = yield* Effect.flip(Effect.provide(ask, layer))
      assert.strictEqual(error._tag, "LocalFailure")
      assert.include(error.message, temporaryDirectory)
      assert.include(error.message, "macro")
      assert.deepStrictEqual(calls, [])
      assert.deepStrictEqual(yield* fileSystem.readDirectory(temporaryDirectory), [])
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
)

it.effect("all paths of condor_submit are absolute if the temporary directory is a relative path", () =>
  Effect.gen(function*() {
    const fileSystem = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const directory = yield* fileSystem.makeTempDirectoryScoped({ prefix: "channel-test-" })
    const temporaryDirectory = path.relative(path.resolve("."), directory)
    assert.isFalse(path.isAbsolute(temporaryDirectory))
    const { calls, layer } = schedd({}, {}, { temporaryDirectory })
    yield* passing(submit(), layer)
    const call = calls.find(({ tool }) => tool === "condor_submit")
    const paths = Object.values(call?.environment ?? {}).map(String).filter((value) =>
      value.includes("htcondor-ce-token-")
    )
    assert.isAtLeast(paths.length, 5)
    for (const one of [call?.cwd ?? "", ...paths]) assert.isTrue(one.startsWith(`${directory}/`), one)
  }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))

it.effect("a configuration file turns off the user's own configuration and the statistics of transfers", () =>
  Effect.gen(function*() {
    const fileSystem = yield* FileSystem.FileSystem
    const texts: Array<string> = []
    const { layer } = backend(({ environment }) =>
      Effect.map(Effect.orDie(fileSystem.readFileString(String(environment["CONDOR_CONFIG"]))), (text) => {
        texts.push(text)
        return printed()
      })
    )
    yield* Effect.provide(ask, layer)
    assert.deepStrictEqual([...new Set(texts)], ["USER_CONFIG_FILE =\nFILE_TRANSFER_STATS_LOG =\n"])
  }).pipe(Effect.provide(NodeServices.layer)))

it.effect.each(["two\ntokens", "", "a b", "../x", "opaque", "www.example.org"])(
  "a text that is no token, such as %j, is not written to the file",
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
