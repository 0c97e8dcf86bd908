import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Result } from "effect"
import * as Connection from "../../src/cli/Connection.ts"
import { JobHandle } from "../../src/contract/JobHandle.ts"
import { backendOf, cases, directory, document, handleOf, run } from "./utils.ts"

const sites = {
  sites: {
    north: {
      endpoint: "ce.north.example.org",
      schedd: "schedd.north",
      timeout: "90 seconds",
      historyDepth: 7,
      siteCommands: { accounting_group: "g" },
      container: { _tag: "Native" },
      credentials: { sciToken: "tokens/north", proxy: "/run/proxy" }
    },
    south: {
      endpoint: "ce.south.example.org",
      route: { _tag: "Grid", pool: "submit.example.org", scitokensFile: "/there" },
      credentials: { idToken: "/run/south" }
    },
    bare: { endpoint: "ce.bare.example.org" }
  }
}

// The variables of another CE, whose token must go to no site.
const env = {
  HTCONDOR_CE_ENDPOINT: "env",
  HTCONDOR_CE_SCHEDD: "env",
  HTCONDOR_CE_LOCAL_POOL: "env",
  HTCONDOR_CE_TOKEN_FILE: "/env",
  HTCONDOR_CE_AUDIENCE: "env",
  HTCONDOR_CE_CONDOR_BIN: "/bin",
  HTCONDOR_CE_CONTAINER_WITH: "/env",
  HTCONDOR_CE_URL_SCHEMES: "env"
}

const reconciling = () => backendOf({ reconcile: () => ({ _tag: "Submitted", handles: [] }) })

const only = (connections: ReadonlyArray<Connection.Connection>) =>
  connections.map(({ audience, condorBin, endpoint, proxyFile, route, schedd, token, tokenFile }) => ({
    audience,
    condorBin,
    endpoint,
    proxyFile,
    route,
    schedd,
    token,
    tokenFile
  }))

