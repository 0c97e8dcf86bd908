import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, FileSystem, Logger, Redacted } from "effect"
import * as Evaluator from "../../../../src/classad/Evaluator.ts"
import * as Expr from "../../../../src/classad/Expr.ts"
import * as Values from "../../../../src/classad/Value.ts"
import { Capability, CondorTool, type Submission, SubmissionKey } from "../../../../src/index.ts"
import * as JobSelection from "../../../../src/testing/fake/JobSelection.ts"
import { ad, backend, completedAd, constraintOf, expressionOf, key, past, pilot, printed } from "../../Scripted.ts"

// Scripted ads do not have the payload of their jobs.
const submit = (copies: ReadonlyArray<Submission.Copy> = [{}, {}]) =>
  Effect.flatMap(
    Capability.Submitter,
    (submitter) => submitter.submit({ executable: "/bin/true" }, copies, { key, onConflict: "Adopt" })
  )

// A CE without jobs, and a condor_submit with this answer.
const empty = (submitted: Partial<CondorTool.ToolResult>) =>
  backend((call) =>
    call.tool === "condor_submit" ? submitted : call.tool === "condor_history" ? { stdout: "[\n]\n" } : printed()
  )

it.effect("one condor_submit makes all copies, and handles[i] belongs to copies[i]", () =>
  Effect.gen(function*() {
    const { calls, layer } = empty({ stdout: "42.0 - 42.1\n" })
    const submission = yield* Effect.provide(submit(), layer)
    assert.deepStrictEqual(submission.handles.map((handle) => [handle.job, handle.copy, handle.key]), [
      ["42.0", 0, key],
      ["42.1", 1, key]
    ])
    assert.isFalse(submission.adopted)
    assert.deepStrictEqual(calls.map((call) => call.tool), ["condor_q", "condor_history", "condor_submit", "condor_q"])
  }))

{
  const { calls, layer } = empty({ stdout: "42.0 - 42.1\n" })
  it.effect("new key: is not searched in the history", () =>
    Effect.gen(function*() {
      const { submit } = yield* Capability.Submitter
      const toolsOf = Effect.fnUntraced(function*(isNew?: boolean) {
        const before = calls.length
        yield* submit({ executable: "/bin/true" }, [{}, {}], { key: yield* SubmissionKey.generate, isNew })
        return calls.slice(before).map((call) => call.tool)
      })
      assert.deepStrictEqual(yield* toolsOf(true), ["condor_q", "condor_submit", "condor_q"])
      const everything = ["condor_q", "condor_history", "condor_submit", "condor_q"]
      assert.deepStrictEqual(yield* toolsOf(false), everything)
      assert.deepStrictEqual(yield* toolsOf(), everything)
    }).pipe(Effect.provide(layer)))
}

it.effect("submit directory: holds the description, links and 0600 secrets, and is removed afterwards", () =>
  Effect.gen(function*() {
    const fileSystem = yield* FileSystem.FileSystem
    let directory = ""
    const seen: Array<unknown> = []
    const { calls, layer } = backend((call) =>
      call.tool !== "condor_submit" ? printed() : Effect.gen(function*() {
        directory = call.cwd ?? ""
        const secret = yield* fileSystem.stat(`${directory}/copies/1/token`)
        seen.push(
          (yield* fileSystem.readDirectory(directory)).toSorted(),
          (secret.mode & 0o777).toString(8),
          yield* fileSystem.readFileString(`${directory}/copies/1/token`),
          yield* fileSystem.readDirectory(`${directory}/copies/0`),
          yield* fileSystem.readLink(`${directory}/true`)
        )
        return { stdout: "42.0 - 42.1\n" }
      }).pipe(Effect.orDie)
    )
    yield* Effect.provide(submit([{}, { secrets: { token: Redacted.make("swordfish") } }]), layer)
    assert.deepStrictEqual(seen, [["copies", "inputs", "submission.sub", "true"], "600", "swordfish", [], "/bin/true"])
    assert.isFalse(yield* fileSystem.exists(directory))
    assert.notInclude(JSON.stringify(calls), "swordfish")
  }).pipe(Effect.provide(NodeServices.layer)))

