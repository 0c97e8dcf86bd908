/**
 * The credentials that a diagnosis gets from the provider.
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
 * Asks the provider for credentials.
 *
 * - `given`: its answer
 * - `accepted`: the credentials that a backend would use at the time `now`, or why it would use none
 * - `doubts`: why a CE may refuse them
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
 * The claims of the token among credentials: of the first one, if there are several.
 */
export const claims = (credentials: ReadonlyArray<Credential>): TokenClaims.TokenClaims | undefined => {
  const found = credentials.find((one) => one._tag !== "X509Proxy")
  if (found === undefined) return undefined
  const [first] = TokenText.tokens(Redacted.value(found.token))
  return first === undefined ? undefined : TokenClaims.read(Redacted.make(first))
}

/**
 * The content of the proxy certificate among credentials.
 */
export const proxy = (
  credentials: ReadonlyArray<Credential>
): Result.Result<ProxyCertificate.ProxyCertificate, string> => {
  const found = credentials.find((one) => one._tag === "X509Proxy")
  return found === undefined ? Result.fail("there is no proxy certificate") : ProxyCertificate.read(found.proxy)
}
