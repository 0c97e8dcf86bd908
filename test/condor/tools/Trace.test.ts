import { assert, describe, it } from "@effect/vitest"
import * as Trace from "../../../src/condor/tools/Trace.ts"

// Exact output of the tools of 23.9.6 and 25.14.1, which is the same unless a row names a version.
const at = (lines: string): string =>
  lines.trim().split("\n").map((line) => `11/26/26 10:40:50 ${line}`).join("\n") + "\n"

const read = (stderr: string, stdout = "") => Trace.read({ exitCode: 1, stdout, stderr })

const advice = `
Extra Info: the condor_collector is a process that runs on the central 
manager of your Condor pool and collects the status of all the machines and 
`

const began = "SECMAN: command 6 QUERY_SCHEDD_ADS to collector at <127.0.0.12:9619> from TCP port 33489 (blocking)."

describe("the connection to a daemon", () => {
  it("is the first one of the trace, with the daemon's clock", () => {
    const trace = read(at(`
${began}
SECMAN: generating AES key for session with collector at <127.0.0.12:9619>...
SECMAN: added session htcondor-ce-latest:71:1795689653:52 to cache for 60 seconds (3600s lease).
SECMAN: startCommand succeeded.
SECMAN: command 60040 DC_SEC_QUERY to schedd ce@local from TCP port 41105 (blocking).
SECMAN: added session htcondor-ce-latest:74:1795689659:7 to cache for 60 seconds (3600s lease).`))
    assert.deepStrictEqual(trace, {
      connection: { address: "127.0.0.12:9619", failure: undefined },
      foreign: false,
      unanswered: false,
      time: 1_795_689_653,
      certificate: undefined,
      refusal: undefined,
      said: ""
    })
  })

  it.each([
    ["127.0.0.12:9777", "Connection refused (connect errno = 111)"],
    ["[::1]:9619", "Connection refused (connect errno = 111)"],
    ["192.0.2.7:9619", "No route to host (connect errno = 113)"],
    ["127.0.0.77:9619", "timed out after 10 seconds"]
  ])("to %s fails: %s", (address, failure) => {
    const trace = read(
      `${at(`attempt to connect to <${address}> failed: ${failure}.`)}Error: communication error
CEDAR:6001:Failed to connect to <${address}>
Error: Couldn't contact the condor_collector on <unknown_host> 
(<${address}>). 
${advice}`
    )
    assert.deepStrictEqual(trace.connection, { address, failure })
    assert.strictEqual(
      trace.said,
      `Error: communication error CEDAR:6001:Failed to connect to <${address}> Error: Couldn't contact the ` +
        `condor_collector on <unknown_host> (<${address}>).`
    )
  })

  it("has no address for an unknown host", () => {
    const trace = read(`Error: unknown host nosuch.example.org\n${advice}`, "\n")
    assert.strictEqual(trace.connection, undefined)
    assert.strictEqual(trace.said, "Error: unknown host nosuch.example.org")
  })

  it("is to the address of a name", () => {
    const sinful = "<127.0.0.11:9619?alias=127-0-0-11.ce.test>"
    const trace = read(at(`SECMAN: command 60040 DC_SEC_QUERY to collector ${sinful} from TCP port 34081 (blocking).`))
    assert.deepStrictEqual(trace.connection, { address: "127.0.0.11:9619", failure: undefined })
  })

  it("may be to a server of another protocol", () => {
    const trace = read(
      at(`${began}\nIO: Incoming packet header unrecognized : 53 53 48 2d 32\nSECMAN: no classad from server, failing`)
    )
    assert.isTrue(trace.foreign)
  })
})

describe("an offer of authentication methods", () => {
  const offered = "HANDSHAKE: sending (methods == 2048) to server"
  const answered = `${offered}\nHANDSHAKE: server replied (method = 2048)`
  const over = "HANDSHAKE: sending (methods == 0) to server"
  it.each([
    ["has no answer", offered, true],
    ["has an answer", answered, false],
    ["has no answer in the end", `${answered}\n${over}`, true],
    ["has an answer in the end", `${answered}\n${over}\nHANDSHAKE: server replied (method = 0)`, false],
    ["is not made", "", false]
  ])("%s", (_, lines, unanswered) => {
    assert.strictEqual(read(at(`${began}\n${lines}`)).unanswered, unanswered)
  })

  it("is separate from the message for people", () => {
    const words = "Error: communication error\nAUTHENTICATE:1003:Failed to authenticate with any method"
    const { stderr } = Trace.withoutDebug({ exitCode: 1, stdout: "", stderr: `${at(offered)}${words}` })
    assert.strictEqual(stderr, words)
  })
})

