import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Redacted from "effect/Redacted"
import { Cancellable, OutputRetriever, StatusReporter, Submitter } from "../../contract/Capability.ts"
import * as JobStatus from "../../contract/JobStatus.ts"
import type { SubmissionSpec } from "../../contract/Submission.ts"
import * as SubmissionKey from "../../contract/SubmissionKey.ts"
import { type Check, Harness, type Requirements } from "../Harness.ts"
import * as Kit from "./kit.ts"

const secrets = ["swordfish-0-7f3a91", "swordfish-1-c05d22", "swordfish-2-88e1b0"]

// SHA-256 of the secrets above. The payload prints it, and so proves that it has the secret without showing it.
const digests = [
  "e260549b151ea3ca34355f589f1dba31c25bd2ff4e88dcbd8a12c843474cf8af",
  "ed455a2f6c5510e4ef52aaa91668f31472006310edb7b1f5e32eb371346ceaad",
  "55e13bf0d1cdf22c28c366b843d7424f224e226c7c82e1a6ecd3b12e567092b8"
]

export const submissionChecks: ReadonlyArray<Check<Requirements>> = [
  {
    name: "submit: gives each copy a handle, its own environment and its own secret, and shows no secret",
    run: Effect.gen(function*() {
      const harness = yield* Harness
      const retriever = yield* OutputRetriever
      const { destination, payload } = yield* Kit.workplace
      const copies = secrets.map((secret, index) => ({
        // A variable of one copy must not reach another copy.
        environment: { COPY: String(index), ...(index === 0 ? { ONLY: "first" } : {}) },
        secrets: { "secret.txt": Redacted.make(secret) }
      }))
      const { failures, handles } = yield* Kit.submit(payload(1, 0), copies)
      yield* Kit.same(failures, [], "failures")
      yield* Kit.same(handles.length, copies.length, "handles")
      yield* Kit.same(handles.map((handle) => handle.copy), [0, 1, 2], "copies of the handles")
      const observed = yield* harness.observable(handles)
      yield* Kit.finished(handles)
      const outcomes = yield* retriever.fetch(handles, destination)
      for (const [index, handle] of handles.entries()) {
        const output = yield* Kit.succeeded(outcomes, handle)
        const text = yield* Kit.textOf(output.stdout)
        yield* Kit.same(
          text,
          `copy=${index} only=${index === 0 ? "first" : ""}\n${digests[index]}  -\n-rw-------\n`,
          `stdout of copy ${index}`
        )
        yield* Kit.same(yield* Kit.textOf(output.stderr), "to stderr\n", "stderr")
        yield* Kit.ensure((yield* Kit.textOf(output.log)).length > 0, "a job log", "an empty one")
      }
      for (const { text, where } of [...observed, ...yield* harness.observable(handles)]) {
        const leak = secrets.find((secret) => text.includes(secret))
        yield* Kit.ensure(
          leak === undefined,
          "no secret",
          `the secret of copy ${secrets.indexOf(leak ?? "")} in ${where}`
        )
      }
      return Kit.ran
    }).pipe(Effect.scoped)
  },
  {
    name: "submit: adopts the jobs of the same key; another number of copies is a SubmissionConflict",
    run: Effect.gen(function*() {
      const submitter = yield* Submitter
      const { payload } = yield* Kit.workplace
      const key = yield* SubmissionKey.generate
      const first = yield* submitter.submit(payload(30, 0), Kit.numbered(3), { key })
      const again = yield* submitter.submit(payload(30, 0), Kit.numbered(3), { key })
      yield* Kit.same([first.adopted, again.adopted], [false, true], "adopted")
      yield* Kit.same(again.handles.map(String), first.handles.map(String), "handles")
      const error = yield* Effect.flip(submitter.submit(payload(30, 0), Kit.numbered(2), { key }))
      yield* Kit.same(error._tag, "SubmissionConflict", "error")
      const cancellable = yield* Cancellable
      yield* cancellable.cancel(first.handles)
      const gone = yield* submitter.submit(payload(30, 0), Kit.numbered(3), { key })
      yield* Kit.same(gone.handles.map(String), first.handles.map(String), "handles after the jobs were cancelled")
      return Kit.ran
    }).pipe(Effect.scoped)
  },
  {
    name: "reconcile: returns the handles of a key, while its jobs are live and after they were cancelled",
    run: Effect.gen(function*() {
      const submitter = yield* Submitter
      const cancellable = yield* Cancellable
      const { payload } = yield* Kit.workplace
      const key = yield* SubmissionKey.generate
      yield* Kit.same(yield* submitter.reconcile(key), { _tag: "Absent" }, "state of a new key")
      const { handles } = yield* submitter.submit(payload(30, 0), Kit.numbered(3), { key })
      yield* Kit.until(handles, (status) => status._tag !== "Staging")
      const ensureKnown = Effect.fnUntraced(function*(when: string) {
        const state = yield* submitter.reconcile(key)
        yield* Kit.same(state._tag, "Submitted", `state ${when}`)
        if (!("handles" in state)) return
        yield* Kit.same(state.handles.map(String), handles.map(String), `handles ${when}`)
      })
      yield* ensureKnown("while the jobs are live")
      yield* cancellable.cancel(handles)
      yield* ensureKnown("after the jobs were cancelled")
      return Kit.ran
    }).pipe(Effect.scoped)
  },
  {
    name: "withdraw: cancels all jobs of a key without their handles, and the key stays used",
    run: Effect.gen(function*() {
      const submitter = yield* Submitter
      const { payload } = yield* Kit.workplace
      // No machine has so many cores: the jobs wait.
      const spec = { ...payload(0, 0), resources: { cpus: 5_000 } }
      const { handles, key } = yield* Kit.submit(spec, Kit.numbered(2))
      const withdrawn = yield* submitter.withdraw(key)
      yield* Kit.same(
        withdrawn.jobs.map(({ _tag, handle }) => `${_tag} ${handle}`).toSorted(),
        handles.map((handle) => `Cancelled ${handle}`).toSorted(),
        "outcomes of the jobs"
      )
      yield* Kit.same(withdrawn.complete, true, "complete")
      const again = yield* submitter.withdraw(key)
      // A job that is being removed may stay in the queue for a moment.
      const touched = again.jobs.filter(({ _tag }) => _tag !== "AlreadyGone")
      yield* Kit.same([touched, again.complete], [[], true], "outcomes other than AlreadyGone, and complete")
      const adopted = yield* submitter.submit(spec, Kit.numbered(2), { key })
      yield* Kit.same(adopted.handles.map(String), handles.map(String), "handles of a submission with the key")
      return Kit.ran
    }).pipe(Effect.scoped)
  },
  {
    name: "fence: if it fails, nothing is submitted and the key stays unused; existing jobs are adopted without it",
    run: Effect.gen(function*() {
      const submitter = yield* Submitter
      const { payload } = yield* Kit.workplace
      const key = yield* SubmissionKey.generate
      const fenced = submitter.submit(payload(30, 0), Kit.numbered(1), {
        key,
        fence: Effect.fail({ message: "lost" })
      })
      const error = yield* Effect.flip(fenced)
      yield* Kit.same(error._tag, "SubmissionFenced", "error")
      yield* Kit.ensure(error.message.includes("lost"), "the message of the fence", error.message)
      yield* Kit.same(yield* submitter.reconcile(key), { _tag: "Absent" }, "state of the key")
      let times = 0
      const fence = Effect.sync(() => void times++)
      const { adopted, handles } = yield* submitter.submit(payload(30, 0), Kit.numbered(1), { key, fence })
      yield* Kit.same([adopted, times], [false, 1], "adopted, and number of runs of the fence")
      const again = yield* fenced
      yield* Kit.same(again.handles.map(String), handles.map(String), "handles of existing jobs")
      yield* (yield* Cancellable).cancel(handles)
      return Kit.ran
    }).pipe(Effect.scoped)
  },
  {
    name: "submit: an empty list of copies submits nothing",
    run: Effect.gen(function*() {
      const { payload } = yield* Kit.workplace
      const { failures, handles } = yield* Kit.submit(payload(0, 0), [])
      yield* Kit.same([handles, failures], [[], []], "handles and failures")
      return Kit.ran
    }).pipe(Effect.scoped)
  },
  {
    name: "submit: refuses each wrong field by its name, before it submits anything",
    run: Effect.gen(function*() {
      const submitter = yield* Submitter
      const fileSystem = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const { directory, payload } = yield* Kit.workplace
      const input = path.join(directory, "input")
      yield* fileSystem.writeFileString(input, "input")
      const good = payload(0, 0)
      const wrong: ReadonlyArray<readonly [string, SubmissionSpec]> = [
        ["executable", { ...good, executable: path.join(directory, "no-such-file") }],
        ["arguments[1]", { ...good, arguments: ["fine", "two\nlines"] }],
        ["environment.A", { ...good, environment: { A: "nul\0" } }],
        ["environment.1A", { ...good, environment: { "1A": "x" } }],
        ["inputs[0].name", { ...good, inputs: [{ name: "../up", source: input }] }],
        ["inputs[0].source", { ...good, inputs: [{ name: "in", source: path.join(directory, "none") }] }],
        ["inputs[1].name", { ...good, inputs: [{ name: "in", source: input }, { name: "in", source: input }] }],
        // No machine supports this scheme.
        ["inputs[0].source", { ...good, inputs: [{ name: "in", source: "no-such-scheme://example.org/in" }] }],
        [
          "outputs[0].destination",
          { ...good, outputs: [{ name: "out", destination: "no-such-scheme://example.org/out" }] }
        ],
        ["outputs[0].name", { ...good, outputs: [{ name: "/etc/passwd" }] }],
        ["stdout", { ...good, stdout: "../../out" }],
        ["stderr", { ...good, stdout: "same", stderr: "same" }]
      ]
      for (const [field, spec] of wrong) {
        const error = yield* Effect.flip(submitter.submit(spec, [{}], { key: yield* SubmissionKey.generate }))
        yield* Kit.same(error._tag, "InvalidSubmission", `error for a wrong ${field}`)
        if (error._tag === "InvalidSubmission") yield* Kit.same(error.issues[0].field, field, "field")
      }
      const twice = { ...good, arguments: ["two\nlines"], stdout: "../../out" }
      const error = yield* Effect.flip(submitter.submit(twice, [{}], { key: yield* SubmissionKey.generate }))
      const fields = error._tag === "InvalidSubmission" ? error.issues.map((issue) => issue.field) : []
      yield* Kit.same(fields.join(), "arguments[0],stdout", "fields of a submission with two wrong fields")
      return Kit.ran
    }).pipe(Effect.scoped)
  },
  {
    name: "status: follows a job through its states to its exit code or to the signal that killed it",
    run: Effect.gen(function*() {
      const reporter = yield* StatusReporter
      const cancellable = yield* Cancellable
      const { payload } = yield* Kit.workplace
      const coded = yield* Kit.submitOne(payload(5, 3))
      const lasting = yield* Kit.submitOne(payload(600, 0))
      const killed = yield* Kit.submitOne(payload(0, "kill"))
      const seen = yield* Kit.finished([coded, killed])
      const order = ["Staging", "Waiting", "Running", "Finishing", "Completed"]
      for (const [handle, statuses] of seen) {
        const places = statuses.map((status) => order.indexOf(status._tag))
        yield* Kit.ensure(
          places.every((place, index) => place >= 0 && place >= (places[index - 1] ?? 0)),
          `states of ${handle} in the order ${order.join(", ")}`,
          statuses
        )
        const times = statuses.flatMap((status) => JobStatus.sinceOf(status)?.epochMilliseconds ?? [])
        yield* Kit.ensure(
          times.every((time, index) => time >= (times[index - 1] ?? 0)),
          `times of ${handle} in ascending order`,
          statuses
        )
      }
      // A short job may start and end between two polls of the batch system by the compute element.
      yield* Kit.running([lasting])
      const outcomes = yield* reporter.status([coded, killed])
      yield* Kit.same(
        JobStatus.withoutSince(yield* Kit.succeeded(outcomes, coded)),
        { _tag: "Completed", exit: { _tag: "Code", code: 3 }, output: "Kept" },
        "status"
      )
      yield* Kit.same(
        JobStatus.withoutSince(yield* Kit.succeeded(outcomes, killed)),
        { _tag: "Completed", exit: { _tag: "Signal", signal: 9 }, output: "Kept" },
        "status"
      )
      yield* cancellable.cancel([coded, killed, lasting])
      yield* Kit.discard([coded, killed])
      return Kit.ran
    }).pipe(Effect.scoped)
  },
  {
    name: "statusOf: concurrent calls agree with status; each handle has one answer, in the order asked",
    run: Effect.gen(function*() {
      const reporter = yield* StatusReporter
      const cancellable = yield* Cancellable
      const { payload } = yield* Kit.workplace
      const { handles } = yield* Kit.submit(payload(60, 0), Kit.numbered(4))
      const unknown = Kit.neverWas(yield* Kit.head(handles), "999999.0")
      yield* Kit.until(handles, (status) => status._tag === "Running" || status._tag === "Waiting")
      const one = yield* Effect.forEach([...handles, unknown], reporter.statusOf, { concurrency: "unbounded" })
      yield* Kit.same(one.length, 5, "answers")
      yield* Kit.same(one.at(-1), { _tag: "Unknown" }, "status")
      const asked = [unknown, ...handles.toReversed()]
      yield* Kit.answered(yield* reporter.status([...asked, ...handles]), asked)
      yield* Kit.answered(yield* cancellable.cancel([...asked, ...handles]), asked)
      const removed = yield* reporter.status(handles)
      const ended = yield* reporter.waitFor(handles, { until: "Terminal" })
      for (const outcomes of [removed, ended]) {
        for (const handle of handles) {
          yield* Kit.same((yield* Kit.succeeded(outcomes, handle))._tag, "Removed", "status")
        }
      }
      const started = yield* reporter.waitFor(handles, { until: "Running" })
      for (const handle of handles) yield* Kit.failedWith(started, handle, "EndedOtherwise")
      return Kit.ran
    }).pipe(Effect.scoped)
  }
]
