/**
 * The party that the library blames for a failure, at real daemons: docs/failures.md with the messages of the tools.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Layer, Redacted } from "effect"
import { Capability, CondorTool, Credential, type HTCondorCE, SubmissionKey } from "../../src/index.ts"
import * as Backend from "./Backend.ts"
import * as Share from "./Share.ts"
import * as Site from "./Site.ts"
import { backend, configuration, Stack, type Version, versions } from "./Stack.ts"
import * as Stalling from "./Stalling.ts"

const onStack = (version: Version) =>
  Layer.provideMerge(Layer.merge(Stack.layer(version), NodeServices.layer), NodeServices.layer)

// HTCondor's tools wait 20 s for each step of an authentication. These tests use a shorter time.
const impatient = (binDirectory: string) =>
  Layer.effect(
    CondorTool.CondorTool,
    Effect.map(CondorTool.CondorTool, ({ run }) =>
      CondorTool.make((call: CondorTool.ToolCall) =>
        run({ ...call, environment: { ...call.environment, _CONDOR_SEC_CLIENT_AUTHENTICATION_TIMEOUT: "2" } })
      ))
  ).pipe(Layer.provide(CondorTool.layer({ binDirectory })), Layer.provide(NodeServices.layer))

const question = Effect.flatMap(
  Capability.Submitter,
  ({ reconcile }) => Effect.flatMap(SubmissionKey.generate, reconcile)
)

const patient = (binDirectory: string) => CondorTool.layer({ binDirectory }).pipe(Layer.provide(NodeServices.layer))

/** The outcome of a query with an IDTOKEN. */
const ask = Effect.fnUntraced(function*(config: HTCondorCE.Config, token: string, tools: typeof patient) {
  const { binDirectory } = yield* Stack
  const layer = Backend.layer(config).pipe(
    Layer.provide([tools(binDirectory), Credential.layerToken(Redacted.make(token))]),
    Layer.provide(NodeServices.layer)
  )
  return yield* question.pipe(
    Effect.match({ onFailure: ({ _tag }) => _tag, onSuccess: () => "Answered" }),
    Effect.provide(layer)
  )
})

