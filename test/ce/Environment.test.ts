/** The settings of a CE in the variables of the environment. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Duration, Effect, Layer, Option, Result } from "effect"
import * as GlobalFlags from "../../src/cli/GlobalFlags.ts"
import * as Payload from "../../src/cli/Payload.ts"
import { Capability, Environment, HTCondorCE } from "../../src/index.ts"
import { FakeSchedd } from "../../src/testing/index.ts"

const environment = (env: Readonly<Record<string, string>>) =>
  Environment.environment.parse(ConfigProvider.fromEnv({ env }))

describe("the environment", () => {
  it.effect("names a compute element, and the options of its connection", () =>
    Effect.gen(function*() {
      const all = yield* environment({
        HTCONDOR_CE_ENDPOINT: "ce.example.org",
        HTCONDOR_CE_SCHEDD: "ce",
        HTCONDOR_CE_LOCAL_POOL: "submit.example.org",
        HTCONDOR_CE_LOCAL_SCHEDD: "submit",
        HTCONDOR_CE_TOKEN_FILE: "/token",
        HTCONDOR_CE_TOKEN_KIND: "SciToken",
        HTCONDOR_CE_PROXY_FILE: "/proxy",
        HTCONDOR_CE_AUDIENCE: "ce",
        HTCONDOR_CE_CA_FILE: "/ca.pem",
        HTCONDOR_CE_CA_DIRECTORY: "/ca",
        HTCONDOR_CE_CONDOR_BIN: "/condor/bin",
        HTCONDOR_CE_TIMEOUT: "1.5",
        HTCONDOR_CE_CONTAINER_WITH: "/usr/bin/apptainer exec  --cleanenv",
        HTCONDOR_CE_URL_SCHEMES: "https, davs"
      })
      assert.deepStrictEqual(all, {
        endpoint: "ce.example.org",
        schedd: "ce",
        route: { _tag: "Grid", pool: "submit.example.org", schedd: "submit" },
        tokenFile: "/token",
        token: "SciToken",
        proxyFile: "/proxy",
        audience: "ce",
        certificateAuthorities: { file: "/ca.pem", directory: "/ca" },
        condorBin: "/condor/bin",
        timeout: Duration.millis(1500),
        container: { _tag: "Launcher", executable: "/usr/bin/apptainer", arguments: ["exec", "--cleanenv"] },
        urlSchemes: ["https", "davs"]
      })
      assert.deepStrictEqual(Environment.toConfig(all), {
        endpoint: "ce.example.org",
        schedd: "ce",
        route: { _tag: "Grid", pool: "submit.example.org", schedd: "submit" },
        timeout: Duration.millis(1500),
        token: "SciToken",
        proxy: true,
        audience: "ce",
        certificateAuthorities: { file: "/ca.pem", directory: "/ca" },
        container: { _tag: "Launcher", executable: "/usr/bin/apptainer", arguments: ["exec", "--cleanenv"] },
        urlSchemes: ["https", "davs"]
      })
    }))

  it.effect("sets the site to batch-system containers, or has no setting of the site", () =>
    Effect.gen(function*() {
      const ce = { HTCONDOR_CE_ENDPOINT: "ce" }
      const native = yield* environment({ ...ce, HTCONDOR_CE_CONTAINER_WITH: "native" })
      assert.deepStrictEqual(native.container, { _tag: "Native" })
      const none = yield* environment({ ...ce, HTCONDOR_CE_CONTAINER_WITH: "", HTCONDOR_CE_URL_SCHEMES: "" })
      assert.deepStrictEqual([none.container, none.urlSchemes], [undefined, undefined])
    }))

  it.effect("gives an IDTOKEN from a file, or else a discovered SciToken; an empty variable counts as absent", () =>
    Effect.gen(function*() {
      const ce = { HTCONDOR_CE_ENDPOINT: "ce", HTCONDOR_CE_SCHEDD: "" }
      const none = yield* environment(ce)
      assert.deepStrictEqual([none.token, none.schedd, none.route], ["SciToken", undefined, undefined])
      assert.strictEqual((yield* environment({ ...ce, HTCONDOR_CE_TOKEN_FILE: "/token" })).token, "IdToken")
    }))

  it.effect.each<readonly [string, Readonly<Record<string, string>>]>([
    ["HTCONDOR_CE_ENDPOINT: no compute element given", { HTCONDOR_CE_ENDPOINT: "" }],
    ["HTCONDOR_CE_TOKEN_KIND: expected idtoken or scitoken", { HTCONDOR_CE_TOKEN_KIND: "password" }],
    ["HTCONDOR_CE_TOKEN_FILE: no token file given", { HTCONDOR_CE_TOKEN_KIND: "idtoken" }],
    ["HTCONDOR_CE_LOCAL_POOL: no submit host given for the schedd \"submit\"", { HTCONDOR_CE_LOCAL_SCHEDD: "submit" }],
    ["HTCONDOR_CE_TIMEOUT: Expected a number of seconds", { HTCONDOR_CE_TIMEOUT: "0" }]
  ])("is refused with %s", ([words, env]) =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(environment({ HTCONDOR_CE_ENDPOINT: "ce", ...env }))
      assert.strictEqual(error._tag, "ConfigError")
      assert.include(error.message, words)
    }))

  it("has the variables that the command line documents, and no others", () => {
    const none = {
      ce: Option.none(),
      schedd: Option.none(),
      localPool: Option.none(),
      localSchedd: Option.none(),
      tokenFile: Option.none(),
      tokenKind: Option.none(),
      proxyFile: Option.none(),
      audience: Option.none(),
      caFile: Option.none(),
      caDirectory: Option.none(),
      condorBin: Option.none(),
      timeout: Option.none(),
      containerWith: Option.none(),
      urlSchemes: Option.none()
    }
    assert.isTrue(Result.isFailure(Environment.fromValues(none)))
    const names = Object.keys(Environment.variables)
    assert.sameMembers(names, Object.keys(none))
    assert.deepStrictEqual(names.filter((name) => !(name in GlobalFlags.flags || name in Payload.siteFlags)), [])
  })

  it.effect("is sufficient for a program", () =>
    Effect.gen(function*() {
      const env = { HTCONDOR_CE_ENDPOINT: "ce.example.org", BEARER_TOKEN: "a.b.c" }
      const layer = HTCondorCE.layerConfig().pipe(
        Layer.provide(Environment.layerCredentials),
        Layer.provide(FakeSchedd.layer()),
        Layer.provide(NodeServices.layer),
        Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env })))
      )
      assert.isTrue(yield* Effect.provide(Effect.as(Capability.Submitter, true), layer))
      const nowhere = HTCondorCE.layerConfig().pipe(
        Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env: {} })))
      )
      const error = yield* Effect.flip(Effect.provide(
        Capability.Submitter,
        nowhere.pipe(
          Layer.provide(Environment.layerCredentials),
          Layer.provide(FakeSchedd.layer()),
          Layer.provide(NodeServices.layer)
        )
      ))
      assert.strictEqual(error._tag, "ConfigError")
    }))
})
