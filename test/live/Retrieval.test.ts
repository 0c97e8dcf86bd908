/** Retrieval from real daemons against obstacles: edits by the site, a full disk, or a CE that hides its history. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Layer, Result, Schedule, Stream } from "effect"
import { pid } from "node:process"
import { Capability, CondorTool, Credential, type HTCondorCE, type JobHandle, SubmissionKey } from "../../src/index.ts"
import { siteEdits } from "../ce/SiteEdits.ts"
import * as Backend from "./Backend.ts"
import * as Share from "./Share.ts"
import * as Site from "./Site.ts"
import { Stack, versions } from "./Stack.ts"

/** Runs before each tool. */
type Before = (call: CondorTool.ToolCall) => Effect.Effect<void>

const backend = (
  before: Before = () => Effect.void,
  config: Partial<HTCondorCE.Config> = {},
  tools: CondorTool.Options = {},
  ask: (call: CondorTool.ToolCall) => CondorTool.ToolCall = (call) => call
) =>
  Layer.unwrap(
    Effect.map(Stack, (stack) =>
      Backend.layer({ endpoint: stack.endpoint, schedd: stack.schedd, ...config }).pipe(
        Layer.provide([
          Layer.effect(
            CondorTool.CondorTool,
            Effect.map(
              CondorTool.CondorTool,
              ({ run }) => CondorTool.make((call: CondorTool.ToolCall) => Effect.andThen(before(call), run(ask(call))))
            )
          ).pipe(Layer.provide(CondorTool.layer({ ...tools, binDirectory: stack.binDirectory }))),
          Credential.layerTokenFile(stack.tokenFile)
        ]),
        Layer.provide(NodeServices.layer)
      ))
  )

/** Completed jobs, each with an output of this many bytes and a small one. */
const completed = Effect.fnUntraced(function*(copies: number, bytes = 0) {
  const fileSystem = yield* FileSystem.FileSystem
  const submitter = yield* Capability.Submitter
  const reporter = yield* Capability.StatusReporter
  const directory = yield* fileSystem.makeTempDirectoryScoped({ prefix: "live-retrieval-" })
  const executable = `${directory}/payload.sh`
  yield* fileSystem.writeFileString(
    executable,
    `#!/bin/sh\nyes "result of a job" | head -n 1000 > result.txt\nhead -c ${bytes} /dev/zero > big\n`,
    { mode: 0o755 }
  )
  const { handles } = yield* submitter.submit(
    { executable, outputs: [{ name: "result.txt" }, { name: "big" }] },
    Array.from({ length: copies }, () => ({})),
    { key: yield* SubmissionKey.generate }
  )
  yield* Stream.runDrain(reporter.watch(handles, { interval: "500 millis", maxInterval: "2 seconds" }))
  return { handles, directory }
})

const fetched = Effect.fnUntraced(function*(handles: ReadonlyArray<JobHandle.JobHandle>, destination: string) {
  const retriever = yield* Capability.OutputRetriever
  const outcomes = new Map(
    Array.from(yield* retriever.fetch(handles, destination), ([handle, outcome]) => [String(handle), outcome])
  )
  return handles.map((handle) => {
    const outcome = outcomes.get(String(handle))
    return outcome === undefined ? "nothing" : Result.isSuccess(outcome) ? "Retrieved" : outcome.failure._tag
  })
})

const purged = (handles: ReadonlyArray<JobHandle.JobHandle>) =>
  Effect.flatMap(Capability.Purgeable, ({ purge }) => purge(handles))