it.effect("payload that a program of the site launches: is an input, and has to be executable", () =>
  Effect.gen(function*() {
    const fileSystem = yield* FileSystem.FileSystem
    const place = yield* fileSystem.makeTempDirectoryScoped()
    const executable = `${place}/pilot.sh`
    yield* fileSystem.writeFileString(executable, "#!/bin/sh\n", { mode: 0o644 })
    const seen: Array<string> = []
    const { calls, layer } = backend(
      (call) =>
        call.tool !== "condor_submit" ? printed() : Effect.gen(function*() {
          seen.push(yield* fileSystem.readLink(`${call.cwd}/inputs/pilot.sh`))
          return { stdout: "42.0 - 42.0\n" }
        }).pipe(Effect.orDie),
      { container: { _tag: "Launcher", executable: "/usr/bin/apptainer", arguments: ["exec"] } }
    )
    const submission = Effect.flatMap(
      Capability.Submitter,
      (submitter) => submitter.submit({ executable, container: { image: "docker://debian" } }, [{}], { key })
    )
    const error = yield* Effect.flip(Effect.provide(submission, layer))
    assert.strictEqual(error._tag, "InvalidSubmission")
    assert.include(error.message, "executable: ")
    assert.deepStrictEqual(calls, [])
    yield* fileSystem.chmod(executable, 0o755)
    yield* Effect.provide(submission, layer)
    assert.deepStrictEqual(seen, [executable])
  }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))

it.effect("warning of condor_submit: is a warning of the submission, once for all its jobs", () =>
  Effect.gen(function*() {
    // As 23.9.6 and 25.14.1 print it, with a rule of the site that has IS_WARNING.
    const stderr = `
WARNING: Committed job submission into the queue with the following warning(s):
WARNING: QMGMT:0:please ask for memory|QMGMT:0:please ask for memory
WARNING: the line 'acounting_group = x' was unused by condor_submit. Is it a typo?
To monitor your job(s), run: condor_watch_q
`
    const { layer } = empty({ stdout: "42.0 - 42.1\n", stderr })
    const { warnings } = yield* Effect.provide(submit(), layer)
    assert.deepStrictEqual(warnings, [
      { _tag: "SubmitWarning", detail: "please ask for memory" },
      {
        _tag: "SubmitWarning",
        detail: "the line 'acounting_group = x' was unused by condor_submit. Is it a typo?"
      }
    ])
  }))

it.effect.each<readonly [exitCode: number, stderr: string, retry: string]>([
  [137, "", "Now"],
  [1, "ERROR: AP user has OS user value nouser, which is not a valid OS account", "AfterRepair"],
  [1, "ERROR: Parse error in expression: Requirements =", "Never"],
  [1, "\nERROR: \n", "Later"]
])("condor_submit that exits with %s, %j: may be repeated: %s", ([exitCode, stderr, retry]) =>
  Effect.gen(function*() {
    const error = yield* Effect.flip(Effect.provide(submit(), empty({ exitCode, stderr }).layer))
    assert.strictEqual(error._tag, "SubmissionFailed")
    assert.strictEqual(error.retry, retry)
  }))

it.effect.each<readonly [stderr: string, tag: string, retry: string]>([
  ["ERROR: Failed to commit job submission into the queue.\nERROR: Queue closed", "SubmissionRejected", "Never"],
  ["ERROR: proxy has expired", "SubmissionFailed", "AfterRepair"]
])(
  "second cluster that fails with %j: the error names the first, and has %s, %s",
  ([stderr, tag, retry]) =>
    Effect.gen(function*() {
      let clusters = 0
      const { layer } = backend((call) =>
        call.tool === "condor_submit"
          ? clusters++ === 0 ? { stdout: "42.0 - 42.0\n" } : { exitCode: 1, stderr }
          : call.tool === "condor_history"
          ? { stdout: "[\n]\n" }
          : printed(), { maxJobsPerCluster: 1 })
      const error = yield* Effect.flip(Effect.provide(submit(), layer))
      assert.strictEqual(error._tag, tag)
      assert.strictEqual(error.retry, retry)
      assert.deepStrictEqual("leftover" in error && error.leftover, ["42.0"])
    })
)

