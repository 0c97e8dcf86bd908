/** What `scripts/stack` gives to the other tests: credentials that let one in, and ones that do not, in each configuration. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Layer } from "effect"
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
    it.effect("exports what it has, and mints no token of an issuer that it has not", () =>
      Effect.gen(function*() {
        const stack = yield* Stack
        assert.deepStrictEqual(Object.keys(yield* exported), always)
        const minted = yield* stack.run("scripts/stack", "token", version, "--kind", "scitoken")
        assert.strictEqual(minted.exitCode, 2)
        assert.include(minted.stderr, "this configuration has no token issuer")
      }).pipe(Effect.provide(onStack(version))))
  }

  if (configuration === "scitokens") {
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
          // Where a client of this kind, as root, would leave an empty directory.
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

    it.effect("exports a token of the issuer and the authority of the host's certificate", () =>
      Effect.gen(function*() {
        const variables = yield* exported
        assert.sameMembers(Object.keys(variables), [...always, "HTCONDOR_CE_TOKEN_KIND", "HTCONDOR_CE_CA_FILE"])
        assert.strictEqual(variables["HTCONDOR_CE_TOKEN_KIND"], "SciToken")
        const fileSystem = yield* FileSystem.FileSystem
        const token = yield* fileSystem.readFileString(variables["HTCONDOR_CE_TOKEN_FILE"] ?? "")
        assert.match(token, /^eyJ[\w-]+\.eyJ[\w-]+\.[\w-]{86}\n$/)
      }).pipe(Effect.provide(onStack(version))))

    it.effect("knows the subjects of the issuer, and IDTOKENS still", () =>
      Effect.gen(function*() {
        const stack = yield* Stack
        assert.strictEqual(yield* ping([]), "pilot@users.htcondor.org")
        assert.strictEqual(yield* ping(["--identity", "other"]), "other@users.htcondor.org")
        const byIdToken = yield* stack.exec("condor_ping", "-type", "schedd", "WRITE")
        assert.include(byIdToken.stdout, "IDTOKENS) succeeded as pilot@users.htcondor.org")
      }).pipe(Effect.provide(onStack(version))))

    it.effect("lets nobody in with another token", () =>
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

    it.effect("has a certificate for its name, by its authority", () =>
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
})
