/**
 * Credentials, and the service that supplies them to a backend.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { CredentialUnavailable } from "./BackendError.ts"

const secret = Schema.Redacted(Schema.NonEmptyString, { disallowJsonEncode: true })
const token = secret.annotateKey({ description: "The token, or several tokens, one per line." })
const expiresAt = Schema.optionalKey(
  Schema.DateTimeUtc.annotateKey({
    description: "The expiry. A backend uses the earlier one of this time and that in the credential."
  })
)

/**
 * A credential. Its secret is redacted: it is never printed, and encoding it as JSON fails.
 *
 * **Details**
 *
 * A `token` may have several tokens, one per line. HTCondor's tools send the IDTOKEN that the compute element has signed.
 * If there are several SciTokens, the first one for this compute element is sent.
 *
 * `expiresAt` is optional. A backend also reads the time from the credential itself, and uses the earlier of both.
 *
 * **Example** (Making a credential)
 *
 * ```ts
 * import { Redacted } from "effect"
 * import { Credential } from "effect-htcondor-ce"
 * import * as assert from "node:assert"
 *
 * const credential = Credential.Credential.cases.IdToken.make({ token: Redacted.make("eyJhbGciOi") })
 * assert.doesNotMatch(JSON.stringify(credential), /eyJ/)
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export const Credential = Schema.TaggedUnion({
  /** A bearer token that the daemons of the compute element signed (an HTCondor IDTOKEN). */
  IdToken: { token, expiresAt },
  /** A bearer token of a token issuer of the grid, in the WLCG or the SciTokens profile. */
  SciToken: { token, expiresAt },
  /** A proxy certificate, its private key and its chain, in PEM form. */
  X509Proxy: {
    proxy: secret.annotateKey({ description: "The proxy certificate, its private key and its chain, in PEM form." }),
    expiresAt
  }
})

/**
 * A credential.
 *
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
 * A kind of credential.
 *
 * @category models
 * @since 0.1.0
 */
export type CredentialKind = typeof CredentialKind.Type

/**
 * The credentials that a backend needs for an operation.
 *
 * @category models
 * @since 0.1.0
 */
export const CredentialRequirements = Schema.Struct({
  /**
   * The audience of the tokens: the configured one, or `<host>:<port>` of the compute element. On the route `Grid` it is the
   * address of the submit host.
   */
  resource: Schema.NonEmptyString.annotate({
    description:
      "The audience of the tokens: the configured one, or <host>:<port> of the compute element. On the route Grid it is the address of the submit host."
  }),
  /** The kinds of credentials. All of them are needed together. */
  kinds: Schema.NonEmptyArray(CredentialKind).annotate({
    description: "The kinds of credentials. All of them are needed together."
  }),
  /** The scopes of the WLCG profile that the operation needs, for example `compute.read`. A token may have more. */
  scopes: Schema.Array(Schema.NonEmptyString).annotate({
    description:
      "The scopes of the WLCG profile that the operation needs, for example compute.read. A token may have more."
  })
})

/**
 * The credentials that a backend needs for an operation.
 *
 * @category models
 * @since 0.1.0
 */
export type CredentialRequirements = typeof CredentialRequirements.Type

/**
 * Supplies credentials to a backend. The program provides this service.
 *
 * **Example** (Taking tokens from an own service)
 *
 * ```ts
 * import { Effect, Layer, Redacted } from "effect"
 * import { Capability, Credential, HTCondorCE, SubmissionKey } from "effect-htcondor-ce"
 * import { FakeSchedd } from "effect-htcondor-ce/testing"
 * import * as assert from "node:assert"
 *
 * const requests: Array<string> = []
 *
 * const Tokens = Layer.succeed(Credential.CredentialProvider, {
 *   credentials: ({ resource }) =>
 *     Effect.sync(() => {
 *       requests.push(resource)
 *       const token = Redacted.make(Redacted.value(FakeSchedd.token("pilot")))
 *       return [Credential.Credential.cases.IdToken.make({ token })]
 *     })
 * })
 *
 * export const program = Effect.gen(function*() {
 *   const { reconcile } = yield* Capability.Submitter
 *   yield* reconcile(yield* SubmissionKey.generate)
 *   assert.deepStrictEqual(requests, ["ce.example.org:9619"])
 * }).pipe(Effect.provide(HTCondorCE.layer({ endpoint: "ce.example.org" }).pipe(Layer.provide(Tokens))))
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export class CredentialProvider extends Context.Service<CredentialProvider, {
  /**
   * Returns one credential of each required kind. A backend caches the answer. It asks again before the credential
   * expires, or when the compute element refuses it.
   */
  credentials(
    requirements: CredentialRequirements
  ): Effect.Effect<ReadonlyArray<Credential>, CredentialUnavailable>
  /** Renew credentials with less than this lifetime left. It is used if it is longer than the backend's own margin. */
  readonly freshness?: Duration.Input | undefined
  /**
   * Returns a text that changes when the credentials change. A backend then asks for new ones at once. The backend calls
   * it before each run of a tool, so it should be fast.
   */
  revision?(requirements: CredentialRequirements): Effect.Effect<string>
}>()("effect-htcondor-ce/contract/Credential/CredentialProvider") {}
