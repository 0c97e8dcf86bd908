/** `htcondor-ce doctor` against real daemons, healthy and broken. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Diagnosis from "../../src/ce/Diagnosis.ts"
import { CondorTool, Credential, type HTCondorCE } from "../../src/index.ts"
import * as Share from "./Share.ts"
import { toDaemon } from "./Signal.ts"
import { configuration, Stack, versions } from "./Stack.ts"

type Failures = Readonly<Partial<Record<Diagnosis.CheckName, RegExp>>>

interface Breakage {
  readonly what: string
  readonly config?: Partial<HTCondorCE.Config> | undefined
  readonly binDirectory?: string | undefined
  /** Options of `scripts/stack token`. */
  readonly token?: ReadonlyArray<string> | undefined
  /** A daemon of the CE that is stopped (SIGSTOP) during the run. */
  readonly stopped?: "condor_schedd" | "condor_collector" | undefined
  readonly failed: Failures
  readonly failedOnLts?: Failures | undefined
  readonly warned?: Failures | undefined
}

const isScitokens = configuration === "scitokens"

// The authority that signs the host certificates of the stack.
const authority = Effect.map(
  Effect.flatMap(Stack, ({ run, version }) => run("scripts/stack", "env", version)),
  ({ stdout }) => /^export HTCONDOR_CE_CA_FILE=(.*)$/m.exec(stdout)?.[1]
)

const diagnose = Effect.fnUntraced(
  function*({ binDirectory, config, token }: Omit<Breakage, "failed" | "failedOnLts" | "warned" | "what">) {
    const stack = yield* Stack
    const fileSystem = yield* FileSystem.FileSystem
    const kind = isScitokens ? "SciToken" : "IdToken"
    const text = token === undefined
      ? yield* fileSystem.readFileString(stack.tokenFile)
      : yield* stack.token("--kind", kind.toLowerCase(), ...token)
    const checks = yield* Diagnosis.diagnose({
      endpoint: stack.endpoint,
      schedd: stack.schedd,
      audience: stack.endpoint,
      token: kind,
      certificateAuthorities: { file: isScitokens ? yield* authority : undefined },
      ...config
    }).pipe(Effect.provide(Layer.mergeAll(
      CondorTool.layer({ binDirectory: binDirectory ?? stack.binDirectory }),
      Credential.layerStatic([Credential.fromText(kind, Redacted.make(text))])
    )))
    assert.deepStrictEqual(checks.map(({ check }) => check), Array.from(Diagnosis.CheckName.literals))
    for (const part of text.trim().split(".")) assert.notInclude(JSON.stringify(checks), part)
    return checks
  }
)

const signal = (daemon: string, name: "STOP" | "CONT") =>
  Effect.flatMap(Stack, ({ inside }) => inside("sh", "-c", toDaemon(daemon, name)))

const closed = { connection: /Connection refused/ }
const hangs = { config: { timeout: "3 seconds" } } as const

const everywhere: ReadonlyArray<Breakage> = [
  {
    what: "a host that has no address",
    config: { endpoint: "no.such.host.invalid" },
    failed: { name: /has no address/ }
  },
  { what: "an address where nobody listens", config: { endpoint: "127.0.0.1:1" }, failed: closed },
  {
    what: "another schedd",
    config: { schedd: "other@local" },
    failed: { schedd: /has no other@local; it has ce@local/ }
  },
  {
    what: "a token that has expired",
    token: ["--lifetime", "-60"],
    failed: { token: /expired \d+m?.* ago/ }
  },
  {
    what: "no tools",
    binDirectory: "/nonexistent",
    failed: { tools: /^condor_submit, .*condor_config_val: no such command/ }
  },
  { what: "a schedd that hangs", ...hangs, stopped: "condor_schedd", failed: { read: /does not answer within 3 s/ } },
  {
    what: "a collector that hangs",
    ...hangs,
    stopped: "condor_collector",
    failed: { collector: /does not answer in time/ }
  }
]

