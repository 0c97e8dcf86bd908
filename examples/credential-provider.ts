/**
 * Your own credential provider: SciTokens that an issuer mints on demand (OAuth 2.0, client credentials).
 *
 * A backend asks with the audience and the scopes that it needs. It keeps the answer, and asks again before the token expires or
 * when the compute element refuses it. The provider needs no cache and no timer.
 */
import { DateTime, Effect, Layer, Schema } from "effect"
import { BackendError, Credential } from "effect-htcondor-ce"
import { HttpClient, HttpClientRequest, HttpClientResponse } from "effect/http"

/** The answer of the issuer: a token, and for how many seconds it is valid. */
const Minted = Schema.Struct({
  access_token: Schema.RedactedFromValue(Schema.String),
  expires_in: Schema.Int
})

/** Asks `issuer` for a token each time that a backend needs one. */
export const layerIssuer = (issuer: string): Layer.Layer<
  Credential.CredentialProvider,
  never,
  HttpClient.HttpClient
> =>
  Layer.effect(
    Credential.CredentialProvider,
    Effect.map(Effect.map(HttpClient.HttpClient, HttpClient.filterStatusOk), (client) => ({
      credentials: ({ resource, scopes }: Credential.CredentialRequirements) =>
        Effect.gen(function*() {
          const request = HttpClientRequest.post(`${issuer}/token`).pipe(
            HttpClientRequest.bodyUrlParams({
              grant_type: "client_credentials",
              audience: resource,
              scope: scopes.join(" ")
            })
          )
          const response = yield* client.execute(request)
          const { access_token: token, expires_in } = yield* HttpClientResponse.schemaBodyJson(Minted)(response)
          const expiresAt = DateTime.add(yield* DateTime.now, { seconds: expires_in })
          return [Credential.Credential.make({ _tag: "SciToken", token, expiresAt })]
        }).pipe(
          // The message of the error may be shown: it must not hold the token.
          Effect.mapError(({ _tag }) =>
            new BackendError.CredentialUnavailable({
              resource,
              detail: `the issuer ${issuer} gave no token: ${_tag}`,
              retry: "Later"
            })
          )
        )
    }))
  )
