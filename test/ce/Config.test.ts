/** The configuration of one CE, and of several, from a file and from other sources. */
import { assert, describe, it } from "@effect/vitest"
import { ByteSize, Config as EffectConfig, ConfigProvider, Duration, Effect, Result, Schema } from "effect"
import * as Config from "../../src/ce/Config.ts"
import { HTCondorCE } from "../../src/index.ts"

const full = {
  endpoint: "ce.example.org:9619",
  schedd: "ce.example.org",
  route: { _tag: "Grid", pool: "submit.example.org", schedd: "submit", scitokensFile: "/tokens/ce" },
  formerly: [{ endpoint: "old.example.org" }],
  timeout: "90 seconds",
  retention: "2 days",
  spoolingGrace: "20 seconds",
  maxConcurrent: 2,
  maxJobsPerCluster: 100,
  slowAfter: "5 seconds",
  historyDepth: 1000,
  limits: {
    maxBytes: "2 GiB",
    maxFiles: 10,
    minFreeBytes: 1_000_000,
    transferTimeout: "20 minutes",
    jobTransferTimeout: "5 minutes"
  },
  temporaryDirectory: "/var/tmp",
  token: "SciToken",
  proxy: true,
  audience: "ce.example.org",
  certificateAuthorities: { file: "/ca.pem" },
  freshness: "10 minutes",
  container: { _tag: "Launcher", executable: "/usr/bin/apptainer", arguments: ["exec"] },
  urlSchemes: ["https"],
  siteCommands: { accounting_group: "a" },
  siteAttributes: { WantWholeNode: true, Queue: "long", Share: 2, Rank: { expression: "Memory" } },
  explanations: { holds: [{ code: 21, cause: "Policy", advice: "Ask the site." }] }
}

const decode = Schema.decodeUnknownResult(HTCondorCE.Config)

const refusal = (config: object) => {
  const result = decode({ endpoint: "ce", ...config })
  return Result.isFailure(result) ? result.failure.message : "accepted"
}

describe("HTCondorCE.Config", () => {
  it("reads every field from JSON, lengths of time as Duration and sizes as ByteSize", () => {
    const config = Result.getOrThrow(decode(full))
    assert.sameMembers(Object.keys(full), Object.keys(HTCondorCE.Config.fields))
    assert.deepStrictEqual(config.retention, Duration.days(2))
    assert.strictEqual(config.limits?.maxBytes, ByteSize.gibibytes(2))
    assert.strictEqual(config.limits?.minFreeBytes, ByteSize.bytes(1_000_000))
    const settings = Config.settings(config)
    assert.deepStrictEqual(settings.timeout, Duration.seconds(90))
    assert.deepStrictEqual({ ...settings.limits }, {
      maxBytes: 2 * 1024 ** 3,
      maxFiles: 10,
      minFreeBytes: 1_000_000,
      transferTimeout: Duration.minutes(20),
      jobTransferTimeout: Duration.minutes(5)
    })
  })

  it("is the same after a round trip through JSON", () => {
    const json = Schema.fromJsonString(HTCondorCE.Config)
    const config = Result.getOrThrow(decode(full))
    const text = Result.getOrThrow(Schema.encodeResult(json)(config))
    assert.deepStrictEqual(Result.getOrThrow(Schema.decodeResult(json)(text)), config)
  })

  it("means the same as the same values in code", () => {
    const code = {
      endpoint: "ce",
      timeout: "90 seconds",
      limits: { maxBytes: "2 GiB", transferTimeout: "1 hour" }
    } as const
    assert.deepStrictEqual(Config.settings(Result.getOrThrow(decode(code))), Config.settings(code))
  })

  it.each<readonly [string, object]>([
    ["unknown field: did you mean \"timeout\"?", { timeuot: "90 seconds" }],
    ["unknown field: did you mean \"maxBytes\"?", { limits: { maxByte: 1 } }],
    ["unknown field: did you mean \"pool\"?", { route: { _tag: "Grid", pool: "submit", pol: "submit" } }],
    ["unknown field: did you mean \"arguments\"?", {
      container: { _tag: "Launcher", executable: "/run", args: [], argument: [] }
    }],
    ["[\"maxConcurrent\"]", { maxConcurrent: 0 }],
    ["[\"maxJobsPerCluster\"]", { maxJobsPerCluster: 1.5 }],
    ["a length of time above zero", { timeout: "0 seconds" }],
    ["a length of time above zero", { retention: "Infinity" }],
    ["[\"timeout\"]", { timeout: 90 }],
    ["[\"limits\"][\"maxBytes\"]", { limits: { maxBytes: -1 } }],
    ["[\"limits\"][\"maxBytes\"]", { limits: { maxBytes: "much" } }],
    ["[\"limits\"][\"maxBytes\"]", { limits: { maxBytes: "1 EiB" } }],
    ["[\"token\"]", { token: "Password" }],
    ["[\"endpoint\"]", { endpoint: "" }]
  ])("refuses, with the message %s, %j", (words, config) => assert.include(refusal(config), words))

  it.effect("is read from any configuration, with its own names", () =>
    Effect.gen(function*() {
      const provider = ConfigProvider.fromUnknown({ ce: full })
      const config = yield* EffectConfig.schema(HTCondorCE.Config, "ce").parse(provider)
      assert.deepStrictEqual(config, Result.getOrThrow(decode(full)))
      const wrong = EffectConfig.schema(HTCondorCE.Config).parse(ConfigProvider.fromUnknown({ ...full, timeuot: "1" }))
      assert.include((yield* Effect.flip(wrong)).message, "did you mean \"timeout\"?")
    }))

  it.effect("is read from variables of the environment, where numbers are text", () =>
    Effect.gen(function*() {
      const env = {
        CE_endpoint: "ce.example.org",
        CE_maxConcurrent: "3",
        CE_limits_maxBytes: "2 GiB",
        CE_proxy: "true"
      }
      const config = yield* EffectConfig.schema(HTCondorCE.Config, "CE").parse(ConfigProvider.fromEnv({ env }))
      assert.deepStrictEqual(
        Config.settings(config),
        Config.settings({ endpoint: "ce.example.org", maxConcurrent: 3, limits: { maxBytes: "2 GiB" }, proxy: true })
      )
    }))
})

describe("HTCondorCE.Sites", () => {
  const read = Schema.decodeUnknownResult(HTCondorCE.Sites)

  it("reads compute elements by their names, with the files of their credentials", () => {
    const { sites } = Result.getOrThrow(read({
      sites: {
        plain: { endpoint: "one.example.org" },
        tokens: { endpoint: "ce.example.org", credentials: { sciToken: "/token", proxy: "/proxy" } },
        both: {
          endpoint: "two.example.org",
          token: "IdToken",
          proxy: false,
          credentials: { sciToken: "/t", proxy: "/p" }
        }
      }
    }))
    const configs = Object.values(sites).map((site) => Config.settings(HTCondorCE.configOf(site)))
    assert.deepStrictEqual(
      configs.map(({ proxy, token }) => [token, proxy]),
      [["IdToken", false], ["SciToken", true], ["IdToken", false]]
    )
    assert.deepStrictEqual(sites["tokens"]?.credentials, { sciToken: "/token", proxy: "/proxy" })
  })

  it("names the compute element whose field is wrong", () => {
    const result = read({ sites: { one: { endpoint: "one", credentials: { idTokn: "/token" } } } })
    assert.include(
      Result.isFailure(result) ? result.failure.message : "",
      `did you mean "idToken"?\n  at ["sites"]["one"]["credentials"]["idTokn"]`
    )
  })
})