describe("--site", () => {
  it.effect("takes the CE, its route and its credentials from the file, and not from the environment", () =>
    Effect.gen(function*() {
      const files = yield* directory({ "sites.json": sites })
      const { asked, backend } = reconciling()
      for (const name of ["north", "south", "bare"]) {
        const args = ["reconcile", "k", "--site", name, "--sites", files.at("sites.json")]
        assert.strictEqual((yield* run(args, { backend, env })).code, 0)
      }
      const none = { audience: undefined, condorBin: "/bin", proxyFile: undefined, route: undefined, schedd: undefined }
      assert.deepStrictEqual(only(asked.connections), [
        {
          ...none,
          endpoint: "ce.north.example.org",
          schedd: "schedd.north",
          token: "SciToken",
          tokenFile: files.at("tokens/north"),
          proxyFile: "/run/proxy"
        },
        {
          ...none,
          endpoint: "ce.south.example.org",
          route: { _tag: "Grid", pool: "submit.example.org", schedd: undefined },
          token: "IdToken",
          tokenFile: "/run/south"
        },
        { ...none, endpoint: "ce.bare.example.org", token: "SciToken", tokenFile: undefined }
      ])
    }))

  it.effect("takes its options from the file, and the file from HTCONDOR_CE_SITES", () =>
    Effect.gen(function*() {
      const files = yield* directory({ "sites.json": sites })
      const { asked, backend } = reconciling()
      const variables = { HTCONDOR_CE_SITES: files.at("sites.json") }
      for (const flags of [["north"], ["south"], ["north", "--tool-timeout", "5"]]) {
        const args = ["reconcile", "k", "--site", ...flags]
        assert.strictEqual((yield* run(args, { backend, env: variables })).code, 0)
      }
      const [north, south, faster] = asked.connections.map(Connection.config)
      assert.deepInclude(north, {
        historyDepth: 7,
        proxy: true,
        timeout: Duration.seconds(90),
        siteCommands: { accounting_group: "g" }
      })
      assert.deepInclude(south?.route, { _tag: "Grid", pool: "submit.example.org", scitokensFile: "/there" })
      assert.deepStrictEqual(faster?.timeout, Duration.seconds(5))
    }))

  it.effect("prefers flags to the file", () =>
    Effect.gen(function*() {
      const files = yield* directory({ "sites.json": sites })
      const { asked, backend } = reconciling()
      const flags = ["--ce", "other", "--token-file", "/mine", "--audience", "a", "--local-pool", "host"]
      const args = ["reconcile", "k", "--site", "north", "--sites", files.at("sites.json"), ...flags]
      assert.strictEqual((yield* run(args, { backend, env })).code, 0)
      assert.deepStrictEqual(only(asked.connections), [{
        audience: "a",
        condorBin: "/bin",
        endpoint: "other",
        proxyFile: "/run/proxy",
        route: { _tag: "Grid", pool: "host", schedd: undefined },
        schedd: undefined,
        token: "IdToken",
        tokenFile: "/mine"
      }])
    }))

  it.effect("refuses a name that is not in the file, and shows the names that are", () =>
    Effect.gen(function*() {
      const files = yield* directory({ "sites.json": sites })
      const { asked, backend } = reconciling()
      const file = files.at("sites.json")
      for (const name of ["west", "constructor"]) {
        const args = ["reconcile", "k", "--site", name, "--sites", file, "--json"]
        const { code, stdout } = yield* run(args, { backend })
        assert.strictEqual(code, 2)
        assert.deepStrictEqual(yield* document(stdout), {
          error: {
            _tag: "UsageError",
            message: `--site ${name}: no such site in ${file}, which has bare, north, south`
          }
        })
      }
      const { code, stderr } = yield* run(["reconcile", "k", "--site", "north"], { backend })
      assert.strictEqual(code, 2)
      assert.match(stderr[0] ?? "", /use --sites FILE or set HTCONDOR_CE_SITES/)
      assert.deepStrictEqual(asked.connections, [])
    }))

  it.effect("refuses a file with a mistake, by its name and line", () =>
    Effect.gen(function*() {
      const files = yield* directory({
        "typo.json": "{ \"sites\": {\n  \"north\": {\n    \"endpoint\": \"ce\",\n    \"timeuot\": \"1 s\"\n  }\n} }"
      })
      const { backend } = reconciling()
      for (const [name, start] of [["typo.json", ":4: "], ["missing.json", ": "]]) {
        const args = ["reconcile", "k", "--site", "north", "--sites", files.at(name ?? "")]
        const { code, stderr, stdout } = yield* run(args, { backend })
        assert.deepStrictEqual([code, stdout], [2, []])
        assert.include(stderr[0] ?? "", `${files.at(name ?? "")}${start}`)
      }
    }))

  it.effect("says what the site can do for a payload; flags win, and the environment is not asked", () =>
    Effect.gen(function*() {
      const files = yield* directory({ "sites.json": sites, "spec.json": { executable: "/bin/true" } })
      const { asked, backend } = backendOf({ submit: Effect.void })
      for (const flags of [[], ["--container-with", "/opt/run", "--attribute", "A=1"]]) {
        const args = ["submit", files.at("spec.json"), "--site", "north", "--sites", files.at("sites.json"), ...flags]
        assert.strictEqual((yield* run(args, { backend, env })).code, 0)
      }
      const [file, flag] = asked.connections.map(Connection.config)
      assert.deepInclude(file, { container: { _tag: "Native" }, urlSchemes: undefined })
      assert.deepInclude(flag, {
        container: { _tag: "Launcher", executable: "/opt/run", arguments: [] },
        siteCommands: { accounting_group: "g" },
        siteAttributes: { A: { expression: "1" } }
      })
    }))

  it.effect("gives preview the options of the site", () =>
    Effect.gen(function*() {
      const files = yield* directory({ "sites.json": sites, "spec.json": { executable: "/bin/true" } })
      const args = ["preview", files.at("spec.json"), "--site", "north", "--sites", files.at("sites.json")]
      const { code, stdout } = yield* run(args, { env: {} })
      assert.strictEqual(code, 0)
      assert.match(stdout.join("\n"), /accounting_group/)
    }))
})

