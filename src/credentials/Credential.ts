/**
 * Credentials, and the layers that supply them to a backend.
 *
 * @since 0.1.0
 */
import type * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import { type Credential, CredentialProvider, type CredentialRequirements } from "../contract/Credential.ts"
import { fields, file, fromSources, fromText, type Sources } from "./CredentialSource.ts"

/** @since 0.1.0 */
export * from "../contract/Credential.ts"

export {
  /**
   * Makes a credential from text: from the tokens in it, without comments and blank lines, or from a proxy certificate without
   * changes. The text is not validated here: the backend refuses an unusable one.
   *
   * **Example** (Reading a token among comments)
   *
   * ```ts
   * import { Redacted } from "effect"
   * import { Credential } from "effect-htcondor-ce"
   * import { FakeSchedd } from "effect-htcondor-ce/testing"
   * import * as assert from "node:assert"
   *
   * const token = Redacted.value(FakeSchedd.token("pilot"))
   * const credential = Credential.fromText("IdToken", Redacted.make(`# for ce.example.org\n${token}\n`))
   * assert.ok(credential._tag === "IdToken")
   * assert.strictEqual(Redacted.value(credential.token), token)
   * ```
   *
   * @category constructors
   * @since 0.1.0
   */
  fromText,
  /**
   * One optional `A` for each kind of credential: a text, the path of a file, or a `Config`.
   *
   * @category models
   * @since 0.1.0
   */
  type Sources
} from "./CredentialSource.ts"

