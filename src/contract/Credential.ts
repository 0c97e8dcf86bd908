/**
 * What a backend shows to a compute element to be let in, and the service that it asks for it.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { CredentialUnavailable } from "./BackendError.ts"

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
 *   asked before each run of a tool, so it should cost little.
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
