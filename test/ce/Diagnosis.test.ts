/** The whole diagnosis on fake schedds, with every obstacle. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, FileSystem, Layer, Redacted } from "effect"
import { TestClock } from "effect/testing"
import * as Diagnosis from "../../src/ce/Diagnosis.ts"
import { Addresses } from "../../src/ce/internal/diagnosis/Addresses.ts"
import * as Leftovers from "../../src/ce/internal/diagnosis/Leftovers.ts"
import { CondorTool, Credential, type HTCondorCE } from "../../src/index.ts"
import { FakeSchedd, TimeLapse } from "../../src/testing/index.ts"
import { began, debug } from "./diagnosis/Replies.ts"
import * as Tokens from "./Tokens.ts"

const endpoint = "ce.example.org:9619"

const names = Diagnosis.CheckName.literals

const start = Date.UTC(2026, 10, 26)

const begin = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.andThen(TestClock.setTime(start), effect)

interface Setting {
  readonly fake?: FakeSchedd.Options | undefined
  readonly addresses?: ReadonlyArray<string> | undefined
  readonly config?: Partial<HTCondorCE.Config> | undefined
  readonly credentials?: Layer.Layer<Credential.CredentialProvider> | undefined
  /** Changes the runs of the tools. */
  readonly tools?:
    | ((run: CondorTool.CondorTool["Service"]["run"]) => CondorTool.CondorTool["Service"]["run"])
    | undefined
}

const diagnose = (
  { addresses = [], config, credentials, fake, tools }: Setting,
  options: Diagnosis.Options & { readonly lapse?: boolean } = {}
) => {
  const diagnosis = Diagnosis.diagnose({ endpoint, ...config }, options).pipe(
    Effect.provideService(Addresses, () => Effect.succeed(addresses))
  )
  return (options.lapse === true ? TimeLapse.run(diagnosis) : diagnosis).pipe(
    Effect.provide(
      Layer.effect(
        CondorTool.CondorTool,
        Effect.map(CondorTool.CondorTool, ({ run }) => CondorTool.make(tools?.(run) ?? run))
      ).pipe(
        Layer.provideMerge(FakeSchedd.layer({ endpoint, ...fake })),
        Layer.provideMerge(
          Layer.merge(credentials ?? Credential.layerToken(FakeSchedd.token("pilot")), NodeServices.layer)
        )
      )
    )
  )
}

/** The checks by their names. All of them must be there, in their order. */
const byName = (checks: ReadonlyArray<Diagnosis.Check>) => {
  assert.deepStrictEqual(checks.map(({ check }) => check), Array.from(names))
  return new Map(checks.map((one) => [one.check, one]))
}

/** A file with a certificate in it. */
const authorityFile = `${import.meta.dirname}/Tokens.ts`

const inHour = start / 1000 + 3_600

