import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, FileSystem, Path } from "effect"
import * as Config from "../../../src/ce/Config.ts"
import * as TrustAnchors from "../../../src/condor/tools/TrustAnchors.ts"
import { anonymous } from "../../ce/Tokens.ts"

type Own = Config.Config["certificateAuthorities"]

const common = "/etc/grid-security/certificates"

/** A host with files of CA certificates. A test decides whether it has the common directory. */
const host = Effect.gen(function*() {
  const real = yield* FileSystem.FileSystem
  const { join } = yield* Path.Path
  const directory = yield* real.makeTempDirectoryScoped({ prefix: "anchors-test-" })
  const at = (name: string) => join(directory, name)
  yield* real.writeFileString(at("ca.pem"), `The authority of the test\n${anonymous}`)
  yield* real.writeFileString(at("ca,b.pem"), anonymous)
  yield* real.writeFileString(at("junk.pem"), "junk")
  for (const name of ["igtf", "plain", "a:b", "a$(b)c"]) yield* real.makeDirectory(at(name))
  for (const name of ["2c074bdb.0", "2c074bdb.signing_policy", "2c074bdb.r0", "Test.pem"]) {
    for (const  of of["igtf", "a:b", "a$(b)c"]) yield* real.writeFileString(join(at(of), name), anonymous)
  }
  yield* real.writeFileString(at("plain/Test.pem"), anonymous)
  const find = (own: Own, env: Record<string, string> = {}, hasCommon = false) =>
    Effect.flatten(TrustAnchors.make(Config.settings({ endpoint: "ce", certificateAuthorities: own }))).pipe(
      Effect.provideService(FileSystem.FileSystem, {
        ...real,
        exists: (path) => path === common ? Effect.succeed(hasCommon) : real.exists(path)
      }),
      Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env })))
    )
  return { at, find }
})

const onHost = <A, E>(body: (here: Effect.Success<typeof host>) => Effect.Effect<A, E, Path.Path>) =>
  Effect.flatMap(host, body).pipe(Effect.scoped, Effect.provide(NodeServices.layer))

describe("the CA certificates for host certificates", () => {
  it.effect("are the first existing ones: configured, in X509_CERT_DIR, in the common directory, or the system's", () =>
    onHost(({ at, find }) =>
      Effect.gen(function*() {
        const env = { X509_CERT_DIR: at("igtf") }
        const [file, directory] = [at("ca.pem"), at("igtf")]
        assert.deepStrictEqual(yield* find({ file }, env, true), { _CONDOR_AUTH_SSL_CLIENT_CAFILE: file })
        assert.deepStrictEqual(yield* find({ directory }, {}, true), { _CONDOR_AUTH_SSL_CLIENT_CADIR: directory })
        assert.deepStrictEqual(yield* find({ file, directory }), {
          _CONDOR_AUTH_SSL_CLIENT_CAFILE: file,
          _CONDOR_AUTH_SSL_CLIENT_CADIR: directory
        })
        assert.deepStrictEqual(yield* find({}, env, true), { _CONDOR_AUTH_SSL_CLIENT_CADIR: directory })
        assert.deepStrictEqual(yield* find({}, {}, true), { _CONDOR_AUTH_SSL_CLIENT_CADIR: common })
        assert.deepStrictEqual(yield* find({}, { X509_CERT_DIR: "" }), {})
      })
    ))

  it.effect("have an absolute path, because the tools run in other directories", () =>
    onHost(({ at, find }) =>
      Effect.gen(function*() {
        const { relative } = yield* Path.Path
        assert.deepStrictEqual(yield* find({ file: relative("", at("ca.pem")) }), {
          _CONDOR_AUTH_SSL_CLIENT_CAFILE: at("ca.pem")
        })
      })
    ))

  describe("if unusable, are a LocalFailure with their path", () => {
    it.effect.each<readonly [string, "file" | "directory", RegExp]>([
      ["nothing.pem", "file", /^ENOENT: /],
      ["igtf", "file", /^EISDIR: /],
      ["junk.pem", "file", /^it holds no certificate in PEM form$/],
      ["ca,b.pem", "file", /would take this path for several, because of the ","/],
      ["nothing", "directory", /^ENOENT: /],
      ["ca.pem", "directory", /^ENOTDIR: /],
      ["plain", "directory", /^it holds no certificate under the name of its hash/],
      ["a:b", "directory", /would take this path for several, because of the ":"/],
      ["a$(b)c", "directory", /would take a part of this path for a macro/]
    ])("%s as a %s", ([name, kind, detail]) =>
      onHost(({ at, find }) =>
        Effect.gen(function*() {
          const error = yield* Effect.flip(find({ [kind]: at(name) }))
          assert.deepStrictEqual([error._tag, error.path], ["LocalFailure", at(name)])
          assert.match(error.detail, detail)
        })
      ))

    it.effect("the message names X509_CERT_DIR if the path is from there", () =>
      onHost(({ at, find }) =>
        Effect.gen(function*() {
          const error = yield* Effect.flip(find({}, { X509_CERT_DIR: at("nothing") }, true))
          assert.strictEqual(error.path, at("nothing"))
          assert.match(error.detail, /\(X509_CERT_DIR names it\)$/)
        })
      ))
  })
})
