/**
 * What a backend shows to a compute element to be let in, and the service that it asks for it.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { CredentialUnavailable } from "./BackendError.ts"

/**
 * A bearer token in the form that HTCondor daemons issue (`IdToken`) or that a token issuer of the grid does
 * (`SciToken`). `expiresAt` is absent where the provider does not know it.
 *
 * @category models
 * @since 0.1.0
 */
export const Credential = Schema.TaggedUnion({
  IdToken: {
    token: Schema.Redacted(Schema.NonEmptyString, { disallowJsonEncode: true }),
    expiresAt: Schema.optionalKey(Schema.DateTimeUtc)
  }
})

/**
 * @category models
 * @since 0.1.0
 */
export type Credential = typeof Credential.Type

/**
 * What a credential is for: the compute element, as `<host>:<port>`, and all the kinds that are needed together.
 *
 * @category models
 * @since 0.1.0
 */
export const CredentialRequirements = Schema.Struct({
  resource: Schema.NonEmptyString,
  kinds: Schema.NonEmptyArray(Schema.Literals(["IdToken"]))
})

/**
 * @category models
 * @since 0.1.0
 */
export type CredentialRequirements = typeof CredentialRequirements.Type

/**
 * The service that a consumer owns and a backend asks: it answers with one credential of each kind required.
 *
 * @category services
 * @since 0.1.0
 */
export class CredentialProvider extends Context.Service<CredentialProvider, {
  credentials(
    requirements: CredentialRequirements
  ): Effect.Effect<ReadonlyArray<Credential>, CredentialUnavailable>
}>()("effect-htcondor-ce/contract/Credential/CredentialProvider") {}

/**
 * Always the same token.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerToken = (token: Redacted.Redacted<string>): Layer.Layer<CredentialProvider> =>
  Layer.succeed(CredentialProvider, {
    credentials: () => Effect.succeed([Credential.cases.IdToken.make({ token })])
  })

/**
 * The token in a file, read again for every operation, so that whoever renews the file renews the credential.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerTokenFile = (path: string): Layer.Layer<CredentialProvider, never, FileSystem.FileSystem> =>
  Layer.effect(
    CredentialProvider,
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const unavailable = (resource: string, detail: string) =>
        new CredentialUnavailable({ resource, detail: `token file ${path}: ${detail}` })
      return {
        credentials: Effect.fnUntraced(function*({ resource }: CredentialRequirements) {
          const content = yield* fileSystem.readFileString(path).pipe(
            Effect.mapError((error) => unavailable(resource, error.reason._tag))
          )
          const token = content.trim()
          if (token === "") return yield* unavailable(resource, "is empty")
          return [Credential.cases.IdToken.make({ token: Redacted.make(token) })]
        })
      }
    })
  )