describe("a host certificate", () => {
  const handshake = "SSL Auth: Trying to connect.\n"
  const rows: ReadonlyArray<readonly [what: string, lines: string, Trace.Certificate]> = [
    [
      "is accepted, from a daemon that a token authenticates",
      `${handshake}SSL host check: host alias 127-0-0-11.ce.test matches certificate SAN 127-0-0-11.ce.test.
SSL authentication succeeded to `,
      { _tag: "Accepted", host: "127-0-0-11.ce.test", subject: undefined }
    ],
    [
      "is accepted, and has another name, too",
      `${handshake}SSL host check: host alias ce.example.org DOES NOT match certificate SAN www.example.org.
SSL host check: host alias ce.example.org matches certificate SAN ce.example.org.
SSL authentication succeeded to /DC=test/O=HTCondor-CE/CN=www.example.org`,
      { _tag: "Accepted", host: "ce.example.org", subject: "/DC=test/O=HTCondor-CE/CN=www.example.org" }
    ],
    [
      "is of an untrusted CA",
      `${handshake}-Error with certificate at depth: 1
  issuer   = /DC=test/O=HTCondor-CE/CN=Test CA
  subject  = /DC=test/O=HTCondor-CE/CN=Test CA
  err 19:self-signed certificate in certificate chain
Adding remote host as known host with trust set to off.
SSL: library failure: error:0A000086:SSL routines::certificate verify failed
SSL Auth: SSL Authentication failed`,
      {
        _tag: "Untrusted",
        subject: "/DC=test/O=HTCondor-CE/CN=Test CA",
        issuer: "/DC=test/O=HTCondor-CE/CN=Test CA",
        detail: "self-signed certificate in certificate chain"
      }
    ],
    [
      "is of another host",
      `${handshake}SSL host check: host alias ce.example.org DOES NOT match certificate SAN a.example.org.
SSL host check: host alias ce.example.org DOES NOT match certificate SAN b.example.org.
SSL Auth: Error on check of peer certificate`,
      { _tag: "OtherHost", host: "ce.example.org", names: ["a.example.org", "b.example.org"] }
    ],
    [
      "is of another host, as the tools print it at this level",
      `${handshake}SSL Auth: post_connection_check.
Certificate common name (CN), a.example.org, does not match host ce.example.org.
SSL Auth: Error on check of peer certificate`,
      { _tag: "OtherHost", host: "ce.example.org", names: ["a.example.org"] }
    ],
    [
      "has no name",
      `${handshake}SSL Auth: post_connection_check.\nSSL Auth: Error on check of peer certificate`,
      { _tag: "OtherHost", host: "this host", names: ["nothing that it says"] }
    ],
    [
      "is not checked if no host was named",
      `${handshake}SSL Auth: post_connection_check.\nNo SSL host name specified.\nSSL Auth: Error on check of peer certificate`,
      { _tag: "NoHost" }
    ],
    [
      "is not requested if no CA certificate can be read",
      "SSL Auth: Error loading CA file (/dev/null) and/or directory ((null)): error:05800088:x509 certificate routines::no certificate or crl found",
      {
        _tag: "Authorities",
        detail:
          "CA file (/dev/null) and/or directory ((null)): error:05800088:x509 certificate routines::no certificate or crl found"
      }
    ]
  ]
  it.each(rows)("%s", (_, lines, certificate) => {
    assert.deepStrictEqual(read(at(`${began}\n${lines}`)).certificate, certificate)
  })

  it("is the one of the last daemon", () => {
    const accepted = "SSL host check: host alias a.example.org matches certificate SAN a.example.org."
    const other = "SSL host check: host alias b.example.org DOES NOT match certificate SAN a.example.org."
    const second = "SECMAN: command 60040 DC_SEC_QUERY to schedd ce@local from TCP port 41105 (blocking)."
    assert.deepStrictEqual(read(at(`${began}\n${accepted}\n${second}\n${other}`)).certificate, {
      _tag: "OtherHost",
      host: "b.example.org",
      names: ["a.example.org"]
    })
  })
})

