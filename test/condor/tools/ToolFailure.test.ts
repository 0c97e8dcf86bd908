import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as ToolFailure from "../../../src/condor/tools/ToolFailure.ts"
import * as Samples from "../Samples.ts"

const failed = (stderr: string, stdout = "") => ({ exitCode: 1, stderr, stdout })

const sinful = "<127.0.0.12:9619?addrs=127.0.0.12-9619&alias=htcondor-ce-latest&noUDP&sock=schedd_49_9c9d>"
const authentication =
  "AUTHENTICATE:1003:Failed to authenticate with any method\nAUTHENTICATE:1004:Failed to authenticate using IDTOKENS"
const denied = "SECMAN:2010:Received \"DENIED\" from server for user pilot@users.htcondor.org using method IDTOKENS."
const slow = "SECMAN:2007:This service is running, but did not respond in a reasonable time. It may be overloaded."
const advice = `Error: Couldn't contact the condor_collector on 127.0.0.11:9619.

Extra Info: the condor_collector is a process that runs on the central
manager of your Condor pool and collects the status of all the machines and
jobs in the Condor pool. The condor_collector might not be running, it might
be refusing to communicate with you, there might be a network problem, or
there may be some other problem. Check with your system administrator to fix
this problem.
`

type Row = readonly [ToolFailure.Kind, string, string, string?]

