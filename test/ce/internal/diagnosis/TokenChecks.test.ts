import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Result } from "effect"
import * as TokenClaims from "../../../../src/ce/internal/credentials/TokenClaims.ts"
import * as TokenChecks from "../../../../src/ce/internal/diagnosis/TokenChecks.ts"
import type { Reply } from "../../../../src/ce/internal/diagnosis/ToolProbe.ts"
import { began, debug, notRun, replied, silent } from "../../diagnosis/Replies.ts"
import * as Tokens from "../../Tokens.ts"

const now = Date.UTC(2026, 10, 26)
const second = now / 1000

const facts = (
  claims: Record<string, unknown>,
  rest: Partial<TokenChecks.TokenFacts> = {}
): TokenChecks.TokenFacts => ({
  kind: "SciToken",
  claims: TokenClaims.read(Tokens.wlcg(claims)),
  doubts: [],
  acceptable: Result.succeed(undefined),
  readable: Result.succeed(undefined),
  earliest: now,
  latest: now,
  freshness: Duration.minutes(5),
  audience: "ce.example.org:9619",
  audiences: [],
  ...rest
})

describe("token", () => {
  const lacks = Result.fail("the token lacks the scopes \"compute.create\"")
  const rows: ReadonlyArray<readonly [string, TokenChecks.TokenFacts, string, RegExp]> = [
    [
      "is good",
      facts({ exp: second + 7_260 }),
      "ok",
      /^SciToken of pilot by https:\/\/issuer\.example\.org, for ce\.example\.org:9619, scopes compute\.read compute\.create compute\.modify compute\.cancel, 2h 1m left\./
    ],
    ["never expires", facts({}), "ok", /does not expire/],
    ["is good for the CE's audience", facts({}, { audiences: ["x", "ce.example.org:9619"] }), "ok", /./],
    ["will soon expire", facts({ exp: second + 299 }), "warning", /4m 59s left\. get a new one/],
    ["has expired", facts({ exp: second - 5 }), "failed", /expired 5s ago\. get a new one/],
    [
      "has expired by the CE's clock",
      facts({ exp: second + 60 }, { latest: now + 61_000 }),
      "failed",
      /expired 1s ago/
    ],
    ["is too young", facts({ nbf: second + 60 }), "failed", /not good before 2026-11-26T00:01:00\.000Z\. .*clock/],
    ["is too young for the CE's clock", facts({ nbf: second }, { earliest: now - 1 }), "failed", /not good before/],
    [
      "is for the CE's audience in other letters, which a CE compares one by one",
      facts({}, { audiences: ["CE.example.org:9619"] }),
      "failed",
      /for CE\.example\.org:9619, and is asked with one for ce\.example\.org:9619, which it takes for another\. .*--audience/
    ],
    [
      "is for another audience than the CE's",
      facts({}, { audiences: ["a", "b"] }),
      "failed",
      /the CE takes tokens for a b, and is asked with one for ce\.example\.org:9619\. .*--audience/
    ],
    [
      "is good for nothing",
      facts({}, { acceptable: lacks, readable: lacks }),
      "failed",
      /: the token lacks the scopes/
    ],
    [
      "is good for reading",
      facts({}, { acceptable: lacks }),
      "warning",
      /: the token lacks .* unless looking at jobs is enough/
    ],
    [
      "may be for another CE, which that decides",
      facts({}, { doubts: ["it is for the audience \"b\""] }),
      "warning",
      /: it is for the audience "b"\. if the CE refuses it, ask its issuer/
    ],
    [
      "is not given",
      facts({}, { claims: undefined, acceptable: Result.fail("no file") }),
      "failed",
      /^no file\. .*--token-file/
    ],
    ["is none that can be read", facts({}, { claims: undefined }), "warning", /says nothing about itself/]
  ]
  it.each(rows)("%s", (_, one, status, words) => {
    const found = TokenChecks.token(one)
    assert.strictEqual(found.status, status)
    assert.match(`${found.detail}. ${found.fix}`, words)
  })

  it("from the CE itself: names no other user", () => {
    const claims = TokenClaims.read(Tokens.jwt({ sub: "pilot@x", iss: "ce:9619" }))
    assert.strictEqual(
      TokenChecks.token(facts({}, { kind: "IdToken", claims, audiences: ["a"] })).detail,
      "IdToken of pilot@x by ce:9619, does not expire"
    )
  })
})

