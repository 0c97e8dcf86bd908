import { assert, describe, it } from "@effect/vitest"
import { Redacted, Result } from "effect"
import * as ProxyCertificate from "../../src/ce/ProxyCertificate.ts"
import { anonymous, proxy, proxyExpiresAt } from "./Tokens.ts"

const read = (text: string) => ProxyCertificate.read(Redacted.make(text))

const keyOf = (text: string) => /-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----\n/.exec(text)?.[0] ?? ""

describe("ProxyCertificate", () => {
  it("expires with the first of its certificates to expire, wherever that stands", () => {
    const [first = "", ...rest] = proxy.split(keyOf(proxy))
    for (const text of [proxy, `${rest.join("")}${keyOf(proxy)}${first}`, proxy.replaceAll("\n", "\r\n")]) {
      const result = read(text)
      assert.deepStrictEqual(Result.isSuccess(result) && result.success.expiresAt, proxyExpiresAt)
    }
  })

  it("has the subject of its first certificate", () => {
    const result = read(proxy)
    assert.strictEqual(Result.isSuccess(result) && result.success.subject, "/DC=test/O=Users/CN=Jane Doe/CN=1234")
  })

  it("may have no subject", () => {
    const result = read(`${anonymous}${keyOf(proxy)}`)
    assert.strictEqual(Result.isSuccess(result) && result.success.subject, "/")
  })

  it.each([
    ["nothing", "", "it holds no certificate"],
    ["junk", "no proxy", "it holds no certificate"],
    ["a key alone", keyOf(proxy), "it holds no certificate"],
    ["no key", proxy.replace(keyOf(proxy), ""), "it holds no private key"],
    ["a broken certificate", proxy.replace("MIIB", "????"), "a certificate in it cannot be read"],
    [
      "a certificate that expires at no time",
      proxy.replace("MjYxMDE0MTJaFw0yNjEx", "MjYxMDE0MTJaFw0yNnh4"),
      "a certificate in it cannot be read"
    ]
  ])("%s is refused without a word of it", (_, text, detail) => {
    const result = read(text)
    assert.strictEqual(Result.isFailure(result) && result.failure, detail)
  })
})
