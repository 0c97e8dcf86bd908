/** Credentials at the real daemons, in the configuration of the stack under test. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import {
  Clock,
  ConfigProvider,
  Effect,
  Fiber,
  FileSystem,
  Layer,
  Logger,
  Redacted,
  Ref,
  Result,
  Schedule
} from "effect"
import { createHash } from "node:crypto"
import { execPath } from "node:process"
import { inspect } from "node:util"
import { Capability, CondorTool, Credential, type HTCondorCE, type JobHandle, SubmissionKey } from "../../src/index.ts"
import * as Spans from "../condor/Spans.ts"
import * as Backend from "./Backend.ts"
import * as Share from "./Share.ts"
import * as Site from "./Site.ts"
import { backend, configuration, Stack, type Version, versions } from "./Stack.ts"

const onStack = (version: Version) =>
  Layer.provideMerge(Layer.merge(Stack.layer(version), NodeServices.layer), NodeServices.layer)

const submit = (executable: string, copies = 1) =>
  Effect.gen(function*() {
    const submitter = yield* Capability.Submitter
    const key = yield* SubmissionKey.generate
    return yield* submitter.submit({ executable }, Array.from({ length: copies }, () => ({})), { key })
  })

const finished = (handles: ReadonlyArray<JobHandle.JobHandle>) =>
  Effect.flatMap(Capability.StatusReporter, (reporter) =>
    Effect.repeat(reporter.status(handles), {
      schedule: Schedule.spaced("1 second").pipe(Schedule.upTo({ times: 60 })),
      until: (outcomes) =>
        Array.from(outcomes).every(([, outcome]) => Result.isSuccess(outcome) && outcome.success._tag === "Completed")
    }))

/** A new token of the kind that the stack's configuration is for. */
const mint = (stack: Stack["Service"], ...options: ReadonlyArray<string>) =>
  stack.token(...(stack.config.token === "SciToken" ? ["--kind", "scitoken"] : []), ...options)

/** A directory with a payload in it. */
const script = (text: string) =>
  Effect.gen(function*() {
    const fileSystem = yield* FileSystem.FileSystem
    const directory = yield* fileSystem.makeTempDirectoryScoped({ prefix: "credentials-test-" })
    yield* fileSystem.writeFileString(`${directory}/payload.sh`, `#!/bin/sh\n${text}\n`, { mode: 0o755 })
    return { directory, path: `${directory}/payload.sh` }
  })