// Through a submit host, job ids and the recipients of warnings are different.
for (const version of configuration === "grid" ? [] : versions) {
  it.layer(onStack(version), { excludeTestServices: true, timeout: "60 seconds" })(`failures on ${version}`, (it) => {
    it.effect.each(["stall", "close"] as const)(
      "network that breaks at any 200 bytes of the conversation with the collector: is no refused credential: %s",
      (end) =>
        Effect.gen(function*() {
          const { endpoint, schedd, token } = yield* Stack
          const text = yield* token("--lifetime", "3600")
          const host = /^\d+-\d+-\d+-\d+/.exec(endpoint)?.[0].replaceAll("-", ".") ?? endpoint.split(":")[0] ?? ""
          // The offer of methods and its answer are a few bytes each, somewhere between the steps.
          const limits = [...Array.from({ length: 16 }, (_, index) => index * 200), 1_130, 1_150, 1_170, 1_190]
            .filter((_, index) => Share.has(version, index))
          const answers = yield* Effect.forEach(
            limits,
            (limit) =>
              Effect.gen(function*() {
                const port = yield* Stalling.listener({ host, port: 9619 }, limit, end)
                const config = { endpoint: `127.0.0.1:${port}`, schedd, timeout: "8 seconds" } as const
                return `${limit}: ${yield* ask(config, text, impatient)}`
              }),
            { concurrency: 5 }
          )
          const seen = new Set(answers.map((answer) => answer.split(": ")[1]))
          assert.isFalse(seen.has("AuthenticationFailed"), answers.join(", "))
          // A tool that stalls may be killed before it reports an error.
          assert.isTrue(seen.has("CEUnavailable") || end === "stall" && seen.has("TimedOut"), answers.join(", "))
        }).pipe(Effect.scoped),
      300_000
    )

    it.effect("refused token: is AuthenticationFailed", () =>
      Effect.gen(function*() {
        const { endpoint, schedd, token } = yield* Stack
        for (const options of [["--wrong-key"], ["--lifetime", "1"]]) {
          const text = yield* token(...options)
          yield* Effect.sleep("1100 millis")
          const answer = yield* ask({ endpoint, schedd }, text, patient)
          // The library also checks the time of expiry.
          assert.oneOf(answer, options.includes("--wrong-key") ? ["AuthenticationFailed"] : ["CredentialUnavailable"])
        }
      }))

    describe.skipIf(configuration !== "scitokens")("a host certificate", () => {
      const asked = Effect.fnUntraced(function*(config: Partial<HTCondorCE.Config>) {
        const { endpoint } = yield* Stack
        return yield* Effect.flip(Effect.provide(question, backend({ audience: endpoint, ...config })))
      })

      it.effect("host certificate of another authority: is HostNotTrusted", () =>
        Effect.gen(function*() {
          const fileSystem = yield* FileSystem.FileSystem
          const directory = yield* fileSystem.makeTempDirectoryScoped({ prefix: "failures-test-" })
          const file = `${directory}/other.crt`
          const { run } = yield* Stack
          yield* run(
            ..."openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=Other".split(" ") as [
              string,
              ...Array<string>
            ],
            "-keyout",
            `${directory}/other.key`,
            "-out",
            file
          )
          const error = yield* asked({ certificateAuthorities: { file } })
          assert.strictEqual(error._tag, "HostNotTrusted", error.message)
          assert.match(error.message, /does not trust .*CN=Test CA/)
        }).pipe(Effect.scoped))

      it.effect("host certificate for another name: is HostNotTrusted", () =>
        Effect.gen(function*() {
          const { endpoint, schedd } = yield* Stack
          const host = /^\d+-\d+-\d+-\d+/.exec(endpoint)?.[0].replaceAll("-", ".") ?? ""
          const error = yield* asked({ endpoint: `${host}:9619`, schedd })
          assert.strictEqual(error._tag, "HostNotTrusted", error.message)
          assert.match(error.message, /its certificate is for a name/)
          const port = yield* Stalling.listener({ host, port: 9619 }, 1_000_000, "close")
          const other = yield* asked({ endpoint: `127-0-0-1.ce.test:${port}`, schedd })
          assert.strictEqual(other._tag, "HostNotTrusted", other.message)
          assert.match(other.message, /its certificate is for .*, and not for 127-0-0-1\.ce\.test/)
        }).pipe(Effect.scoped))

      it.effect("host certificate whose authorities cannot be read: is LocalFailure", () =>
        Effect.gen(function*() {
          const fileSystem = yield* FileSystem.FileSystem
          const directory = yield* fileSystem.makeTempDirectoryScoped({ prefix: "failures-test-" })
          yield* fileSystem.writeFileString(`${directory}/ca.crt`, "this is no certificate\n")
          const error = yield* asked({ certificateAuthorities: { file: `${directory}/ca.crt` } })
          assert.strictEqual(error._tag, "LocalFailure", error.message)
        }).pipe(Effect.scoped))
    })

    it.effect("rule of the site: its warning, or its refusal, reaches the caller of submit", () =>
      Effect.gen(function*() {
        const { inside } = yield* Stack
        const file = "/etc/condor-ce/config.d/99-rules"
        const rules = (refuses: boolean) =>
          `SUBMIT_REQUIREMENT_NAMES = Ask, Open
SUBMIT_REQUIREMENT_Ask = False
SUBMIT_REQUIREMENT_Ask_REASON = "please ask for memory"
SUBMIT_REQUIREMENT_Ask_IS_WARNING = True
SUBMIT_REQUIREMENT_Open = ${refuses ? "False" : "True"}
SUBMIT_REQUIREMENT_Open_REASON = "Queue closed"
`
        const done = ({ exitCode, stderr }: CondorTool.ToolResult) => assert.strictEqual(exitCode, 0, stderr)
        const set = (refuses: boolean) =>
          Effect.map(
            inside(
              "sh",
              "-c",
              `printf '%s' '${rules(refuses)}' > ${file} && condor_reconfig -schedd
for second in $(seq 60); do
  [ "$(condor_config_val -schedd SUBMIT_REQUIREMENT_Open)" = ${refuses ? "False" : "True"} ] && exit
  sleep 1
done
exit 1`
            ),
            done
          )
        const reset = Effect.map(
          inside(
            "sh",
            "-c",
            `rm -f ${file} && condor_reconfig -schedd
for second in $(seq 60); do
  condor_config_val -schedd SUBMIT_REQUIREMENT_Open | grep -q "^Not defined" && exit
  sleep 1
done
exit 1`
          ),
          done
        )
        const submit = Effect.gen(function*() {
          const { submit } = yield* Capability.Submitter
          const key = yield* SubmissionKey.generate
          return yield* submit({ executable: "/bin/true" }, [{}, {}], { key })
        })
        yield* Effect.gen(function*() {
          yield* set(false)
          const { handles, warnings } = yield* submit
          // On a slow machine the jobs have completed by then.
          yield* Site.giveUpAtEnd(handles)
          assert.deepStrictEqual(warnings.map((one) => one._tag === "SubmitWarning" ? one.detail : one._tag), [
            "please ask for memory",
            "the line 'unheard_of = x' was unused by condor_submit. Is it a typo?"
          ])
          yield* set(true)
          const error = yield* Effect.flip(submit)
          assert.strictEqual(error._tag, "SubmissionRejected", error.message)
          assert.match(error.message, /by its policy: Queue closed$/)
          assert.strictEqual(error.retry, "Never")
        }).pipe(
          Effect.scoped,
          Effect.ensuring(reset),
          Effect.provide(backend({ siteCommands: { unheard_of: "x" } }))
        )
      }))
  })
}
