/** condor_transfer_data on a machine: its output, and the files that it writes. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, layer } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import * as Expr from "../../../src/classad/Expr.ts"
import { integer } from "../../../src/testing/fake/Attributes.ts"
import * as TransferFaults from "../../../src/testing/fake/TransferFaults.ts"
import { other } from "./Play.ts"
import { fetching, said, site } from "./Site.ts"

const versions = ["lts", "latest"] as const

const keep = "leave_in_queue = JobStatus == 4"

const payload = {
  duration: "1 second",
  stdout: "to stdout",
  stderr: "to stderr",
  files: { "r.txt": "result", "s.txt": { content: new TextEncoder().encode("secret"), mode: 0o600 }, "sub/y": "y" }
} as const

const ok = { exitCode: 0, stdout: fetching, stderr: "" }

/** Jobs that have run. */
const ran = Effect.fnUntraced(function*(version: "lts" | "latest", lines: ReadonlyArray<string>) {
  const all = yield* site(version, payload)
  yield* all.submit([keep, ...lines])
  all.pass(10)
  return all
})

layer(NodeServices.layer)("condor_transfer_data", (it) => {
  describe.each(versions)("of %s", (version) => {
    it.effect("output: is written to the directory of the submission", () =>
      Effect.gen(function*() {
        const { fetch, machine, mode, read } = yield* ran(version, [
          "transfer_output_files = r.txt, s.txt, sub",
          "queue"
        ])
        assert.deepStrictEqual(yield* fetch(["1.0"]), ok)
        assert.strictEqual(yield* read("out"), "to stdout")
        assert.strictEqual(yield* read("err"), "to stderr")
        assert.strictEqual(yield* read("r.txt"), "result")
        assert.strictEqual(yield* read("sub/y"), "y")
        assert.strictEqual(yield* mode("s.txt"), 0o600)
        assert.strictEqual(yield* mode("r.txt"), 0o644)
        assert.include(yield* read("log"), "Job terminated.")
        assert.isDefined(machine.jobs().map(({ ad }) => integer(ad, "StageOutFinish"))[0])
      }))

    it.effect("SUBMIT_*: has the destination, as an expression that each job evaluates", () =>
      Effect.gen(function*() {
        const { directory, fetch, file, machine, read, write } = yield* ran(version, [
          "transfer_output_files = r.txt",
          "queue 2"
        ])
        const iwd = Expr.call("strcat", [
          Expr.string(`${directory}/fetched/`),
          Expr.call("string", [Expr.attribute("ProcId")])
        ])
        for (const job of machine.jobs()) {
          machine.edit(job, "SUBMIT_Iwd", iwd)
          machine.edit(job, "SUBMIT_UserLog", Expr.string("log"))
          machine.edit(job, "SUBMIT_TransferOutputRemaps", Expr.string(`out=deep/er/o;err=${file("abs")}`))
          yield* write(`fetched/${job.proc}/here`, "")
        }
        assert.deepStrictEqual(yield* fetch(["-constraint", "ClusterId == 1"]), ok)
        for (const proc of [0, 1]) {
          assert.strictEqual(yield* read(`fetched/${proc}/r.txt`), "result")
          assert.strictEqual(yield* read(`fetched/${proc}/deep/er/o`), "to stdout")
          assert.include(yield* read(`fetched/${proc}/log`), "Job terminated.")
        }
        assert.strictEqual(yield* read("abs"), "to stderr")
      }))

    it.effect("missing directory: is created only by 25.x", () =>
      Effect.gen(function*() {
        const { fetch, file, machine, mode, read } = yield* ran(version, ["transfer_output_files = r.txt", "queue"])
        for (const job of machine.jobs()) {
          machine.edit(job, "SUBMIT_Iwd", Expr.string(file("a/b")))
          machine.edit(job, "SUBMIT_UserLog", Expr.string("log"))
        }
        const result = yield* fetch(["1"])
        if (version === "latest") {
          assert.deepStrictEqual(result, ok)
          assert.strictEqual(yield* read("a/b/r.txt"), "result")
          assert.strictEqual(yield* mode("a/b"), 0o700)
        } else {
          assert.strictEqual(
            said(result),
            "\nDCSchedd::receiveJobSandbox:7003:File transfer failed for target job 1.0: TOOL at 127.0.0.1 - |Error: " +
              `writing to file ${file("a/b/r.txt")}: (errno 2) No such file or directory\n` +
              "ERROR: Failed to spool job files.\n"
          )
        }
      }))

    it.effect("symbolic link: is followed, and a file is overwritten in its place", () =>
      Effect.gen(function*() {
        const { fetch, file, read, write } = yield* ran(version, ["transfer_output_files = r.txt", "queue"])
        const fileSystem = yield* FileSystem.FileSystem
        yield* write("victim", "what was there before, which is longer")
        yield* fileSystem.symlink(file("victim"), file("out"))
        assert.deepStrictEqual(yield* fetch(["1.0"]), ok)
        assert.strictEqual(yield* read("victim"), "to stdout")
      }))

    it.effect("several jobs: the tool stops at the first failure, and marks no job", () =>
      Effect.gen(function*() {
        const { fetch, machine, read } = yield* ran(version, [
          "log = log.$(Process)",
          "output = out.$(Process)",
          "error = err.$(Process)",
          "transfer_output_files = $(wanted)",
          "queue wanted from (",
          "r.txt",
          "r.txt, nope.txt",
          "s.txt",
          ")"
        ])
        const result = yield* fetch(["1.2", "1.0", "1.1"])
        assert.strictEqual(result.exitCode, 1)
        assert.strictEqual(result.stdout, fetching)
        assert.strictEqual(
          said(result),
          "\nDCSchedd::receiveJobSandbox:7003:File transfer failed for target job 1.1: SCHEDD at 192.0.2.7 failed to " +
            `send file(s) to <client>: |Error: ${
              version === "lts" ? "" : "1 total failures: first failure: "
            }reading from file /var/lib/condor-ce/spool/1/1/cluster1.proc1.subproc0/nope.txt: (errno 2) No such file ` +
            "or directory; TOOL failed to receive file(s) from <192.0.2.7:9619>\nERROR: Failed to spool job files.\n"
        )
        assert.strictEqual(yield* read("out.0"), "to stdout")
        assert.strictEqual(yield* read("out.1"), "to stdout")
        assert.isTrue((yield* Effect.exit(read("out.2")))._tag === "Failure")
        assert.deepStrictEqual(machine.jobs().map(({ ad }) => integer(ad, "StageOutFinish")), [
          undefined,
          undefined,
          undefined
        ])
        assert.isDefined(machine.jobs().map(({ ad }) => integer(ad, "StageOutStart"))[2])
      }))

    it.effect("broken connection: leaves a part of a file under its name", () =>
      Effect.gen(function*() {
        const { fetch, machine, mode, read } = yield* ran(version, ["transfer_output_files = r.txt", "queue"])
        const result = yield* fetch(["1.0"], {
          transferFaults: TransferFaults.make({ allowance: new TransferFaults.Allowance(4) })
        })
        assert.strictEqual(result.exitCode, 1)
        assert.match(result.stderr, /receiveJobSandbox:7003.*\nERROR: Failed to spool job files\.\n$/)
        assert.strictEqual(yield* read("r.txt"), "resu")
        assert.strictEqual(yield* mode("r.txt"), 0o600)
        assert.deepStrictEqual(machine.jobs().map(({ ad }) => integer(ad, "StageOutFinish")), [undefined])
      }))

    it.effect("reinstallation during a transfer: a new job with the same number is not marked", () =>
      Effect.gen(function*() {
        const { fetch, machine, pass } = yield* ran(version, ["queue"])
        yield* fetch(["1.0"], {
          present: Effect.sync(() => {
            machine.reinstall()
            const young = Expr.ad([["LeaveJobInQueue", Expr.boolean(true)]])
            machine.submit("pilot@users.htcondor.org", machine.newCluster(), [young]).done([])
            pass(120)
          })
        })
        assert.deepStrictEqual(machine.jobs().map(({ ad }) => integer(ad, "JobStatus")), [4])
        for (const { ad } of machine.jobs()) assert.notStrictEqual(integer(ad, "StageOutFinish"), machine.now / 1000)
      }))

    it.effect("directory in place of a file, and ad without a directory: are failures", () =>
      Effect.gen(function*() {
        const { fetch, file, machine, read, write } = yield* ran(version, ["transfer_output_files = r.txt", "queue"])
        yield* write("r.txt/x", "")
        assert.include((yield* fetch(["1.0"])).stderr, `writing to file ${file("r.txt")}: (errno 21) Is a directory`)
        assert.strictEqual(yield* read("out"), "to stdout")
        for (const job of machine.jobs()) machine.edit(job, "SUBMIT_Iwd", Expr.undefinedLiteral)
        assert.include((yield* fetch(["1.0"])).stderr, "7001:File transfer initialization failed for target job 1.0\n")
      }))

    it.effect.each([{ args: ["99.0"] }, { args: ["99"] }, { args: ["-constraint", "ClusterId == 99"] }, {
      args: ["-constraint", "ClusterId =="]
    }, { args: ["nobody"] }])("unknown jobs $args: the tool says nothing", ({ args }) =>
      Effect.gen(function*() {
        const { fetch } = yield* ran(version, ["queue"])
        assert.deepStrictEqual(yield* fetch(args), ok)
      }))

    it.effect("jobs of others, and too many numbers for 25.13: nothing is fetched", () =>
      Effect.gen(function*() {
        const { fetch, read } = yield* ran(version, ["queue"])
        const none = Effect.map(Effect.exit(read("out")), ({ _tag }) => _tag === "Failure")
        const many = (count: number) => fetch([...Array.from({ length: count - 1 }, (_, proc) => `99.${proc}`), "1.0"])
        assert.deepStrictEqual(yield* fetch(["1.0"], { user: other }), ok)
        assert.isTrue(yield* none)
        assert.deepStrictEqual(yield* many(397), ok)
        assert.strictEqual(yield* none, version === "latest")
        assert.deepStrictEqual(yield* many(396), ok)
        assert.isFalse(yield* none)
      }))

    it.effect("running job: has a log, but no stdout and stderr yet", () =>
      Effect.gen(function*() {
        const { fetch, machine, pass, read, submit } = yield* site(version, { duration: "1 hour" })
        yield* submit(["queue"])
        yield* submit(["transfer_output_files = \"\"", "log = log2", "queue"])
        pass(10)
        assert.deepStrictEqual(yield* fetch(["1"]), ok)
        assert.include(yield* read("log"), "Job executing")
        assert.include((yield* fetch(["2"])).stderr, "cluster2.proc0.subproc0/out: (errno 2)")
        const [first] = machine.jobs()
        assert.strictEqual(
          first === undefined ? undefined : integer(first.ad, "StageOutFinish") !== undefined,
          version === "lts"
        )
      }))

    it.effect.each(
      [
        [[], 1, "You did not specify any jobs\nUsage: condor_transfer_data"],
        [["-zzz"], 1, "Unrecognized option: -zzz\nUsage: condor_transfer_data"],
        [["-constraint"], 1, "condor_transfer_data: -constraint requires another argument\n"],
        [["12x"], 1, "Warning: unrecognized \"12x\" skipped.\nUnable to create a job constraint!\n"],
        [["0.0"], 1, "Invalid cluster # from 0.0.\nUnable to create a job constraint!\n"],
        [[".x", "99.0"], 0, "Warning: unrecognized \".x\" skipped\n"]
      ] as const
    )("bad command line %j: has an error message", ([args, exitCode, words]) =>
      Effect.gen(function*() {
        const { fetch } = yield* ran(version, ["queue"])
        const result = yield* fetch(args)
        assert.strictEqual(result.exitCode, exitCode)
        assert.isTrue(result.stderr.startsWith(words), result.stderr)
      }))

    it.effect("read-only token: is refused", () =>
      Effect.gen(function*() {
        const { fetch } = yield* ran(version, ["queue"])
        const result = yield* fetch(["1.0"], { mayWrite: false })
        assert.strictEqual(result.stdout, fetching)
        assert.include(result.stderr, "DENIED")
      }))
  })
})
