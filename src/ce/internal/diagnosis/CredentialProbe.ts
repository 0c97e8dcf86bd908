/**
 * What a provider of credentials gives to a diagnosis.
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { type Credential, CredentialProvider } from "../../../contract/Credential.ts"
import * as TokenText from "../../../credentials/TokenText.ts"
import type { Settings } from "../../Config.ts"
import * as CredentialSet from "../credentials/CredentialSet.ts"
import * as ProxyCertificate from "../credentials/ProxyCertificate.ts"
import * as TokenClaims from "../credentials/TokenClaims.ts"

/**
 * What it gives for a need, and whether a backend would show that at a time, or why not; and why a CE may refuse it.
 */
export const obtain = Effect.fnUntraced(function*(
  settings: Settings,
  audience: string,
  need: CredentialSet.Need,
  now: number
) {
  const provider = yield* CredentialProvider
  const asked = CredentialSet.requirements(settings, audience, need)
  const given = yield* Effect.result(
    Effect.timeoutOrElse(Effect.mapError(provider.credentials(asked), ({ detail }) => detail), {
      duration: settings.timeout,
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
 */
export const claims = (credentials: ReadonlyArray<Credential>): TokenClaims.TokenClaims | undefined => {
  const found = credentials.find((one) => one._tag !== "X509Proxy")
  if (found === undefined) return undefined
  const [first] = TokenText.tokens(Redacted.value(found.token))
  return first === undefined ? undefined : TokenClaims.read(Redacted.make(first))
}

/**
 * What the proxy certificate among them says about itself.
 */
export const proxy = (
  credentials: ReadonlyArray<Credential>
): Result.Result<ProxyCertificate.ProxyCertificate, string> => {
  const found = credentials.find((one) => one._tag === "X509Proxy")
  return found === undefined ? Result.fail("there is no proxy certificate") : ProxyCertificate.read(found.proxy)
}