const failures: ReadonlyArray<
  readonly [situation: string, submitted: Partial<CondorTool.ToolResult>, tag: string, words: string]
> = [
  [
    "the input is not spooled, and the id is printed",
    {
      exitCode: 1,
      stdout: "42.0 - 42.1\n",
      stderr: "DCSchedd::spoolJobFiles:7002:File transfer failed\nERROR: Failed to spool job files."
    },
    "SubmissionFailed",
    "cluster 42"
  ],
  [
    "fewer jobs than copies",
    { stdout: "42.0 - 42.0\n" },
    "SubmissionFailed",
    "2 jobs of one cluster were to be submitted, and condor_submit names 42.0"
  ],
  ["no jobs, with exit code 0", {}, "SubmissionFailed", "names none"],
  ["numbers of two clusters", { stdout: "42.0 - 42.0\n43.0 - 43.0\n" }, "SubmissionFailed", "names 42.0 to 43.0"],
  ["numbers with a gap", { stdout: "42.0 - 42.0\n42.2 - 42.2\n" }, "SubmissionFailed", "names 42.0 to 42.2"],
  [
    "the schedd's limit",
    { exitCode: 1, stderr: "ERROR: Failed to create proc\nNumber of submitted jobs would exceed MAX_JOBS_PER_OWNER" },
    "SubmissionFailed",
    "MAX_JOBS_PER_OWNER"
  ],
  [
    "the site's policy",
    { exitCode: 1, stderr: "\nERROR: Failed to commit job submission into the queue.\nERROR: Queue closed\n" },
    "SubmissionRejected",
    "refuses submission task-1 by its policy: Queue closed"
  ],
  [
    "a commit that fails without a reason",
    { exitCode: 1, stderr: "\nERROR: Failed to commit job submission into the queue.\n" },
    "SubmissionFailed",
    "Failed to commit"
  ],
  [
    "a token without the right",
    {
      exitCode: 1,
      stderr: "ERROR: Failed to connect to queue manager ce@local\nSECMAN:2010:Received \"DENIED\" from server"
    },
    "AuthorizationDenied",
    "DENIED"
  ]
]
for (const [situation, submitted, tag, words] of failures) {
  it.effect(`${situation}: ${tag}, and the half-done jobs are removed`, () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const description = yield* Deferred.make<string>()
      const { calls, layer } = backend((call) =>
        call.tool === "condor_submit"
          ? fileSystem.readFileString(`${call.cwd}/submission.sub`).pipe(
            Effect.orDie,
            Effect.tap((text) => Deferred.succeed(description, text)),
            Effect.as(submitted)
          )
          : call.tool === "condor_history"
          ? { stdout: "[\n]\n" }
          : printed()
      )
      const error = yield* Effect.flip(Effect.provide(submit(), layer))
      assert.strictEqual(error._tag, tag)
      assert.include(error.message, words)
      const removal = calls.find((call) => call.tool === "condor_rm") ?? assert.fail("nothing was removed")
      // The jobs of this attempt: other clients may be submitting with the same key.
      const attempt = /EffectCEAttempt = ("k-[0-9a-f]{24}")/.exec(yield* Deferred.await(description))?.[1] ?? "none"
      assert.strictEqual(
        constraintOf(removal),
        `((EffectCEKey =?= "${key}") && (EffectCEAttempt =?= ${attempt})) && (JobStatus == 5 && HoldReasonCode == 16) && ` +
          "(EffectCEFormat =?= 1)"
      )
    }).pipe(Effect.provide(NodeServices.layer)))
}

