import { assert, describe, it } from "@effect/vitest"
import { DateTime, Redacted } from "effect"
import * as TokenClaims from "../../../../src/ce/internal/credentials/TokenClaims.ts"
import { jwt, wlcg } from "../../Tokens.ts"

const here = "ce.example.org:9619"

const claims = (token: Redacted.Redacted<string>) => {
  const read = TokenClaims.read(token)
  if (read === undefined) throw new Error("the test's own token cannot be read")
  return read
}

describe("TokenClaims", () => {
  it("are those in the token", () => {
    assert.deepStrictEqual(TokenClaims.read(wlcg({ nbf: 1, exp: 86_400, aud: [here, "b"] })), {
      issuer: "https://issuer.example.org",
      subject: "pilot",
      audiences: [here, "b"],
      scopes: ["compute.read", "compute.create", "compute.modify", "compute.cancel"],
      notBefore: DateTime.makeUnsafe("1970-01-01T00:00:01Z"),
      expiresAt: DateTime.makeUnsafe("1970-01-02T00:00:00Z"),
      isWlcg: true,
      hasScopeList: false
    })
  })

  it.each(["", "a.b.c", "no token", "e30", `${btoa("{}")}.bnVsbA.x`])(
    "are absent in %j",
    (text) => assert.isUndefined(TokenClaims.read(Redacted.make(text)))
  )

  it("a claim of a wrong type counts as absent, and the others stay", () => {
    const { audiences, expiresAt, isWlcg, issuer, notBefore, subject } = claims(
      wlcg({ iss: null, sub: 17, nbf: "soon", exp: 60, aud: ["a", 1], "wlcg.ver": 1 })
    )
    assert.deepStrictEqual([issuer, subject, notBefore, isWlcg], [undefined, undefined, undefined, true])
    assert.deepStrictEqual(expiresAt, DateTime.makeUnsafe(60_000))
    assert.deepStrictEqual(audiences, ["a"])
    assert.isUndefined(claims(wlcg({ exp: "soon" })).expiresAt)
    assert.isUndefined(claims(wlcg({ exp: null })).expiresAt)
  })

  it.each([1e300, -1e300, 0, 1.5])("an expiry of %d is a time", (exp) => {
    assert.isTrue(DateTime.isDateTime(claims(wlcg({ exp })).expiresAt))
  })

  // The behaviour of HTCondor's daemons for each, on both versions.
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
    ["condor:/WRITE", true, true],
    ["condor:WRITE", true, true],
    ["condor:/WRITE/x", false, false],
    ["compute.read:/", true, false],
    ["compute.read:/ compute.create:/", true, false],
    ["compute.read:/ compute.create:/ compute.modify:/ compute.cancel:/", true, true],
    ["compute.create:/a compute.modify:/b compute.cancel", true, true]
  ])("the scopes %j: reading %s, writing %s", (scope, reads, writes) => {
    const token = claims(wlcg({ scope }))
    assert.strictEqual(TokenClaims.missing(token, TokenClaims.readScopes).length === 0, reads)
    assert.strictEqual(TokenClaims.missing(token, TokenClaims.writeScopes).length === 0, writes)
  })

  it("a token of another profile is left to the CE", () => {
    const token = claims(jwt({ scope: "condor:/READ" }))
    assert.deepStrictEqual(TokenClaims.missing(token, TokenClaims.writeScopes), [])
  })

  describe("possible reasons for a CE's refusal", () => {
    const now = 1_000_000
    const doubts = (token: Redacted.Redacted<string>, kind: "IdToken" | "SciToken", scopes = TokenClaims.writeScopes) =>
      TokenClaims.doubts(claims(token), { resource: here, kinds: [kind], scopes }, now)
    const good = { exp: 2_000, nbf: 1_000 }

    // Accepted by both versions of HTCondor, for issuers that the site trusts.
    it.each<readonly [string, Record<string, unknown>]>([
      ["a token for this", {}],
      ["scopes with a path", { scope: "compute.read:/ compute.create:/ compute.modify:/ compute.cancel:/" }],
      ["a list of audiences", { aud: ["other", here] }],
      ["a token for everywhere", { aud: "https://wlcg.cern.ch/jwt/v1/any" }],
      ["the SciTokens profile", {
        "wlcg.ver": undefined,
        ver: "scitoken:2.0",
        aud: ["ANY"],
        scope: "condor:/READ condor:/WRITE"
      }]
    ])("do not occur for %s", (_, own) => assert.deepStrictEqual(doubts(wlcg({ ...good, ...own }), "SciToken"), []))

    it.each<readonly [string, Record<string, unknown>, ReadonlyArray<string>]>([
      [
        "the audience of a client",
        { "wlcg.ver": undefined, aud: ["a1b2"], azp: "a1b2", scope: "openid compute.read" },
        [`it is for the audience "a1b2", and not for "${here}"`]
      ],
      [
        "an audience in capitals",
        { aud: "CE.EXAMPLE.ORG:9619" },
        [`it is for the audience "CE.EXAMPLE.ORG:9619", and not for "${here}"`]
      ],
      ["no audience", { aud: undefined }, [`it is for no audience, and "${here}" is the one of the compute element`]],
      [
        "a list of scopes",
        { scope: ["compute.read", "compute.create", "compute.modify", "compute.cancel"] },
        ["its scopes are a list, and not words in one text"]
      ],
      ["no expiry", { exp: null }, ["it does not say when it expires"]],
      ["a later beginning", { nbf: 1_001 }, ["it is not good before 1970-01-01T00:16:41.000Z"]],
      ["few scopes", { scope: "compute.read compute.create" }, [
        `it lacks the scopes "compute.modify", "compute.cancel"`
      ]],
      [
        "two things",
        { aud: "b", scope: "" },
        [
          `it is for the audience "b", and not for "${here}"`,
          `it lacks the scopes "compute.create", "compute.modify", "compute.cancel"`
        ]
      ]
    ])(
      "include %s",
      (_, own, expected) => assert.deepStrictEqual(doubts(wlcg({ ...good, ...own }), "SciToken"), expected)
    )

    it.each<readonly [string, Record<string, unknown>, ReadonlyArray<string>]>([
      ["may do all", {}, []],
      ["may write", { scope: "condor:/READ condor:/WRITE" }, []],
      ["may only read", { scope: "condor:/READ" }, [`it lacks the scopes "condor:/WRITE"`]]
    ])("an IDTOKEN that %s", (_, own, expected) => {
      assert.deepStrictEqual(doubts(jwt({ iss: "ce:9619", ...own }), "IdToken"), expected)
      assert.deepStrictEqual(doubts(jwt({ iss: "ce:9619", ...own }), "IdToken", TokenClaims.readScopes), [])
    })
  })
})
