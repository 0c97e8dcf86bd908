import { assert, describe, it } from "@effect/vitest"
import * as ToolChecks from "../../../../src/ce/internal/diagnosis/ToolChecks.ts"
import type { Reply } from "../../../../src/ce/internal/diagnosis/ToolProbe.ts"
import type { ToolName } from "../../../../src/condor/tools/CondorTool.ts"
import { replied, silent } from "../../diagnosis/Replies.ts"

const version = (number: string) =>
  replied({ stdout: `$CondorVersion: ${number} 2026-07-12 $\n$CondorPlatform: x $\n` })
const usage = replied({ exitCode: 1, stderr: "Error: Unknown argument -version\nUsage: condor_history [source]\n" })

const missing = (tool: ToolName): Reply => ({ _tag: "NotRun", detail: `${tool}: no such command` })

const tools = (replies: Partial<Record<ToolName, Reply>>, directory?: string) =>
  ToolChecks.tools(new Map(Object.entries(replies) as Array<[ToolName, Reply]>), directory)

describe("tools", () => {
  const rows: ReadonlyArray<readonly [string, Partial<Record<ToolName, Reply>>, string, RegExp]> = [
    [
      "are there",
      { condor_q: version("23.9.6"), condor_history: usage },
      "ok",
      /^HTCondor 23\.9\.6 in \/bin: condor_q, condor_history\./
    ],
    [
      "are of two versions",
      { condor_q: version("23.9.6"), condor_rm: version("25.14.1") },
      "warning",
      /^HTCondor 23\.9\.6 and 25\.14\.1 .*one version/
    ],
    ["are old", { condor_q: version("10.0.9") }, "warning", /^HTCondor 10\.0\.9 .*23\.0 or later/],
    ["are old, though not much", { condor_q: version("22.12.1") }, "warning", /^HTCondor 22\.12\.1 .*23\.0 or later/],
    ["are of the oldest that is known to do", { condor_q: version("23.0.28") }, "ok", /^HTCondor 23\.0\.28 /],
    [
      "are not there",
      { condor_q: missing("condor_q"), condor_rm: version("25.14.1"), condor_status: missing("condor_status") },
      "failed",
      /^condor_q, condor_status: no such command in \/bin\. .*--condor-bin/
    ],
    [
      "print what they should not, before the answer",
      {
        condor_q: replied({ stdout: "*** host is being retired ***\n$CondorVersion: 25.14.1 2026-10-16 $\n" }),
        condor_history: replied({
          exitCode: 1,
          stdout: "*** host is being retired ***\nUsage: condor_history [source]\n"
        }),
        condor_rm: version("25.14.1")
      },
      "failed",
      /^condor_q prints what it should not: \*\*\* host is being retired \*\*\*; condor_history prints .* in \/bin\. .*on stderr/
    ],
    [
      "print what they should not, after the answer",
      { condor_q: replied({ stdout: "$CondorVersion: 25.14.1 2026-10-16 $\n$CondorPlatform: x $\nbye\n" }) },
      "failed",
      /^condor_q prints what it should not: bye in /
    ],
    [
      "say on stdout how they are used",
      {
        condor_q: version("25.14.1"),
        condor_submit: replied({ exitCode: 1, stdout: "Usage: condor_submit [options]\n" })
      },
      "ok",
      /^HTCondor 25/
    ],
    ["do not end", { condor_q: silent }, "failed", /^condor_q: does not end/],
    [
      "cannot be run",
      { condor_q: replied({ exitCode: 127, stderr: "condor_q: error while loading shared libraries: libx.so\n" }) },
      "failed",
      /^condor_q: condor_q: error while loading shared libraries: libx\.so/
    ],
    ["die", { condor_q: replied({ exitCode: 139 }) }, "failed", /^condor_q: exit code 139/]
  ]
  it.each(rows)("%s", (_, replies, status, words) => {
    const found = tools(replies, "/bin")
    assert.strictEqual(found.status, status)
    assert.match(`${found.detail}. ${found.fix}`, words)
  })

  it("may be in any directory", () => {
    assert.strictEqual(tools({ condor_q: version("25.14.1") }).detail, "HTCondor 25.14.1: condor_q")
  })

  it.each([["10.0.9", true], ["22.12.0", true], ["23.0.0", false], ["23.8.9", false], ["23.10.1", false], [
    "25.0.1",
    false
  ]])(
    "version %s is too old: %s",
    (number, old) => assert.strictEqual(ToolChecks.isOld(number), old)
  )
})

describe("temporary directory", () => {
  it("has room, or has none", () => {
    assert.deepStrictEqual(ToolChecks.usable("/tmp", undefined), { status: "ok", detail: "/tmp can be written to" })
    assert.strictEqual(ToolChecks.usable("/tmp", 64 * 1024 * 1024).status, "ok")
    assert.strictEqual(ToolChecks.usable("/tmp", 64 * 1024 * 1024 - 1).status, "warning")
    assert.strictEqual(ToolChecks.usable("/tmp", 1_048_576).detail, "/tmp can be written to, and has 1 MiB left")
    assert.strictEqual(ToolChecks.unusable("/tmp", "read-only file system").status, "failed")
  })
})
