import { assert, describe, it } from "@effect/vitest"
import { DateTime, Redacted } from "effect"
import * as TokenClaims from "../../src/ce/TokenClaims.ts"
import { jwt, wlcg } from "./Tokens.ts"

const here = "ce.example.org:9619"

const claims = (token: Redacted.Redacted<string>) => {
  const read = TokenClaims.read(token)
  if (read === undefined) throw new Error("the test's own token cannot be read")
  return read
}

describe("TokenClaims", () => {
  it("are what stands in the token", () => {
    assert.deepStrictEqual(TokenClaims.read(wlcg({ nbf: 1, exp: 86_400, aud: [here, "b"] })), {
      issuer: "https://issuer.example.org",
      subject: "pilot",
      audiences: [here, "b"],
      scopes: ["compute.read", "compute.create", "compute.modify", "compute.cancel"],
      notBefore: DateTime.makeUnsafe("1970-01-01T00:00:01Z"),
      expiresAt: DateTime.makeUnsafe("1970-01-02T00:00:00Z"),
      isWlcg: true
    })
  })

  it.each(["", "a.b.c", "no token", "e30", `${btoa("{}")}.bnVsbA.x`, Redacted.value(jwt({ exp: "soon" }))])(
    "there are none in %j",
    (text) => assert.isUndefined(TokenClaims.read(Redacted.make(text)))
  )

  it("those that decide nothing may be of any type", () => {
    const { expiresAt, isWlcg, issuer, notBefore, subject } = claims(
      wlcg({ iss: null, sub: 17, nbf: "soon", exp: 60, "wlcg.ver": 1 })
    )
    assert.deepStrictEqual([issuer, subject, notBefore, isWlcg], [undefined, undefined, undefined, true])
    assert.deepStrictEqual(expiresAt, DateTime.makeUnsafe(60_000))
  })

  it.each([1e300, -1e300, 0, 1.5])("an expiry of %d is a time", (exp) => {
    assert.isTrue(DateTime.isDateTime(claims(wlcg({ exp })).expiresAt))
  })

  // What HTCondor's daemons do with each, on both versions.
  it.each<readonly [string, Record<string, unknown>, boolean]>([
    ["the audience", {}, true],
    ["a list with it", { aud: ["x", here] }, true],
    ["the audience of everywhere", { aud: "https://wlcg.cern.ch/jwt/v1/any" }, true],
    ["another", { aud: "other.example.org:9619" }, false],
    ["the host without its port", { aud: "ce.example.org" }, false],
    ["none", { aud: undefined }, false],
    ["none, in the SciTokens profile", { aud: undefined, "wlcg.ver": undefined, ver: "scitoken:2.0" }, true]
  ])("a token with %s", (_, own, expected) => {
    assert.strictEqual(TokenClaims.isFor(claims(wlcg(own)), here), expected)
  })

  it.each<readonly [string, boolean, boolean]>([
    ["compute.read", true, false],
    ["", false, false],
    ["openid", false, false],
    ["compute.create", false, false],
    ["compute.read compute.create", true, false],
    ["compute.read compute.cancel", true, false],
    ["compute.read compute.create compute.cancel", true, false],
    ["compute.create compute.cancel compute.modify", true, true],
    ["compute.read compute.create compute.cancel compute.modify", true, true],
    ["condor:/READ", true, false],
    ["condor:/WRITE", true, true]
  ])("the scopes %j: reading %s, writing %s", (scope, reads, writes) => {
    const token = claims(wlcg({ scope }))
    assert.strictEqual(TokenClaims.missing(token, TokenClaims.readScopes).length === 0, reads)
    assert.strictEqual(TokenClaims.missing(token, TokenClaims.writeScopes).length === 0, writes)
  })

  it("a token of another profile is left to the CE", () => {
    const token = claims(jwt({ scope: "condor:/READ" }))
    assert.deepStrictEqual(TokenClaims.missing(token, TokenClaims.writeScopes), [])
  })
})
