/**
 * What a provider of credentials gives to a diagnosis.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { type Credential, CredentialProvider } from "../../contract/Credential.ts"
import * as TokenText from "../../contract/TokenText.ts"
import type { Settings } from "../Config.ts"
import * as CredentialSet from "../CredentialSet.ts"
import * as ProxyCertificate from "../ProxyCertificate.ts"
import * as TokenClaims from "../TokenClaims.ts"

/**
 * What it gives for a need, and whether a backend would show that at a time, or why not; and why a CE may refuse it.
 *
 * @category constructors
 * @since 0.1.0
 */
export const obtain = Effect.fnUntraced(function*(
  complete: Settings,
  audience: string,
  need: CredentialSet.Need,
  now: number
) {
  const provider = yield* CredentialProvider
  const asked = CredentialSet.requirements(complete, audience, need)
  const given = yield* Effect.result(
    Effect.timeoutOrElse(Effect.mapError(provider.credentials(asked), ({ detail }) => detail), {
      duration: complete.timeout,
      orElse: () => Effect.fail("the provider of credentials does not answer")
    })
  )
  const accepted = Result.map(
    Result.flatMap(given, (credentials) => CredentialSet.accept(credentials, asked, now)),
    (set): CredentialSet.CredentialSet => ({ ...set, obtainedAt: now, revision: undefined, isStale: false })
  )
  return {
    given,
    accepted,
    doubts: Result.isSuccess(accepted) ? CredentialSet.doubts(accepted.success, asked, now) : []
  }
})

/**
 * What the token among credentials says about itself; the first, if they are several.
 *
 * @category getters
 * @since 0.1.0
 */
export const claims = (credentials: ReadonlyArray<Credential>): TokenClaims.TokenClaims | undefined => {
  const found = credentials.find((one) => one._tag !== "X509Proxy")
  if (found === undefined) return undefined
  const [first] = TokenText.tokens(Redacted.value(found.token))
  return first === undefined ? undefined : TokenClaims.read(Redacted.make(first))
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