it.effect("jobs that could not be removed: are named in the error", () =>
  Effect.gen(function*() {
    let submitted = false
    const { layer } = backend((call) => {
      if (call.tool === "condor_submit") {
        submitted = true
        return { exitCode: 1, stdout: "42.0 - 42.1\n", stderr: "ERROR: Failed to spool job files." }
      }
      return submitted
        ? { exitCode: 1, stderr: "CEDAR:6001:Failed to connect" }
        : call.tool === "condor_q"
        ? printed()
        : { stdout: "[\n]\n" }
    })
    const error = yield* Effect.flip(Effect.provide(submit(), layer))
    assert.deepStrictEqual(error._tag === "SubmissionFailed" ? error.leftover : [], ["42.0", "42.1"])
    assert.include(error.message, "42.1")
  }))

it.effect.each(
  [
    ["does not end", new CondorTool.ToolTimedOut({ tool: "condor_submit", seconds: 600 }), "Later"],
    [
      "prints too much",
      new CondorTool.ToolOutputTooLarge({ tool: "condor_submit", pipe: "stderr", maxBytes: 1_048_576 }),
      "AfterRepair"
    ],
    [
      "cannot be heard",
      new CondorTool.ToolNotStarted({ tool: "condor_submit", detail: "Unknown", temporary: true }),
      "Later"
    ]
  ] as const
)(
  "condor_submit that %s: the jobs that it began are removed, and the error names those that are left",
  ([, failure, retry]) =>
    Effect.gen(function*() {
      const { calls, layer } = backend((call) => call.tool === "condor_submit" ? Effect.fail(failure) : printed())
      const error = yield* Effect.flip(Effect.provide(submit(), layer))
      assert.deepStrictEqual([error._tag, error.retry], ["SubmissionFailed", retry])
      assert.include(calls.map((call) => call.tool), "condor_rm")
    })
)

it.effect("CE that does not say which jobs are left: the error says so, and promises nothing", () =>
  Effect.gen(function*() {
    let submitted = false
    const { layer } = backend((call) => {
      if (call.tool === "condor_submit") {
        submitted = true
        return Effect.fail(new CondorTool.ToolTimedOut({ tool: call.tool, seconds: 600 }))
      }
      return submitted ? { exitCode: 1, stderr: "CEDAR:6001:Failed to connect" } : printed()
    })
    const error = yield* Effect.flip(Effect.provide(submit(), layer))
    assert.strictEqual(error._tag, "SubmissionFailed")
    assert.include(error.message, "the CE did not say what is left of it")
  }))

it.effect.each(
  [
    ["nothing", printed(), []],
    ["jobs", printed(ad("42.0"), ad("42.1")), [`submission ${key} was interrupted, and there is left 42.0, 42.1`]],
    [
      "nobody knows what",
      { exitCode: 1, stderr: "CEDAR:6001:Failed to connect" },
      [`submission ${key} was interrupted, and ce.example.org:9619 did not say what is left of it`]
    ]
  ] as const
)("interrupted submit: leaves %s, and a warning says so", ([, answer, words]) =>
  Effect.gen(function*() {
    const told: Array<unknown> = []
    const logger = Logger.make(({ message }) => void told.push(message))
    const begun = yield* Deferred.make<void>()
    let submitted = false
    const { layer } = backend((call) => {
      if (call.tool !== "condor_submit") return submitted ? answer : printed()
      submitted = true
      return Effect.andThen(Deferred.succeed(begun, undefined), Effect.never)
    })
    const fiber = yield* Effect.forkChild(
      submit().pipe(Effect.provide(layer), Effect.provide(Logger.layer([logger])))
    )
    yield* Deferred.await(begun)
    yield* Fiber.interrupt(fiber)
    assert.deepStrictEqual(told, words.map((one) => [one]))
  }))

