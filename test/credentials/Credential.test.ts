import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import {
  Config,
  ConfigProvider,
  Context,
  Effect,
  Exit,
  FileSystem,
  Layer,
  Path,
  Redacted,
  Schema,
  type Scope
} from "effect"
import { inspect } from "node:util"
import { CredentialUnavailable } from "../../src/contract/BackendError.ts"
import * as Credential from "../../src/credentials/Credential.ts"
import * as Tokens from "../ce/Tokens.ts"

const token = Redacted.value(Tokens.plain("one"))
const requirements: Credential.CredentialRequirements = {
  resource: "ce.example.org:9619",
  kinds: ["IdToken"],
  scopes: []
}

/** Builds the layer once, and returns the effect that a backend runs for each operation. */
const ask = (layer: Layer.Layer<Credential.CredentialProvider, never, FileSystem.FileSystem>) =>
  Effect.map(
    Layer.build(layer),
    (context) => Context.get(context, Credential.CredentialProvider).credentials(requirements)
  )

const tokens = (credentials: ReadonlyArray<Credential.Credential>) =>
  credentials.map((credential) => [
    credential._tag,
    Redacted.value(credential._tag === "X509Proxy" ? credential.proxy : credential.token)
  ])

const inDirectory = <A, E>(
  body: (directory: string, file: string) => Effect.Effect<A, E, FileSystem.FileSystem | Scope.Scope>
) =>
  Effect.gen(function*() {
    const fileSystem = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const directory = yield* fileSystem.makeTempDirectoryScoped({ prefix: "credential-test-" })
    return yield* body(directory, path.join(directory, "token"))
  }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))

const unavailable = (exit: Exit.Exit<unknown, CredentialUnavailable>): string => {
  const error = Exit.isFailure(exit) ? exit.cause.reasons.find((reason) => reason._tag === "Fail")?.error : undefined
  assert.instanceOf(error, CredentialUnavailable)
  return error instanceof CredentialUnavailable ? error.message : ""
}

