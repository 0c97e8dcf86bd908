/**
 * What a backend shows to a compute element to be let in, and the service that it asks for it.
 *
 * @since 0.1.0
 */
import type * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { CredentialUnavailable } from "./BackendError.ts"
import * as TokenText from "./TokenText.ts"

const secret = Schema.Redacted(Schema.NonEmptyString, { disallowJsonEncode: true })
const expiresAt = Schema.optionalKey(Schema.DateTimeUtc)

/**
 * - `IdToken`: a bearer token that the daemons of the compute element signed themselves
 * - `SciToken`: a bearer token of a token issuer of the grid, in the WLCG or the SciTokens profile
 * - `X509Proxy`: a proxy certificate, its private key and its chain, in PEM form
 *
 * A `token` may be several, one a line. Of IDTOKENs the tools show the one that the compute element has signed; of SciTokens
 * the first that is for it is shown.
 *
 * `expiresAt` may be left out: a backend reads it from the credential, where it stands there, and takes the sooner of both.
 *
 * @category models
 * @since 0.1.0
 */
export const Credential = Schema.TaggedUnion({
  IdToken: { token: secret, expiresAt },
  SciToken: { token: secret, expiresAt },
  X509Proxy: { proxy: secret, expiresAt }
})

/**
 * @category models
 * @since 0.1.0
 */
export type Credential = typeof Credential.Type

/**
 * The kinds of credentials, which are the tags of {@link Credential}.
 *
 * @category models
 * @since 0.1.0
 */
export const CredentialKind = Schema.Literals(["IdToken", "SciToken", "X509Proxy"])

/**
 * @category models
 * @since 0.1.0
 */
export type CredentialKind = typeof CredentialKind.Type

/**
 * What credentials are for: the compute element, as the audience of a token names it (`<host>:<port>`); all the kinds that
 * are needed together; and the scopes that the operation needs, all of them, in the words of the WLCG profile
 * (`compute.read`). A provider may give a token that can do more.
 *
 * @category models
 * @since 0.1.0
 */
export const CredentialRequirements = Schema.Struct({
  resource: Schema.NonEmptyString,
  kinds: Schema.NonEmptyArray(CredentialKind),
  scopes: Schema.Array(Schema.NonEmptyString)
})

/**
 * @category models
 * @since 0.1.0
 */
export type CredentialRequirements = typeof CredentialRequirements.Type

/**
 * The service that a consumer owns and a backend asks.
 *
 * - `credentials`: one credential of each kind required. A backend keeps the answer and asks again when it comes near to its
 *   expiry, or is refused.
 * - `freshness`: asks to be asked again when a credential has less than this time left, where that is longer than what the
 *   backend would wait for
 * - `revision`: a text that changes when there are other credentials than before; a backend then asks again at once. It is
 *   asked before every operation, so it should cost little.
 *
 * @category services
 * @since 0.1.0
 */
export class CredentialProvider extends Context.Service<CredentialProvider, {
  credentials(
    requirements: CredentialRequirements
  ): Effect.Effect<ReadonlyArray<Credential>, CredentialUnavailable>
  readonly freshness?: Duration.Input | undefined
  revision?(requirements: CredentialRequirements): Effect.Effect<string>
}>()("effect-htcondor-ce/contract/Credential/CredentialProvider") {}

/**
 * One value for each kind of credential that there is: a text, the path of a file, or what one likes.
 *
 * @category models
 * @since 0.1.0
 */
export interface Sources<A> {
  readonly idToken?: A | undefined
  readonly sciToken?: A | undefined
  readonly proxy?: A | undefined
}

const fields = { IdToken: "idToken", SciToken: "sciToken", X509Proxy: "proxy" } as const

// An empty text would throw.
const unchecked = { disableChecks: true }

/**
 * A credential from the text that it is: the tokens in it, without what is around them, or a proxy as it stands. A text of no
 * use is for the backend to refuse.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromText = (kind: CredentialKind, text: Redacted.Redacted<string>): Credential => {
  switch (kind) {
    case "IdToken":
    case "SciToken": {
      const tokens = TokenText.tokens(Redacted.value(text))
      const token = tokens.length === 0 ? Redacted.value(text).trim() : tokens.join("\n")
      return Credential.cases[kind].make({ token: Redacted.make(token) }, unchecked)
    }
    case "X509Proxy":
      return Credential.cases.X509Proxy.make({ proxy: text }, unchecked)
  }
}

// What is wrong with a text, without any of it. A proxy is for the backend to look at.
const fault = (kind: CredentialKind, text: string): string | undefined =>
  text.trim() === ""
    ? "is empty"
    : kind !== "X509Proxy" && TokenText.tokens(text).length === 0
    ? "holds no token"
    : undefined

/**
 * What a source of a credential says: its text, and where it is from, if there is a name for that.
 *
 * @category models
 * @since 0.1.0
 */