it.effect("interrupted submit: removes the jobs that it began", () =>
  Effect.gen(function*() {
    const begun = yield* Deferred.make<void>()
    const { calls, layer } = backend((call) =>
      call.tool === "condor_submit" ? Effect.andThen(Deferred.succeed(begun, undefined), Effect.never) : printed()
    )
    const fiber = yield* Effect.forkChild(Effect.provide(submit(), layer))
    yield* Deferred.await(begun)
    yield* Fiber.interrupt(fiber)
    assert.include(calls.map((call) => call.tool), "condor_rm")
  }))

it.effect("existing jobs: are adopted", () =>
  Effect.gen(function*() {
    const { calls, layer } = backend(() => printed(ad("42.1", { EffectCECopies: 2, JobStatus: 2 })))
    const submission = yield* Effect.provide(submit(), layer)
    assert.isTrue(submission.adopted)
    assert.deepStrictEqual(submission.handles.map((handle) => handle.job), ["42.0", "42.1"])
    assert.notInclude(calls.map((call) => call.tool), "condor_submit")
  }))

it.effect("jobs that have left: are adopted, but not those that never had their input", () =>
  Effect.gen(function*() {
    const answering = (past: unknown) =>
      backend((call) =>
        call.tool === "condor_submit"
          ? { stdout: "43.0 - 43.1\n" }
          : call.tool === "condor_q"
          ? printed()
          : printed(past)
      )
    const left = answering(ad("42.0", { EffectCECopies: 2, JobStatus: 3, LastJobStatus: 4 }))
    assert.isTrue((yield* Effect.provide(submit(), left.layer)).adopted)
    for (
      const RemoveReason of [
        "Staging of job files failed",
        "Spooling is taking too long",
        "submission abandoned (by user pilot)"
      ]
    ) {
      const never = answering(ad("42.0", { EffectCECopies: 2, JobStatus: 3, LastJobStatus: 5, RemoveReason }))
      assert.isFalse((yield* Effect.provide(submit(), never.layer)).adopted)
    }
  }))

it.effect.each(
  [
    [[ad("42.0", { EffectCECopies: 3 })], "3 copies"],
    [
      [ad("42.0", { EffectCECopies: 2, JobStatus: 4 }), ad("43.0", { EffectCECopies: 2, JobStatus: 4 })],
      "42, 43"
    ]
  ] as const
)("a key that names something else is a conflict (%#)", ([ads, words]) =>
  Effect.gen(function*() {
    const { layer } = backend(() => printed(...ads))
    const error = yield* Effect.flip(Effect.provide(submit(), layer))
    assert.strictEqual(error._tag, "SubmissionConflict")
    assert.include(error.message, words)
  }))

describe("two clusters with one key: the older stays, if the younger has not completed anything", () => {
  const twice = [ad("43.0", { EffectCECopies: 2 }), ad("42.0", { EffectCECopies: 2 })]
  const younger = [0, 1].map((proc) => ad(`43.${proc}`, { EffectCECopies: 2 }))
  // The jobs of the younger cluster that are left after the removal.
  const site = (left: ReadonlyArray<unknown>, removal: Partial<CondorTool.ToolResult> = {}) => {
    let isTried = false
    return backend((call) => {
      if (call.tool === "condor_rm") {
        isTried = true
        return removal
      }
      if (call.tool === "condor_history" || constraintOf(call).includes("JobStatus == 4")) return printed()
      if (!constraintOf(call).includes("ClusterId == 43")) return printed(...twice)
      return printed(...isTried ? left : younger)
    })
  }

  it.effect("and the younger is removed", () =>
    Effect.gen(function*() {
      const { calls, layer } = site([])
      const submission = yield* Effect.provide(submit(), layer)
      assert.deepStrictEqual(submission.handles.map((handle) => handle.job), ["42.0", "42.1"])
      const removal = calls.find((call) => call.tool === "condor_rm") ?? assert.fail("nothing was removed")
      assert.include(constraintOf(removal), "ClusterId == 43")
      assert.notInclude(constraintOf(removal), "ClusterId == 42")
      assert.include(constraintOf(removal), "JobStatus =!= 4")
    }))

  it.effect("and the error says that copies exist twice if they could not be removed", () =>
    Effect.gen(function*() {
      const { layer } = site(younger, { exitCode: 1, stderr: "Permission denied to remove job 43.0" })
      const error = yield* Effect.flip(Effect.provide(submit(), layer))
      assert.strictEqual(error._tag, "SubmissionConflict")
      assert.include(error.message, "42, 43")
    }))
})

