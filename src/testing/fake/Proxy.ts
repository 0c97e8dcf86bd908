/**
 * X.509 proxy certificates, as `condor_submit` and a schedd read them, without attributes of a virtual organisation (VOMS).
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import { X509Certificate } from "node:crypto"
import { text } from "./Attributes.ts"
import type { Job } from "./Job.ts"

/**
 * A proxy certificate.
 *
 * - `expiresAt`: when the first certificate of the chain expires, in seconds since 1970
 * - `subject`: the name of the user, in the form `/DC=org/CN=...`
 */
export interface Proxy {
  readonly expiresAt: number
  readonly subject: string
}

const certificates = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

const key = /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/

/** Whether a certificate is a proxy: its subject is that of the signing certificate, with one more component. */
const isProxy = ({ issuer, subject }: X509Certificate): boolean =>
  subject.startsWith(`${issuer}\n`) && /^CN=[^\n]*$/.test(subject.slice(issuer.length + 1))

/** Parses a file; undefined if it is not a certificate with its key. */
export const read = (pem: string): Proxy | undefined => {
  const chain = Result.try(() => (pem.match(certificates) ?? []).map((block) => new X509Certificate(block)))
  if (Result.isFailure(chain) || !key.test(pem)) return undefined
  const user = chain.success.find((one) => !isProxy(one)) ?? chain.success.at(-1)
  const expiresAt = Math.min(...chain.success.map(({ validTo }) => Date.parse(validTo))) / 1000
  return user === undefined || Number.isNaN(expiresAt)
    ? undefined
    : { expiresAt, subject: user.subject.split("\n").map((part) => `/${part}`).join("") }
}

/** The proxy certificate in the spooled input of a job. */
export const ofJob = ({ ad, inputs }: Job): Proxy | undefined => {
  const file = inputs.get(text(ad, "x509userproxy") ?? "")
  return file === undefined ? undefined : read(new TextDecoder().decode(file.content))
}
