/** Answers of condor_rm and condor_release. The real tools of both versions gave the same answers. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { ClassAd, Expr } from "../../../src/classad/index.ts"
import * as Act from "../../../src/testing/fake/tools/Act.ts"
import { lines, other, play, stderr, stdout } from "./Play.ts"
import * as Stub from "./StubQueue.ts"

const jobs = () => [
  Stub.job(7, 0),
  Stub.job(7, 1),
  Stub.job(7, 2, { JobStatus: 3 }),
  Stub.job(3, 0, {}, other)
]

const make = (version: "lts" | "latest" = "latest") => {
  const queue = Stub.queue(version, jobs())
  return { queue, remove: play(Act.run, "condor_rm", queue) }
}

const adOf = (action: number) => (...results: ReadonlyArray<string>) => (succeeded: number): string =>
  lines(
    `ActionResult = ${succeeded}`,
    "ActionResultType = 1",
    "IsQueueSuperUser = false",
    `JobAction = ${action}`,
    "TotalJobAds = 4",
    ...results,
    ""
  )

const ad = adOf(3)

describe("condor_rm", () => {
  it.effect("by number: removes jobs, and prints the result for each", () =>
    Effect.gen(function*() {
      const { queue, remove } = make()
      assert.deepStrictEqual(yield* remove(["-reason", "a \"b\"", "7.0", "99.0", "3.0"]), {
        exitCode: 0,
        stdout: "Job 7.0 marked for removal\n",
        stderr: "Job 99.0 not found\nPermission denied to remove job 3.0\n"
      })
      assert.deepStrictEqual(queue.log, ["remove 7.0 pilot a \"b\""])
      assert.deepStrictEqual(yield* remove(["7.0"]), stderr("\nJob 7.0 already marked for removal\n"))
      assert.deepStrictEqual(
        yield* remove(["7.2", "99.1"]),
        stderr("\nJob 7.2 already marked for removal\nJob 99.1 not found\n")
      )
      // If a job is named twice, the second answer counts.
      const twice = "Job 7.1 already marked for removal\n"
      assert.deepStrictEqual(yield* remove(["7.1", "7.1"]), { exitCode: 0, stdout: "", stderr: `${twice}${twice}` })
    }))

  it.effect("by cluster, user and constraint: removes the user's jobs, and does not show others", () =>
    Effect.gen(function*() {
      const fails = (text: string) => stderr(`\nCouldn't find/remove all jobs ${text}\n`)
      const said = (...args: ReadonlyArray<string>) => make().remove(args)
      assert.deepStrictEqual(yield* said("7"), stdout("All jobs in cluster 7 have been marked for removal\n"))
      assert.deepStrictEqual(
        yield* said("7", "99"),
        stdout("All jobs matching constraint (ClusterId == 7 || ClusterId == 99) have been marked for removal\n")
      )
      assert.deepStrictEqual(
        yield* said("-constraint", "ProcId == 0"),
        stdout("All jobs matching constraint (ProcId == 0) have been marked for removal\n")
      )
      assert.deepStrictEqual(yield* said("3"), fails("in cluster 3"))
      assert.deepStrictEqual(yield* said("99"), fails("in cluster 99"))
      assert.deepStrictEqual(yield* said("nobody"), fails("of user \"nobody\""))
      assert.deepStrictEqual(yield* said("7."), fails("of user \"7.\""))
      assert.deepStrictEqual(yield* said("-constraint", "false"), fails("matching constraint (false)"))
      assert.deepStrictEqual(
        yield* said("99", "nobody"),
        fails("matching constraint (ClusterId == 99 || Owner == \"nobody\")")
      )
      assert.deepStrictEqual(
        yield* said("7", "-constraint", "false"),
        fails("matching constraint ((false) && (ClusterId == 7))")
      )
      assert.deepStrictEqual(yield* said("7.0", "99"), {
        exitCode: 1,
        stdout: "Job 7.0 marked for removal\n",
        stderr: "\nCouldn't find/remove all jobs in cluster 99\n"
      })
      assert.deepStrictEqual(yield* said("7.0", "-constraint", "ProcId == 1"), {
        exitCode: 0,
        stdout: lines(
          "Job 7.0 marked for removal",
          "All jobs matching constraint (ProcId == 1) have been marked for removal"
        ),
        stderr: "Warning, -constraint is ignored for fully qualified job ids\n"
      })
    }))

  it.effect("-long: prints a code for each job; jobs that are being removed do not match", () =>
    Effect.gen(function*() {
      const said = (...args: ReadonlyArray<string>) => make().remove(["-long", ...args])
      assert.deepStrictEqual(
        yield* said("-constraint", "ClusterId == 7"),
        stdout(
          `${
            ad("job_7_0 = 1", "job_7_1 = 1")(1)
          }All jobs matching constraint (ClusterId == 7) have been marked for removal\n`
        )
      )
      assert.deepStrictEqual(
        yield* said("-constraint", "ClusterId == 7 && ProcId == 2"),
        stderr("\nCouldn't find/remove all jobs matching constraint (ClusterId == 7 && ProcId == 2)\n", ad()(0))
      )
      assert.deepStrictEqual(
        yield* said("-constraint", "ClusterId==3"),
        stderr("\nCouldn't find/remove all jobs matching constraint (ClusterId==3)\n", ad("job_3_0 = 5")(0))
      )
      assert.deepStrictEqual(yield* said("7.0", "99.0"), {
        exitCode: 0,
        stdout: `${ad("job_7_0 = 1", "job_99_0 = 2")(1)}Job 7.0 marked for removal\n`,
        stderr: "Job 99.0 not found\n"
      })
    }))

  // A 25.14 gateway accepted 395 levels.
  it.effect("too deep constraint on latest: matches nothing", () =>
    Effect.gen(function*() {
      const ask = (version: "lts" | "latest", count: number) => {
        const clusters = Array.from({ length: count }, (_, index) => `ClusterId == ${index + 7}`)
        return make(version).remove(["-constraint", `ProcId == 0 && (${clusters.join(" || ")})`])
      }
      assert.strictEqual((yield* ask("latest", 395)).exitCode, 0)
      assert.strictEqual((yield* ask("latest", 396)).exitCode, 1)
      assert.strictEqual((yield* ask("lts", 396)).exitCode, 0)
      // Jobs by number have no limit.
      const numbers = Array.from({ length: 1000 }, (_, index) => `${index + 7}.0`)
      assert.strictEqual((yield* make().remove(numbers)).stdout, "Job 7.0 marked for removal\n")
    }))

  it.effect("-forcex: takes jobs that are being removed out of the queue", () =>
    Effect.gen(function*() {
      const { queue, remove } = make()
      assert.deepStrictEqual(
        yield* remove(["-forcex", "7.2"]),
        stdout("Job 7.2 removed locally (remote state unknown)\n")
      )
      assert.deepStrictEqual(queue.log, ["forceRemoval 7.2"])
      assert.deepStrictEqual(
        ClassAd.get(queue.find(7, 2)?.ad ?? ClassAd.make([]), "RemoveReason"),
        Expr.string("via condor_rm -forcex (by user pilot)")
      )
      assert.deepStrictEqual(
        yield* remove(["-forcex", "7.0"]),
        stderr("\nJob 7.0 not in `X' state to be forcibly removed\n")
      )
    }))

  it.effect("-totals: prints counts, which are always zero for jobs by number", () =>
    Effect.gen(function*() {
      const total = (count: number) =>
        `${count} Succeeded, 0 Failed, 0 Not Found, 0 Bad Status, 0 Already Done, 0 Permission Denied\n`
      const condition = ["-totals", "-constraint", "ClusterId == 7"]
      assert.strictEqual(
        (yield* make().remove(condition)).stdout,
        `${total(2)}All jobs matching constraint (ClusterId == 7) have been marked for removal\n`
      )
      assert.strictEqual(
        (yield* make().remove(["-totals", "7.0"])).stdout,
        `${total(0)}Job 7.0 marked for removal\n`
      )
    }))

  it.effect("bad calls: are refused", () =>
    Effect.gen(function*() {
      const denied =
        "SECMAN:2010:Received \"DENIED\" from server for user pilot@users.htcondor.org using method IDTOKENS.\n"
      const reader = (...args: ReadonlyArray<string>) => make().remove(args, { mayWrite: false })
      assert.deepStrictEqual(yield* reader("7.0"), stderr(`${denied}No result found for job 7.0\n`))
      assert.deepStrictEqual(
        yield* reader("-constraint", "true"),
        stderr(`${denied}Couldn't find/remove all jobs matching constraint (true)\n`)
      )
      const said = (...args: ReadonlyArray<string>) => Effect.map(make().remove(args), ({ stderr }) => stderr)
      assert.strictEqual(
        yield* said("-constraint", "bad =="),
        "DCSchedd::actOnJobs:1:Can't insert constraint into ClassAd\nCouldn't find/remove all jobs matching constraint (bad ==)\n"
      )
      assert.match(yield* said(), /^You did not specify any jobs\nUsage: /)
      assert.match(yield* said("0.0"), /^Invalid cluster # from 0.0.\nYou did not specify any jobs\nUsage: /)
      assert.match(yield* said("-xyz"), /^Unrecognized option: -xyz\nUsage: /)
      assert.strictEqual(yield* said("-reason"), "condor_rm: -reason requires another argument\n")
    }))
})

describe("condor_release", () => {
  const held = { JobStatus: 5, HoldReasonCode: 1 }
  const release = (...args: ReadonlyArray<string>) => {
    const queue = Stub.queue("latest", [
      Stub.job(7, 0, held),
      Stub.job(7, 1, { JobStatus: 2 }),
      Stub.job(7, 2, { JobStatus: 5, HoldReasonCode: 16 }),
      Stub.job(3, 0, held, other)
    ])
    return play(Act.run, "condor_release", queue)(args)
  }
  const ad = adOf(2)

  it.effect("by number: releases jobs, and prints the result for each", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* release("7.0"), stdout("Job 7.0 released\n"))
      assert.deepStrictEqual(yield* release("7.0", "7.1", "99.0"), {
        exitCode: 0,
        stdout: "Job 7.0 released\n",
        stderr: "Job 7.1 not held to be released\nJob 99.0 not found\n"
      })
      assert.deepStrictEqual(yield* release("99.0"), stderr("\nJob 99.0 not found\n"))
      assert.deepStrictEqual(
        yield* release("7.1", "99.0"),
        stderr("\nJob 7.1 not held to be released\nJob 99.0 not found\n")
      )
      assert.deepStrictEqual(yield* release("3.0"), stderr("\nPermission denied to release job 3.0\n"))
      assert.deepStrictEqual(
        yield* release("-long", "3.0"),
        stderr("\nPermission denied to release job 3.0\n", ad("job_3_0 = 5")(0))
      )
      assert.deepStrictEqual(
        yield* release("-long", "7.1"),
        stderr("\nJob 7.1 not held to be released\n", ad("job_7_1 = 3")(0))
      )
    }))

  it.effect("by cluster and constraint: releases held jobs, and does not show others", () =>
    Effect.gen(function*() {
      const all = "All jobs matching constraint (ClusterId == 7) have been released\n"
      const none = (text: string) => `\nCouldn't find/release all jobs ${text}\n`
      assert.deepStrictEqual(yield* release("7"), stdout("All jobs in cluster 7 have been released\n"))
      assert.deepStrictEqual(yield* release("-constraint", "ClusterId == 7"), stdout(all))
      assert.deepStrictEqual(
        yield* release("-long", "-constraint", "ClusterId == 7"),
        stdout(`${ad("job_7_0 = 1")(1)}${all}`)
      )
      assert.deepStrictEqual(yield* release("3"), stderr(none("in cluster 3")))
      assert.deepStrictEqual(
        yield* release("-constraint", "ProcId == 1"),
        stderr(none("matching constraint (ProcId == 1)"))
      )
      assert.deepStrictEqual(
        yield* release("-long", "-constraint", "ClusterId == 3"),
        stderr(none("matching constraint (ClusterId == 3)"), ad("job_3_0 = 5")(0))
      )
      assert.deepStrictEqual(
        yield* release("-totals", "-constraint", "ClusterId == 3"),
        stderr(
          none("matching constraint (ClusterId == 3)"),
          "0 Succeeded, 0 Failed, 0 Not Found, 0 Bad Status, 0 Already Done, 1 Permission Denied\n"
        )
      )
    }))
})