describe.each(["lts", "latest"] as const)("a diagnosis, %s", (version) => {
  it.effect("finds no fault in a healthy setup", () =>
    Effect.gen(function*() {
      const told: Array<Diagnosis.Check> = []
      const token = FakeSchedd.token("pilot", { expiresAt: inHour })
      const checks = yield* diagnose(
        { fake: { version }, credentials: Credential.layerToken(token) },
        { onCheck: (check) => Effect.sync(() => told.push(check)), searchPath: ["/nowhere", import.meta.dirname] }
      )
      const number = version === "lts" ? "23.9.6" : "25.14.1"
      const found = byName(checks)
      const temporary = found.get("temporary")?.detail ?? ""
      assert.match(temporary, /^\/.* can be written to, and has \d+ MiB left$/)
      assert.deepStrictEqual(checks, [
        { check: "tools", status: "ok", detail: `HTCondor ${number}: ${CondorTool.toolNames.join(", ")}` },
        { check: "temporary", status: "ok", detail: temporary },
        { check: "name", status: "ok", detail: "ce.example.org is 192.0.2.1" },
        { check: "connection", status: "ok", detail: "192.0.2.1:9619 takes connections" },
        { check: "collector", status: "ok", detail: "answers, and shows its schedds to anybody" },
        { check: "certificate", status: "skipped", detail: "it is verified with SciTokens" },
        {
          check: "token",
          status: "ok",
          detail: "IdToken of pilot@users.htcondor.org, scopes condor:/READ condor:/WRITE, 1h left"
        },
        { check: "proxy", status: "skipped", detail: "no proxy certificate is configured for jobs" },
        { check: "authentication", status: "ok", detail: "by IDTOKENS, as pilot@users.htcondor.org" },
        { check: "clock", status: "ok", detail: "the CE's is as this host's, to a second" },
        {
          check: "schedd",
          status: "ok",
          detail: `ce.example.org, HTCondor-CE ${version === "lts" ? "23.10.18" : "25.0.1"} on HTCondor ${number}`
        },
        { check: "read", status: "ok", detail: "status: allowed to pilot@users.htcondor.org" },
        { check: "write", status: "ok", detail: "submit, fetch and cancel: allowed to pilot@users.htcondor.org" },
        {
          check: "limits",
          status: "ok",
          detail:
            "0 jobs of all users (0 idle, 0 running, 0 held); at most 100000 of one user, 20000 in one submission, 10000 running"
        },
        { check: "leftovers", status: "ok", detail: "no job of a submit host has stayed for longer than an hour" }
      ])
      assert.deepStrictEqual(told, checks)
      assert.isTrue(Diagnosis.isWell(checks))
    }).pipe(begin))

  const token = (options: Parameters<typeof FakeSchedd.token>[1]) =>
    Credential.layerToken(FakeSchedd.token("pilot", options))
  const missing = (which: (tool: CondorTool.ToolName) => boolean): NonNullable<Setting["tools"]> => (run) => (call) =>
    which(call.tool)
      ? Effect.fail(new CondorTool.ToolNotStarted({ tool: call.tool, detail: "no such command" }))
      : run(call)
  const untold = "the collector does not answer"
  const unasked = {
    authentication: untold,
    clock: untold,
    schedd: untold,
    read: untold,
    write: untold,
    limits: untold
  }

  // The checks that fail, and parts of their messages. The checks that are left out because of it, with the reason.
  const breakages: ReadonlyArray<
    readonly [
      what: string,
      setting: Setting,
      failed: Readonly<Partial<Record<Diagnosis.CheckName, RegExp>>>,
      left: Readonly<Partial<Record<Diagnosis.CheckName, string>>>
    ]
  > = [
    [
      "a host that has no address",
      { config: { endpoint: "nosuch.example.net" } },
      { name: /^nosuch\.example\.net has no address\. .*getent hosts nosuch\.example\.net/ },
      {
        connection: "there is no address to connect to",
        collector: "there is no connection",
        ...unasked
      }
    ],
    [
      "a port where nobody listens",
      { config: { endpoint: "ce.example.org:9777", schedd: "ce.example.org" } },
      { connection: /^192\.0\.2\.1:9777: Connection refused .*is 9777 the port \(that of an HTCondor-CE is 9619\)/ },
      {
        collector: "there is no connection",
        ...unasked
      }
    ],
    [
      "a collector that hangs",
      { fake: { faults: [{ _tag: "Hung", tools: ["condor_status"] }] } },
      { collector: /^takes the connection, and does not answer in time\. .*--tool-timeout/ },
      unasked
    ],
    [
      "a schedd that hangs",
      {
        fake: {
          faults: [{ _tag: "Hung", when: ({ args, tool }) => tool === "condor_ping" && args.includes("schedd") }]
        }
      },
      { read: /^the schedd does not answer within 60 s at 192\.0\.2\.1:9619, .*report it to the site/ },
      { write: "the schedd does not answer" }
    ],
    [
      "another schedd than the one that was named",
      { config: { schedd: "ce2.example.org" } },
      { schedd: /^the collector has no ce2\.example\.org; it has ce\.example\.org\. .*--schedd/ },
      { read: "there is no schedd to ask", write: "there is no schedd to ask", limits: "there is no schedd to ask" }
    ],
    [
      "a host whose first address is dead",
      { config: { endpoint: "ce.example.org:9777" }, addresses: ["192.0.2.1", "192.0.2.2"] },
      { connection: /^192\.0\.2\.1:9777: Connection refused .*ce\.example\.org is 192\.0\.2\.2, too.*take/ },
      {
        collector: "there is no connection",
        ...unasked
      }
    ],
    [
      "a schedd that is not where its ad says",
      {
        tools: (run) => (call) =>
          call.tool === "condor_ping" && call.args.includes("schedd")
            ? Effect.succeed({
              exitCode: 1,
              stdout: "",
              stderr: debug(
                began,
                "attempt to connect to <198.51.100.7:9619> failed: Connection refused (connect errno = 111)."
              )
            })
            : run(call)
      },
      { read: /^the schedd is not at 198\.51\.100\.7:9619, where its ad says that it is: Connection refused/ },
      { write: "the schedd does not answer" }
    ],
    [
      "a token that the collector refuses",
      {
        fake: {
          faults: [{
            _tag: "TokenRefused",
            when: ({ environment }) => "_CONDOR_SEC_TOKEN_DIRECTORY" in environment
          }]
        }
      },
      { authentication: /^the collector refuses the token, and the reason is only in its log\. .*CollectorLog/ },
      {
        read: "the collector has not authenticated this client",
        write: "the collector has not authenticated this client"
      }
    ],
    [
      "a token that has expired",
      { credentials: token({ expiresAt: inHour - 3_690 }) },
      { token: /expired 1m 30s ago\. .*get a new one/ },
      {
        authentication: "there is no usable token",
        read: "the collector has not authenticated this client",
        write: "the collector has not authenticated this client"
      }
    ],
    [
      "a token for reading alone",
      { credentials: token({ scopes: ["condor:/READ"] }) },
      { write: /^the schedd knows pilot@users\.htcondor\.org, and does not allow it\. .*condor:\/WRITE/ },
      {}
    ],
    [
      "no token at all",
      { credentials: Credential.layerStatic([]) },
      { token: /^the provider gave no IdToken\. .*--token-file/ },
      {
        authentication: "there is no usable token",
        read: "the collector has not authenticated this client",
        write: "the collector has not authenticated this client"
      }
    ],
    [
      "a user of another domain",
      { credentials: Credential.layerToken(FakeSchedd.token("pilot@elsewhere.org")) },
      { write: /^the schedd knows pilot@elsewhere\.org, and does not allow it/ },
      {}
    ],
    [
      "no tools",
      { tools: missing(() => true) },
      { tools: /^condor_submit, .*, condor_config_val: no such command\. .*--condor-bin/ },
      {
        name: "see the check of the tools",
        connection: "see the check of the tools",
        collector: "see the check of the tools",
        authentication: "see the check of the tools",
        clock: "see the check of the tools",
        schedd: "see the check of the tools",
        read: "see the check of the tools",
        write: "see the check of the tools",
        limits: "see the check of the tools"
      }
    ],
    [
      "no condor_ping",
      { tools: missing((tool) => tool === "condor_ping") },
      { tools: /^condor_ping: no such command\. / },
      {
        authentication: "see the check of the tools",
        read: "the collector has not authenticated this client",
        write: "the collector has not authenticated this client"
      }
    ],
    [
      "tools that say what nobody knows",
      {
        tools: (run) => (call) =>
          call.args[0] === "-version"
            ? run(call)
            : Effect.succeed({ exitCode: 1, stdout: "", stderr: "Something new\n" })
      },
      { collector: /^Something new\. / },
      {
        name: "Something new",
        connection: "there is no address to connect to",
        ...unasked
      }
    ],
    [
      "a collector that shows its schedds to nobody",
      {
        tools: (run) => (call) =>
          call.tool === "condor_status" && call.args[0] !== "-version"
            ? Effect.map(run(call), ({ stderr }) => ({
              exitCode: 1,
              stdout: "",
              stderr: `${stderr}SECMAN:2010:Received "DENIED" from server\n`
            }))
            : run(call)
      },
      { schedd: /^the collector does not show its schedds\. .*report it to the site/ },
      { read: "there is no schedd to ask", write: "there is no schedd to ask", limits: "there is no schedd to ask" }
    ],
    [
      "a temporary directory that is not there",
      { config: { temporaryDirectory: "/nonexistent" } },
      { temporary: /^\/nonexistent: .*TMPDIR/ },
      Object.fromEntries(
        (["name", "connection", "collector", "authentication", "clock", "schedd", "read", "write", "limits"] as const)
          .map(
            (name) => [name, "nonexistent"]
          )
      )
    ],
    [
      "a proxy certificate that is not given",
      { config: { proxy: true } },
      { proxy: /^there is no proxy certificate\. .*--proxy-file/ },
      {}
    ]
  ]

  it.effect.each(breakages)("finds %s", ([, setting, failed, alsoLeft]) =>
    Effect.gen(function*() {
      // A user without the right to read jobs finds none.
      const unread = alsoLeft.read ?? ("read" in failed ? "looking at jobs" : undefined)
      const left = unread === undefined ? alsoLeft : { ...alsoLeft, leftovers: unread }
      const checks = yield* diagnose({ ...setting, fake: { version, ...setting.fake } }, { lapse: true })
      const found = byName(checks)
      assert.deepStrictEqual(
        checks.filter(({ status }) => status === "failed").map(({ check }) => check),
        names.filter((name) => name in failed)
      )
      assert.isFalse(Diagnosis.isWell(checks))
      for (const [name, words] of Object.entries(failed)) {
        const one = checks.find(({ check }) => check === name)
        assert.match(`${one?.detail}. ${one?.fix}`, words)
      }
      const skipped = checks.filter(({ check, status }) =>
        status === "skipped" && !/^(?:certificate|proxy)$/.test(check)
      )
      assert.deepStrictEqual(skipped.map(({ check }) => check), names.filter((name) => name in left))
      for (const [name, reason] of Object.entries(left)) {
        assert.include(checks.find(({ check }) => check === name)?.detail, reason, name)
      }
      // Each check that is not OK has a fix.
      for (const { check, fix, status } of found.values()) {
        assert.strictEqual(fix !== undefined && fix !== "", status === "failed" || status === "warning", check)
      }
    }).pipe(begin))

  it.effect("shows no secret, and leaves no file behind", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const temporaryDirectory = yield* fileSystem.makeTempDirectoryScoped({ prefix: "diagnosis-" })
      const calls: Array<CondorTool.ToolCall> = []
      const shown: Array<readonly [string, ReadonlyArray<string>]> = []
      const secret = FakeSchedd.token("pilot")
      const credentials = [
        Credential.fromText("IdToken", secret),
        Credential.fromText("X509Proxy", Redacted.make(Tokens.proxy))
      ]
      const checks = yield* diagnose({
        fake: { version },
        config: { temporaryDirectory, proxy: true },
        credentials: Credential.layerStatic(credentials),
        tools: (run) => (call) =>
          Effect.gen(function*() {
            calls.push(call)
            if (call.args[0] === "-version") return yield* run(call)
            const directory = `${String(call.environment["_CONDOR_LOG"])}/tokens.d`
            const guise = call.environment["_CONDOR_SEC_CLIENT_AUTHENTICATION"] === "NEVER" ? "nobody" : "pilot"
            shown.push([guise, yield* Effect.orDie(fileSystem.readDirectory(directory))])
            return yield* run(call)
          })
      })
      // The check without a credential shows none.
      assert.deepStrictEqual(shown, [
        ["nobody", []],
        ["pilot", ["token"]],
        ["pilot", ["token"]],
        ["pilot", ["token"]],
        ["pilot", ["token"]],
        ["pilot", ["token"]]
      ])
      assert.strictEqual(byName(checks).get("proxy")?.detail, "/DC=test/O=Users/CN=Jane Doe/CN=1234, 1d 10h left")
      const text = JSON.stringify([checks, calls])
      for (const part of [...Redacted.value(secret).split("."), "PRIVATE KEY", "MIGHAgEAMBMG"]) {
        assert.notInclude(text, part)
      }
      assert.deepStrictEqual(yield* fileSystem.readDirectory(temporaryDirectory), [])
      // The diagnosis submits and changes nothing.
      assert.deepStrictEqual(
        calls.filter(({ args, tool }) =>
          args[0] !== "-version" && !["condor_status", "condor_ping", "condor_config_val", "condor_q"].includes(tool)
        ),
        []
      )
    }).pipe(Effect.scoped, begin, Effect.provide(NodeServices.layer)))
})

