import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Effect, Fiber, Logger, Redacted, Ref, Result } from "effect"
import { TestClock } from "effect/testing"
import * as Config from "../../../../src/ce/Config.ts"
import * as CredentialCache from "../../../../src/ce/internal/credentials/CredentialCache.ts"
import type * as CredentialSet from "../../../../src/ce/internal/credentials/CredentialSet.ts"
import {
  AuthenticationFailed,
  AuthorizationDenied,
  type BackendError,
  CEUnavailable,
  CredentialUnavailable
} from "../../../../src/contract/BackendError.ts"
import * as Credential from "../../../../src/credentials/Credential.ts"
import { jwt, plain, proxy, proxyExpiresAt, userCertificate, wlcg } from "../../Tokens.ts"

const audience = "ce.example.org:9619"

type Answer = ReadonlyArray<Credential.Credential> | "fails" | "hangs"

/** A provider with scripted answers, and the requests that it got. */
const rig = (
  config: Partial<Config.Config> = {},
  provider: Pick<Credential.CredentialProvider["Service"], "freshness" | "revision"> = {}
) =>
  Effect.gen(function*() {
    const answer = yield* Ref.make<Answer>([])
    const asked: Array<Credential.CredentialRequirements> = []
    const credentials = yield* CredentialCache.make(
      Config.settings({ endpoint: audience, token: "SciToken", ...config }),
      audience,
      "ce.example.org:9619"
    ).pipe(Effect.provideService(Credential.CredentialProvider, {
      ...provider,
      credentials: Effect.fnUntraced(function*(requirements: Credential.CredentialRequirements) {
        asked.push(requirements)
        yield* Effect.sleep("1 second")
        const now = yield* Ref.get(answer)
        if (now === "hangs") return yield* Effect.never
        if (now === "fails") return yield* new CredentialUnavailable({ resource: audience, detail: "no luck" })
        return now
      })
    }))
    const get = (need: CredentialSet.Need = "read") =>
      Effect.gen(function*() {
        const fiber = yield* Effect.forkChild(Effect.result(credentials.get(need)))
        yield* TestClock.adjust("2 seconds")
        return Result.match(yield* Fiber.join(fiber), {
          onFailure: ({ detail }) => detail,
          onSuccess: ({ token }) => Redacted.value(token)
        })
      })
    return { answer, asked, credentials, get }
  })

const seconds = (duration: Duration.Input) => Duration.toSeconds(Duration.fromInputUnsafe(duration))

/** A token that expires this long after the epoch. The clock of a test starts at the epoch. */
const token = (lifetime: Duration.Input, claims: Readonly<Record<string, unknown>> = {}) =>
  wlcg({ exp: seconds(lifetime), ...claims })

const sciToken = (text: Redacted.Redacted<string>): Answer => [Credential.fromText("SciToken", text)]