for (const version of versions) {
  it.layer(backend().pipe(Layer.provideMerge(Stack.layer(version)), Layer.provideMerge(NodeServices.layer)), {
    excludeTestServices: true,
    timeout: "60 seconds"
  })(`retrieval from ${version}`, (it) => {
    describe.concurrent("retrieval of separate jobs", () => {
      it.effect("job that the site edits after this library did: writes nothing outside its directory", () =>
        Effect.gen(function*() {
          const stack = yield* Stack
          const fileSystem = yield* FileSystem.FileSystem
          const outside = yield* fileSystem.makeTempDirectoryScoped({ prefix: "outside-" })
          // A fetch sets the first three again. The versions share the others.
          const edits = siteEdits(outside).filter((_, index) => index < 3 || Share.has(version, index))
          const { handles } = yield* completed(edits.length + 1)
          const destination = yield* fileSystem.makeTempDirectoryScoped({ prefix: "destination-" })
          const meddling: Before = ({ args, tool }) =>
            tool !== "condor_transfer_data"
              ? Effect.void
              : Effect.forEach(edits, ([name, value], index) =>
                Effect.map(
                  stack.inside("condor_qedit", handles[index]?.job ?? "", name, `"${value}"`),
                  ({ exitCode }) => assert.strictEqual(exitCode, 0, args.join(" "))
                ), { discard: true })
          // First the whole cluster in one transfer, and then each job separately.
          assert.deepStrictEqual(
            yield* Effect.provide(fetched(handles, destination), backend(meddling)),
            [...edits.map(() => "TransferFailed"), "Retrieved"]
          )
          assert.deepStrictEqual(yield* fileSystem.readDirectory(outside), [])
          assert.strictEqual((yield* fileSystem.readDirectory(destination)).length, 1)
          // The other jobs stay at the CE.
          const again = yield* fetched(handles, destination)
          assert.deepStrictEqual(again.slice(0, 3), ["Retrieved", "Retrieved", "Retrieved"])
          assert.deepStrictEqual(again.slice(3), [...edits.slice(3).map(() => "TransferFailed"), "AlreadyRetrieved"])
          assert.deepStrictEqual(yield* fileSystem.readDirectory(outside), [])
          yield* purged(handles)
        }))

      it.effect.skipIf(Share.isLeft(version, "lts"))(
        "schedd that lies about the paths of files: cannot write anywhere else if the tools are confined",
        (context) =>
          Effect.gen(function*() {
            const stack = yield* Stack
            const fileSystem = yield* FileSystem.FileSystem
            if ((yield* stack.run("sh", "-c", "command -v bwrap")).exitCode !== 0) {
              return context.skip("bwrap is not installed: a schedd that lies cannot be confined")
            }
            const outside = yield* fileSystem.makeTempDirectoryScoped({ prefix: "outside-" })
            const shared = yield* fileSystem.makeTempDirectoryScoped({ prefix: "outside-", directory: "/dev/shm" })
            const { handles } = yield* completed(2)
            const [first, second] = handles
            if (first === undefined || second === undefined) return assert.fail("two jobs")
            // The schedd serves the job although its directory has changed, because the constraint of the library's
            // call is left out.
            const lying = (job: string, place: string) => ({
              before: ({ tool }: CondorTool.ToolCall) =>
                tool === "condor_transfer_data"
                  ? Effect.asVoid(stack.inside("condor_qedit", job, "SUBMIT_Iwd", `"${place}"`))
                  : Effect.void,
              ask: (call: CondorTool.ToolCall): CondorTool.ToolCall =>
                call.tool === "condor_transfer_data" ? { ...call, args: [...call.args.slice(0, 4), job] } : call
            })
            const fetching = (handle: JobHandle.JobHandle, confine: boolean, place = outside) => {
              const { ask, before } = lying(handle.job, place)
              return Effect.provide(fetched([handle], `${outside}-destination`), backend(before, {}, { confine }, ask))
            }
            // The last path leads out of the sandbox through another process of the same user.
            for (const place of [outside, shared, `/proc/${pid}/root${outside}`]) {
              assert.notDeepEqual(yield* fetching(first, true, place), ["Retrieved"])
              assert.deepStrictEqual(yield* fileSystem.readDirectory(outside), [], place)
              assert.deepStrictEqual(yield* fileSystem.readDirectory(shared), [], place)
            }
            // Control: without confinement the schedd does write there.
            assert.notDeepEqual(yield* fetching(second, false), ["Retrieved"])
            assert.include(yield* fileSystem.readDirectory(outside), "result.txt")
            // A confined tool fetches an honest job as usual.
            const honest = Effect.provide(
              fetched(handles, `${outside}-destination`),
              backend(() => Effect.void, {}, { confine: true })
            )
            assert.deepStrictEqual(yield* honest, ["Retrieved", "Retrieved"])
            yield* fileSystem.remove(`${outside}-destination`, { recursive: true })
          })
      )

      describe.skipIf(Share.isLeft(version, "lts"))("a destination", () => {
        const mounted = Effect.fnUntraced(function*(options: string) {
          const stack = yield* Stack
          const fileSystem = yield* FileSystem.FileSystem
          const directory = yield* fileSystem.makeTempDirectoryScoped({ prefix: "mounted-" })
          const run = (...command: ReadonlyArray<string>) =>
            Effect.map(
              stack.run(command[0] ?? "", ...command.slice(1)),
              ({ exitCode, stderr }) => assert.strictEqual(exitCode, 0, stderr)
            )
          yield* Effect.acquireRelease(
            run("mount", "-t", "tmpfs", "-o", options, "tmpfs", directory),
            () => run("umount", directory)
          )
          return { directory, remount: (how: string) => run("mount", "-o", `remount,${how}`, directory) }
        })

        it.effect("destination without room for a job's output: takes the jobs that fit, and the others stay at the CE", () =>
          Effect.gen(function*() {
            const { handles } = yield* completed(3, 3_000_000)
            const { directory, remount } = yield* mounted("size=4m")
            assert.deepStrictEqual((yield* fetched(handles, directory)).toSorted(), [
              "LimitExceeded",
              "LimitExceeded",
              "Retrieved"
            ])
            yield* remount("size=20m")
            assert.deepStrictEqual((yield* fetched(handles, directory)).toSorted(), [
              "AlreadyRetrieved",
              "Retrieved",
              "Retrieved"
            ])
          }))

        it.effect("destination that fills up during a transfer: has nothing half done afterwards", () =>
          Effect.gen(function*() {
            const fileSystem = yield* FileSystem.FileSystem
            const { handles } = yield* completed(2, 3_000_000)
            const { directory, remount } = yield* mounted("size=8m")
            const filling: Before = ({ tool }) =>
              tool === "condor_transfer_data"
                ? Effect.ignore(fileSystem.writeFile(`${directory}/filler`, new Uint8Array(7_000_000)))
                : Effect.void
            assert.deepStrictEqual(yield* Effect.provide(fetched(handles, directory), backend(filling)), [
              "TransferFailed",
              "TransferFailed"
            ])
            assert.deepStrictEqual(yield* fileSystem.readDirectory(directory), ["filler"])
            yield* fileSystem.remove(`${directory}/filler`)
            yield* remount("size=20m")
            assert.deepStrictEqual(yield* fetched(handles, directory), ["Retrieved", "Retrieved"])
          }))

        it.effect("destination that is read-only: fails the fetch, and all jobs stay at the CE", () =>
          Effect.gen(function*() {
            const { handles } = yield* completed(2)
            const { directory, remount } = yield* mounted("size=8m")
            yield* remount("ro")
            assert.strictEqual((yield* Effect.flip(fetched(handles, directory)))._tag, "LocalFailure")
            yield* remount("rw")
            assert.deepStrictEqual(yield* fetched(handles, directory), ["Retrieved", "Retrieved"])
          }))
      })

      it.effect.skipIf(Share.isLeft(version, "latest"))(
        "completed job that is not fetched: leaves when its retention is over, and its output is deleted",
        () =>
          Effect.gen(function*() {
            const stack = yield* Stack
            const { handles, directory } = yield* Effect.provide(
              completed(2, 1_000),
              Layer.fresh(backend(() => Effect.void, { retention: "5 seconds" }))
            )
            const cluster = handles[0]?.job.split(".")[0] ?? ""
            // The schedd checks for such jobs periodically.
            const { stdout } = yield* stack.exec("condor_q", cluster, "-af:j", "JobStatus").pipe(
              Effect.repeat({
                schedule: Schedule.spaced("1 second").pipe(Schedule.upTo({ times: 150 })),
                until: (answer) => answer.exitCode === 0 && answer.stdout.trim() === ""
              })
            )
            assert.strictEqual(stdout.trim(), "")
            assert.deepStrictEqual(yield* fetched(handles, `${directory}/output`), ["OutputMissing", "OutputMissing"])
            const spool = yield* stack.inside("sh", "-c", `find /var/lib/condor-ce/spool -name 'cluster${cluster}.*'`)
            assert.strictEqual(spool.stdout.trim(), "")
          }),
        240_000
      )
    })

    it.effect.skipIf(Share.isLeft(version, "latest"))(
      "CE that hides its history: answers for the jobs in its queue",
      () =>
        Effect.gen(function*() {
          const stack = yield* Stack
          const fileSystem = yield* FileSystem.FileSystem
          const reporter = yield* Capability.StatusReporter
          const submitter = yield* Capability.Submitter
          const destination = yield* fileSystem.makeTempDirectoryScoped({ prefix: "destination-" })
          const configure = (...lines: ReadonlyArray<string>) =>
            stack.inside(
              "sh",
              "-c",
              `cp /etc/condor-ce/condor_config /tmp/condor_config.$$ && ${
                lines.map((line) => `echo "${line}" >> /etc/condor-ce/condor_config && `).join("")
              }condor_reconfig -schedd && mv /tmp/condor_config.$$ /etc/condor-ce/kept`
            )
          const restore = stack.inside(
            "sh",
            "-c",
            "mv /etc/condor-ce/kept /etc/condor-ce/condor_config && condor_reconfig -schedd"
          )
          const { handles } = yield* completed(2)
          const [first, second] = handles
          if (first === undefined || second === undefined) return assert.fail("two jobs")
          assert.deepStrictEqual(yield* fetched([first], destination), ["Retrieved"])
          const tagOf = (handle: JobHandle.JobHandle) =>
            Effect.match(reporter.statusOf(handle), { onFailure: ({ _tag }) => _tag, onSuccess: ({ _tag }) => _tag })
          for (const setting of ["HISTORY =", "HISTORY_HELPER_MAX_CONCURRENCY = 0"]) {
            yield* Effect.acquireUseRelease(
              configure(setting),
              () =>
                Effect.gen(function*() {
                  yield* Effect.repeat(tagOf(first), {
                    schedule: Schedule.spaced("200 millis").pipe(Schedule.upTo({ times: 20 })),
                    until: (tag) => tag === "HistoryUnavailable"
                  })
                  assert.strictEqual(yield* tagOf(first), "HistoryUnavailable")
                  assert.strictEqual(yield* tagOf(second), "Completed")
                  // Only its manifest shows that it was fetched.
                  assert.deepStrictEqual(yield* fetched([first], destination), ["AlreadyRetrieved"])
                  assert.deepStrictEqual(yield* fetched([first], `${destination}/other`), ["HistoryUnavailable"])
                  const key = yield* SubmissionKey.generate
                  const again = submitter.submit({ executable: "/bin/sleep", arguments: ["300"] }, [{}], { key })
                  const submission = yield* again
                  assert.deepStrictEqual((yield* again).handles, submission.handles)
                  const { cancel } = yield* Capability.Cancellable
                  yield* cancel(submission.handles)
                }),
              () => restore
            )
          }
          yield* Effect.repeat(tagOf(first), {
            schedule: Schedule.spaced("200 millis").pipe(Schedule.upTo({ times: 20 })),
            until: (tag) => tag === "Completed"
          })
          assert.deepStrictEqual(yield* fetched([first], `${destination}/other`), ["AlreadyRetrieved"])
          assert.deepStrictEqual(yield* fetched([second], destination), ["Retrieved"])
        })
    )

    it.effect("jobs and files: nothing is left", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* Site.residue, [])
      }))
  })
}
