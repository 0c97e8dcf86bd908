import { assert, it } from "@effect/vitest"
import { DateTime, Effect, Layer, Redacted, Ref } from "effect"
import { Credential } from "effect-htcondor-ce"
import { HttpClient, HttpClientResponse } from "effect/http"
import { layerIssuer } from "../../examples/credential-provider.ts"

const requirements = {
  resource: "ce.example.org:9619",
  kinds: ["SciToken"],
  scopes: ["compute.read", "compute.create"]
} as const

/** An issuer that gives this answer, and what it was asked. */
const issuer = (status: number, body: unknown) =>
  Effect.map(Ref.make<ReadonlyArray<string>>([]), (asked) => ({
    asked: Ref.get(asked),
    provider: layerIssuer("https://issuer.example.org").pipe(
      Layer.provide(Layer.succeed(
        HttpClient.HttpClient,
        HttpClient.make((request) =>
          Effect.as(
            Ref.update(asked, (all) => {
              const text = request.body._tag === "Uint8Array" ? new TextDecoder().decode(request.body.body) : ""
              return [...all, `${request.url} ${text}`]
            }),
            HttpClientResponse.fromWeb(request, new Response(JSON.stringify(body), { status }))
          )
        )
      ))
    )
  }))

const ask = Effect.flatMap(Credential.CredentialProvider, ({ credentials }) => credentials(requirements))

it.effect("credential provider: asks for the audience and the scopes, and says when the token expires", () =>
  Effect.gen(function*() {
    const { asked, provider } = yield* issuer(200, { access_token: "s3cret", expires_in: 600 })
    const [one] = yield* Effect.provide(ask, provider)
    assert.deepStrictEqual(yield* asked, [
      "https://issuer.example.org/token " +
      "grant_type=client_credentials&audience=ce.example.org%3A9619&scope=compute.read+compute.create"
    ])
    if (one?._tag !== "SciToken") return assert.fail("no SciToken")
    assert.strictEqual(Redacted.value(one.token), "s3cret")
    const { expiresAt } = one
    assert.deepStrictEqual(expiresAt, DateTime.makeUnsafe(600_000))
    assert.notInclude(JSON.stringify(one), "s3cret")
  }))

it.effect.each([[500, { error: "s3cret" }], [200, { access_token: "s3cret" }]] as const)(
  "credential provider: an answer %j is an error that may be tried again, and holds no secret",
  ([status, body]) =>
    Effect.gen(function*() {
      const { provider } = yield* issuer(status, body)
      const error = yield* Effect.flip(Effect.provide(ask, provider))
      assert.strictEqual(error.retry, "Later")
      assert.notInclude(error.message, "s3cret")
    })
)