it.effect("job whose ad cannot be read: is a job, and nothing is submitted twice", () =>
  Effect.gen(function*() {
    const said = backend(() => printed(ad("42.0", { EffectCECopies: 2, JobStatus: 1.5 })))
    assert.isTrue((yield* Effect.provide(submit(), said.layer)).adopted)
    const unsaid = backend(() => printed({ ClusterId: 42, ProcId: 0, JobStatus: 1.5 }))
    assert.strictEqual((yield* Effect.flip(Effect.provide(submit(), unsaid.layer)))._tag, "SubmissionConflict")
    assert.notInclude([...said.calls, ...unsaid.calls].map((call) => call.tool), "condor_submit")
  }))

it.effect("one job whose ad can be read: identifies its whole cluster", () =>
  Effect.gen(function*() {
    const unreadable = ad("42.0", { EffectCECopies: 2, JobStatus: 1.5 })
    const readable = ad("42.1", { EffectCECopies: 2 })
    for (const queue of [[unreadable, readable], [readable, unreadable]]) {
      const { layer } = backend(() => printed(...queue))
      const submission = yield* Effect.provide(submit(), layer)
      assert.isTrue(submission.adopted)
      assert.deepStrictEqual(submission.handles.map((handle) => handle.job), ["42.0", "42.1"])
    }
  }))

it.effect("history: is searched deeper by as many jobs as the submission has", () =>
  Effect.gen(function*() {
    const { calls, layer } = backend(
      (call) =>
        call.tool === "condor_submit"
          ? { stdout: "42.0 - 42.1\n" }
          : call.tool === "condor_history"
          ? past(call, [completedAd("5.0", { EffectCEKey: "task-2" })])
          : printed(),
      { historyDepth: 100 }
    )
    yield* Effect.provide(submit(), layer)
    const { args } = calls.findLast((call) => call.tool === "condor_history") ??
      assert.fail("the history was not asked")
    assert.strictEqual(args[args.indexOf("-scanlimit") + 1], "102")
  }))

it.effect("query about many gaps: is not so deep that a gateway prints nothing", () =>
  Effect.gen(function*() {
    const every = Array.from(
      { length: 500 },
      (_, index) => ad(`${index + 1}.0`, { EffectCECopy: 2 * index, EffectCECopies: 1_000, TotalSubmitProcs: 1 })
    )
    const oldest = completedAd("1.0", { EffectCEKey: "task-2" })
    const { calls, layer } = backend((call) => call.tool === "condor_q" ? printed(...every) : past(call, [oldest]))
    const state = yield* Effect.flatMap(Capability.Submitter, (one) => one.reconcile(key)).pipe(Effect.provide(layer))
    assert.strictEqual(state._tag, "Incomplete")
    const question = calls.findLast((call) => call.tool === "condor_history") ??
      assert.fail("the history was not asked")
    const constraint = expressionOf(constraintOf(question))
    assert.isBelow(JobSelection.levels(constraint), 100)
    const asked = (copy: number) =>
      Values.truth(Evaluator.evaluateWith(constraint, { now: 0, random: () => 0 }, {
        my: Expr.ad([
          ["EffectCEKey", Expr.string(key)],
          ["EffectCECopy", Expr.integer(BigInt(copy))],
          ["User", Expr.string(pilot)]
        ])
      })) === true
    assert.deepStrictEqual([0, 1, 2, 501, 998, 999, 1_000].filter(asked), [1, 501, 999])
  }))