describe("Credential", () => {
  it.effect("layerToken: supplies the token without change", () =>
    inDirectory(() =>
      Effect.gen(function*() {
        for (const text of [token, `${token}\n`]) {
          const credentials = yield* yield* ask(Credential.layerToken(Redacted.make(text)))
          assert.deepStrictEqual(tokens(credentials), [["IdToken", token]])
        }
      })
    ))

  it.effect("layerConfig: supplies values by kind, and reads them each time", () =>
    Effect.gen(function*() {
      const values: Record<string, string> = { ID: token, SCI: token }
      const provider = ConfigProvider.make((path) =>
        Effect.sync(() => {
          const value = values[path.join("_")]
          return value === undefined ? undefined : ConfigProvider.makeValue(value)
        })
      )
      const layer = Credential.layerConfig({ idToken: Config.Redacted("ID"), sciToken: Config.Redacted("SCI") })
      const { credentials } = Context.get(
        yield* Layer.build(Layer.provide(layer, ConfigProvider.layer(provider))),
        Credential.CredentialProvider
      )
      const both = { ...requirements, kinds: ["IdToken", "SciToken"] as const }
      assert.deepStrictEqual(tokens(yield* credentials(both)), [["IdToken", token], ["SciToken", token]])
      assert.deepStrictEqual(tokens(yield* credentials(requirements)), [["IdToken", token]])
      values["ID"] = `${token}er`
      assert.deepStrictEqual(tokens(yield* credentials(requirements)), [["IdToken", `${token}er`]])
      delete values["ID"]
      const message = unavailable(yield* Effect.exit(credentials(requirements)))
      assert.include(message, "the configuration has no such text")
    }))

  it("fromText: accepts an unusable text, which the backend refuses", () => {
    for (const kind of ["IdToken", "SciToken", "X509Proxy"] as const) {
      assert.deepStrictEqual(tokens([Credential.fromText(kind, Redacted.make(""))]), [[kind, ""]])
    }
  })

  it.effect.each([
    token,
    `${token}\n`,
    `\n  ${token}\r\n\n`,
    `# of the site\n\n${token}\n`,
    `  # of the site\nold words\n  ${token}\n# the end`
  ])(
    "layerTokenFile: supplies only the token of a file with %j",
    (content) =>
      inDirectory((_, file) =>
        Effect.gen(function*() {
          const fileSystem = yield* FileSystem.FileSystem
          yield* fileSystem.writeFileString(file, content)
          assert.deepStrictEqual(tokens(yield* yield* ask(Credential.layerTokenFile(file))), [["IdToken", token]])
        })
      )
  )

  it.effect("layerTokenFile: reads the file at each use, from the first one on", () =>
    inDirectory((_, file) =>
      Effect.gen(function*() {
        const fileSystem = yield* FileSystem.FileSystem
        const credentials = yield* ask(Credential.layerTokenFile(file))
        assert.include(unavailable(yield* Effect.exit(credentials)), "does not exist")
        for (const renewed of ["first", "second"].map((name) => Redacted.value(Tokens.plain(name)))) {
          yield* fileSystem.writeFileString(file, renewed)
          assert.deepStrictEqual(tokens(yield* credentials), [["IdToken", renewed]])
        }
        yield* fileSystem.remove(file)
        assert.include(unavailable(yield* Effect.exit(credentials)), "does not exist")
      })
    ))

  it.effect("layerTokenFile: supplies all tokens of a file", () =>
    inDirectory((_, file) =>
      Effect.gen(function*() {
        const fileSystem = yield* FileSystem.FileSystem
        const other = Redacted.value(Tokens.plain("two"))
        yield* fileSystem.writeFileString(file, `# one\n${token}\n# two\n${other}\n`)
        assert.deepStrictEqual(tokens(yield* yield* ask(Credential.layerTokenFile(file))), [[
          "IdToken",
          `${token}\n${other}`
        ]])
      })
    ))

  it.effect.each([
    "opaque",
    "# only a comment",
    "ce.example.org",
    "a.b.c",
    `"${token}"`,
    `${token} # mine`,
    Tokens.proxy
  ])(
    "layerTokenFile: refuses %j with the name of its file, and without its content",
    (content) =>
      inDirectory((_, file) =>
        Effect.gen(function*() {
          const fileSystem = yield* FileSystem.FileSystem
          yield* fileSystem.writeFileString(file, content)
          const message = unavailable(yield* Effect.exit(yield* ask(Credential.layerTokenFile(file))))
          assert.strictEqual(
            message,
            `no credential for ce.example.org:9619: IdToken: the file ${file}: holds no token`
          )
        })
      )
  )

  it.effect("layerTokenFile: names the resource, the file and the reason of a failure", () =>
    inDirectory((directory, file) =>
      Effect.gen(function*() {
        const fileSystem = yield* FileSystem.FileSystem
        yield* fileSystem.writeFileString(file, " \n\n")
        for (
          const [path, why] of [[file, "is empty"], [`${directory}/none`, "does not exist"], [
            directory,
            "cannot be read ("
          ]] as const
        ) {
          const message = unavailable(yield* Effect.exit(yield* ask(Credential.layerTokenFile(path))))
          assert.include(message, `no credential for ce.example.org:9619: IdToken: the file ${path}: ${why}`)
          assert.notInclude(message, "undefined")
        }
      })
    ))

  it.effect("a credential does not show its token", () =>
    inDirectory(() =>
      Effect.gen(function*() {
        const credentials = yield* yield* ask(Credential.layerToken(Redacted.make(token)))
        const encoded = yield* Effect.exit(
          Schema.encodeEffect(Schema.toCodecJson(Schema.Array(Credential.Credential)))(credentials)
        )
        assert.isTrue(Exit.isFailure(encoded))
        for (
          const text of [
            JSON.stringify(credentials),
            inspect(credentials, { depth: 20, showHidden: true }),
            inspect(encoded)
          ]
        ) {
          assert.isNotEmpty(text)
          assert.notInclude(text, token)
        }
      })
    ))
})