/**
 * Supplies these credentials without change. If a token expires, the backend fails with `CredentialUnavailable`.
 *
 * **Example** (Giving a token and a proxy certificate)
 *
 * ```ts
 * import { Effect, Redacted } from "effect"
 * import { Credential } from "effect-htcondor-ce"
 * import { FakeSchedd } from "effect-htcondor-ce/testing"
 * import * as assert from "node:assert"
 *
 * const credentials = Credential.layerStatic([
 *   Credential.Credential.cases.SciToken.make({ token: FakeSchedd.token("pilot") }),
 *   Credential.Credential.cases.X509Proxy.make({ proxy: Redacted.make("-----BEGIN CERTIFICATE-----") })
 * ])
 *
 * export const program = Effect.gen(function*() {
 *   const provider = yield* Credential.CredentialProvider
 *   // A backend gets the kinds that it needs.
 *   const given = yield* provider.credentials({ resource: "ce.example.org:9619", kinds: ["SciToken"], scopes: [] })
 *   assert.deepStrictEqual(given.map(({ _tag }) => _tag), ["SciToken"])
 * }).pipe(Effect.provide(credentials))
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerStatic = (credentials: ReadonlyArray<Credential>): Layer.Layer<CredentialProvider> =>
  Layer.succeed(CredentialProvider, {
    credentials: ({ kinds }) => Effect.succeed(credentials.filter(({ _tag }) => kinds.includes(_tag)))
  })

/**
 * Supplies this IDTOKEN without change.
 *
 * **Example** (Taking a token that the program has)
 *
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { Capability, Credential, HTCondorCE, SubmissionKey } from "effect-htcondor-ce"
 * import { FakeSchedd } from "effect-htcondor-ce/testing"
 * import * as assert from "node:assert"
 *
 * const CE = HTCondorCE.layer({ endpoint: "ce.example.org" }).pipe(
 *   Layer.provide(Credential.layerToken(FakeSchedd.token("pilot")))
 * )
 *
 * export const program = Effect.gen(function*() {
 *   const { reconcile } = yield* Capability.Submitter
 *   assert.strictEqual((yield* reconcile(yield* SubmissionKey.generate))._tag, "Absent")
 * }).pipe(Effect.provide(CE))
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerToken = (token: Redacted.Redacted<string>): Layer.Layer<CredentialProvider> =>
  layerStatic([fromText("IdToken", token)])

/**
 * Supplies the credentials in files. A token file has the form of HTCondor's token files: one token on each line, and comments. A
 * proxy file is one that `voms-proxy-init` writes. The provider reads a file each time that a backend needs credentials. If a
 * file changes, the backend reads it again: renew the file to renew the credential.
 *
 * **Example** (Renewing a token file)
 *
 * ```ts
 * import { Effect, FileSystem, Redacted } from "effect"
 * import { Credential } from "effect-htcondor-ce"
 * import { FakeSchedd } from "effect-htcondor-ce/testing"
 * import * as assert from "node:assert"
 *
 * export const program = Effect.gen(function*() {
 *   const fileSystem = yield* FileSystem.FileSystem
 *   const path = `${yield* fileSystem.makeTempDirectoryScoped()}/ce.token`
 *   const requirements = { resource: "ce.example.org:9619", kinds: ["IdToken"], scopes: ["compute.read"] } as const
 *   const write = (user: string) => fileSystem.writeFileString(path, Redacted.value(FakeSchedd.token(user)))
 *
 *   yield* Effect.gen(function*() {
 *     const { credentials, revision } = yield* Credential.CredentialProvider
 *     yield* write("pilot")
 *     assert.deepStrictEqual((yield* credentials(requirements)).map(({ _tag }) => _tag), ["IdToken"])
 *     const before = yield* revision?.(requirements) ?? Effect.undefined
 *     yield* write("other-pilot")
 *     assert.notStrictEqual(yield* revision?.(requirements) ?? Effect.undefined, before)
 *   }).pipe(Effect.provide(Credential.layerFiles({ idToken: path })))
 * })
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerFiles = (
  paths: Sources<string>
): Layer.Layer<CredentialProvider, never, FileSystem.FileSystem> => layerFilesOf(() => paths)

/**
 * The same as {@link layerFiles}, with other files for each CE. `pathsOf` gets the audience of the CE: the `audience` of its
 * configuration (default: its address, `<host>:<port>`). A CE without files has no credentials.
 *
 * **Example** (Choosing the files of each CE)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Credential } from "effect-htcondor-ce"
 * import * as assert from "node:assert"
 *
 * const files: Readonly<Record<string, Credential.Sources<string>>> = {
 *   "ce.north.example.org:9619": { idToken: "/run/tokens/north" },
 *   "https://ce.south.example.org": { sciToken: "/run/tokens/grid", proxy: "/run/x509up" }
 * }
 *
 * export const program = Effect.gen(function*() {
 *   const { credentials } = yield* Credential.CredentialProvider
 *   const requirements = { kinds: ["IdToken"], scopes: ["compute.read"] } as const
 *   assert.deepStrictEqual(yield* credentials({ ...requirements, resource: "ce.other.example.org:9619" }), [])
 *   // This host has no such file.
 *   const error = yield* Effect.flip(credentials({ ...requirements, resource: "ce.north.example.org:9619" }))
 *   assert.ok(error.message.endsWith("the file /run/tokens/north: does not exist"))
 * }).pipe(Effect.provide(Credential.layerFilesOf((resource) => files[resource] ?? {})))
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerFilesOf = (
  pathsOf: (resource: string) => Sources<string>
): Layer.Layer<CredentialProvider, never, FileSystem.FileSystem> =>
  Layer.effect(
    CredentialProvider,
    Effect.map(FileSystem.FileSystem, (fileSystem) => ({
      credentials: (requirements: CredentialRequirements) =>
        fromSources(pathsOf(requirements.resource), (path) => file(fileSystem, path).read)(requirements),
      revision: ({ kinds, resource }: CredentialRequirements) =>
        Effect.map(
          Effect.forEach(kinds, (kind) => {
            const path = pathsOf(resource)[fields[kind]]
            return path === undefined ? Effect.succeed("") : file(fileSystem, path).revision
          }),
          (revisions) => revisions.join()
        )
    }))
  )

/**
 * Supplies the IDTOKEN in a file, as {@link layerFiles} does.
 *
 * **Example** (Reading a token file that does not exist yet)
 *
 * ```ts
 * import { Effect, FileSystem, Layer, Redacted } from "effect"
 * import { Capability, Credential, HTCondorCE, SubmissionKey } from "effect-htcondor-ce"
 * import { FakeSchedd } from "effect-htcondor-ce/testing"
 * import * as assert from "node:assert"
 *
 * export const program = Effect.gen(function*() {
 *   const fileSystem = yield* FileSystem.FileSystem
 *   const path = `${yield* fileSystem.makeTempDirectoryScoped()}/ce.token`
 *   const CE = HTCondorCE.layer({ endpoint: "ce.example.org" }).pipe(Layer.provide(Credential.layerTokenFile(path)))
 *
 *   yield* Effect.gen(function*() {
 *     const { reconcile } = yield* Capability.Submitter
 *     const state = Effect.flatMap(SubmissionKey.generate, reconcile)
 *     assert.strictEqual((yield* Effect.flip(state))._tag, "CredentialUnavailable")
 *     yield* fileSystem.writeFileString(path, Redacted.value(FakeSchedd.token("pilot")))
 *     assert.strictEqual((yield* state)._tag, "Absent")
 *   }).pipe(Effect.provide(CE))
 * })
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerTokenFile = (path: string): Layer.Layer<CredentialProvider, never, FileSystem.FileSystem> =>
  layerFiles({ idToken: path })

/**
 * Supplies the IDTOKENs in a directory, one file for each CE, because each CE signs its own: `<directory>/<host>_<port>.token`,
 * with the host in lower case. If the audience is not such an address, characters other than letters, digits, dots and dashes
 * become `_`.
 *
 * **Example** (Using a separate token for each CE)
 *
 * ```ts
 * import { Effect, FileSystem, Redacted } from "effect"
 * import { Credential } from "effect-htcondor-ce"
 * import { FakeSchedd } from "effect-htcondor-ce/testing"
 * import * as assert from "node:assert"
 *
 * export const program = Effect.gen(function*() {
 *   const fileSystem = yield* FileSystem.FileSystem
 *   const directory = yield* fileSystem.makeTempDirectoryScoped()
 *   const token = Redacted.value(FakeSchedd.token("pilot"))
 *   yield* fileSystem.writeFileString(`${directory}/ce.example.org_9619.token`, token)
 *
 *   yield* Effect.gen(function*() {
 *     const { credentials } = yield* Credential.CredentialProvider
 *     const of = (resource: string) => credentials({ resource, kinds: ["IdToken"], scopes: ["compute.read"] })
 *     assert.strictEqual((yield* of("ce.example.org:9619")).length, 1)
 *     // There is no file for this CE.
 *     assert.strictEqual((yield* Effect.flip(of("other.example.org:9619")))._tag, "CredentialUnavailable")
 *   }).pipe(Effect.provide(Credential.layerTokenDirectory(directory)))
 * })
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerTokenDirectory = (
  directory: string
): Layer.Layer<CredentialProvider, never, FileSystem.FileSystem> =>
  layerFilesOf((resource) => ({ idToken: `${directory}/${resource.replace(/[^A-Za-z0-9.-]/g, "_")}.token` }))

/**
 * Supplies the credentials in configuration values. It reads them each time that a backend needs credentials. (Effect's default
 * `ConfigProvider` has the environment with which this process started.)
 *
 * **Example** (Reading a token from a variable)
 *
 * ```ts
 * import { Config, ConfigProvider, Effect, Layer, Redacted } from "effect"
 * import { Credential } from "effect-htcondor-ce"
 * import { FakeSchedd } from "effect-htcondor-ce/testing"
 * import * as assert from "node:assert"
 *
 * const environment = ConfigProvider.fromEnvRecord({ CE_TOKEN: Redacted.value(FakeSchedd.token("pilot")) })
 *
 * export const program = Effect.gen(function*() {
 *   const { credentials } = yield* Credential.CredentialProvider
 *   const given = yield* credentials({ resource: "ce.example.org:9619", kinds: ["SciToken"], scopes: ["compute.read"] })
 *   assert.deepStrictEqual(given.map(({ _tag }) => _tag), ["SciToken"])
 * }).pipe(
 *   Effect.provide(
 *     Credential.layerConfig({ sciToken: Config.Redacted("CE_TOKEN") }).pipe(Layer.provide(ConfigProvider.layer(environment)))
 *   )
 * )
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerConfig = (
  sources: Sources<Config.Config<Redacted.Redacted<string>>>
): Layer.Layer<CredentialProvider> =>
  Layer.effect(
    CredentialProvider,
    Effect.map(ConfigProvider.ConfigProvider, (provider) => ({
      credentials: fromSources(sources, (config) =>
        // The error does not show the value: it may be the secret.
        Effect.mapBoth(config.parse(provider), {
          onFailure: () => "the configuration has no such text",
          onSuccess: (text) => ({ text })
        }))
    }))
  )
