import { assert, describe, it } from "@effect/vitest"
import * as Check from "../../../../src/ce/internal/diagnosis/Check.ts"
import * as HostChecks from "../../../../src/ce/internal/diagnosis/HostChecks.ts"
import type { Reply } from "../../../../src/ce/internal/diagnosis/ToolProbe.ts"
import { began, debug, notRun, replied, silent } from "../../diagnosis/Replies.ts"

const endpoint = { address: "ce.example.org:9619", schedd: "ce.example.org" }

const communication = (words: string) => `Error: communication error\n${words}\n`

const well = replied({ stderr: debug(began) })
const closed = (failure: string) =>
  replied({
    exitCode: 1,
    stderr: debug(`attempt to connect to <192.0.2.1:9619> failed: ${failure}.`) +
      communication("CEDAR:6001:Failed to connect to <192.0.2.1:9619>")
  })
const unknown = replied({ exitCode: 1, stderr: "Error: unknown host ce.example.org\n" })
const refusal = (words: string) => replied({ exitCode: 1, stderr: debug(began) + communication(words) })
const overloaded = refusal("SECMAN:2007:Read failure during security negotiation.")
const foreign = replied({
  exitCode: 1,
  stderr: debug(began, "IO: Incoming packet header unrecognized : 53 53 48 2d 32") +
    communication("SECMAN:2007:Read failure during security negotiation.")
})

type Row = readonly [what: string, reply: Reply, status: Check.Finding["status"], words: RegExp]

const table = (rows: ReadonlyArray<Row>, check: (reply: Reply) => Check.Finding) =>
  it.each(rows)("%s", (_, reply, status, words) => {
    const found = check(reply)
    assert.strictEqual(found.status, status)
    assert.match(`${found.detail}. ${found.fix}`, words)
  })

describe("name of a CE", () => {
  table([
    ["has an address", well, "ok", /^ce\.example\.org is 192\.0\.2\.1\./],
    [
      "has one, although nobody listens there",
      closed("Connection refused"),
      "ok",
      /^ce\.example\.org is 192\.0\.2\.1\./
    ],
    ["has none", unknown, "failed", /^ce\.example\.org has no address\. .*getent hosts ce\.example\.org/],
    ["is not known to have one where the tool does not end", silent, "skipped", /^no answer within 60 s/],
    ["is not looked up without the tool", notRun, "skipped", /^condor_status: no such command/]
  ], (reply) => HostChecks.name(endpoint, reply))

  it("is an address", () => {
    for (const address of ["192.0.2.1:9619", "[2001:db8::1]:9619"]) {
      const { detail, status } = HostChecks.name({ address, schedd: "x" }, notRun)
      assert.deepStrictEqual([status, detail], ["ok", `${address.replace(/^\[|\]?:9619$/g, "")} is an address`])
    }
  })
})

describe("connection", () => {
  table([
    ["is there", well, "ok", /^192\.0\.2\.1:9619 takes connections/],
    [
      "is refused",
      closed("Connection refused (connect errno = 111)"),
      "failed",
      /Connection refused .*is 9619 the port/
    ],
    ["is dropped", closed("timed out after 60 seconds"), "failed", /timed out after 60 seconds\. a firewall/],
    ["has no way", closed("No route to host (connect errno = 113)"), "failed", /No route to host .*is there a way/],
    ["is not tried without an address", unknown, "skipped", /no address to connect to/]
  ], (reply) => HostChecks.connection(endpoint, reply, ["192.0.2.1"]))

  it("to the first of several addresses: is the only one that is tried", () => {
    const found = HostChecks.connection(endpoint, closed("Connection refused"), [
      "192.0.2.1",
      "192.0.2.2",
      "2001:db8::1"
    ])
    assert.strictEqual(found.status, "failed")
    assert.strictEqual(
      found.detail,
      "192.0.2.1:9619: Connection refused. ce.example.org is 192.0.2.2, 2001:db8::1, too, and HTCondor's tools try only one address"
    )
    assert.match(found.fix ?? "", /takes the dead address out of DNS.*--ce/)
    assert.deepStrictEqual(HostChecks.connection(endpoint, well, ["192.0.2.1", "192.0.2.2"]).status, "ok")
  })
})

