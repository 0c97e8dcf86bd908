/** The credentials that `scripts/stack` gives to the other tests: valid and invalid ones, in each configuration. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, FileSystem, Layer, Schedule } from "effect"
import { configuration, Stack, type Version, versions } from "./Stack.ts"

const onStack = (version: Version) => Layer.merge(Stack.layer(version), NodeServices.layer)

/** The shell exports of the stack. */
const exported = Effect.gen(function*() {
  const stack = yield* Stack
  const { stdout } = yield* stack.run("scripts/stack", "env", stack.version)
  return Object.fromEntries(Array.from(stdout.matchAll(/^export (\w+)=(.*)$/gm), ([, name, value]) => [name, value]))
})

const always = [
  "HTCONDOR_CE_ENDPOINT",
  "HTCONDOR_CE_SCHEDD",
  "HTCONDOR_CE_TOKEN_FILE",
  "HTCONDOR_CE_CONDOR_BIN",
  "HTCONDOR_CE_TIMEOUT"
]

describe.each(versions)(`stack of %s, ${configuration}`, (version) => {
  if (configuration === "basic") {
    it.effect("stack: exports its settings, and mints no token of an issuer that it does not have", () =>
      Effect.gen(function*() {
        const stack = yield* Stack
        assert.deepStrictEqual(Object.keys(yield* exported), always)
        const minted = yield* stack.run("scripts/stack", "token", version, "--kind", "scitoken")
        assert.strictEqual(minted.exitCode, 2)
        assert.include(minted.stderr, "this configuration has no token issuer")
      }).pipe(Effect.provide(onStack(version))))
  }

  // `grid` is `proxy` with additional settings.
  if (configuration === "grid") {
    it.effect("submit host: has its own port, and only the jobs of the gridmanager", () =>
      Effect.gen(function*() {
        const stack = yield* Stack
        const variables = yield* exported
        assert.includeMembers(Object.keys(variables), [...always, "HTCONDOR_CE_PROXY_FILE"])
        assert.match(variables["HTCONDOR_CE_LOCAL_POOL"] ?? "", /^[\d.]+:9620$/)
        const query = [
          "condor_status",
          "-pool",
          variables["HTCONDOR_CE_LOCAL_POOL"] ?? "",
          "-any",
          "-af",
          "MyType",
          "Name"
        ]
        assert.strictEqual((yield* stack.exec(...query)).stdout.includes("Scheduler sub@local"), true)
        assert.include((yield* stack.inside("--submit", "condor_status", "-schedd", "-af", "Name")).stdout, "sub@local")
        assert.include(
          (yield* stack.run("scripts/stack", "logs", version, "submit/SchedLog")).stdout,
          "submit/SchedLog"
        )
      }).pipe(Effect.provide(onStack(version))))
  }

  // `proxy` is `scitokens` with additional settings.
  if (configuration === "scitokens" || configuration === "proxy") {
    const ping = (
      options: ReadonlyArray<string>,
      other: { readonly authority?: string; readonly endpoint?: string } = {}
    ) =>
      Effect.gen(function*() {
        const stack = yield* Stack
        const fileSystem = yield* FileSystem.FileSystem
        const variables = yield* exported
        const file = `${yield* fileSystem.makeTempDirectoryScoped()}/token`
        yield* fileSystem.writeFileString(file, yield* stack.token("--kind", "scitoken", ...options), { mode: 0o600 })
        const answer = yield* stack.run(
          "env",
          "CONDOR_CONFIG=/dev/null",
          // Such a client, run as root, would leave an empty directory here.
          "_CONDOR_LOG=/dev/null",
          "_CONDOR_SEC_CLIENT_AUTHENTICATION=REQUIRED",
          "_CONDOR_SEC_CLIENT_AUTHENTICATION_METHODS=SCITOKENS",
          `_CONDOR_SCITOKENS_FILE=${file}`,
          `_CONDOR_AUTH_SSL_CLIENT_CAFILE=${other.authority ?? variables["HTCONDOR_CE_CA_FILE"]}`,
          `${stack.binDirectory}/condor_ping`,
          "-pool",
          other.endpoint ?? stack.endpoint,
          "-name",
          stack.schedd,
          "-type",
          "schedd",
          "WRITE"
        )
        return answer.exitCode === 0 ? /as (\S+) to/.exec(answer.stdout)?.[1] : "refused"
      }).pipe(Effect.scoped)

    it.effect("stack: exports a token of the issuer and the authority of the host's certificate", () =>
      Effect.gen(function*() {
        const variables = yield* exported
        const proxies = configuration === "proxy" ? ["HTCONDOR_CE_PROXY_FILE"] : []
        assert.sameMembers(Object.keys(variables), [
          ...always,
          "HTCONDOR_CE_TOKEN_KIND",
          "HTCONDOR_CE_CA_FILE",
          ...proxies
        ])
        assert.strictEqual(variables["HTCONDOR_CE_TOKEN_KIND"], "SciToken")
        const fileSystem = yield* FileSystem.FileSystem
        const token = yield* fileSystem.readFileString(variables["HTCONDOR_CE_TOKEN_FILE"] ?? "")
        assert.match(token, /^eyJ[\w-]+\.eyJ[\w-]+\.[\w-]{86}\n$/)
      }).pipe(Effect.provide(onStack(version))))

    it.effect("CE: knows the subjects of the issuer, and still accepts IDTOKENS", () =>
      Effect.gen(function*() {
        const stack = yield* Stack
        assert.strictEqual(yield* ping([]), "pilot@users.htcondor.org")
        assert.strictEqual(yield* ping(["--identity", "other"]), "other@users.htcondor.org")
        const byIdToken = yield* stack.exec("condor_ping", "-type", "schedd", "WRITE")
        assert.include(byIdToken.stdout, "IDTOKENS) succeeded as pilot@users.htcondor.org")
      }).pipe(Effect.provide(onStack(version))))

    it.effect("CE: refuses every other token", () =>
      Effect.gen(function*() {
        const tokens = [
          ["--identity", "stranger"],
          ["--lifetime", "-60"],
          ["--audience", "ce.example.org:9619"],
          ["--audience", ""],
          ["--issuer", "https://issuer.example.org"],
          ["--scope", "compute.read"],
          ["--wrong-key"]
        ]
        for (const options of tokens) assert.strictEqual(yield* ping(options), "refused", options.join(" "))
      }).pipe(Effect.provide(onStack(version))))

    it.effect("CE: has a certificate for its name, by its authority", () =>
      Effect.gen(function*() {
        const { authority, endpoint } = {
          authority: "/etc/ssl/certs/ca-certificates.crt",
          endpoint: (yield* Stack).endpoint.replaceAll(/^(\d+)-(\d+)-(\d+)-(\d+)\.ce\.test/g, "$1.$2.$3.$4")
        }
        assert.match(endpoint, /^[\d.]+:9619$/)
        assert.strictEqual(yield* ping([], { authority }), "refused")
        assert.strictEqual(yield* ping([], { endpoint }), "refused")
      }).pipe(Effect.provide(onStack(version))))
  }

  if (configuration === "proxy") {
    const openssl = (...args: ReadonlyArray<string>) =>
      Effect.flatMap(
        Stack,
        (stack) => stack.run("env", "OPENSSL_CONF=/dev/null", `${stack.binDirectory}/.root/openssl`, ...args)
      )
    /** A new proxy in a file. */
    const proxy = Effect.fnUntraced(function*(...options: ReadonlyArray<string>) {
      const stack = yield* Stack
      const fileSystem = yield* FileSystem.FileSystem
      const made = yield* stack.run("scripts/stack", "proxy", version, ...options)
      assert.strictEqual(made.stderr, "")
      const file = `${yield* fileSystem.makeTempDirectoryScoped()}/proxy`
      yield* fileSystem.writeFileString(file, made.stdout, { mode: 0o600 })
      return file
    })

    it.live("stack: makes proxies for its users, also expired ones", () =>
      Effect.gen(function*() {
        const kinds = [
          { options: ["--lifetime", "3700"], user: "pilot", seconds: 3700, voms: true },
          { options: ["--lifetime", "200000", "--no-voms"], user: "pilot", seconds: 200_000, voms: false },
          { options: ["--lifetime", "-60", "--identity", "other"], user: "other", seconds: -60, voms: true },
          { options: ["--lifetime", "-60", "--no-voms"], user: "pilot", seconds: -60, voms: false }
        ]
        for (const { options, seconds, user, voms } of kinds) {
          const now = Math.floor((yield* Clock.currentTimeMillis) / 1000)
          const file = yield* proxy(...options)
          const { stdout } = yield* openssl("x509", "-in", file, "-noout", "-text", "-subject", "-enddate")
          assert.match(stdout, new RegExp(`^subject=DC=test, O=HTCondor-CE, CN=${user}, CN=\\d+$`, "m"))
          const end = Date.parse(/^notAfter=(.*)$/m.exec(stdout)?.[1] ?? "") / 1000
          assert.isTrue(end >= now + seconds - 1 && end <= now + seconds + 30, `${options.join(" ")}: ${end - now}`)
          assert.strictEqual(stdout.includes("1.3.6.1.4.1.8005.100.100.5"), voms)
          assert.include(stdout, "Proxy Certificate Information: critical")
        }
      }).pipe(Effect.scoped, Effect.provide(onStack(version))))

    // docs/decisions/006
    it.live("job: takes a proxy with it, and 23.9 cannot delegate one", () =>
      Effect.gen(function*() {
        const stack = yield* Stack
        const fileSystem = yield* FileSystem.FileSystem
        const file = yield* proxy()
        const description = `${yield* fileSystem.makeTempDirectoryScoped()}/job.sub`
        yield* fileSystem.writeFileString(
          description,
          `universe = vanilla\nexecutable = /bin/true\nshould_transfer_files = yes\nx509userproxy = ${file}\nqueue\n`
        )
        const submit = (delegate: boolean) =>
          stack.exec(
            "env",
            `_CONDOR_DELEGATE_JOB_GSI_CREDENTIALS=${delegate}`,
            "condor_submit",
            "-terse",
            "-pool",
            stack.endpoint,
            "-remote",
            stack.schedd,
            description
          )
        const copied = yield* submit(false)
        assert.strictEqual(copied.exitCode, 0, copied.stderr)
        const job = copied.stdout.split(" ")[0] ?? ""
        // The schedd reads the proxy one second after all input is there.
        const ad = yield* Effect.repeat(
          stack.exec("condor_q", job, "-af", "x509userproxysubject", "x509UserProxyFirstFQAN"),
          {
            schedule: Schedule.spaced("500 millis").pipe(Schedule.upTo({ times: 40 })),
            until: ({ stdout }) => !stdout.includes("undefined")
          }
        )
        assert.strictEqual(ad.stdout, "/DC=test/O=HTCondor-CE/CN=pilot /test/Role=pilot/Capability=NULL\n")

        const delegated = yield* submit(true)
        if (version === "lts") {
          assert.strictEqual(delegated.exitCode, 1)
          assert.include(delegated.stderr, `|Error: sending file ${file}; SCHEDD at`)
        } else assert.strictEqual(delegated.exitCode, 0, delegated.stderr)
        yield* stack.exec("condor_rm", "-all")
      }).pipe(Effect.scoped, Effect.provide(onStack(version))))
  }
})
