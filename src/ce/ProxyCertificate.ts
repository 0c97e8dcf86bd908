/**
 * What a proxy certificate says about itself.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { X509Certificate } from "node:crypto"

/**
 * - `subject`: of the proxy itself, in the form `/DC=org/CN=...`
 * - `expiresAt`: when the first certificate of the chain expires, and the proxy with it
 *
 * @category models
 * @since 0.1.0
 */
export interface ProxyCertificate {
  readonly subject: string
  readonly expiresAt: DateTime.Utc
}

const certificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

const key = /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/

/**
 * Reads a proxy in PEM form: its certificate, its private key, and the certificates that lead to its authority. The failure
 * is what is wrong with it, without any of it.
 *
 * @category converting
 * @since 0.1.0
 */
export const read = (proxy: Redacted.Redacted<string>): Result.Result<ProxyCertificate, string> => {
  const text = Redacted.value(proxy)
  const blocks = text.match(certificate) ?? []
  if (blocks.length === 0) return Result.fail("it holds no certificate")
  if (!key.test(text)) return Result.fail("it holds no private key")
  // A date that is none makes a time that throws; Node's `validToDate` is then whatever was in memory.
  return Result.try({
    try: () => {
      const chain = blocks.map((block) => new X509Certificate(block))
      return {
        subject: (chain[0]?.subject ?? "").split("\n").map((part) => `/${part}`).join(""),
        expiresAt: DateTime.makeUnsafe(Math.min(...chain.map(({ validTo }) => Date.parse(validTo))))
      }
    },
    catch: () => "a certificate in it cannot be read"
  })
}