describe("collector", () => {
  table([
    ["answers", well, "ok", /^answers, and shows its schedds to anybody/],
    [
      "shows nothing to anybody",
      refusal(
        "SECMAN:2010:Received \"DENIED\" from server for user unauthenticated@unmapped using no authentication method"
      ),
      "ok",
      /^answers, but only with a credential/
    ],
    [
      "closes the connection to anybody (25.14)",
      refusal("SECMAN:2011:Connection closed during command authorization. Probably due to an unknown command."),
      "ok",
      /^answers, but only with a credential/
    ],
    ["does not answer", overloaded, "failed", /does not answer in time\. .*--tool-timeout/],
    ["does not speak HTCondor", foreign, "failed", /does not speak HTCondor's protocol\. is the port right/],
    ["keeps the tool waiting", silent, "failed", /^no answer within 60 s/],
    ["fails in another way", refusal("Something new"), "failed", /Something new\. report it to the site/],
    ["has no connection", closed("Connection refused"), "skipped", /there is no connection/],
    ["has no address", unknown, "skipped", /there is no connection/],
    [
      "is not reached, nobody knows why",
      replied({ exitCode: 1, stderr: "Something new\n" }),
      "failed",
      /^Something new\./
    ],
    ["is not reached by a tool that crashes", replied({ exitCode: 139 }), "failed", /exit code 139\. .*condor_status/]
  ], HostChecks.collector)

  it("answers, even if it only refuses", () => {
    const heard = [
      well,
      refusal("SECMAN:2010:Received \"DENIED\""),
      overloaded,
      foreign,
      closed("x"),
      unknown,
      silent,
      notRun
    ]
    assert.deepStrictEqual(heard.map(HostChecks.isHeard), [true, true, false, false, false, false, false, false])
  })
})

describe("host certificate", () => {
  const shown = (...lines: ReadonlyArray<string>) => replied({ exitCode: 1, stderr: debug(began, ...lines) })
  const untrusted = (detail: string) =>
    shown("-Error with certificate at depth: 0", "  issuer   = /CN=CA", "  subject  = /CN=ce", `  err 20:${detail}`)
  table([
    [
      "is good",
      shown(
        "SSL host check: host alias ce.example.org matches certificate SAN ce.example.org.",
        "SSL authentication succeeded to /DC=test/CN=ce.example.org"
      ),
      "ok",
      /^\/DC=test\/CN=ce\.example\.org: trusted, and for ce\.example\.org/
    ],
    [
      "has nobody to vouch for it",
      untrusted("unable to get local issuer certificate"),
      "failed",
      /^\/CN=ce, signed by \/CN=CA: unable to get local issuer certificate\. trust its authority \(--ca-file/
    ],
    [
      "has expired",
      untrusted("certificate has expired"),
      "failed",
      /certificate has expired\. the site has to renew it/
    ],
    [
      "is that of another host",
      shown("SSL host check: host alias ce.example.org DOES NOT match certificate SAN www.example.org."),
      "failed",
      /^it is for www\.example\.org, and not for ce\.example\.org\. .*--ce/
    ],
    ["cannot be checked by address", shown("No SSL host name specified."), "failed", /is no name.*--ce/],
    [
      "has no authorities to be checked by",
      shown("SSL Auth: Error loading CA file (/dev/null) and/or directory ((null)): error:05800088:no certificate"),
      "failed",
      /^CA file \(\/dev\/null\).*--ca-file, --ca-directory/
    ],
    [
      "is shown to nobody",
      refusal("SECMAN:2005:Protocol Error: No auth methods."),
      "skipped",
      /shows it to nobody without a token/
    ],
    ["is not known", refusal("Something new"), "skipped", /Something new/],
    ["does not come in time", silent, "skipped", /^no answer within 60 s/]
  ], (reply) => HostChecks.certificate(endpoint, reply))
})

describe("clock", () => {
  it.each([
    [1_000, { before: 999_990, after: 1_000_010 }, 0],
    [1_000, { before: 1_000_900, after: 1_001_500 }, 0],
    [1_000, { before: 994_000, after: 995_000 }, 5],
    [1_000, { before: 1_061_000, after: 1_062_000 }, -60],
    [1_000, { before: 500_000, after: 1_500_000 }, 0]
  ])("difference of %d: is measured within %o as %d ahead", (time, during, ahead) => {
    assert.strictEqual(HostChecks.skew(time, during), ahead)
  })

  it("may differ a little", () => {
    assert.deepStrictEqual(HostChecks.clock(0), Check.ok("the CE's is as this host's, to a second"))
    assert.deepStrictEqual(HostChecks.clock(-3), Check.ok("the CE's is 3 s behind this host's"))
    assert.deepStrictEqual(HostChecks.clock(5), Check.ok("the CE's is 5 s ahead of this host's"))
    assert.strictEqual(HostChecks.clock(3_700).detail, "the CE's is 1h 1m ahead of this host's")
    assert.strictEqual(HostChecks.clock(-6).status, "warning")
    assert.strictEqual(HostChecks.clock(undefined).status, "skipped")
  })
})