// Exact output of the tools of lts (23.9.6), latest (25.14.1) and others. A row without a version is for all.
const rows: ReadonlyArray<Row> = [
  ["Ambiguous", "condor_q, any failure to authenticate or to connect", advice],
  ["Ambiguous", "condor_submit, the same", "ERROR: Can't find address of schedd ce@local"],
  ["Ambiguous", "condor_rm lts, the same", "condor_rm: (null)"],
  ["Ambiguous", "condor_transfer_data lts, the same", "condor_transfer_data: (null)"],
  ["Ambiguous", "condor_rm up to 23.2, the same", "condor_rm: "],
  ["Ambiguous", "condor_transfer_data up to 23.2, the same", "condor_transfer_data: "],
  ["Ambiguous", "condor_config_val up to 25.8, the same", "Can't find address for this schedd"],
  [
    "Ambiguous",
    "condor_history, the same",
    "Unable to locate remote schedd (name=ce@local, pool=127.0.0.11:9619).",
    "[\n"
  ],
  ["Ambiguous", "condor_ping", "ERROR: couldn't locate ce@local!"],
  [
    "Ambiguous",
    "condor_qedit, any failure to connect",
    "condor_qedit: No such schedd named ce@local in 127.0.0.11:9619 pool"
  ],
  ["Ambiguous", "condor_qedit, schedd killed", `Failed to connect to queue manager ${sinful}`],
  [
    "Ambiguous",
    "condor_history, schedd killed",
    "Unable to send history command to remote schedd;\nTypically, either the schedd is not responding, does not authorize you, or does not support remote history."
  ],
  ["Ambiguous", "condor_submit, schedd killed", "ERROR: Failed to connect to queue manager ce@local"],

  ["Authentication", "condor_rm latest", `condor_rm: ${authentication}`],
  ["Authentication", "condor_transfer_data latest", `condor_transfer_data: ${authentication}`],
  ["Authentication", "condor_status, the probe", `Error: communication error\n${authentication}`],
  [
    "Authentication",
    "condor_submit without REQUIRED",
    `ERROR: Failed to connect to queue manager ce@local\n${authentication}`
  ],
  ["Authentication", "condor_q without REQUIRED", `-- Failed to fetch ads from: ${sinful}\n${authentication}`],
  ["Authentication", "with a SciToken", authentication.replace("IDTOKENS", "SCITOKENS")],
  ["Authentication", "condor_ping prints on stdout", "", `READ failed!\n${authentication}`],

  ["Denied", "condor_rm, token for reading only", denied],
  ["Denied", "condor_submit, token for reading only", `ERROR: Failed to connect to queue manager ce@local\n${denied}`],
  ["Denied", "condor_transfer_data, token for reading only", `${denied}\nERROR: Failed to spool job files.`],
  ["Denied", "condor_qedit, token for reading only", `Failed to connect to queue manager ${sinful}\n${denied}`],
  ["Denied", "identity of another domain", denied.replace("users.htcondor.org", "elsewhere.org")],
  ["Denied", "a denial beside the methods that were tried", `${authentication}\n${denied}`],

  ["Unreachable", "condor_rm latest, port refused", "condor_rm: CEDAR:6001:Failed to connect to <127.0.0.1:1>"],
  [
    "Unreachable",
    "condor_status, the probe, port refused",
    "Error: communication error\nCEDAR:6001:Failed to connect to <127.0.0.1:1>"
  ],
  ["Ambiguous", "condor_q, no such host", "Error: unknown host no.such.host.invalid"],
  ["Ambiguous", "condor_rm, no such host", "unknown host no.such.host.invalid"],
  [
    "Unreachable",
    "lts, schedd hangs",
    `-- Failed to fetch ads from: ${sinful}\nSECMAN:2007:Read failure during security negotiation.`
  ],
  ["Unreachable", "latest, schedd hangs", `-- Failed to fetch ads from: ${sinful}\n${slow}`],
  ["Unreachable", "a time-out beside the methods that were tried", `${authentication}\n${slow}`],
  [
    "Unreachable",
    "condor_submit, schedd starts again",
    "ERROR: Failed to connect to queue manager ce@local\nSECMAN:2011:Connection closed during command authorization. Probably due to an unknown command."
  ],

  [
    "Unreachable",
    "condor_q, schedd killed while it answers",
    `-- Failed to fetch ads from: ${sinful} : machine\nSECMAN:2007:Failed to end classad message.`
  ],
  ["Unreachable", "condor_q, the same, without a word", `-- Failed to fetch ads from: ${sinful} : machine`],
  ["Unreachable", "condor_history, schedd killed while it answers", "Failed to receive remote ad."],
  [
    "Unreachable",
    "condor_rm, schedd killed while it answers",
    "DCSchedd::actOnJobs:6003:Can't send classad, probably an authorization failure\nCouldn't find/remove all jobs matching constraint (ClusterId<0)"
  ],

  [
    "NoHistory",
    "condor_history, a schedd that keeps none",
    "Error 5: HISTORY undefined in remote configuration. No such related history to be queried.",
    "[\n"
  ],
  [
    "NoHistory",
    "condor_history, a schedd that shows it to nobody",
    "Error 10: Remote history has been disabled on this schedd",
    "[\n"
  ],

  ["NoSchedd", "condor_q, wrong name or schedd off", "Error: Collector has no record of schedd/submitter"],
  ["NoSchedd", "condor_rm, wrong name or schedd off", "Can't find address for schedd nobody@local"],

  ["Other", "condor_rm, left the queue", "\nJob 68.0 not found"],
  ["Other", "condor_rm, removed before", "\nJob 8.0 already marked for removal"],
  ["Other", "condor_rm, another user's job", "\nPermission denied to remove job 63.0"],
  ["Other", "condor_rm, unknown cluster", "\nCouldn't find/remove all jobs in cluster 888888"],
  ["Other", "condor_rm, constraint", "\nCouldn't find/remove all jobs matching constraint (EffectCEKey == \"k\")"],
  ["Other", "condor_rm, a word", "\nCouldn't find/remove all jobs of user \"notanid\""],
  ["Other", "condor_rm, nothing", "You did not specify any jobs"],
  ["Other", "condor_rm, a command line", "condor_rm: -constraint requires another argument"],
  ["Other", "condor_qedit, another user's job", "Failed to set attribute \"Foo\" for job 63.0."],
  ["Other", "condor_submit lts, no executable", "ERROR: Executable file nothere.sh does not exist"],
  [
    "Other",
    "condor_submit latest, no executable",
    "ERROR: Can't access executable file nothere.sh: No such file or directory"
  ],
  [
    "Rejected",
    "condor_submit, a rule of the site",
    "\nERROR: Failed to commit job submission into the queue.\nERROR: Queue closed"
  ],
  ["Other", "condor_submit, no commit", "\nERROR: Failed to commit job submission into the queue."],
  [
    "Unreachable",
    "a network that stalls in the middle of authentication",
    "AUTHENTICATE:1006:exceeded 1795956475 deadline during authentication\nAUTHENTICATE:1004:Failed to authenticate using IDTOKENS"
  ],
  [
    "Unreachable",
    "a connection that is closed in the middle of authentication",
    "AUTHENTICATE:1002:Failure performing handshake\nAUTHENTICATE:1004:Failed to authenticate using IDTOKENS"
  ],
  ["Unreachable", "the same, when it is over", "AUTHENTICATE:1005:Failed to securely exchange session key"],
  ["Ambiguous", "condor_rm of 23.0", "condor_rm: "],
  ["Ambiguous", "condor_transfer_data of 23.0", "condor_transfer_data: "],
  [
    "HostNotTrusted",
    "ALLOW_CLIENT of this host",
    "SECMAN:2009:DENIED authorization of server 'a/b' (I am acting as the client): reason: no."
  ],
  [
    "Local",
    "tools without authentication",
    "AUTHENTICATE:1001:Failure: This version of condor was not compiled with authentication enabled"
  ],
  [
    "Other",
    "condor_submit, too many",
    "ERROR: Failed to create proc\nNumber of submitted jobs would exceed MAX_JOBS_PER_OWNER"
  ],
  [
    "Other",
    "condor_submit latest, no account",
    "ERROR: AP user has OS user value nouser, which is not a valid OS account"
  ],
  ["Other", "condor_submit lts, no account", "ERROR: Setting owner to \"nouser\", which is not a valid user account"],
  [
    "Other",
    "condor_submit, spool full",
    "DCSchedd::spoolJobFiles:7002:File transfer failed for target job 71.0: |Error: writing to file /var/lib/condor-ce/spool/big: (errno 28) No space left on device\nERROR: Failed to spool job files."
  ],
  [
    "Other",
    "condor_transfer_data, output missing",
    "DCSchedd::receiveJobSandbox:7003:File transfer failed for target job 51.3: |Error: reading from file r3.txt: (errno 2) No such file or directory\nERROR: Failed to spool job files."
  ],
  ["Other", "condor_q, constraint", "-- Parse error in constraint expression \"Tag == \""],
  ["Other", "killed, nothing said", ""]
]

