import { assert, describe, it } from "@effect/vitest"
import { Redacted, Result } from "effect"
import { createPrivateKey, generateKeyPairSync } from "node:crypto"
import * as ProxyCertificate from "../../../../src/ce/internal/credentials/ProxyCertificate.ts"
import { anonymous, proxy, proxyExpiresAt, userCertificate } from "../../Tokens.ts"

const read = (text: string) => ProxyCertificate.read(Redacted.make(text))

const keyOf = (text: string) => /-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----\n/.exec(text)?.[0] ?? ""

describe("ProxyCertificate", () => {
  it("expires when the first of its certificates expires", () => {
    for (const text of [proxy, proxy.replaceAll("\n", "\r\n"), `# mine\n${proxy}and more`, `${proxy}${anonymous}`]) {
      const result = read(text)
      assert.deepStrictEqual(Result.isSuccess(result) && result.success.expiresAt, proxyExpiresAt)
    }
  })

  it("has the subject of its first certificate", () => {
    const result = read(proxy)
    assert.strictEqual(Result.isSuccess(result) && result.success.subject, "/DC=test/O=Users/CN=Jane Doe/CN=1234")
  })

  it("has its key in any form", () => {
    const forms = [{ type: "sec1", format: "pem" }, { type: "pkcs8", format: "pem" }] as const
    for (const form of forms) {
      const text = proxy.replace(keyOf(proxy), String(createPrivateKey(keyOf(proxy)).export(form)))
      assert.isTrue(Result.isSuccess(read(text)), form.type)
    }
  })

  it("is refused when it is cut off at any place", () => {
    const whole = proxy.trimEnd()
    for (let end = 0; end < whole.length; end++) assert.isTrue(Result.isFailure(read(whole.slice(0, end))), String(end))
    assert.isTrue(Result.isSuccess(read(whole)))
  })

  const [own = "", rest = ""] = proxy.split(keyOf(proxy))
  const encrypted = (type: "sec1" | "pkcs8") =>
    String(
      createPrivateKey(keyOf(proxy)).export({ type, format: "pem", cipher: "aes-256-cbc", passphrase: "secret" })
    )
  const other = String(
    generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey.export({ type: "pkcs8", format: "pem" })
  )

  it.each([
    ["nothing", "", "it holds no certificate"],
    ["junk", "no proxy", "it holds no certificate"],
    ["a key alone", keyOf(proxy), "it holds no certificate"],
    ["no key", proxy.replace(keyOf(proxy), ""), "it holds no private key"],
    ["the key of another", `${own}${other}${rest}`, "its private key belongs to another certificate"],
    ["an old chain", `${own}${keyOf(proxy)}${userCertificate}`, "its chain ends before the certificate of its user"],
    ["no chain", `${own}${keyOf(proxy)}`, "its chain ends before the certificate of its user"],
    ["a chain in the middle", proxy.slice(0, proxy.length - 300), "it is cut off"],
    [
      "an encrypted key",
      `${own}${encrypted("pkcs8")}${rest}`,
      "its private key is encrypted, and a job has no password for it"
    ],
    [
      "one that is encrypted as of old",
      `${own}${encrypted("sec1")}${rest}`,
      "its private key is encrypted, and a job has no password for it"
    ],
    [
      "a user's own certificate",
      userCertificate,
      "it is the certificate of a user itself, or of a host, whose key is for no job to have"
    ],
    ["a broken key", proxy.replace("MIGH", "????"), "a certificate or the key in it cannot be read"],
    ["a broken certificate", proxy.replace("MIIB", "????"), "a certificate or the key in it cannot be read"],
    [
      "a certificate that expires at no time",
      proxy.replace("MjYxMDE0MTJaFw0yNjEx", "MjYxMDE0MTJaFw0yNnh4"),
      "a certificate or the key in it cannot be read"
    ]
  ])("%s is refused, and the error shows nothing of it", (_, text, detail) => {
    const result = read(text)
    assert.strictEqual(Result.isFailure(result) && result.failure, detail)
  })
})
