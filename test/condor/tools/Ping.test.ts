import { assert, describe, it } from "@effect/vitest"
import * as Ping from "../../../src/condor/tools/Ping.ts"

// Output of condor_ping -verbose of 23.9.6. 25.14.1 prints the same.
const version = "$CondorVersion: 23.9.6 2026-07-12 PackageID: 23.9.6+dfsg-2.1+b10 $"
const block = (level: string, how: string, identity = "pilot@users.htcondor.org", authorized = "TRUE") =>
  `Destination:                 schedd ce@local
Remote Version:              ${version}
Local  Version:              $CondorVersion: 25.14.1 2026-10-16 PackageID: 25.14.1+dfsg-1 $
Session ID:                  htcondor-ce-lts:59:1795688827:25
Instruction:                 ${level}
Command:                     60020
Encryption:                  AES
Integrity:                   AES
${how}
Remote Mapping:              ${identity}
Authorized:                  ${authorized}

`
const byToken = "Authenticated using:         IDTOKENS\nAll authentication methods:  TOKEN"
const denied = "SECMAN:2010:Received \"DENIED\" from server for user pilot@users.htcondor.org using method IDTOKENS."

describe("condor_ping", () => {
  it("read: returns for each level the identity, and the time of the daemon", () => {
    const stdout = `${block("READ", byToken)}WRITE failed!\n${denied}\n\n`
    assert.deepStrictEqual(Ping.read(stdout, "READ"), {
      _tag: "Allowed",
      identity: "pilot@users.htcondor.org",
      method: "IDTOKENS",
      version: "23.9.6",
      time: 1_795_688_827
    })
    assert.deepStrictEqual(Ping.read(stdout, "WRITE"), { _tag: "Failed", words: denied })
    assert.strictEqual(Ping.read(stdout, "DAEMON"), undefined)
  })

  it("read: recognises a client without a credential", () => {
    const answer = Ping.read(block("READ", "Authentication:              none", "unauthenticated@unmapped"), "READ")
    assert.deepStrictEqual(answer, {
      _tag: "Allowed",
      identity: "unauthenticated@unmapped",
      method: undefined,
      version: "23.9.6",
      time: 1_795_688_827
    })
  })

  it("read: is undefined without an answer", () => {
    assert.strictEqual(Ping.read("", "READ"), undefined)
    assert.strictEqual(Ping.read(block("READ", byToken, "pilot@users.htcondor.org", "FALSE"), "READ"), undefined)
    assert.strictEqual(Ping.read(block("READ", byToken).slice(0, 200), "READ"), undefined)
  })

  it("read: joins a failure of several lines", () => {
    const words =
      "AUTHENTICATE:1003:Failed to authenticate with any method\nAUTHENTICATE:1004:Failed to authenticate using IDTOKENS"
    assert.deepStrictEqual(Ping.read(`READ failed!\n${words}\n\n`, "READ"), {
      _tag: "Failed",
      words: words.replace("\n", " ")
    })
  })
})