describe("ToolFailure", () => {
  it.each(rows.map(([kind, tool, stderr, stdout = ""]) => ({ kind, tool, stderr, stdout })))("$kind: $tool", (row) => {
    const { kind, stderr, stdout } = row
    assert.strictEqual(ToolFailure.classify(failed(stderr, stdout)), kind)
    assert.strictEqual(ToolFailure.classify(failed(`${stderr}\r\n`, stdout)), kind)
  })

  it("every kind has a row", () => {
    assert.deepStrictEqual(
      Array.from(new Set(rows.map(([kind]) => kind))).toSorted(),
      [
        "Ambiguous",
        "Authentication",
        "Denied",
        "HostNotTrusted",
        "Local",
        "NoHistory",
        "NoSchedd",
        "Other",
        "Rejected",
        "Unreachable"
      ]
    )
  })

  it.prop(
    "every text has a kind",
    [Samples.mutated([advice, ...rows.map(([, , stderr]) => stderr)])],
    ([text]) => {
      const kind = ToolFailure.classify(failed(text))
      assert.isTrue(rows.some(([one]) => one === kind), kind)
    },
    { arbitrary: { runs: 2_000 } }
  )

  it.each<readonly [string, string, string]>([
    ["ERROR: no\n", "noise", "ERROR: no"],
    ["", "READ failed!\n", "READ failed!"],
    [" \n", "READ failed!\n", "READ failed!"],
    ["", "", ""]
  ])("words: for stderr %j and stdout %j the message is %j", (stderr, stdout, words) => {
    assert.strictEqual(ToolFailure.words(failed(stderr, stdout)), words)
  })

  it("words: the end of a long text", () => {
    const words = ToolFailure.words(failed(`${"x".repeat(10_000)}\nERROR: at the end\n`))
    assert.isAtMost(words.length, 2_001)
    assert.match(words, /^…x+\nERROR: at the end$/)
  })

  it.prop("words: the message is never long", [Schema.String, Schema.Natural], ([text, times]) => {
    assert.isAtMost(ToolFailure.words(failed(text.repeat(times % 3_000))).length, 2_001)
  })
})