const basic: ReadonlyArray<Breakage> = [
  {
    what: "the port of the pool behind the CE",
    config: { endpoint: "" },
    warned: { collector: /is the collector of a pool: it has pool@local, and no HTCondor-CE/ },
    failed: { authentication: /takes no IDTOKENS/, schedd: /it has pool@local/ }
  },
  {
    what: "a token that was signed with another key",
    token: ["--wrong-key"],
    failed: { authentication: /has another key than the one that signed the token/ }
  },
  {
    what: "a token of another CE",
    token: ["--issuer", "ce.example.org:9619"],
    failed: { authentication: /is of the trust domain .*, and the token of ce\.example\.org:9619/ }
  },
  {
    what: "a token for reading alone",
    token: ["--scope", "condor:/READ"],
    failed: { write: /knows pilot@users\.htcondor\.org, and does not allow it/ }
  },
  {
    what: "a user who may only look",
    token: ["--identity", "pilot@example.org"],
    failed: { write: /knows pilot@example\.org, and does not allow it/ }
  }
]

const scitokens: ReadonlyArray<Breakage> = [
  {
    what: "a token for another audience",
    token: ["--audience", "ce.example.org:9619"],
    failed: { authentication: /refuses the token/ }
  },
  {
    what: "an audience that is not the CE's",
    token: ["--audience", "ce.example.org:9619"],
    config: { audience: "ce.example.org:9619" },
    failed: { authentication: /refuses the token/ },
    // A default CE of version 25 reports its audience only to authenticated clients.
    failedOnLts: { token: /the CE takes tokens for [\w.-]+:9619, and is asked with/ }
  },
  {
    what: "a token that was signed with another key",
    token: ["--wrong-key"],
    failed: { authentication: /refuses the token/ }
  },
  {
    what: "a subject that is mapped to nobody",
    token: ["--identity", "stranger"],
    failed: { authentication: /refuses the token/ }
  },
  {
    what: "a token for reading alone",
    token: ["--scope", "compute.read"],
    failed: { write: /knows pilot@users\.htcondor\.org, and does not allow it/ }
  },
  {
    what: "a certificate of an authority that is not trusted",
    config: { certificateAuthorities: { file: "/etc/ssl/certs/ca-certificates.crt" } },
    failed: { certificate: /signed by .*CN=Test CA: self-signed certificate/, authentication: /host certificate/ }
  },
  {
    what: "authorities that are not there",
    config: { certificateAuthorities: { file: "/nonexistent" } },
    failed: { certificate: /\/nonexistent: ENOENT/ }
  }
]

