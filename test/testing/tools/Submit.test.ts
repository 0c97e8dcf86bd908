/** condor_submit on a machine: its output, and the spooled files. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, layer } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import { integer, text } from "../../../src/testing/fake/Attributes.ts"
import * as ToolMessages from "../../../src/testing/fake/ToolMessages.ts"
import * as TransferFaults from "../../../src/testing/fake/TransferFaults.ts"
import { said, site } from "./Site.ts"

const versions = ["lts", "latest"] as const

const counted = { lts: "", latest: "1 total failures: first failure: " } as const

const decode = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : new TextDecoder().decode(bytes)

layer(NodeServices.layer)("condor_submit", (it) => {
  describe.each(versions)("of %s", (version) => {
    it.effect("spool: has the program, the inputs and the files in directories, with their modes", () =>
      Effect.gen(function*() {
        const { file, machine, submit, write } = yield* site(version)
        yield* write("d/q", "q", 0o600)
        yield* write("d/deep/r", "r")
        yield* write("c/0", "zero")
        yield* write("c/1", "one")
        const fileSystem = yield* FileSystem.FileSystem
        yield* fileSystem.symlink(file("in.txt"), file("link"))
        const result = yield* submit(["transfer_input_files = link, d/, c/$(Process)", "queue 2"])
        assert.deepStrictEqual(result, { exitCode: 0, stdout: "1.0 - 1.1\n", stderr: "" })
        const [first, second] = machine.jobs()
        assert.deepStrictEqual(
          Array.from(first?.inputs ?? [], ([name, { content, mode }]) => [name, decode(content), mode]),
          [
            ["link", "input\n", 0o640],
            ["deep/r", "r", 0o644],
            ["q", "q", 0o600],
            ["0", "zero", 0o644],
            ["job.sh", "#!/bin/sh\n", 0o755]
          ]
        )
        assert.strictEqual(decode(second?.inputs.get("1")?.content), "one")
        assert.strictEqual(text(first?.ad ?? { _tag: "Ad", members: new Map() }, "TransferInput"), "link,deep,q,0")
      }))

    it.effect("commands on the command line: are not implemented", () =>
      Effect.gen(function*() {
        const { machine, submit } = yield* site(version)
        const result = yield* submit(["queue"], {}, ["-remote", "ce@local", "a.sub", "arguments=x"])
        assert.strictEqual(result.exitCode, 1)
        assert.strictEqual(said(result), ToolMessages.notPlayed("condor_submit", "commands on the command line"))
        assert.deepStrictEqual(machine.jobs(), [])
      }))

    it.effect("missing input: the numbers are printed first, and the cluster is removed later", () =>
      Effect.gen(function*() {
        const { file, machine, pass, submit } = yield* site(version)
        const result = yield* submit(["transfer_input_files = in.$(Process)", "queue 2"])
        assert.strictEqual(result.exitCode, 1)
        assert.strictEqual(result.stdout, "1.0 - 1.1\n")
        assert.strictEqual(
          said(result),
          "\nDCSchedd::spoolJobFiles:7002:File transfer failed for target job 1.0: SUBMIT at 127.0.0.1 failed to send " +
            `file(s) to <192.0.2.7:9619>: |Error: ${counted[version]}reading from file ${
              file("in.0")
            }: (errno 2) No such file or directory; SCHEDD failed to receive file(s) from <client>\n` +
            "ERROR: Failed to spool job files.\n"
        )
        assert.deepStrictEqual(machine.jobs().map(({ ad }) => integer(ad, "HoldReasonCode")), [16, 16])
        pass(2)
        assert.deepStrictEqual(machine.jobs(), [])
        assert.deepStrictEqual(machine.history().map((ad) => text(ad, "RemoveReason")), [
          "Staging of job files failed",
          "Staging of job files failed"
        ])
      }))

    it.effect("broken connection and full spool: are the same kind of failure", () =>
      Effect.gen(function*() {
        const { machine, pass, submit } = yield* site(version)
        for (const transferFaults of [{ allowance: new TransferFaults.Allowance(3) }, { spoolFull: true }]) {
          const visit = { transferFaults: TransferFaults.make(transferFaults) }
          const result = yield* submit(["queue"], visit)
          assert.strictEqual(result.exitCode, 1)
          assert.match(result.stdout, /^\d\.0 - \d\.0\n$/)
          assert.match(result.stderr, /spoolJobFiles:7002.*\nERROR: Failed to spool job files\.\n$/)
        }
        pass(2)
        assert.deepStrictEqual(machine.jobs(), [])
      }))

    it.effect("client that dies after the submission: its jobs wait for their input for half a day", () =>
      Effect.gen(function*() {
        const { machine, pass, submit } = yield* site(version)
        yield* submit(["queue 2"], { transferFaults: TransferFaults.make({ diesCommitted: true }) })
        pass(11.9 * 3600)
        for (const { ad } of machine.jobs()) {
          assert.deepStrictEqual(
            ["JobStatus", "HoldReasonCode", "StageInStart"].map((name) => integer(ad, name)),
            [5, 16, undefined]
          )
        }
        assert.strictEqual(machine.jobs().length, 2)
        pass(3600)
        assert.deepStrictEqual(machine.history().map((ad) => text(ad, "RemoveReason")), [
          "Spooling is taking too long",
          "Spooling is taking too long"
        ])
      }))

    it.effect("name with ..: is refused", () =>
      Effect.gen(function*() {
        const { machine, pass, submit, write } = yield* site(version)
        yield* write("d/x", "x")
        const { stderr } = yield* submit([
          "preserve_relative_paths = True",
          "transfer_input_files = d/../in.txt",
          "queue"
        ])
        assert.include(
          stderr,
          ";  Attempt to write to illegal sandbox path: d/.. Attempt to write to illegal sandbox path: d/../in.txt\nERROR"
        )
        yield* submit(["transfer_input_files = d/..", "queue"])
        pass(1)
        for (const { inputs } of machine.jobs()) assert.deepStrictEqual(Array.from(inputs.keys()), [])
        pass(3)
        assert.deepStrictEqual(machine.jobs(), [])
      }))

    it.effect("same input of several jobs: its bytes are shared", () =>
      Effect.gen(function*() {
        const { machine, submit } = yield* site(version)
        yield* submit(["transfer_input_files = in.txt", "queue 1000"])
        for (const name of ["job.sh", "in.txt"]) {
          const contents = new Set(machine.jobs().map(({ inputs }) => inputs.get(name)?.content))
          assert.strictEqual(contents.size, 1)
        }
      }))

    it.effect("times: are taken after slow work, and the input of one cluster never reaches another", () =>
      Effect.gen(function*() {
        const { machine, pass, submit } = yield* site(version)
        yield* submit(["queue"], { present: Effect.sync(() => pass(60)) })
        const [job] = machine.jobs()
        const [began, ended] = ["StageInStart", "QDate"].map((name) => integer(job?.ad ?? assert.fail("no job"), name))
        assert.strictEqual((began ?? 0) - (ended ?? 0), 60)
        let calls = 0
        yield* submit(["queue"], {
          present: Effect.sync(() => {
            if (++calls < 3) return
            machine.reinstall()
            machine.submit("other@users.htcondor.org", machine.newCluster(), [job?.ad ?? assert.fail("no job")])
          })
        })
        pass(60)
        assert.deepStrictEqual(machine.jobs().map(({ ad }) => integer(ad, "HoldReasonCode")), [16])
      }))

    it.effect("interruption: leaves nothing", () =>
      Effect.gen(function*() {
        const { machine, pass, submit } = yield* site(version)
        yield* submit(["transfer_input_files = in.txt", "queue"]).pipe(
          Effect.raceFirst(
            Effect.yieldNow.pipe(Effect.repeat({ until: () => machine.jobs().length > 0 }))
          )
        )
        pass(2)
        for (const job of machine.jobs()) assert.notStrictEqual(integer(job.ad, "HoldReasonCode"), 16)
      }))

    it.effect("without -terse: prints more, and warns about unused commands", () =>
      Effect.gen(function*() {
        const { submit } = yield* site(version)
        const result = yield* submit(["arguements = x", "queue 2"], {}, [
          "-pool",
          "192.0.2.7:9619",
          "-remote",
          "ce@local",
          "a.sub"
        ])
        assert.deepStrictEqual(result, {
          exitCode: 0,
          stdout: "Submitting job(s)..\n2 job(s) submitted to cluster 1.\n",
          stderr: (version === "lts" ? "" : "To monitor your job(s), run: condor_watch_q -clusters 1\n") +
            "WARNING: the line 'arguements = x' was unused by condor_submit. Is it a typo?\n"
        })
      }))

    it.effect.each([
      ["-terse", "-pool", "p", "-remote", "s", "-"],
      ["-terse", "-pool", "p", "-remote", "s"],
      ["-terse", "-pool", "p", "-name", "s", "-spool", "-file", "a.sub"],
      ["-terse", "-pool", "p", "-remote", "s", "-append", "My.Foo = 1", "-batch-name", "x y", "other", "a.sub"]
    ])("command line that begins with %s: is accepted", (args) =>
      Effect.gen(function*() {
        const { submit } = yield* site(version)
        assert.deepStrictEqual(yield* submit(["queue"], {}, args), { exitCode: 0, stdout: "1.0 - 1.0\n", stderr: "" })
      }))

    it.effect("refused description: uses a number, and prints none", () =>
      Effect.gen(function*() {
        const { submit } = yield* site(version)
        const refused = yield* submit(["executable = nothere", "queue"])
        assert.deepStrictEqual(refused, {
          exitCode: 1,
          stdout: "",
          stderr: version === "lts"
            ? "\nERROR: Executable file nothere does not exist\n"
            : "\nERROR: Can't access executable file nothere: No such file or directory\n"
        })
        assert.strictEqual((yield* submit(["queue"])).stdout, "2.0 - 2.0\n")
      }))

    it.effect("read-only token and missing description: are refused", () =>
      Effect.gen(function*() {
        const { machine, submit } = yield* site(version)
        assert.include((yield* submit(["queue"], { mayWrite: false })).stderr, "DENIED")
        const missing = yield* submit(["queue"], {}, ["-terse", "-remote", "s", "nothere.sub"])
        assert.strictEqual(
          missing.stderr,
          "\nERROR: Failed to open command file (nothere.sub) (No such file or directory)\n"
        )
        assert.deepStrictEqual(machine.jobs(), [])
      }))
  })
})