for (const version of versions) {
  it.layer(onStack(version), { excludeTestServices: true, timeout: "60 seconds" })(
    `credentials on ${version}, ${configuration}`,
    (it) => {
      it.effect(
        "secrets: appear in no command line, environment, job ad, log, span, error, answer or file",
        () =>
          Effect.gen(function*() {
            const stack = yield* Stack
            const fileSystem = yield* FileSystem.FileSystem
            const key = /PRIVATE KEY-----\n(.*)/
            const secrets = [(yield* fileSystem.readFileString(stack.tokenFile)).trim()]
            const proxyFile = stack.proxyFile
            if (proxyFile !== undefined) {
              const found = key.exec(yield* fileSystem.readFileString(proxyFile))?.[1]
              assert.isDefined(found)
              secrets.push(found ?? "")
            }
            const seen: Array<readonly [where: string, text: string]> = []
            const { spans, tracer } = Spans.keeping()
            const logger = Logger.layer([Logger.make(({ message }) => seen.push(["a log", inspect(message)]))])
            const calls: Array<string> = []
            const temporary = yield* fileSystem.makeTempDirectoryScoped({ prefix: "credentials-test-" })
            const layer = Backend.layer({ ...stack.config, temporaryDirectory: temporary }).pipe(
              Layer.provide([
                Site.recorded(calls).pipe(
                  Layer.provide(CondorTool.layer({ binDirectory: stack.binDirectory })),
                  Layer.provide(NodeServices.layer)
                ),
                stack.credentials
              ]),
              Layer.provide(NodeServices.layer)
            )
            const watching = yield* Effect.forkChild(
              Effect.forever(
                Effect.map(
                  stack.run("sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '"),
                  ({ stdout }) => seen.push(["a command line", stdout])
                )
              )
            )
            const payload = yield* script(`env; tr '\\0' '\\n' </proc/self/environ; ls -la; cat .job.ad`)
            const handles = yield* Effect.gen(function*() {
              const { handles } = yield* submit(payload.path, 2)
              yield* finished(handles)
              const cancellable = yield* Capability.Cancellable
              yield* cancellable.cancel(handles)
              return handles
            }).pipe(Effect.provide(layer), Effect.provide(logger), Effect.withTracer(tracer))
            const ids = handles.map((handle) => handle.job)
            for (const side of ["--ce", "--pool"]) {
              for (const tool of ["condor_q", "condor_history"]) {
                const answer = yield* stack.inside(side, tool, ...(tool === "condor_q" ? ["-allusers"] : []), "-long")
                seen.push([`${tool} ${side}`, answer.stdout])
              }
            }
            assert.isTrue(
              ids.length === 2 && seen.some(([, text]) => text.includes(`EffectCEKey = "${handles[0]?.key}"`))
            )
            yield* Effect.gen(function*() {
              const retriever = yield* Capability.OutputRetriever
              const outcomes = yield* retriever.fetch(handles, `${payload.directory}/out`)
              for (const [, outcome] of outcomes) {
                const output = yield* Effect.fromResult(outcome)
                seen.push(["the payload", yield* fileSystem.readFileString(output.stdout.path)])
              }
              yield* retriever.fetch(handles, `${payload.directory}/again`)
            }).pipe(Effect.provide(layer), Effect.provide(logger), Effect.withTracer(tracer))
            yield* Fiber.interrupt(watching)

            const wrong = Backend.layer({ ...stack.config, schedd: "nobody@local" })
            const misled = Backend.layer({
              ...stack.config,
              token: stack.config.token === "SciToken" ? "IdToken" : "SciToken"
            })
            for (const backendLayer of [wrong, misled]) {
              const error = yield* Effect.flip(
                submit("/bin/true").pipe(
                  Effect.provide(backendLayer.pipe(
                    Layer.provide([CondorTool.layer({ binDirectory: stack.binDirectory }), stack.credentials]),
                    Layer.provide(NodeServices.layer)
                  ))
                )
              )
              seen.push(["an error", `${error} ${JSON.stringify(error)} ${inspect(error, { depth: 20 })}`])
            }
            for (
              const args of [["status", String(handles[0])], [
                "fetch",
                "--dest",
                `${payload.directory}/cli`,
                String(handles[0])
              ]]
            ) {
              for (const schedd of [stack.schedd, "nobody@local"]) {
                const command = ["src/cli/main.ts", ...args, "--schedd", schedd, "--log-level", "trace"]
                const answer = yield* stack.run("env", ...stack.exports, execPath, ...command)
                seen.push(["the command line interface", answer.stdout + answer.stderr])
              }
            }
            seen.push(["a tool's call", calls.join("\n")])
            seen.push(["the logs of the daemons", (yield* stack.run("scripts/stack", "logs", version)).stdout])
            seen.push([
              "the spans",
              inspect(spans.map(({ attributes, events, name, status }) => [name, attributes, events, status]), {
                depth: 20
              })
            ])
            const left = yield* stack.run(
              "grep",
              "-rlF",
              ...secrets.flatMap((text) => ["-e", text]),
              temporary,
              payload.directory
            )
            assert.strictEqual(left.stdout, "")
            for (const [where, text] of seen) {
              for (const secret of secrets) assert.isFalse(text.includes(secret), `a secret is seen in ${where}`)
            }
            // Control: the search covered each of these places.
            const all = (where: string) => seen.filter(([name]) => name === where).map(([, text]) => text).join("\n")
            assert.include(all("a command line"), "condor_q")
            assert.include(all("the payload"), "EffectCEKey")
            assert.include(all("the spans"), "StatusReporter.status")
            assert.include(all("the command line interface"), "Completed")
          }),
        120_000
      )

      it.effect.skipIf(Share.isLeft(version, "lts"))(
        "two identities: each sees, cancels and fetches only its own jobs",
        () =>
          Effect.gen(function*() {
            const stack = yield* Stack
            const pilot = yield* Layer.build(backend())
            const other = yield* Layer.build(Site.otherIdentity())
            const directory = yield* Effect.flatMap(
              FileSystem.FileSystem,
              (fileSystem) => fileSystem.makeTempDirectoryScoped({ prefix: "credentials-test-" })
            )
            // Both act at the same time, so that a mix-up of their credentials would show.
            const rounds = yield* Effect.forEach(
              Array.from({ length: 6 }, (_, index) => index % 2 === 0 ? pilot : other),
              (services) => Effect.provideContext(submit("/bin/true"), services),
              { concurrency: "unbounded" }
            )
            for (const [index, { handles }] of rounds.entries()) {
              const owner = yield* stack.exec(
                "condor_q",
                "-allusers",
                "-af",
                "Owner",
                "-constraint",
                `EffectCEKey == "${handles[0]?.key}"`
              )
              assert.strictEqual(owner.stdout.trim(), index % 2 === 0 ? "pilot" : "other")
            }
            const mine = rounds.filter((_, index) => index % 2 === 0).flatMap(({ handles }) => handles)
            const theirs = rounds.filter((_, index) => index % 2 === 1).flatMap(({ handles }) => handles)
            yield* Effect.provideContext(finished(mine), pilot)
            yield* Effect.provideContext(finished(theirs), other)
            const tags = <A, E extends { readonly _tag: string }>(
              outcomes: Iterable<readonly [unknown, Result.Result<A, E>]>
            ) => Array.from(outcomes, ([, outcome]) => Result.isFailure(outcome) ? outcome.failure._tag : "done")
            const refusals = yield* Effect.gen(function*() {
              const cancelled = yield* Effect.flatMap(Capability.Cancellable, (service) => service.cancel(theirs))
              const fetched = yield* Effect.flatMap(
                Capability.OutputRetriever,
                (service) => service.fetch(theirs, directory)
              )
              return [...tags(cancelled), ...tags(fetched)]
            }).pipe(Effect.provideContext(pilot))
            assert.deepStrictEqual(refusals, Array.from({ length: 6 }, () => "NotOwner"))
            for (const [services, handles] of [[pilot, mine], [other, theirs]] as const) {
              const fetched = yield* Effect.provideContext(
                Effect.flatMap(Capability.OutputRetriever, (service) => service.fetch(handles, directory)),
                services
              )
              assert.isTrue(Array.from(fetched).every(([, outcome]) => Result.isSuccess(outcome)))
            }
          }),
        120_000
      )

      it.effect.skipIf(Share.isLeft(version, "latest"))(
        "credentials that expire while they are used: are renewed, and no operation fails",
        () =>
          Effect.gen(function*() {
            const stack = yield* Stack
            const { token } = stack.config
            const asked = yield* Ref.make(0)
            const begun = yield* Clock.currentTimeMillis
            const credentials = Layer.succeed(Credential.CredentialProvider, {
              credentials: () =>
                Effect.gen(function*() {
                  yield* Ref.update(asked, (count) => count + 1)
                  const text = yield* Effect.orDie(mint(stack, "--lifetime", "3"))
                  return [Credential.fromText(token, Redacted.make(text))]
                })
            })
            yield* Effect.gen(function*() {
              const { handles } = yield* submit("/bin/true", 3)
              yield* Effect.repeat(
                Effect.flatMap(Capability.StatusReporter, (reporter) => reporter.status(handles)),
                Schedule.spaced("250 millis").pipe(Schedule.upTo({ times: 40 }))
              )
              yield* Effect.flatMap(Capability.Cancellable, (service) => service.cancel(handles))
              yield* Effect.flatMap(Capability.Purgeable, (service) => service.purge(handles))
            }).pipe(Effect.provide(backend({ proxy: false }, credentials)))
            // A credential is used for half of its remaining lifetime, which is up to 3 seconds. After a slow answer,
            // it may be one second or less.
            const times = yield* Ref.get(asked)
            const seconds = ((yield* Clock.currentTimeMillis) - begun) / 1000
            assert.isTrue(times >= 4 && times <= 2 * seconds, `asked ${times} times in ${seconds} s`)
          })
      )

      it.effect("credential files that somebody deletes: are written again, and no error says that the CE refused them", () =>
        Effect.gen(function*() {
          const fileSystem = yield* FileSystem.FileSystem
          const temporaryDirectory = yield* fileSystem.makeTempDirectoryScoped({ prefix: "credentials-test-" })
          yield* Effect.gen(function*() {
            const { handles } = yield* submit("/bin/sleep")
            for (const name of yield* fileSystem.readDirectory(temporaryDirectory)) {
              yield* fileSystem.remove(`${temporaryDirectory}/${name}/tokens.d/token`)
            }
            const cancelled = yield* Effect.flatMap(Capability.Cancellable, (service) => service.cancel(handles))
            assert.isTrue(Array.from(cancelled).every(([, outcome]) => Result.isSuccess(outcome)))
          }).pipe(Effect.provide(backend({ temporaryDirectory })))
        }))

      it.effect("credential files: are never in a directory where HTCondor would not find them", () =>
        Effect.gen(function*() {
          const fileSystem = yield* FileSystem.FileSystem
          const directory = yield* fileSystem.makeTempDirectoryScoped({ prefix: "credentials-test-" })
          const temporaryDirectory = `${directory}/a$(HOME)b`
          yield* fileSystem.makeDirectory(temporaryDirectory)
          const error = yield* Effect.flip(Effect.provide(submit("/bin/true"), backend({ temporaryDirectory })))
          assert.strictEqual(error._tag, "LocalFailure")
        }))

      it.effect("environment of the caller: its HTCondor settings reach no tool", () =>
        Effect.gen(function*() {
          const stack = yield* Stack
          const poison = [
            "CONDOR_CONFIG=/no/such/file",
            "_CONDOR_SEC_CLIENT_AUTHENTICATION_METHODS=FS",
            "_CONDOR_COLLECTOR_HOST=nowhere.example.org",
            "_CONDOR_SEC_CLIENT_ENCRYPTION=NEVER",
            "_condor_SCITOKENS_FILE=/no/such/file",
            "BEARER_TOKEN=poison",
            "BEARER_TOKEN_FILE=/no/such/file",
            "X509_USER_PROXY=/no/such/file",
            "X509_CERT_DIR=/no/such/directory"
          ]
          const control = yield* stack.exec("env", ...poison, "condor_q")
          assert.notStrictEqual(control.exitCode, 0, "the poison works")
          const { directory } = yield* script("true")
          const spec = `${directory}/spec.json`
          yield* Effect.flatMap(FileSystem.FileSystem, (fileSystem) =>
            fileSystem.writeFileString(spec, JSON.stringify({ executable: "/bin/sleep", arguments: ["300"] })))
          const answer = yield* stack.run(
            "env",
            ...poison,
            ...stack.exports,
            execPath,
            "src/cli/main.ts",
            "submit",
            spec
          )
          assert.strictEqual(answer.exitCode, 0, answer.stderr)
          const handles = answer.stdout.trim()
          const cancelled = yield* stack.run(
            "env",
            ...poison,
            ...stack.exports,
            execPath,
            "src/cli/main.ts",
            "cancel",
            handles
          )
          assert.strictEqual(cancelled.exitCode, 0, cancelled.stderr)
        }))

      if (configuration === "scitokens") {
        describe("SciTokens", () => {
          const failure = (config: Partial<HTCondorCE.Config>, ...options: ReadonlyArray<string>) =>
            Effect.gen(function*() {
              const stack = yield* Stack
              const calls: Array<string> = []
              const text = yield* mint(stack, ...options)
              const layer = Backend.layer({ ...stack.config, ...config }).pipe(
                Layer.provide([
                  Site.recorded(calls).pipe(
                    Layer.provide(CondorTool.layer({ binDirectory: stack.binDirectory })),
                    Layer.provide(NodeServices.layer)
                  ),
                  Credential.layerStatic([Credential.fromText("SciToken", Redacted.make(text))])
                ]),
                Layer.provide(NodeServices.layer)
              )
              const error = yield* Effect.flip(Effect.provide(submit("/bin/true"), layer))
              assert.notInclude(`${error}`, text)
              return { tag: error._tag, message: error.message, calls: calls.length }
            })

          it.effect("expired tokens: are refused before any tool runs", () =>
            Effect.gen(function*() {
              const { calls, message, tag } = yield* failure({}, "--lifetime", "-10")
              assert.deepStrictEqual([tag, calls], ["CredentialUnavailable", 0])
              assert.include(message, "the token expired at")
            }))

          it.effect("tokens that the CE refuses: the error gives the reason, another audience or too few scopes", () =>
            Effect.gen(function*() {
              const { endpoint } = yield* Stack
              const audience = yield* failure({}, "--audience", "other.example.org:9619")
              assert.strictEqual(audience.tag, "AuthenticationFailed")
              assert.include(
                audience.message,
                `[of the token: it is for the audience "other.example.org:9619", and not for "${endpoint}"]`
              )
              const scopes = yield* failure({}, "--scope", "compute.read compute.create")
              assert.strictEqual(scopes.tag, "AuthorizationDenied")
              assert.include(scopes.message, `[of the token: it lacks the scopes "compute.modify", "compute.cancel"]`)
            }))

          // Submits a job, and cancels it.
          const works = (
            config: Partial<HTCondorCE.Config>,
            credentials?: Layer.Layer<Credential.CredentialProvider>
          ) =>
            Effect.gen(function*() {
              const { handles } = yield* submit("/bin/sleep")
              yield* Effect.flatMap(Capability.Cancellable, (service) => service.cancel(handles))
            }).pipe(Effect.provide(backend(config, credentials)))

          it.effect("tokens whose scopes have a path: are accepted", () =>
            Effect.gen(function*() {
              const stack = yield* Stack
              const scope = "compute.read:/ compute.create:/ compute.modify:/ compute.cancel:/"
              const token = Redacted.make(yield* mint(stack, "--scope", scope))
              yield* works({}, Credential.layerStatic([Credential.fromText("SciToken", token)]))
            }))

          it.effect("token file: the usable token is found after comments, an expired token and a token for another CE", () =>
            Effect.gen(function*() {
              const stack = yield* Stack
              const fileSystem = yield* FileSystem.FileSystem
              const { directory } = yield* script("true")
              const file = `${directory}/tokens`
              const all = [
                yield* mint(stack, "--lifetime", "-10"),
                yield* mint(stack, "--audience", "other.example.org:9619"),
                yield* mint(stack)
              ]
              yield* fileSystem.writeFileString(file, all.map((text, index) => `# ${index}\n${text}\n`).join("\n"))
              yield* works({}, Credential.layerFiles({ sciToken: file }).pipe(Layer.provide(NodeServices.layer)))
            }))

          it.effect("tokens: are shown to a CE whose authority is in a file, in a directory, or in X509_CERT_DIR", () =>
            Effect.gen(function*() {
              const { config } = yield* Stack
              const fileSystem = yield* FileSystem.FileSystem
              const { directory } = yield* script("true")
              const file = config.certificateAuthorities?.file ?? assert.fail("the stack has no authority")
              // The directory is laid out as in the grid's distribution of authorities: no links, and other files of
              // the same name.
              const known = yield* fileSystem.readDirectory(file.replace(/[^/]*$/, "certificates"))
              const hash = known.find((name) => name.endsWith(".0")) ?? assert.fail("the authority has no hash")
              yield* fileSystem.copyFile(file, `${directory}/${hash}`)
              for (const ending of ["signing_policy", "namespaces", "r0"]) {
                yield* fileSystem.writeFileString(`${directory}/${hash.replace(/0$/, ending)}`, "of another program\n")
              }
              const variable = ConfigProvider.layer(ConfigProvider.fromEnv({ env: { X509_CERT_DIR: directory } }))
              yield* works({ certificateAuthorities: { file } })
              yield* works({ certificateAuthorities: { directory } })
              yield* Effect.provide(works({ certificateAuthorities: {} }), variable)
              const missing = yield* failure({ certificateAuthorities: { file: `${directory}/none.pem` } })
              assert.deepStrictEqual([missing.tag, missing.calls], ["LocalFailure", 0])
            }))

          it.effect("host certificate of an unknown authority, or for another name: is not trusted", () =>
            Effect.gen(function*() {
              const { config, endpoint } = yield* Stack
              const unknown = yield* failure({ certificateAuthorities: {} })
              assert.strictEqual(unknown.tag, "HostNotTrusted")
              const address = endpoint.replace(/^(\d+)-(\d+)-(\d+)-(\d+)\.[^:]*/, "$1.$2.$3.$4")
              assert.notStrictEqual(address, endpoint)
              const other = yield* failure({ endpoint: address, audience: config.audience ?? endpoint })
              assert.strictEqual(other.tag, "HostNotTrusted")
            }))

          it.effect("BEARER_TOKEN: the command line finds the token in it", () =>
            Effect.gen(function*() {
              const stack = yield* Stack
              const own = stack.exports.filter((one) => !one.includes("_TOKEN_"))
              const token = yield* mint(stack)
              const { directory } = yield* script("true")
              const spec = `${directory}/spec.json`
              yield* Effect.flatMap(
                FileSystem.FileSystem,
                (fileSystem) =>
                  fileSystem.writeFileString(spec, JSON.stringify({ executable: "/bin/sleep", arguments: ["300"] }))
              )
              const cli = (...args: ReadonlyArray<string>) =>
                stack.run("env", ...own, `BEARER_TOKEN=${token}`, execPath, "src/cli/main.ts", ...args)
              const submitted = yield* cli("submit", spec)
              assert.strictEqual(submitted.exitCode, 0, submitted.stderr)
              assert.strictEqual((yield* cli("cancel", submitted.stdout.trim())).exitCode, 0)
            }))
        })
      }

      if (configuration === "proxy") {
        describe("X.509 proxies", () => {
          const withProxy = Effect.fnUntraced(function*(...options: ReadonlyArray<string>) {
            const stack = yield* Stack
            const calls: Array<string> = []
            const { stdout } = yield* stack.run("scripts/stack", "proxy", version, ...options)
            const { token } = stack.config
            const layer = Backend.layer(stack.config).pipe(
              Layer.provide([
                Site.recorded(calls).pipe(
                  Layer.provide(CondorTool.layer({ binDirectory: stack.binDirectory })),
                  Layer.provide(NodeServices.layer)
                ),
                Credential.layerStatic([
                  Credential.fromText(token, Redacted.make(yield* mint(stack))),
                  Credential.fromText("X509Proxy", Redacted.make(stdout))
                ])
              ]),
              Layer.provide(NodeServices.layer)
            )
            return { calls, layer, text: stdout }
          })

          it.effect("job: has an exact copy of the proxy, readable only by its owner, and the CE knows the proxy's subject", () =>
            Effect.gen(function*() {
              const stack = yield* Stack
              const { layer, text } = yield* withProxy()
              const payload = yield* script(`stat -c %a "$X509_USER_PROXY"; md5sum <"$X509_USER_PROXY"`)
              yield* Effect.gen(function*() {
                const { handles, warnings } = yield* submit(payload.path)
                assert.deepStrictEqual(warnings, [])
                yield* finished(handles)
                const ids = handles.map((handle) => handle.job)
                const ad = yield* stack.exec("condor_q", "-allusers", ...ids, "-af", "x509userproxysubject")
                assert.strictEqual(ad.stdout.trim(), "/DC=test/O=HTCondor-CE/CN=pilot")
                const retriever = yield* Capability.OutputRetriever
                for (const handle of handles) {
                  const output = yield* retriever.fetchOne(handle, `${payload.directory}/out`)
                  const fileSystem = yield* FileSystem.FileSystem
                  const sum = createHash("md5").update(text).digest("hex")
                  assert.strictEqual(yield* fileSystem.readFileString(output.stdout.path), `600\n${sum}  -\n`)
                  assert.deepStrictEqual(output.files, [])
                }
              }).pipe(Effect.provide(layer))
            }))

          it.effect("proxy that ends before the wall time does: the library logs a warning", () =>
            Effect.gen(function*() {
              const { layer } = yield* withProxy("--lifetime", "3600")
              const warnings = yield* Effect.gen(function*() {
                const submitter = yield* Capability.Submitter
                const spec = { executable: "/bin/true", resources: { wallTimeSeconds: 7200 } }
                const submission = yield* submitter.submit(spec, [{}], { key: yield* SubmissionKey.generate })
                yield* Effect.flatMap(Capability.Cancellable, (service) => service.cancel(submission.handles))
                yield* Effect.flatMap(Capability.Purgeable, (service) => service.purge(submission.handles))
                return submission.warnings
              }).pipe(Effect.provide(layer))
              assert.deepStrictEqual(
                warnings.map((one) => [one._tag, "wallTimeSeconds" in one ? one.wallTimeSeconds : undefined]),
                [["CredentialExpiresEarly", 7200]]
              )
            }))

          it.effect.each<readonly [string, string]>([["-60", "expired at"], ["90", "which is too soon"]])(
            "one with %s seconds left is refused before any tool is run",
            ([lifetime, words]) =>
              Effect.gen(function*() {
                const { calls, layer, text } = yield* withProxy("--lifetime", lifetime)
                assert.include(text, "BEGIN CERTIFICATE")
                const error = yield* Effect.flip(Effect.provide(submit("/bin/true"), layer))
                assert.strictEqual(error._tag, "CredentialUnavailable")
                assert.include(error.message, words)
                assert.deepStrictEqual(calls, [])
              })
          )
        })
      }
    }
  )
}