describe("Credentials", () => {
  it.effect("are requested once, for any number of callers, and again within the margin before their expiry", () =>
    Effect.gen(function*() {
      const { answer, asked, get } = yield* rig({ freshness: "10 minutes" })
      const [first, second] = [token("1 hour"), token("2 hours")]
      yield* Ref.set(answer, sciToken(first))
      const all = yield* Effect.all(Array.from({ length: 100 }, () => get()), { concurrency: "unbounded" })
      assert.deepStrictEqual([...new Set(all)], [Redacted.value(first)])
      assert.strictEqual(asked.length, 1)
      yield* TestClock.setTime(seconds("49 minutes") * 1000)
      yield* Ref.set(answer, sciToken(second))
      assert.strictEqual(yield* get(), Redacted.value(first))
      yield* TestClock.setTime(seconds("50 minutes") * 1000)
      const later = yield* Effect.all(Array.from({ length: 100 }, () => get()), { concurrency: "unbounded" })
      assert.deepStrictEqual([...new Set(later)], [Redacted.value(second)])
      assert.strictEqual(asked.length, 2)
    }))

  it.effect("a provider can ask for a wider margin, and not for a narrower one", () =>
    Effect.gen(function*() {
      for (const [freshness, renewedAt] of [["20 minutes", 40], ["1 minute", 50]] as const) {
        yield* TestClock.setTime(0)
        const { answer, asked, get } = yield* rig({ freshness: "10 minutes" }, { freshness })
        yield* Ref.set(answer, sciToken(token("1 hour")))
        yield* get()
        yield* TestClock.setTime((renewedAt * 60 - 3) * 1000)
        yield* get()
        assert.strictEqual(asked.length, 1)
        yield* TestClock.setTime(renewedAt * 60 * 1000)
        yield* get()
        assert.strictEqual(asked.length, 2)
      }
    }))

  it.effect("with less lifetime than the margin: are used for half of it, and requested again before they expire", () =>
    Effect.gen(function*() {
      const { answer, asked, get } = yield* rig({ freshness: "10 minutes" })
      yield* Ref.set(answer, sciToken(token("121 seconds")))
      yield* get()
      yield* TestClock.setTime(59_000)
      yield* get()
      assert.strictEqual(asked.length, 1)
      yield* TestClock.setTime(61_000)
      yield* get()
      assert.strictEqual(asked.length, 2)
    }))

  it.effect("without an expiry: are kept", () =>
    Effect.gen(function*() {
      const { answer, asked, get } = yield* rig()
      yield* Ref.set(answer, sciToken(plain("opaque")))
      yield* get()
      yield* TestClock.adjust("1000 days")
      assert.strictEqual(yield* get(), Redacted.value(plain("opaque")))
      assert.strictEqual(asked.length, 1)
    }))

  it.effect("a renewal that fails is a warning while they are valid, and a failure after that", () =>
    Effect.gen(function*() {
      const warnings: Array<unknown> = []
      const logger = Logger.layer([
        Logger.make(({ logLevel, message }) => logLevel === "Warn" ? warnings.push(message) : undefined)
      ])
      yield* Effect.gen(function*() {
        const { answer, asked, get } = yield* rig({ freshness: "20 minutes" })
        const good = token("1 hour")
        yield* Ref.set(answer, sciToken(good))
        yield* get()
        yield* TestClock.setTime(seconds("41 minutes") * 1000)
        for (const bad of ["fails", "hangs", [], sciToken(token("1 minute"))] as const) {
          yield* Ref.set(answer, bad)
          yield* TestClock.adjust("40 seconds")
          const before = asked.length
          const fiber = yield* Effect.forkChild(get())
          yield* TestClock.adjust("61 seconds")
          assert.strictEqual(yield* Fiber.join(fiber), Redacted.value(good))
          assert.strictEqual(asked.length, before + 1)
        }
        assert.strictEqual(warnings.length, 4)
        assert.notInclude(JSON.stringify(warnings), Redacted.value(good))
        yield* Ref.set(answer, "fails")
        yield* TestClock.setTime(seconds("61 minutes") * 1000)
        assert.strictEqual(yield* get(), "no luck")
      }).pipe(Effect.provide(logger))
    }))

  describe("waits up to five seconds for a provider that is late with the successor of a token", () => {
    const late = Effect.fnUntraced(function*(before: Answer, by: Duration.Input) {
      const { answer, asked, credentials, get } = yield* rig()
      yield* Ref.set(answer, sciToken(token("1 minute")))
      yield* get("write")
      yield* TestClock.setTime(60_000)
      yield* Ref.set(answer, before)
      const fiber = yield* Effect.forkChild(Effect.result(credentials.get("write")))
      yield* TestClock.adjust(by)
      yield* Ref.set(answer, sciToken(token("1 hour")))
      yield* TestClock.adjust("10 seconds")
      const outcome = Result.match(yield* Fiber.join(fiber), {
        onFailure: ({ detail }) => detail,
        onSuccess: ({ token }) => Redacted.value(token)
      })
      return { outcome, asked: asked.length }
    })

    it.effect.each<readonly [string, Answer]>([
      ["gives the old one", sciToken(token("1 minute"))],
      ["gives none", []],
      ["fails", "fails"]
    ])("and the provider %s meanwhile", ([, before]) =>
      Effect.gen(function*() {
        const { asked, outcome } = yield* late(before, "1500 millis")
        assert.strictEqual(outcome, Redacted.value(token("1 hour")))
        assert.isAtMost(asked, 4)
      }))

    it.effect("and no longer", () =>
      Effect.gen(function*() {
        const { asked, outcome } = yield* late("fails", "9 seconds")
        assert.strictEqual(outcome, "no luck")
        assert.isAtMost(asked, 7)
      }))

    it.effect("and also when the process has just started, and the provider returns a token that has just expired", () =>
      Effect.gen(function*() {
        yield* TestClock.setTime(60_500)
        const { answer, credentials } = yield* rig()
        yield* Ref.set(answer, sciToken(token("1 minute")))
        const fiber = yield* Effect.forkChild(credentials.get("write"))
        yield* TestClock.adjust("1200 millis")
        yield* Ref.set(answer, sciToken(token("1 hour")))
        yield* TestClock.adjust("3 seconds")
        assert.strictEqual(Redacted.value((yield* Fiber.join(fiber)).token), Redacted.value(token("1 hour")))
      }))
  })

  it.effect("after a failed renewal: the provider is not asked for a while", () =>
    Effect.gen(function*() {
      const { answer, asked, get } = yield* rig()
      yield* Ref.set(answer, sciToken(token("1 hour")))
      yield* get()
      yield* Ref.set(answer, "fails")
      yield* TestClock.setTime(seconds("56 minutes") * 1000)
      for (let i = 0; i < 10; i++) yield* get()
      assert.strictEqual(asked.length, 2)
      yield* TestClock.adjust("30 seconds")
      yield* get()
      assert.strictEqual(asked.length, 3)
    }))

  it.effect("a failure reaches all waiting callers, and is not kept", () =>
    Effect.gen(function*() {
      const { answer, asked, get } = yield* rig()
      yield* Ref.set(answer, "fails")
      const all = yield* Effect.all(Array.from({ length: 10 }, () => get()), { concurrency: "unbounded" })
      assert.deepStrictEqual([...new Set(all)], ["no luck"])
      assert.strictEqual(asked.length, 1)
      yield* Ref.set(answer, sciToken(plain("opaque")))
      assert.strictEqual(yield* get(), Redacted.value(plain("opaque")))
    }))

  it.effect("a waiting caller can be interrupted, and the others get their credentials", () =>
    Effect.gen(function*() {
      const { answer, asked, credentials } = yield* rig()
      yield* Ref.set(answer, sciToken(plain("opaque")))
      const first = yield* Effect.forkChild(credentials.get("read"))
      const second = yield* Effect.forkChild(credentials.get("read"))
      yield* TestClock.adjust("500 millis")
      yield* Fiber.interrupt(first)
      yield* TestClock.adjust("600 millis")
      assert.strictEqual(Redacted.value((yield* Fiber.join(second)).token), Redacted.value(plain("opaque")))
      assert.strictEqual(asked.length, 1)
    }))

  it.effect("each need names its kinds and scopes, and stronger credentials serve weaker needs", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(proxyExpiresAt.epochMilliseconds - seconds("1 hour") * 1000)
      const { answer, asked, get } = yield* rig({ proxy: true })
      const pem = Credential.fromText("X509Proxy", Redacted.make(proxy))
      yield* Ref.set(answer, [...sciToken(plain("opaque")), pem] as Answer)
      for (const need of ["read", "write", "submit"] as const) yield* get(need)
      const write = ["compute.create", "compute.modify", "compute.cancel"]
      assert.deepStrictEqual(asked, [
        { resource: audience, kinds: ["SciToken"], scopes: ["compute.read"] },
        { resource: audience, kinds: ["SciToken"], scopes: write },
        { resource: audience, kinds: ["SciToken", "X509Proxy"], scopes: write }
      ])
      const fresh = yield* rig({ proxy: true })
      yield* Ref.set(fresh.answer, [...sciToken(plain("opaque")), pem] as Answer)
      for (const need of ["submit", "write", "read"] as const) yield* fresh.get(need)
      assert.strictEqual(fresh.asked.length, 1)
    }))

  it.effect("are requested again at once when the provider has new ones", () =>
    Effect.gen(function*() {
      const revision = yield* Ref.make("1")
      const { answer, asked, get } = yield* rig({}, { revision: () => Ref.get(revision) })
      yield* Ref.set(answer, sciToken(plain("one")))
      yield* get()
      yield* Ref.set(answer, sciToken(plain("two")))
      assert.strictEqual(yield* get(), Redacted.value(plain("one")))
      yield* Ref.set(revision, "2")
      assert.strictEqual(yield* get(), Redacted.value(plain("two")))
      assert.strictEqual(yield* get(), Redacted.value(plain("two")))
      assert.strictEqual(asked.length, 2)
    }))

  it.effect("those of a stronger need serve, while they are valid, if the provider fails for a weaker one", () =>
    Effect.gen(function*() {
      const { answer, asked, get } = yield* rig()
      const good = token("1 hour")
      yield* Ref.set(answer, sciToken(good))
      yield* get("submit")
      yield* Ref.set(answer, "fails")
      yield* TestClock.setTime(seconds("56 minutes") * 1000)
      assert.strictEqual(yield* get("read"), Redacted.value(good))
      assert.strictEqual(asked.length, 2)
      yield* TestClock.setTime(seconds("61 minutes") * 1000)
      assert.strictEqual(yield* get("read"), "no luck")
    }))

  it.effect("remain usable after the proxy certificate that came with them has expired, except for a submission", () =>
    Effect.gen(function*() {
      const end = proxyExpiresAt.epochMilliseconds
      yield* TestClock.setTime(end - seconds("1 hour") * 1000)
      const { answer, get } = yield* rig({ proxy: true })
      yield* Ref.set(answer, [
        ...sciToken(plain("opaque")),
        Credential.fromText("X509Proxy", Redacted.make(proxy))
      ] as Answer)
      yield* get("submit")
      yield* Ref.set(answer, "fails")
      yield* TestClock.setTime(end - seconds("1 minute") * 1000)
      assert.strictEqual(yield* get("submit"), "no luck")
      assert.strictEqual(yield* get("write"), Redacted.value(plain("opaque")))
    }))

  it.effect("a change that brings no usable credential: the provider is asked at its next change, or after a while", () =>
    Effect.gen(function*() {
      for (const good of [token("1 hour"), plain("opaque")]) {
        yield* TestClock.setTime(0)
        const revision = yield* Ref.make("1")
        const { answer, asked, get } = yield* rig({}, { revision: () => Ref.get(revision) })
        yield* Ref.set(answer, sciToken(good))
        yield* get()
        yield* Ref.set(revision, "2")
        yield* Ref.set(answer, "fails")
        for (let i = 0; i < 5; i++) assert.strictEqual(yield* get(), Redacted.value(good))
        assert.strictEqual(asked.length, 2)
        yield* TestClock.adjust("30 seconds")
        yield* get()
        assert.strictEqual(asked.length, 3)
        yield* Ref.set(revision, "3")
        yield* Ref.set(answer, sciToken(plain("whole")))
        assert.strictEqual(yield* get(), Redacted.value(plain("whole")))
      }
    }))

  it.effect("a provider that cannot say whether it has new ones is treated as having none", () =>
    Effect.gen(function*() {
      const hangs = yield* Ref.make(false)
      const { answer, asked, credentials, get } = yield* rig({}, {
        revision: () => Effect.flatMap(Ref.get(hangs), (hang) => hang ? Effect.never : Effect.succeed("1"))
      })
      yield* Ref.set(answer, sciToken(plain("opaque")))
      yield* get()
      yield* Ref.set(hangs, true)
      const fiber = yield* Effect.forkChild(credentials.get("read"))
      yield* TestClock.adjust("60 seconds")
      assert.strictEqual(Redacted.value((yield* Fiber.join(fiber)).token), Redacted.value(plain("opaque")))
      assert.strictEqual(asked.length, 1)
    }))

  it.effect.each<readonly [string, number, number]>([["before they say themselves", 1800, 1800], [
    "after",
    7200,
    3600
  ]])(
    "expire when the provider says, if that is %s",
    ([, said, expected]) =>
      Effect.gen(function*() {
        const { answer, credentials } = yield* rig()
        const expiresAt = DateTime.makeUnsafe(said * 1000)
        yield* Ref.set(answer, [
          Credential.Credential.cases.SciToken.make({ token: token("1 hour"), expiresAt })
        ] as Answer)
        const fiber = yield* Effect.forkChild(credentials.get("read"))
        yield* TestClock.adjust("2 seconds")
        assert.strictEqual((yield* Fiber.join(fiber)).expiresAt, expected * 1000)
      })
  )

  it.effect("the provider's expiry counts for a proxy certificate, too", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(proxyExpiresAt.epochMilliseconds - seconds("1 hour") * 1000)
      const { answer, get } = yield* rig({ proxy: true })
      yield* Ref.set(answer, [
        ...sciToken(plain("opaque")),
        Credential.Credential.cases.X509Proxy.make({ proxy: Redacted.make(proxy), expiresAt: DateTime.makeUnsafe(0) })
      ] as Answer)
      assert.strictEqual(yield* get("submit"), "the proxy certificate expired at 1970-01-01T00:00:00.000Z")
    }))

  describe("credentials that a CE refuses", () => {
    const renewed = (first: Redacted.Redacted<string>, second: Answer, after: Duration.Input) =>
      Effect.gen(function*() {
        yield* TestClock.setTime(0)
        const { answer, asked, credentials, get } = yield* rig()
        yield* Ref.set(answer, sciToken(first))
        yield* get()
        const set = yield* credentials.get("read")
        yield* Ref.set(answer, second)
        yield* TestClock.setTime(seconds(after) * 1000)
        const fiber = yield* Effect.forkChild(credentials.renew("read", set))
        yield* TestClock.adjust("2 seconds")
        const other = yield* Fiber.join(fiber)
        return { asked: asked.length, token: other === undefined ? undefined : Redacted.value(other.token) }
      })

    it.effect("are replaced by others, if the provider has any", () =>
      Effect.gen(function*() {
        const other = sciToken(plain("other"))
        const opaque = plain("opaque")
        assert.deepStrictEqual(yield* renewed(opaque, other, "1 hour"), {
          asked: 2,
          token: Redacted.value(plain("other"))
        })
        assert.deepStrictEqual(yield* renewed(opaque, sciToken(opaque), "1 hour"), { asked: 2, token: undefined })
        assert.deepStrictEqual(yield* renewed(opaque, "fails", "1 hour"), { asked: 2, token: undefined })
      }))

    it.effect("are not requested again just after they were obtained, unless they have expired", () =>
      Effect.gen(function*() {
        const other = sciToken(plain("other"))
        const soon = yield* renewed(plain("opaque"), other, "10 seconds")
        assert.deepStrictEqual(soon, { asked: 1, token: undefined })
        const expired = yield* renewed(token("8 seconds"), other, "10 seconds")
        assert.deepStrictEqual(expired, { asked: 2, token: Redacted.value(plain("other")) })
      }))
  })

  it.effect("new ones that are refused: are replaced by those that the provider has now", () =>
    Effect.gen(function*() {
      const revision = yield* Ref.make("1")
      const { answer, asked, credentials, get } = yield* rig({}, { revision: () => Ref.get(revision) })
      yield* Ref.set(answer, sciToken(plain("one")))
      yield* get()
      const refused = yield* credentials.get("read")
      yield* Ref.set(revision, "2")
      yield* Ref.set(answer, sciToken(plain("two")))
      const fiber = yield* Effect.forkChild(credentials.renew("read", refused))
      yield* TestClock.adjust("2 seconds")
      const renewed = yield* Fiber.join(fiber)
      assert.strictEqual(
        renewed === undefined ? undefined : Redacted.value(renewed.token),
        Redacted.value(plain("two"))
      )
      assert.strictEqual(asked.length, 2)
    }))

  describe("for another purpose: are shown all the same, because the CE decides", () => {
    it.effect.each<readonly [string, Record<string, unknown>]>([
      ["for another CE", { aud: ["a.example.org:9619", "b"] }],
      ["for nobody", { aud: undefined }],
      ["with too few scopes", { scope: "openid" }],
      ["with scopes that have a path", { scope: "compute.read:/ compute.create:/" }],
      ["of another profile", { "wlcg.ver": undefined, aud: ["client"], azp: "client" }],
      ["with a list of scopes", { scope: ["compute.read"] }],
      ["without an expiry", { exp: null }]
    ])("a token %s", ([, claims]) =>
      Effect.gen(function*() {
        const { answer, get } = yield* rig()
        const own = wlcg({ exp: 3_600, ...claims })
        yield* Ref.set(answer, sciToken(own))
        assert.strictEqual(yield* get("submit"), Redacted.value(own))
      }))
  })

  describe("several in one text", () => {
    const text = (...all: ReadonlyArray<Redacted.Redacted<string>>) =>
      Redacted.make(["# those of the site", ...all.map((one) => Redacted.value(one)), ""].join("\n"))
    const shown = (kind: "IdToken" | "SciToken", ...all: ReadonlyArray<Redacted.Redacted<string>>) =>
      Effect.gen(function*() {
        yield* TestClock.setTime(60_000)
        const { answer, credentials } = yield* rig({ token: kind })
        yield* Ref.set(answer, [Credential.fromText(kind, text(...all))] as Answer)
        const fiber = yield* Effect.forkChild(credentials.get("read"))
        yield* TestClock.adjust("2 seconds")
        const { expiresAt, token } = yield* Fiber.join(fiber)
        return { token: Redacted.value(token).split("\n"), expiresAt }
      })
    const [dead, soon, late] = [token("1 second"), token("1 hour"), token("2 hours", { aud: "other" })]

    it.effect("IDTOKENs: all are shown that have not expired, because HTCondor knows the CE's, until one of them expires", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* shown("IdToken", dead, late, soon), {
          token: [Redacted.value(late), Redacted.value(soon)],
          expiresAt: seconds("1 hour") * 1000
        })
      }))

    it.effect("SciTokens: the one for the CE is shown, or else the first that has not expired", () =>
      Effect.gen(function*() {
        const one = { token: [Redacted.value(soon)], expiresAt: seconds("1 hour") * 1000 }
        assert.deepStrictEqual(yield* shown("SciToken", dead, late, soon), one)
        assert.deepStrictEqual((yield* shown("SciToken", dead, late)).token, [Redacted.value(late)])
      }))
  })

  describe("when the clock is set back by an hour: credentials", () => {
    const hour = seconds("1 hour") * 1000
    const inAnHour = Effect.gen(function*() {
      yield* TestClock.setTime(2 * hour)
      const { answer, asked, credentials, get } = yield* rig()
      yield* Ref.set(answer, sciToken(plain("before")))
      yield* get()
      const before = yield* credentials.get("read")
      yield* TestClock.setTime(hour)
      return { answer, asked, before, credentials, get }
    })

    it.effect("are requested again, once", () =>
      Effect.gen(function*() {
        const { answer, asked, get } = yield* inAnHour
        yield* Ref.set(answer, sciToken(plain("after")))
        assert.strictEqual(yield* get(), Redacted.value(plain("after")))
        yield* get()
        assert.strictEqual(asked.length, 2)
      }))

    it.effect("are replaced when they are refused", () =>
      Effect.gen(function*() {
        const { answer, before, credentials } = yield* inAnHour
        yield* Ref.set(answer, sciToken(plain("after")))
        const fiber = yield* Effect.forkChild(credentials.renew("read", before))
        yield* TestClock.adjust("2 seconds")
        const renewed = yield* Fiber.join(fiber)
        assert.strictEqual(
          renewed === undefined ? undefined : Redacted.value(renewed.token),
          Redacted.value(plain("after"))
        )
      }))

    it.effect("are requested again half a minute after a failure, as usual", () =>
      Effect.gen(function*() {
        yield* TestClock.setTime(2 * hour)
        const { answer, asked, get } = yield* rig()
        yield* Ref.set(answer, sciToken(token("190 minutes")))
        yield* get()
        yield* TestClock.setTime(3 * hour + 6 * 60_000)
        yield* Ref.set(answer, "fails")
        yield* get()
        yield* TestClock.setTime(2 * hour + 6 * 60_000)
        yield* get()
        const before = asked.length
        yield* TestClock.adjust("30 seconds")
        yield* Ref.set(answer, sciToken(plain("after")))
        assert.strictEqual(yield* get(), Redacted.value(plain("after")))
        assert.strictEqual(asked.length, before + 1)
      }))
  })

  describe("errors with a reason why a CE may have refused the credentials", () => {
    const report = { tool: "condor_q", exitCode: 1, output: "AUTHENTICATE:1003" }
    const explained = (error: BackendError) =>
      Effect.gen(function*() {
        const { credentials } = yield* rig()
        return yield* credentials.explain("read", { token: wlcg({ exp: 60, aud: "b" }) }, error)
      })
    const why = `AUTHENTICATE:1003 [of the token: it is for the audience "b", and not for "${audience}"]`

    it.effect("occur if the credential was refused, or the operation denied", () =>
      Effect.gen(function*() {
        for (const Refusal of [AuthenticationFailed, AuthorizationDenied]) {
          const error = yield* explained(new Refusal({ endpoint: audience, report }))
          assert.strictEqual(error.constructor, Refusal)
          assert.strictEqual("report" in error ? error.report.output : "", why)
        }
      }))

    it.effect("do not occur for another failure, or if the token is valid", () =>
      Effect.gen(function*() {
        const error = new CEUnavailable({ endpoint: audience, detail: "does not answer", report })
        assert.strictEqual(yield* explained(error), error)
        const { credentials } = yield* rig()
        const refused = new AuthenticationFailed({ endpoint: audience, report })
        assert.strictEqual(yield* credentials.explain("read", { token: wlcg({ exp: 60 }) }, refused), refused)
      }))
  })

  describe("unusable credentials are refused before any tool runs", () => {
    it.effect.each<readonly [string, Answer, RegExp]>([
      ["none", [], /^the provider gave no SciToken$/],
      ["another kind", [Credential.fromText("IdToken", Redacted.make("x"))], /^the provider gave no SciToken$/],
      ["nothing", sciToken(Redacted.make(" \n")), /^the provider's answer is not a token$/],
      ["no token", sciToken(Redacted.make("a b")), /^the provider's answer is not a token$/],
      ["a word", sciToken(Redacted.make("opaque")), /^the provider's answer is not a token$/],
      ["the name of a host", sciToken(Redacted.make("ce.example.org")), /^the provider's answer is not a token$/],
      ["an expired token", sciToken(token("1 second")), /^the token expired at 1970-01-01T00:00:01.000Z$/]
    ])("%s", ([, given, detail]) =>
      Effect.gen(function*() {
        yield* TestClock.setTime(60_000)
        const { answer, get } = yield* rig()
        yield* Ref.set(answer, given)
        assert.match(yield* get(), detail)
      }))

    it.effect("an IDTOKEN has no audience, and its scopes are not those of WLCG", () =>
      Effect.gen(function*() {
        const { answer, get } = yield* rig({ token: "IdToken" })
        const own = jwt({ iss: "ce.example.org", scope: "condor:/READ", aud: "elsewhere" })
        yield* Ref.set(answer, [Credential.fromText("IdToken", own)])
        assert.strictEqual(yield* get("submit"), Redacted.value(own))
      }))

    it.effect.each<readonly [string, Duration.Input, string, RegExp]>([
      ["good for an hour", "1 hour", proxy, /^eyJ/],
      ["expired", "0 seconds", proxy, /^the proxy certificate expired at 2026-/],
      ["good for less than condor_submit wants", "110 seconds", proxy, /^the proxy certificate expires at .*too soon/],
      ["junk", "1 hour", "junk", /^the proxy certificate is unusable: it holds no certificate$/],
      ["cut off", "1 hour", proxy.slice(0, -100), /^the proxy certificate is unusable: it is cut off$/],
      [
        "a user's own certificate",
        "1 hour",
        userCertificate,
        /^the proxy certificate is unusable: .* of a user itself/
      ]
    ])("a proxy: %s", ([, left, text, detail]) =>
      Effect.gen(function*() {
        yield* TestClock.setTime(proxyExpiresAt.epochMilliseconds - seconds(left) * 1000 - 500)
        const { answer, get } = yield* rig({ proxy: true })
        yield* Ref.set(answer, [
          ...sciToken(plain("opaque")),
          Credential.fromText("X509Proxy", Redacted.make(text))
        ] as Answer)
        assert.match(yield* get("submit"), detail)
        assert.strictEqual(yield* get("read"), Redacted.value(plain("opaque")))
      }))
  })
})