for (const version of versions) {
  it.layer(Layer.merge(Stack.layer(version), NodeServices.layer), { excludeTestServices: true, timeout: "60 seconds" })(
    `a diagnosis of ${version}, ${configuration}`,
    (it) => {
      it.effect("doctor: finds no fault in a healthy setup", () =>
        Effect.gen(function*() {
          const checks = yield* diagnose({})
          const skipped = checks.filter(({ status }) => status === "skipped").map(({ check }) => check)
          assert.deepStrictEqual(skipped, isScitokens ? ["proxy"] : ["certificate", "proxy"])
          assert.deepStrictEqual(checks.filter(({ status }) => status !== "ok" && status !== "skipped"), [])
          const detail = (name: Diagnosis.CheckName) => checks.find(({ check }) => check === name)?.detail
          assert.strictEqual(
            detail("authentication"),
            `by ${isScitokens ? "SCITOKENS" : "IDTOKENS"}, as pilot@users.htcondor.org`
          )
          assert.match(detail("clock") ?? "", /to a second$|\b[1-5] s (?:behind|ahead)/)
          assert.match(detail("limits") ?? "", /at most 100000 of one user, 20000 in one submission, 10000 running$/)
        }))

      // The versions share the faults that look the same on both.
      const breakages = [...everywhere, ...(isScitokens ? scitokens : basic)].filter(({ failedOnLts }, index) =>
        failedOnLts !== undefined || Share.has(version, index)
      )
      for (const { failed, failedOnLts = {}, stopped, warned = {}, what, ...rest } of breakages) {
        it.effect(`doctor: finds ${what}`, () =>
          Effect.gen(function*() {
            const stack = yield* Stack
            const pool = rest.config?.endpoint === "" ? { endpoint: stack.endpoint.replace(/:9619$/, ":9618") } : {}
            const breakage = { ...rest, config: { ...rest.config, ...pool } }
            const checks = yield* stopped === undefined
              ? diagnose(breakage)
              : Effect.acquireUseRelease(
                signal(stopped, "STOP"),
                () => diagnose(breakage),
                () => signal(stopped, "CONT")
              )
            const found = checks.filter(({ status }) => status === "failed")
            const expected: Failures = { ...failed, ...(version === "lts" ? failedOnLts : {}) }
            assert.sameMembers(found.map(({ check }) => check), Object.keys(expected))
            for (const { check, detail, fix } of found) {
              assert.match(detail, expected[check] ?? /(?!)/)
              assert.notStrictEqual(fix ?? "", "")
            }
            for (const [name, words] of Object.entries(warned)) {
              const one = checks.find(({ check }) => check === name)
              assert.strictEqual(one?.status, "warning")
              assert.match(one?.detail ?? "", words)
            }
          }))
      }

      it.effect("doctor: finds a schedd that is not at the address in its ad", () =>
        Effect.gen(function*() {
          const { inside } = yield* Stack
          const lost = [
            "MyType = \"Scheduler\"",
            "Name = \"Lost@local\"",
            "Machine = \"lost.test\"",
            "MyAddress = \"<127.0.0.1:1?addrs=127.0.0.1-1&alias=lost.test&noUDP&sock=schedd_1_1>\"",
            "CondorVersion = \"$CondorVersion: 25.14.1 2026-10-16 $\"",
            "HTCondorCEVersion = \"25.0.1\""
          ]
          const listed = inside(
            "sh",
            "-c",
            `printf '%s\\n' '${lost.join("' '")}' >/tmp/lost.ad; condor_advertise UPDATE_SCHEDD_AD /tmp/lost.ad`
          )
          const unlisted = inside(
            "sh",
            "-c",
            "printf '%s\\n' 'MyType = \"Query\"' 'TargetType = \"Scheduler\"' 'Requirements = Name == \"Lost@local\"' >/tmp/lost.ad; condor_advertise INVALIDATE_SCHEDD_ADS /tmp/lost.ad; for second in $(seq 30); do condor_status -schedd -af Name | grep -q Lost || break; sleep 1; done; rm /tmp/lost.ad; ! condor_status -schedd -af Name | grep Lost >&2"
          )
          const checks = yield* Effect.acquireUseRelease(
            listed,
            () => diagnose({ config: { schedd: "lost@LOCAL" } }),
            () => Effect.map(unlisted, ({ exitCode, stderr }) => assert.strictEqual(exitCode, 0, stderr))
          )
          const failed = checks.filter(({ status }) => status === "failed")
          assert.deepStrictEqual(failed.map(({ check }) => check), ["read"])
          assert.match(failed[0]?.detail ?? "", /^the schedd is not at 127\.0\.0\.1:1, where its ad says.*refused/)
        }))

      it.effect.skipIf(isScitokens)(
        "doctor: finds a host whose first address is dead, which is the only address that the tools try",
        () =>
          Effect.gen(function*() {
            const stack = yield* Stack
            const fileSystem = yield* FileSystem.FileSystem
            const directory = yield* fileSystem.makeTempDirectoryScoped({ prefix: "hosts-" })
            const living = stack.endpoint.replace(/:9619$/, "")
            // The resolver prefers this address to any other of the loopback interface.
            const dead = "127.0.0.1"
            yield* fileSystem.writeFileString(`${directory}/hosts`, `${dead} dead.test\n${living} dead.test\n`)
            const { exitCode, stderr, stdout } = yield* stack.run(
              "unshare",
              "-m",
              "sh",
              "-c",
              `mount --bind ${directory}/hosts /etc/hosts; eval "$(scripts/stack env ${version})"; exec node src/cli/main.ts doctor --ce Dead.Test.`
            )
            assert.deepStrictEqual([exitCode, stderr], [1, ""])
            assert.include(stdout, `failed   connection      ${dead}:9619: Connection refused`)
            assert.include(
              stdout,
              `dead.test is ${living}, too, and HTCondor's tools try only one address. Fix: the site takes`
            )
          }).pipe(Effect.scoped)
      )

      it.effect("doctor: is a command", () =>
        Effect.gen(function*() {
          const stack = yield* Stack
          const { exitCode, stderr, stdout } = yield* stack.run(
            "sh",
            "-c",
            `eval "$(scripts/stack env ${version})"; exec node src/cli/main.ts doctor --schedd other@local`
          )
          assert.deepStrictEqual([exitCode, stderr], [1, ""])
          assert.match(stdout, /^failed +schedd +the collector has no other@local; it has ce@local\. Fix: /m)
          assert.strictEqual(stdout.trimEnd().split("\n").length, Diagnosis.CheckName.literals.length)
        }))
    }
  )
}
