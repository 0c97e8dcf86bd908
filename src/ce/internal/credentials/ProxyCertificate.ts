/**
 * Reads and checks a proxy certificate.
 */
import * as DateTime from "effect/DateTime"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { createPrivateKey, X509Certificate } from "node:crypto"

/**
 * - `subject`: the subject of the proxy itself, as `/DC=org/CN=...`
 * - `expiresAt`: when the first certificate of the chain expires, and the proxy with it
 */
export interface ProxyCertificate {
  readonly subject: string
  readonly expiresAt: DateTime.Utc
}

interface Block {
  readonly label: string
  readonly text: string
}

// Undefined if a BEGIN marker has no END marker: the file is still being written.
const blocksOf = (pem: string): ReadonlyArray<Block> | undefined => {
  const blocks = Array.from(
    pem.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g),
    ([text, label = ""]) => ({ label, text })
  )
  const begun = pem.match(/-----BEGIN /g) ?? []
  return begun.length === blocks.length ? blocks : undefined
}

// The extension of a proxy: of RFC 3820, and of the draft before it. The DER of a certificate contains their bytes.
const extensions = ["06082b0601050507010e", "060a2b060104019b5001815e"].map((hex) => Buffer.from(hex, "hex"))

// The subject of a proxy is that of its signer and one more CN, which before the RFC was `proxy` or `limited proxy`.
const isProxy = ({ issuer, raw, subject }: X509Certificate): boolean =>
  subject.startsWith(`${issuer}\nCN=`) &&
  (extensions.some((one) => raw.includes(one)) || /\nCN=(?:limited )?proxy$/.test(subject))

// Follows the chain from a proxy to the certificate of its user. Subjects become shorter, so it ends. Later certificates are
// ignored.
const leadsToUser = (chain: ReadonlyArray<X509Certificate>, from: X509Certificate): boolean => {
  if (!isProxy(from)) return true
  const signer = chain.find((one) => one.subject === from.issuer && from.verify(one.publicKey))
  return signer !== undefined && leadsToUser(chain, signer)
}

const examine = (pem: string): Result.Result<ProxyCertificate, string> => {
  const blocks = blocksOf(pem)
  if (blocks === undefined) return Result.fail("it is cut off")
  const chain = blocks.filter(({ label }) => label === "CERTIFICATE").map(({ text }) => new X509Certificate(text))
  const [proxy] = chain
  if (proxy === undefined) return Result.fail("it holds no certificate")
  const key = blocks.find(({ label }) => label.endsWith("PRIVATE KEY"))
  if (key === undefined) return Result.fail("it holds no private key")
  if (/ENCRYPTED/.test(key.text)) return Result.fail("its private key is encrypted, and a job has no password for it")
  if (!isProxy(proxy)) {
    return Result.fail("it is the certificate of a user itself, or of a host, whose key is for no job to have")
  }
  if (!proxy.checkPrivateKey(createPrivateKey(key.text))) {
    return Result.fail("its private key belongs to another certificate")
  }
  // Throws for an invalid date. Node's `validToDate` would return whatever was in memory.
  const expiresAt = DateTime.makeUnsafe(Math.min(...chain.map(({ validTo }) => Date.parse(validTo))))
  if (!leadsToUser(chain, proxy)) return Result.fail("its chain ends before the certificate of its user")
  return Result.succeed({ subject: proxy.subject.split("\n").map((part) => `/${part}`).join(""), expiresAt })
}

/**
 * Reads a proxy in PEM form: its certificate, its private key, and the chain to its user's certificate. Fails with the reason,
 * which contains nothing of the file.
 *
 * **Details**
 *
 * If a renewer writes the file in two steps, a reader may see half a chain, or the key of another proxy. `condor_submit` also
 * accepts a user's own certificate with its key, and would send it to an execution point: this check refuses it. (RFC 3820.)
 */
export const read = (proxy: Redacted.Redacted<string>): Result.Result<ProxyCertificate, string> =>
  Result.flatMap(
    Result.try({
      try: () => examine(Redacted.value(proxy)),
      catch: () => "a certificate or the key in it cannot be read"
    }),
    (examined) => examined
  )