describe("a token", () => {
  const examined = "IDTOKENS: Examining /tmp/t/tokens.d/token for valid tokens from issuer 127.0.0.12:9619.\n"
  const failed = (method: string) =>
    `READ failed!\nAUTHENTICATE:1003:Failed to authenticate with any method\nAUTHENTICATE:1004:Failed to authenticate using ${method}\n\n`
  const ignored = `TOKEN: No token found.
PW: Failed to fetch a login name
Server sent status indicating not OK.`
  const rows: ReadonlyArray<readonly [what: string, lines: string, stdout: string, Trace.Refusal | undefined]> = [
    [
      "of another trust domain",
      `${examined}Ignoring token as it is from trust domain other:9619 (server trust domain is 127.0.0.12:9619).\n${ignored}`,
      failed("IDTOKENS"),
      { _tag: "OtherDomain", token: "other:9619", server: "127.0.0.12:9619" }
    ],
    [
      "of a key that the daemon does not have",
      `${examined}Ignoring token as it was signed with key other (not known to the server).\n${ignored}`,
      failed("IDTOKENS"),
      { _tag: "UnknownKey", key: "other" }
    ],
    [
      "that is no token",
      `${examined}Failed to decode JWT in keyfile '/tmp/t/tokens.d/token'; ignoring.\n${ignored}`,
      failed("IDTOKENS"),
      { _tag: "NoToken" }
    ],
    [
      "of another key",
      `${examined}Hash supplied by server doesn't match that calculated by the client.`,
      failed("IDTOKENS"),
      { _tag: "WrongKey" }
    ],
    [
      "that has expired",
      `${examined}Server sent status indicating not OK.\nPW: Client received ERROR from server, propagating`,
      failed("IDTOKENS"),
      { _tag: "Refused" }
    ],
    [
      "that is a refused SciToken",
      "SSL Auth: Found a SciToken to use for authentication.\nSSL Auth: Server has rejected our token!",
      failed("SCITOKENS"),
      { _tag: "Refused" }
    ],
    [
      "of a kind that the daemon does not accept (23.9)",
      "AUTHENTICATE: setting timeout for <127.0.0.11:9619> to 20.",
      "READ failed!\nAUTHENTICATE:1003:Failed to authenticate with any method\n\n",
      { _tag: "NoMethod" }
    ],
    [
      "of a kind that the daemon does not accept (25.14)",
      "SECMAN: no auth method!, failing.",
      "READ failed!\nSECMAN:2005:Protocol Error: No auth methods.\n\n",
      { _tag: "NoMethod" }
    ],
    [
      "that is not the cause if a certificate is",
      "SSL Auth: SSL Authentication failed",
      failed("SCITOKENS"),
      undefined
    ]
  ]
  it.each(rows)("%s", (_, lines, stdout, refusal) => {
    assert.deepStrictEqual(read(at(`${began}\n${lines}`), stdout).refusal, refusal)
  })
})

describe("a text that no tool would write", () => {
  it("is read in linear time", () => {
    const heads = [
      "",
      "attempt to connect to <",
      "SECMAN: command 1 to <",
      "-Error with certificate at depth: 0\n issuer   = x\n",
      "SSL host check: host alias a DOES NOT match certificate SAN ",
      "Ignoring token as it was signed with key ",
      "SECMAN: added session "
    ]
    const parts = [
      "a",
      " ",
      "\n",
      ":1",
      "(",
      "> failed: x\n",
      " to <a",
      "attempt to connect to <",
      "SECMAN: command ",
      "SECMAN: command  to <a",
      "-Error with certificate at depth: 0\n",
      " issuer   = ",
      " issuer   = \n subject  = \n",
      "AUTHENTICATE:1003",
      "SSL host check: host alias a",
      " DOES NOT match certificate SAN b.",
      "Ignoring token as it was signed with key ",
      "11/11/11 11:11:11 \n"
    ]
    const begin = performance.now()
    for (const head of heads) for (const part of parts) read(head + part.repeat(Math.ceil(100_000 / part.length)))
    // Quadratic time would be more than an hour.
    assert.isBelow(performance.now() - begin, 60_000)
  })
})