it.effect.each(["killed", "late"] as const)(
  "condor_submit that is %s after it did its work: has submitted",
  (end) =>
    Effect.gen(function*() {
      let done = false
      const { layer } = backend((call) => {
        if (call.tool === "condor_submit") {
          done = true
          return end === "killed"
            ? { exitCode: 137, stdout: "42.0 - 42.1\n" }
            : Effect.fail(new CondorTool.ToolTimedOut({ tool: call.tool, seconds: 600 }))
        }
        return done && call.tool === "condor_q"
          ? printed(...["42.0", "42.1"].map((job) => ad(job, { EffectCECopies: 2 })))
          : printed()
      })
      const submission = yield* Effect.provide(submit(), layer)
      assert.deepStrictEqual(submission.handles.map((handle) => handle.job), ["42.0", "42.1"])
    })
)

it.effect("CE that does not answer: is never taken for one without jobs", () =>
  Effect.gen(function*() {
    const { calls, layer } = backend(() => ({ exitCode: 1, stderr: "CEDAR:6001:Failed to connect" }))
    assert.strictEqual((yield* Effect.flip(Effect.provide(submit(), layer)))._tag, "CEUnavailable")
    assert.notInclude(calls.map((call) => call.tool), "condor_submit")
  }))

it.effect("CE that hides its history: a key without a job in the queue is unused", () =>
  Effect.gen(function*() {
    let queue = [ad("41.0", { EffectCECopies: 2 }), ad("41.1", { EffectCECopies: 2 })]
    const { layer } = backend((call) =>
      call.tool === "condor_history"
        ? {
          exitCode: 5,
          stdout: "[\n",
          stderr: "Error 5: HISTORY undefined in remote configuration. No such related history to be queried."
        }
        : call.tool === "condor_submit"
        ? { stdout: "42.0 - 42.1\n" }
        : printed(...queue)
    )
    assert.isTrue((yield* Effect.provide(submit(), layer)).adopted)
    queue = []
    const { adopted, handles } = yield* Effect.provide(submit(), layer)
    assert.deepStrictEqual([adopted, handles.map(({ job }) => job)], [false, ["42.0", "42.1"]])
  }))

it.effect("no copies: nothing is submitted, since condor_submit would make one job", () =>
  Effect.gen(function*() {
    const { calls, layer } = empty({})
    assert.deepStrictEqual((yield* Effect.provide(submit([]), layer)).handles, [])
    assert.deepStrictEqual(calls, [])
  }))

describe("state of a key", () => {
  const reconcile = Effect.flatMap(Capability.Submitter, (submitter) => submitter.reconcile(key))
  const hidden = {
    exitCode: 5,
    stdout: "[\n",
    stderr: "Error 5: HISTORY undefined in remote configuration. No such related history to be queried."
  }
  it.effect.each(
    [
      ["nothing", [], { stdout: "[\n]\n" }, "Absent", []],
      ["nothing in the queue, and no history", [], hidden, "HistoryHidden", []],
      ["jobs that wait for input", [ad("7.0", { JobStatus: 5, HoldReasonCode: 16 })], {}, "Staging", ["7.0"]],
      [
        "one job of three, the others have left",
        [ad("7.1", { EffectCECopies: 3 })],
        {},
        "Submitted",
        ["7.0", "7.1", "7.2"]
      ],
      ["jobs of two clusters", [ad("7.0"), ad("9.0")], {}, "Duplicated", ["7.0", "9.0"]]
    ] as const
  )("%s", ([, queue, history, tag, jobs]) =>
    Effect.gen(function*() {
      const { calls, layer } = backend((call) => call.tool === "condor_q" ? printed(...queue) : history)
      const state = yield* Effect.provide(reconcile, layer)
      assert.strictEqual(state._tag, tag)
      assert.deepStrictEqual("handles" in state ? state.handles.map(({ job }) => job) : [], [...jobs])
      assert.isTrue(calls.every(({ tool }) => tool === "condor_q" || tool === "condor_history"))
    }))
})