describe("proxy certificate", () => {
  const at = (minutes: number) =>
    Result.succeed({ subject: "/CN=Jane", expiresAt: DateTime.makeUnsafe(now + 60_000 * minutes) })
  it.each(
    [
      [at(600), "ok", "/CN=Jane, 10h left"],
      [at(9), "warning", "/CN=Jane, 9m left"],
      [at(2), "warning", "/CN=Jane, 2m left"],
      [at(1), "failed", "/CN=Jane, 1m left, which is too soon for condor_submit"],
      [at(-61), "failed", "/CN=Jane, expired 1h 1m ago"],
      [Result.fail("it holds no private key"), "failed", "it holds no private key"]
    ] as const
  )("%#", (read, status, detail) => {
    const found = TokenChecks.proxy(read, now)
    assert.deepStrictEqual([found.status, found.detail], [status, detail])
    assert.strictEqual(found.fix?.includes("--proxy-file"), status === "ok" ? undefined : true)
  })
})

describe("token that is shown", () => {
  const version = "$CondorVersion: 25.14.1 2026-10-16 PackageID: 25.14.1+dfsg-1 $"
  const allowed = (identity: string, level = "READ") =>
    replied({
      stdout: `Destination:                 collector <192.0.2.1:9619>
Remote Version:              ${version}
Session ID:                  ce:58:1795688911:56
Instruction:                 ${level}
Authenticated using:         IDTOKENS
Remote Mapping:              ${identity}
Authorized:                  TRUE

`
    })
  const failed = (words: string, lines: ReadonlyArray<string> = [], level = "READ") =>
    replied({ exitCode: 1, stdout: `${level} failed!\n${words}\n\n`, stderr: debug(began, ...lines) })
  const tried = (method: string) =>
    `AUTHENTICATE:1003:Failed to authenticate with any method\nAUTHENTICATE:1004:Failed to authenticate using ${method}`
  const denied = "SECMAN:2010:Received \"DENIED\" from server for user pilot@users.htcondor.org using method IDTOKENS."

  const rows: ReadonlyArray<readonly [string, Reply, TokenChecks.TokenKind, string, RegExp]> = [
    ["is taken", allowed("pilot@users.htcondor.org"), "IdToken", "ok", /^by IDTOKENS, as pilot@users\.htcondor\.org\./],
    ["is that of nobody", allowed("gsi@unmapped"), "SciToken", "warning", /as gsi@unmapped\. the site has to map/],
    [
      "is of another CE",
      failed(tried("IDTOKENS"), ["Ignoring token as it is from trust domain b:9619 (server trust domain is a:9619)."]),
      "IdToken",
      "failed",
      /^the collector is of the trust domain a:9619, and the token of b:9619\. .*this CE has issued/
    ],
    [
      "is of a key that has gone",
      failed(tried("IDTOKENS"), ["Ignoring token as it was signed with key OLD (not known to the server)."]),
      "IdToken",
      "failed",
      /^the collector has no key OLD/
    ],
    [
      "is of another key",
      failed(tried("IDTOKENS"), ["Hash supplied by server doesn't match that calculated by the client."]),
      "IdToken",
      "failed",
      /^the collector has another key than the one that signed the token/
    ],
    [
      "is none",
      failed(tried("IDTOKENS"), ["Failed to decode JWT in keyfile '/tmp/x'; ignoring."]),
      "IdToken",
      "failed",
      /is no token\. .*--token-file/
    ],
    [
      "is refused",
      failed(tried("IDTOKENS"), ["Server sent status indicating not OK."]),
      "IdToken",
      "failed",
      /^the collector refuses the token.*revoked\?.*CollectorLog/
    ],
    [
      "is a SciToken, and refused",
      failed(tried("SCITOKENS"), ["SSL Auth: Server has rejected our token!"]),
      "SciToken",
      "failed",
      /^the collector refuses the token.*does the CE know the issuer/
    ],
    [
      "is of a kind that is not taken",
      failed("SECMAN:2005:Protocol Error: No auth methods."),
      "IdToken",
      "failed",
      /^the collector takes no IDTOKENS\. .*TOKEN .*--token-kind/
    ],
    [
      "is a SciToken, and not taken",
      failed("SECMAN:2005:Protocol Error: No auth methods."),
      "SciToken",
      "failed",
      /^the collector takes no SCITOKENS\. .*SCITOKENS/
    ],
    [
      "may not even look",
      failed(denied),
      "SciToken",
      "failed",
      /^the collector knows pilot@users\.htcondor\.org, and does not allow it\. .*compute\.read/
    ],
    [
      "does not get as far for the host certificate",
      failed(tried("SCITOKENS"), ["No SSL host name specified."]),
      "SciToken",
      "failed",
      /^the host certificate of the collector is not good\. see the check of the certificate/
    ],
    [
      "fails in another way",
      failed("Something new"),
      "IdToken",
      "failed",
      /^the collector: Something new\. report it to the site/
    ],
    ["gets no answer", silent, "IdToken", "failed", /^the collector does not answer within 60 s/],
    ["has no tool", notRun, "IdToken", "skipped", /no such command/]
  ]
  it.each(rows)("%s", (_, reply, kind, status, words) => {
    const found = TokenChecks.authentication(reply, kind)
    assert.strictEqual(found.status, status)
    assert.match(`${found.detail}. ${found.fix}`, words)
  })

  it.each(
    [
      [allowed("pilot@x", "WRITE"), "IdToken", "WRITE", "ok", /^submit, fetch and cancel: allowed to pilot@x\./],
      [allowed("pilot@x"), "SciToken", "READ", "ok", /^status: allowed to pilot@x\./],
      [failed(denied, [], "WRITE"), "IdToken", "WRITE", "failed", /does not allow it\. .*condor:\/WRITE/],
      [
        failed(denied, [], "WRITE"),
        "SciToken",
        "WRITE",
        "failed",
        /compute\.create, compute\.modify and compute\.cancel/
      ],
      [failed(denied), "IdToken", "READ", "failed", /condor:\/READ/],
      [
        replied({ exitCode: 1, stderr: "ERROR: couldn't locate ce@local!\n" }),
        "IdToken",
        "READ",
        "failed",
        /^the schedd: ERROR: couldn't locate ce@local!/
      ],
      [silent, "IdToken", "WRITE", "failed", /^the schedd does not answer within 60 s/]
    ] as const
  )("opens operations or not: %#", (reply, kind, level, status, words) => {
    const found = TokenChecks.authorization(reply, kind, level, undefined)
    assert.strictEqual(found.status, status)
    assert.match(`${found.detail}. ${found.fix}`, words)
  })

  it("are not possible if the schedd is not at the address in its ad", () => {
    const cut = "attempt to connect to <198.51.100.7:9619> failed: Connection refused (connect errno = 111)."
    const away = TokenChecks.authorization(
      replied({ exitCode: 1, stderr: debug(began, cut) }),
      "IdToken",
      "READ",
      undefined
    )
    assert.strictEqual(
      `${away.detail}. ${away.fix}`,
      "the schedd is not at 198.51.100.7:9619, where its ad says that it is: Connection refused (connect errno = 111). is it up? If so, the site corrects its address (NETWORK_INTERFACE, TCP_FORWARDING_HOST)"
    )
    const dropped = TokenChecks.authorization(silent, "IdToken", "READ", "198.51.100.7:9619")
    assert.match(
      `${dropped.detail}. ${dropped.fix}`,
      /^the schedd does not answer within 60 s at 198\.51\.100\.7:9619, where its ad says.*TCP_FORWARDING_HOST/
    )
    assert.deepStrictEqual([away.status, dropped.status], ["failed", "failed"])
  })
})
