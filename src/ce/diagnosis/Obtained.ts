/**
 * What a provider of credentials gives to a diagnosis.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { type Credential, CredentialProvider } from "../../contract/Credential.ts"
import type { Settings } from "../Config.ts"
import * as Credentials from "../Credentials.ts"
import * as ProxyCertificate from "../ProxyCertificate.ts"
import * as TokenClaims from "../TokenClaims.ts"

/**
 * What it gives for a need, and whether a backend would take that at a time; or why not.
 *
 * @category constructors
 * @since 0.1.0
 */
export const obtain = Effect.fnUntraced(function*(
  complete: Settings,
  audience: string,
  need: Credentials.Need,
  now: number
) {
  const provider = yield* CredentialProvider
  const asked = Credentials.requirements(complete, audience, need)
  const given = yield* Effect.result(
    Effect.timeoutOrElse(Effect.mapError(provider.credentials(asked), ({ detail }) => detail), {
      duration: complete.timeout,
      orElse: () => Effect.fail("the provider of credentials does not answer")
    })
  )
  const accepted = Result.map(
    Result.flatMap(given, (credentials) => Credentials.accept(credentials, asked, now)),
    (set): Credentials.CredentialSet => ({ ...set, obtainedAt: now, revision: undefined, isStale: false })
  )
  return { given, accepted }
})

/**
 * What the token among credentials says about itself.
 *
 * @category getters
 * @since 0.1.0
 */
export const claims = (credentials: ReadonlyArray<Credential>): TokenClaims.TokenClaims | undefined => {
  const found = credentials.find((one) => one._tag !== "X509Proxy")
  return found === undefined ? undefined : TokenClaims.read(found.token)
}

/**
 * What the proxy certificate among them says about itself.
 *
 * @category getters
 * @since 0.1.0
 */
export const proxy = (
  credentials: ReadonlyArray<Credential>
): Result.Result<ProxyCertificate.ProxyCertificate, string> => {
  const found = credentials.find((one) => one._tag === "X509Proxy")
  return found === undefined ? Result.fail("there is no proxy certificate") : ProxyCertificate.read(found.proxy)
}