describe("a diagnosis", () => {
  it.effect("refuses an invalid endpoint", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(diagnose({ config: { endpoint: "<192.0.2.1:9619?sock=schedd>" } }))
      assert.strictEqual(error._tag, "InvalidEndpoint")
    }))

  it.effect("recognises the collector of a pool, and blames neither the token nor the site", () =>
    Effect.gen(function*() {
      const checks = yield* diagnose({
        config: { schedd: "ce@local" },
        fake: {
          faults: [{
            _tag: "TokenRefused",
            when: ({ environment }) => "_CONDOR_SEC_TOKEN_DIRECTORY" in environment
          }]
        },
        tools: (run) => (call) =>
          Effect.map(run(call), (result) => ({
            ...result,
            stdout: result.stdout.replace(/"HTCondorCEVersion": "[^"]*",?/, "")
          }))
      })
      const found = byName(checks)
      assert.deepStrictEqual(found.get("collector"), {
        check: "collector",
        status: "warning",
        detail: "answers, and is the collector of a pool: it has ce.example.org, and no HTCondor-CE",
        fix: "name the port of the CE: 9619, unless the site has another (that of a pool is 9618)"
      })
      const failed = checks.filter(({ status }) => status === "failed")
      assert.deepStrictEqual(failed.map(({ check, fix }) => [check, fix]), [
        ["authentication", "see the check of the collector"],
        ["schedd", "see the check of the collector"]
      ])
    }).pipe(begin))

  it.effect("takes a schedd in capitals for the named one", () =>
    Effect.gen(function*() {
      const checks = yield* diagnose({
        config: { endpoint: "CE.Example.org." },
        tools: (run) => (call) =>
          Effect.map(
            run(call),
            (result) => ({ ...result, stdout: result.stdout.replace("\"Name\": \"ce.", "\"Name\": \"CE.") })
          )
      })
      assert.match(byName(checks).get("schedd")?.detail ?? "", /^CE\.example\.org, HTCondor-CE/)
      assert.deepStrictEqual(checks.filter(({ status }) => status === "failed"), [])
    }).pipe(begin))

  it.effect("checks the submit host on the route through one, and makes no claim about the CE behind it", () =>
    Effect.gen(function*() {
      const checks = yield* diagnose({
        config: { endpoint: "dead.example.net", route: { _tag: "Grid", pool: endpoint } }
      })
      const found = byName(checks)
      assert.strictEqual(found.get("name")?.detail, "ce.example.org is 192.0.2.1")
      assert.match(
        found.get("schedd")?.detail ?? "",
        /^ce\.example\.org, HTCondor [\d.]+; of dead\.example\.net:9619, to which it hands jobs on, nothing is known$/
      )
      assert.strictEqual(found.get("leftovers")?.status, "skipped")
    }).pipe(begin))

  it.effect("counts the jobs that a submit host has left at the CE, with a query for only those", () =>
    Effect.gen(function*() {
      const asked: Array<string> = []
      const checks = yield* diagnose({
        tools: (run) => (call) => {
          if (call.tool !== "condor_q" || call.args[0] === "-version") return run(call)
          asked.push(call.args.at(call.args.indexOf("-constraint") + 1) ?? "")
          return Effect.succeed({ exitCode: 0, stdout: "4\n4\n", stderr: "" })
        }
      })
      assert.deepStrictEqual(asked, [Leftovers.constraint])
      assert.strictEqual(byName(checks).get("leftovers")?.status, "warning")
      assert.include(byName(checks).get("leftovers")?.detail, "2 completed")
    }).pipe(begin))

  it.effect("detects a clock that is slow, and a token that is then not valid yet", () =>
    Effect.gen(function*() {
      const now = start / 1000
      const credentials = Credential.layerToken(Tokens.jwt({ sub: "pilot", nbf: now, exp: now + 3_600 }))
      const checks = yield* diagnose({
        credentials,
        // The fake's clock is this host's. The times in the tools' output are set back by two minutes.
        tools: (run) => (call) =>
          Effect.map(run(call), (result) => ({
            ...result,
            stderr: result.stderr.replaceAll(String(now), String(now - 120)),
            stdout: result.stdout.replaceAll(String(now), String(now - 120))
          }))
      })
      const found = byName(checks)
      assert.deepStrictEqual(found.get("clock"), {
        check: "clock",
        status: "warning",
        detail: "the CE's is 1m 59s behind this host's",
        fix: "synchronise this host's with NTP, or report it to the site: tokens may be too young or too old for the CE"
      })
      assert.strictEqual(found.get("token")?.status, "failed")
      assert.include(found.get("token")?.detail, "not good before 2026-11-26T00:00:00.000Z")
    }).pipe(begin))

  describe("with a SciToken", () => {
    const certificate = (trusted: boolean): CondorTool.ToolResult => {
      const lines = trusted
        ? [
          "SSL host check: host alias ce.example.org matches certificate SAN ce.example.org.",
          "SSL authentication succeeded to /DC=test/CN=ce.example.org"
        ]
        : [
          "-Error with certificate at depth: 1",
          "  issuer   = /CN=CA",
          "  subject  = /CN=CA",
          "  err 19:self-signed certificate in certificate chain",
          "SSL Auth: SSL Authentication failed"
        ]
      return {
        exitCode: trusted ? 0 : 1,
        stdout: "",
        stderr: debug(began, ...lines)
      }
    }

    // The answer of a CE in the scitokens configuration, which the fake does not simulate.
    const scitokens =
      (calls: Array<CondorTool.ToolCall>, trusted: boolean): NonNullable<Setting["tools"]> => (run) => (call) => {
        calls.push(call)
        switch (call.environment["_CONDOR_SEC_CLIENT_AUTHENTICATION_METHODS"]) {
          case "SSL":
            return Effect.succeed(certificate(trusted))
          case "SCITOKENS":
            if (!trusted) {
              const words =
                "AUTHENTICATE:1003:Failed to authenticate with any method\nAUTHENTICATE:1004:Failed to authenticate using SCITOKENS"
              return Effect.succeed({ ...certificate(false), stdout: `READ failed!\n${words}\n\n` })
            }
            // Only the method differs from the fake's message.
            return Effect.map(
              run({
                ...call,
                environment: {
                  ...call.environment,
                  _CONDOR_SEC_TOKEN_DIRECTORY: String(call.environment["_CONDOR_SCITOKENS_FILE"]).replace(
                    /\/token$/,
                    ""
                  )
                }
              }),
              (result) => ({ ...result, stdout: result.stdout.replaceAll("IDTOKENS", "SCITOKENS") })
            )
          default:
            return call.args[0] === "-addr"
              ? Effect.succeed({ exitCode: 0, stdout: "ce.example.org:9619\n", stderr: "" })
              : run(call)
        }
      }

    const setting = (calls: Array<CondorTool.ToolCall>, trusted: boolean, file: string): Setting => ({
      config: { token: "SciToken", certificateAuthorities: { file } },
      credentials: Credential.layerStatic([Credential.fromText("SciToken", Tokens.wlcg({ exp: inHour }))]),
      tools: scitokens(calls, trusted)
    })

    it.effect("verifies the host certificate, and shows no token before that", () =>
      Effect.gen(function*() {
        const calls: Array<CondorTool.ToolCall> = []
        const found = byName(yield* diagnose(setting(calls, true, authorityFile)))
        assert.strictEqual(
          found.get("certificate")?.detail,
          "/DC=test/CN=ce.example.org: trusted, and for ce.example.org"
        )
        assert.strictEqual(found.get("authentication")?.detail, "by SCITOKENS, as pilot@users.htcondor.org")
        const [handshake, ...others] = calls.filter(({ environment }) =>
          environment["_CONDOR_SEC_CLIENT_AUTHENTICATION_METHODS"] === "SSL"
        )
        assert.deepStrictEqual(others, [])
        assert.strictEqual(handshake?.environment["_CONDOR_AUTH_SSL_CLIENT_CAFILE"], authorityFile)
        assert.notProperty(handshake?.environment, "_CONDOR_SCITOKENS_FILE")
        assert.strictEqual(handshake?.environment["_CONDOR_SEC_CLIENT_AUTHENTICATION"], "REQUIRED")
        // The CE is queried at its address for its audience.
        assert.deepStrictEqual(calls.filter(({ args }) => args[0] === "-addr").map(({ args }) => args), [
          ["-addr", "<192.0.2.1:9619>", "SCITOKENS_SERVER_AUDIENCE"]
        ])
      }).pipe(begin))

    it.effect("blames a certificate that is not trusted, and not the token", () =>
      Effect.gen(function*() {
        const checks = yield* diagnose(setting([], false, authorityFile))
        const failed = checks.filter(({ status }) => status === "failed")
        assert.deepStrictEqual(failed.map(({ check }) => check), ["certificate", "authentication"])
        assert.match(failed[0]?.detail ?? "", /^\/CN=CA, signed by \/CN=CA: self-signed/)
        assert.strictEqual(failed[1]?.fix, "see the check of the certificate")
      }).pipe(begin))

    it.effect("reports a missing file of authorities, which HTCondor would ignore", () =>
      Effect.gen(function*() {
        const found = byName(yield* diagnose(setting([], true, "/nonexistent/ca.pem")))
        assert.deepStrictEqual(found.get("certificate"), {
          check: "certificate",
          status: "failed",
          detail: "/nonexistent/ca.pem: ENOENT: no such file or directory",
          fix: "name a file, or a directory, of certificates: --ca-file, --ca-directory"
        })
      }).pipe(begin))

    it.effect("shows a token that may be valid only for reading, because the CE decides", () =>
      Effect.gen(function*() {
        const checks = yield* diagnose({
          ...setting([], true, authorityFile),
          credentials: Credential.layerStatic([
            Credential.fromText("SciToken", Tokens.wlcg({ exp: inHour, scope: "compute.read" }))
          ])
        })
        const found = byName(checks)
        assert.deepStrictEqual(
          (["token", "authentication", "read", "write"] as const).map((name) => found.get(name)?.status),
          ["warning", "ok", "ok", "failed"]
        )
        assert.include(found.get("write")?.detail, "the schedd knows pilot@users.htcondor.org, and does not allow it")
        assert.include(found.get("token")?.detail, "it lacks the scopes \"compute.create\"")
      }).pipe(begin))
  })

  it.effect("lists the schedds with a token where anonymous users may not read", () =>
    Effect.gen(function*() {
      const checks = yield* diagnose({
        fake: {
          faults: [{
            _tag: "Denied",
            when: ({ environment }) => environment["_CONDOR_SEC_CLIENT_AUTHENTICATION"] === "NEVER"
          }]
        }
      })
      const found = byName(checks)
      assert.deepStrictEqual(found.get("collector")?.detail, "answers, but only with a credential")
      assert.deepStrictEqual(checks.filter(({ status }) => status === "failed"), [])
      assert.strictEqual(found.get("schedd")?.status, "ok")
      assert.strictEqual(found.get("clock")?.status, "ok")
    }).pipe(begin))

  it.effect("emits its checks one after the other, and can be interrupted", () =>
    Effect.gen(function*() {
      const told: Array<string> = []
      const asked = yield* Deferred.make<void>()
      const fiber = yield* Effect.forkChild(diagnose(
        {
          tools: (run) => (call) =>
            call.args[0] === "-version" ? run(call) : Effect.andThen(Deferred.succeed(asked, undefined), Effect.never)
        },
        { onCheck: ({ check }) => Effect.sync(() => told.push(check)) }
      ))
      yield* Deferred.await(asked)
      assert.deepStrictEqual(told, ["tools", "temporary"])
      yield* Fiber.interrupt(fiber)
    }).pipe(begin))

  it.effect("troubleshooting.md shows every check, in its order", () =>
    Effect.gen(function*() {
      const text = yield* (yield* FileSystem.FileSystem).readFileString("docs/troubleshooting.md")
      const [, shown = ""] = text.split("$ htcondor-ce doctor\n")
      const lines = shown.slice(0, shown.indexOf("```")).trimEnd().split("\n")
      assert.deepStrictEqual(lines.map((line) => line.split(/ +/)[1]), [...names])
    }).pipe(Effect.provide(NodeServices.layer)))
})
