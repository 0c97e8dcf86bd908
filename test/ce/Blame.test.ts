/** The party to blame when a tool reports a failed authentication: the CE is asked again, and its answer decides. */
import { assert, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { Capability, type CondorTool } from "../../src/index.ts"
import { ad, backend, handle, printed, status } from "./Scripted.ts"

const refused = "AUTHENTICATE:1003:Failed to authenticate with any method\n" +
  "AUTHENTICATE:1004:Failed to authenticate using SCITOKENS\n"

const began = "SECMAN: command 6 QUERY_SCHEDD_ADS to collector at <192.0.2.1:9619> from TCP port 33489 (blocking).\n"

const debug = (lines: string) =>
  (began + lines).trim().split("\n").map((line) => `11/26/26 10:40:50 ${line}\n`).join("")

const told = (lines: string, words = refused): Partial<CondorTool.ToolResult> => ({
  exitCode: 1,
  stderr: `${debug(lines)}Error: communication error\n${words}`
})

const well = { stdout: "ce.example.org\n" }

const offered = "HANDSHAKE: sending (methods == 4096) to server\n"
const answered = `${offered}HANDSHAKE: server replied (method = 4096)\n`

const rows: ReadonlyArray<
  readonly [
    what: string,
    tag: string,
    collector: Partial<CondorTool.ToolResult>,
    schedd?: Partial<CondorTool.ToolResult>
  ]
> = [
  ["a refusal of the collector", "AuthenticationFailed", told(`${answered}SSL Auth: Server has rejected our token!`)],
  ["a refusal of the schedd", "AuthenticationFailed", well, { exitCode: 1, stdout: `READ failed!\n${refused}` }],
  ["a denial of the schedd", "AuthorizationDenied", well, {
    exitCode: 1,
    stdout: "READ failed!\nSECMAN:2010:Received \"DENIED\" from server for user a@b using method IDTOKENS.\n"
  }],
  ["an offer that has no answer", "CEUnavailable", told(offered)],
  [
    "an offer that has no answer at the end",
    "CEUnavailable",
    told(`${answered}HANDSHAKE: sending (methods == 0) to server`)
  ],
  ["a time-out", "CEUnavailable", told(answered, "AUTHENTICATE:1006:exceeded 1 deadline during authentication\n")],
  ["a CE that accepts it now", "CEUnavailable", well, {}],
  [
    "a CA that is not trusted",
    "HostNotTrusted",
    told(`${answered}-Error with certificate at depth: 1
  issuer   = /CN=Test CA
  subject  = /CN=Test CA
  err 19:self-signed certificate in certificate chain
SSL Auth: SSL Authentication failed`)
  ],
  [
    "a certificate for another name",
    "HostNotTrusted",
    told(`${answered}Certificate common name (CN), a.example.org, does not match host ce.example.org.
SSL Auth: Error on check of peer certificate`)
  ],
  ["a host without a name", "HostNotTrusted", told(`${answered}No SSL host name specified.`)],
  [
    "CAs that cannot be read",
    "LocalFailure",
    told(`${answered}SSL Auth: Error loading CA file (/ca.crt) and/or directory ((null)): error:05800088`)
  ]
]

it.effect.each(rows)("%s is %s", ([, tag, collector, schedd = {}]) =>
  Effect.gen(function*() {
    const { calls, layer } = backend(
      ({ tool }) =>
        tool === "condor_status" ? collector : tool === "condor_ping" ? schedd : { exitCode: 1, stderr: refused },
      { certificateAuthorities: { file: "/ca.crt" } }
    )
    const error = yield* Effect.flip(Effect.provide(status([handle("7.0")]), layer))
    assert.strictEqual(error._tag, tag, error.message)
    assert.notInclude(error.message, "HANDSHAKE")
    const probe = calls.find(({ tool }) => tool === "condor_status")
    assert.strictEqual(probe?.environment["_CONDOR_TOOL_DEBUG"], "D_SECURITY")
  }))

it.live("watch: continues after a conversation that broke off in the middle of authentication", () =>
  Effect.gen(function*() {
    let asked = 0
    const { layer } = backend(({ tool }) =>
      tool === "condor_status"
        ? told(offered)
        : tool === "condor_q" && asked++ > 0
        ? printed(
          ad("7.0", { JobStatus: 4, ExitBySignal: false, ExitCode: 0, CompletionDate: 1, EnteredCurrentStatus: 1 })
        )
        : { exitCode: 1, stderr: refused }
    )
    const seen = yield* Effect.flatMap(
      Capability.StatusReporter,
      ({ watch }) => Stream.runCollect(watch([handle("7.0")], { interval: "10 millis" }))
    ).pipe(Effect.provide(layer))
    assert.lengthOf(seen, 1)
  }))
