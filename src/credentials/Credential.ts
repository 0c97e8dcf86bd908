/**
 * What a backend shows to a compute element to be let in, and who gives it to the backend.
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
   * A credential from the text that it is: the tokens in it, without what is around them, or a proxy as it stands. A text of no
   * use is for the backend to refuse.
   *
   * @category constructors
   * @since 0.1.0
   */
  fromText,
  /**
   * One value for each kind of credential that there is: a text, the path of a file, or what one likes.
   *
   * @category models
   * @since 0.1.0
   */
  type Sources
} from "./CredentialSource.ts"

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
 * The credentials in files, by their paths: the tokens as HTCondor keeps them, with comments and more than one if need be,
 * and the proxy as `voms-proxy-init` writes it. A file is read when a backend asks, and a file that has changed since makes it
 * ask again: whoever renews the file renews the credential.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerFiles = (
  paths: Sources<string>
): Layer.Layer<CredentialProvider, never, FileSystem.FileSystem> => layerFilesOf(() => paths)

/**
 * The credentials in files, as {@link layerFiles} has them, by a function that names the files of each CE. It is given what a
 * backend asks for: the `audience` of its configuration, or else the address of the CE, `<host>:<port>`. A CE for which it
 * names none has no credential.
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
 * The IDTOKEN in a file, as {@link layerFiles} has it.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerTokenFile = (path: string): Layer.Layer<CredentialProvider, never, FileSystem.FileSystem> =>
  layerFiles({ idToken: path })

/**
 * The IDTOKENs in a directory, one file for each CE, because each CE signs its own: `<directory>/<host>_<port>.token`, with the
 * host in lower case. In names that are no such address, other characters than letters, digits, dots and dashes are `_`.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerTokenDirectory = (
  directory: string
): Layer.Layer<CredentialProvider, never, FileSystem.FileSystem> =>
  layerFilesOf((resource) => ({ idToken: `${directory}/${resource.replace(/[^A-Za-z0-9.-]/g, "_")}.token` }))

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