export interface Said {
  readonly text: Redacted.Redacted<string>
  readonly from?: string | undefined
}

/**
 * The credentials of the required kinds for which there is a source. A source that cannot be read, or holds no credential,
 * fails them all.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromSources = <A>(sources: Sources<A>, read: (source: A) => Effect.Effect<Said, string>) =>
(
  { kinds, resource }: CredentialRequirements
): Effect.Effect<ReadonlyArray<Credential>, CredentialUnavailable> =>
  Effect.forEach(
    kinds,
    Effect.fnUntraced(
      function*(kind) {
        const source = sources[fields[kind]]
        if (source === undefined) return []
        const { from, text } = yield* read(source)
        const wrong = fault(kind, Redacted.value(text))
        if (wrong === undefined) return [fromText(kind, text)]
        return yield* Effect.fail(from === undefined ? wrong : `${from}: ${wrong}`)
      },
      (effect, kind) =>
        Effect.mapError(effect, (detail) => new CredentialUnavailable({ resource, detail: `${kind}: ${detail}` }))
    )
  ).pipe(Effect.map((found) => found.flat()))

/**
 * Always the same credentials.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerStatic = (credentials: ReadonlyArray<Credential>): Layer.Layer<CredentialProvider> =>
  Layer.succeed(CredentialProvider, {
    credentials: ({ kinds }) => Effect.succeed(credentials.filter(({ _tag }) => kinds.includes(_tag)))
  })

/**
 * Always the same IDTOKEN.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerToken = (token: Redacted.Redacted<string>): Layer.Layer<CredentialProvider> =>
  layerStatic([fromText("IdToken", token)])

/**
 * The text of a file, and what changes when the file does.
 *
 * @category constructors
 * @since 0.1.0
 */
export const file = (fileSystem: FileSystem.FileSystem, path: string) => ({
  read: fileSystem.readFileString(path).pipe(
    Effect.mapError((error) => `the file ${path}: ${error.reason._tag}`),
    Effect.map((text): Said => ({ text: Redacted.make(text), from: `the file ${path}` }))
  ),
  revision: Effect.match(fileSystem.stat(path), {
    onFailure: (error) => error.reason._tag,
    onSuccess: ({ ino, mtime, size }) =>
      [size, ...Option.toArray(mtime).map((time) => time.getTime()), ...Option.toArray(ino)].join(" ")
  })
})

/**
 * The credentials in files, by their paths: the tokens as HTCondor keeps them, with comments and more than one if need be,
 * and the proxy as `voms-proxy-init` writes it. A file is read when a backend asks, and a file that has changed since makes it
 * ask again: whoever renews the file renews the credential.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerFiles = (
  paths: Sources<string>
): Layer.Layer<CredentialProvider, never, FileSystem.FileSystem> =>
  Layer.effect(
    CredentialProvider,
    Effect.map(FileSystem.FileSystem, (fileSystem) => ({
      credentials: fromSources(paths, (path) => file(fileSystem, path).read),
      revision: ({ kinds }: CredentialRequirements) =>
        Effect.map(
          Effect.forEach(kinds, (kind) => {
            const path = paths[fields[kind]]
            return path === undefined ? Effect.succeed("") : file(fileSystem, path).revision
          }),
          (revisions) => revisions.join()
        )
    }))
  )

/**
 * The IDTOKEN in a file, as {@link layerFiles} has it.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerTokenFile = (path: string): Layer.Layer<CredentialProvider, never, FileSystem.FileSystem> =>
  layerFiles({ idToken: path })

/**
 * The credentials in configuration values, which are read each time that a backend asks:
 * `layerConfig({ sciToken: Config.Redacted("CE_TOKEN") })`. (Effect's own `ConfigProvider` has the environment that this
 * process began with.)
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
        // What a value looks like that is no text is not said: it may be the secret.
        Effect.mapBoth(config.parse(provider), {
          onFailure: () => "the configuration has no such text",
          onSuccess: (text) => ({ text })
        }))
    }))
  )