describe("--site with handles", () => {
  const at = (endpoint: string, scheduler: string, job: string, backend = "htcondor-ce") =>
    JobHandle.make({ ...handleOf(job), backend, endpoint, scheduler })
  const north = at("ce.north.example.org:9619", "schedd.north", "1.0")
  const former = at("old.north.example.org:9619", "old.north.example.org", "2.0")
  const south = at("ce.south.example.org:9619", "submit.example.org@submit.example.org:9618", "1.0", "htcondor-ce-grid")
  const bare = at("CE.bare.example.org.:9619", "ce.bare.example.org", "1.0")

  const setUp = Effect.gen(function*() {
    const renamed = { ...sites.sites.north, formerly: [{ endpoint: "old.north.example.org" }] }
    const files = yield* directory({ "sites.json": { sites: { ...sites.sites, north: renamed } } })
    const { asked, backend } = backendOf({ status: () => Result.succeed(cases.Running.make({})) })
    return {
      asked,
      cli: (...args: ReadonlyArray<string>) => run([...args, "--sites", files.at("sites.json")], { backend, env })
    }
  })

  it.effect("asks each site for the handles of its CE, with its own token", () =>
    Effect.gen(function*() {
      const { asked, cli } = yield* setUp
      const names = ["north", "south", "bare", "north"].flatMap((name) => ["--site", name])
      const handles = [south, north, bare, former].map(String)
      const { code, stdout } = yield* cli("status", ...handles, "-o", "name", ...names)
      assert.deepStrictEqual([code, stdout], [0, handles])
      assert.deepStrictEqual(asked.connections.map(({ endpoint, token, tokenFile }) => [endpoint, token, tokenFile]), [
        ["ce.south.example.org", "IdToken", "/run/south"],
        ["ce.north.example.org", "SciToken", asked.connections[1]?.tokenFile],
        ["ce.bare.example.org", "SciToken", undefined]
      ])
      assert.match(asked.connections[1]?.tokenFile ?? "", /\/tokens\/north$/)
    }))

  it.effect("refuses a handle of no site that is named, and asks nobody", () =>
    Effect.gen(function*() {
      const { asked, cli } = yield* setUp
      const direct = at("ce.south.example.org:9619", "ce.south.example.org", "1.0")
      const rows = [[["north"], bare], [["north", "south"], bare], [["north", "south"], direct]] as const
      for (const [names, handle] of rows) {
        const flags = names.flatMap((name) => ["--site", name])
        const { code, stderr, stdout } = yield* cli("fetch", String(north), String(handle), "--dest", "d", ...flags)
        assert.deepStrictEqual([code, stdout], [2, []])
        assert.include(stderr[0] ?? "", `${handle}: its CE is not that of --site ${names.join(", ")}`)
      }
      assert.deepStrictEqual(asked.connections, [])
    }))

  it.effect("refuses flags that are about one CE, and commands that ask one CE, with several sites", () =>
    Effect.gen(function*() {
      const { asked, cli } = yield* setUp
      const both = ["--site", "north", "--site", "bare"]
      for (const flag of ["--ce", "--schedd", "--local-pool", "--local-schedd", "--token-file", "--audience"]) {
        const { code, stderr } = yield* cli("status", String(north), flag, "x", ...both)
        assert.strictEqual(code, 2)
        assert.match(stderr[0] ?? "", new RegExp(`^htcondor-ce: ${flag}.* is for a single CE`))
      }
      assert.strictEqual((yield* cli("status", String(north), "--token-kind", "scitoken", ...both)).code, 2)
      for (const args of [["list"], ["reconcile", "k"], ["withdraw", "k"], ["status", "--key", "k"], ["doctor"]]) {
        const { code, stderr } = yield* cli(...args, ...both)
        assert.strictEqual(code, 2, args.join(" "))
        assert.include(stderr[0] ?? "", "--site north, bare: only commands that take handles accept several sites")
      }
      assert.deepStrictEqual(asked.connections, [])
    }))
})
