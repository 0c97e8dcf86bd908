/** The output of held jobs: it can be fetched, and is never taken for the output of a completed job. */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, FileSystem, type Scope } from "effect"
import { Capability, type CondorTool, type JobHandle, JobOutput, SubmissionKey } from "../../src/index.ts"
import { integer, text } from "../../src/testing/fake/Attributes.ts"
import { FakeSchedd, TimeLapse } from "../../src/testing/index.ts"
import * as Fetching from "./Fetching.ts"

const { fetchedOne, versions } = Fetching

// The first run leaves one output of two. The later runs leave both.
const forgetful = () => {
  let runs = 0
  return (): FakeSchedd.Payload => ({
    exit: { code: 3 },
    stdout: "said\n",
    files: { "result.txt": "result\n", "deep/er/x": "x", ...(runs++ === 0 ? {} : { "late.txt": "late\n" }) }
  })
}

const submitted = Effect.gen(function*() {
  const fileSystem = yield* FileSystem.FileSystem
  const { submit } = yield* Capability.Submitter
  const destination = `${yield* fileSystem.makeTempDirectoryScoped({ prefix: "held-" })}/destination`
  const outputs = [{ name: "late.txt" }, { name: "result.txt" }, { directory: "deep" }]
  const { handles } = yield* submit({ executable: "/bin/true", outputs }, [{}], { key: yield* SubmissionKey.generate })
  const [handle] = handles
  return handle === undefined ? assert.fail("no handle") : { handle, destination, fileSystem }
})

const until = Effect.fnUntraced(function*(handle: JobHandle.JobHandle, tag: string) {
  const { statusOf } = yield* Capability.StatusReporter
  const { _tag } = yield* Effect.repeat(Effect.delay(statusOf(handle), "1 second"), {
    until: ({ _tag }) => _tag === tag,
    times: 200
  })
  assert.strictEqual(_tag, tag)
})

const heldOne = (handle: JobHandle.JobHandle, destination: string) =>
  Effect.flatMap(Capability.OutputRetriever, ({ fetchHeld }) => fetchHeld(handle, destination))

/**
 * Releases a job that the batch system holds, by an edit of its ad, so that the JobRouter manages it again. With the
 * JobRouter's policies off, the CE then starts the job once more.
 */
const releaseForGood = Effect.fnUntraced(function*(handle: JobHandle.JobHandle, edit: Edit) {
  yield* edit("HoldCopiedFromTargetJob", "false")
  yield* Effect.sleep("1 minute")
  assert.isTrue(yield* (yield* FakeSchedd.FakeSchedd).release(handle.job))
})

/** Edits the ad as the last run of `condor_qedit` did, with another attribute. */
type Edit = (name: string, value: string) => Effect.Effect<unknown, unknown>

const editLike = (call: CondorTool.ToolCall, run: CondorTool.CondorTool["Service"]["run"]): Edit => (name, value) =>
  run({ ...call, args: [...call.args.slice(0, -2), name, value] })

const adOf = Effect.gen(function*() {
  const [ad] = yield* (yield* FakeSchedd.FakeSchedd).queue
  return ad ?? assert.fail("no job")
})

const test = (
  name: string,
  version: FakeSchedd.Version,
  effect: Effect.Effect<unknown, unknown, Fetching.Services | Scope.Scope>,
  config: Parameters<typeof Fetching.services>[1] = {},
  fake: FakeSchedd.Options = {}
) =>
  it.effect(`fetchHeld: ${name} (${version})`, () =>
    TimeLapse.run(effect).pipe(
      Effect.scoped,
      Effect.provide(Fetching.services(version, config, { payload: forgetful(), systemPolicies: false, ...fake }))
    ))

describe.each(versions)("job of %s that is held", (version) => {
  test(
    "fetchHeld: brings the output of a job that lacks one output, and leaves the job unchanged",
    version,
    Effect.gen(function*() {
      const { destination, fileSystem, handle } = yield* submitted
      yield* until(handle, "Held")
      const output = yield* heldOne(handle, destination)
      assert.strictEqual(output.directory, `${destination}/${JobOutput.directoryName(handle)}.held`)
      assert.deepStrictEqual(output.files.map(({ name }) => name), ["deep/er/x", "result.txt"])
      assert.deepStrictEqual(output.missing, ["late.txt"])
      assert.deepStrictEqual(output.exit, { _tag: "Code", code: 3 })
      assert.deepStrictEqual([output.whole, output.complete], [true, false])
      assert.deepStrictEqual([output.hold.code, output.hold.subcode], [12, 2])
      assert.strictEqual(yield* fileSystem.readFileString(output.stdout?.path ?? ""), "said\n")
      assert.strictEqual(yield* fileSystem.readFileString(`${output.directory}/files/deep/er/x`), "x")
      const record = JSON.parse(yield* fileSystem.readFileString(output.record))
      assert.deepStrictEqual([record.version, record.complete, record.missing], [1, false, ["late.txt"]])
      assert.isFalse(yield* fileSystem.exists(`${output.directory}/manifest.json`))
      // Neither kind of retrieval finds output in it.
      const error = yield* Effect.flip(fetchedOne(handle, destination))
      assert.strictEqual(error._tag, "NotFinished")
      const ad = yield* adOf
      assert.strictEqual(integer(ad, "JobStatus"), 5)
      assert.isUndefined(text(ad, "SpooledOutputFiles"))
      assert.isUndefined(text(ad, "EffectCEHeldFetch"))
      assert.isUndefined(text(ad, "EffectCEFetch"))
      // It may be repeated, also by the backend that keeps output.
      const { fetchHeld } = yield* Capability.RepeatableOutputRetriever
      assert.strictEqual((yield* fetchHeld(handle, destination)).directory, `${output.directory}.2`)
      const left = yield* fileSystem.readDirectory(destination)
      assert.deepStrictEqual(
        left.toSorted(),
        [output.directory, `${output.directory}.2`].map((one) => one.slice(destination.length + 1))
      )
    })
  )

  test(
    "fetchHeld: queries the job once, and transfers twice at most",
    version,
    Effect.gen(function*() {
      const { destination, handle } = yield* submitted
      const fake = yield* FakeSchedd.FakeSchedd
      yield* until(handle, "Held")
      const before = (yield* fake.calls).length
      yield* heldOne(handle, destination)
      assert.deepStrictEqual((yield* fake.calls).slice(before).map(({ tool }) => tool), [
        "condor_q",
        "condor_qedit",
        "condor_transfer_data",
        "condor_q",
        "condor_qedit",
        "condor_transfer_data",
        "condor_q",
        "condor_qedit"
      ])
    })
  )

  test(
    "fetch: brings all output of a job that was released and completed after an interrupted fetchHeld",
    version,
    Effect.gen(function*() {
      const { destination, handle } = yield* submitted
      const around = yield* Fetching.Around
      yield* until(handle, "Held")
      // Killed after the list of arrived files was set: the list stays in the ad.
      let edits = 0
      let edit: Edit = () => Effect.fail("no edit")
      around.run = (call, run) => {
        if (call.tool === "condor_qedit") {
          edits++
          edit = editLike(call, run)
        }
        return edits > 1 && !(call.tool === "condor_qedit" && edits === 2)
          ? Effect.succeed({ exitCode: 1, stdout: "", stderr: "CEDAR:6001:Failed to connect" })
          : run(call)
      }
      yield* Effect.flip(heldOne(handle, destination))
      around.run = (call, run) => run(call)
      assert.isDefined(text(yield* adOf, "EffectCEHeldFetch"))
      yield* releaseForGood(handle, edit)
      yield* until(handle, "Completed")
      const output = yield* fetchedOne(handle, destination)
      assert.deepStrictEqual(output.files.map(({ name }) => name), ["deep/er/x", "late.txt", "result.txt"])
      assert.isTrue(output.released)
    })
  )

  test(
    "list of arrived files: has no effect once the job is not held",
    version,
    Effect.gen(function*() {
      const { destination, handle } = yield* submitted
      const fake = yield* FakeSchedd.FakeSchedd
      const around = yield* Fetching.Around
      yield* until(handle, "Held")
      const list: Array<string> = []
      around.run = (call, run) => {
        const at = call.args.findIndex((word) => word === "SpooledOutputFiles")
        if (at >= 0) list.push(String(call.args[at + 1]))
        return run(call)
      }
      yield* heldOne(handle, destination)
      assert.deepStrictEqual(list, [
        "undefined",
        `ifThenElse(JobStatus == 5, "result.txt,deep", undefined)`,
        "undefined"
      ])
      assert.strictEqual((yield* fake.queue).length, 1)
    })
  )

  test(
    "fetchHeld: reports the state of a job that is not held",
    version,
    Effect.gen(function*() {
      const { destination, handle } = yield* submitted
      const around = yield* Fetching.Around
      const edits: Array<Edit> = []
      around.run = (call, run) => {
        if (call.tool === "condor_qedit") edits.push(editLike(call, run))
        return run(call)
      }
      yield* until(handle, "Running")
      const early = yield* Effect.flip(heldOne(handle, destination))
      assert.deepStrictEqual([early._tag, early.retry], ["NotHeld", "Never"])
      yield* until(handle, "Held")
      yield* heldOne(handle, destination)
      // The later fetches ask for a mark that has been removed.
      yield* releaseForGood(handle, edits[0] ?? assert.fail("no edit"))
      yield* until(handle, "Completed")
      const late = yield* Effect.flip(heldOne(handle, destination))
      assert.deepStrictEqual([late._tag, late.retry], ["NotHeld", "Never"])
    })
  )

  test(
    "fetchHeld: brings nothing of a job whose payload never ran there",
    version,
    Effect.gen(function*() {
      const { destination, fileSystem, handle } = yield* submitted
      const fake = yield* FakeSchedd.FakeSchedd
      yield* until(handle, "Waiting")
      for (const code of [13, 6, 14, 26, 1]) {
        yield* fake.hold(handle.job, { reason: "no", code, subcode: 2 })
        const error = yield* Effect.flip(heldOne(handle, destination))
        assert.strictEqual(error._tag, "NothingLeft", String(code))
      }
      assert.deepStrictEqual(yield* fileSystem.readDirectory(destination), [])
    }),
    {},
    { slots: 0 }
  )

  test(
    "fetchHeld: warns that files of a job held for another reason may be cut off, and names the missing ones",
    version,
    Effect.gen(function*() {
      const { destination, handle } = yield* submitted
      const fake = yield* FakeSchedd.FakeSchedd
      yield* until(handle, "Running")
      yield* fake.hold(handle.job, { reason: "too much", code: 33 })
      const output = yield* heldOne(handle, destination)
      assert.deepStrictEqual([output.whole, output.exit, output.stdout], [false, undefined, undefined])
      assert.isDefined(output.log)
      assert.deepStrictEqual(output.missing, ["stdout", "stderr", "late.txt", "result.txt", "deep"])
    })
  )

  test(
    "fetchHeld: gives the reason of the hold by the rules of the site, or that there is none",
    version,
    Effect.gen(function*() {
      const { destination, fileSystem, handle } = yield* submitted
      yield* until(handle, "Held")
      const { hold, record } = yield* heldOne(handle, destination)
      assert.deepInclude(hold, { cause: "Policy", advice: "Name fewer outputs." })
      const written = JSON.parse(yield* fileSystem.readFileString(record))
      assert.deepInclude(written.hold, { cause: "Policy", advice: "Name fewer outputs." })
      const { cancel } = yield* Capability.Cancellable
      yield* cancel([handle])
      const error = yield* Effect.flip(heldOne(handle, destination))
      assert.deepInclude(error._tag === "NotHeld" ? error.status : {}, { _tag: "Removed", advice: "Good riddance." })
    }),
    {
      explanations: {
        holds: [{ code: 12, cause: "Policy", advice: "Name fewer outputs." }],
        removals: [{ cause: "Cancelled", advice: "Good riddance." }]
      }
    }
  )

  test(
    "fetchHeld: does not take a job that is released meanwhile for a held one",
    version,
    Effect.gen(function*() {
      const { destination, fileSystem, handle } = yield* submitted
      const fake = yield* FakeSchedd.FakeSchedd
      const around = yield* Fetching.Around
      yield* until(handle, "Held")
      around.run = (call, run) =>
        call.tool === "condor_transfer_data" ? Effect.andThen(fake.release(handle.job), run(call)) : run(call)
      const error = yield* Effect.flip(heldOne(handle, destination))
      assert.strictEqual(error._tag, "NotHeld")
      assert.deepStrictEqual(yield* fileSystem.readDirectory(destination), [])
    })
  )

  test(
    "interrupted fetchHeld: leaves nothing, neither here nor in the job",
    version,
    Effect.gen(function*() {
      const { destination, fileSystem, handle } = yield* submitted
      const around = yield* Fetching.Around
      yield* until(handle, "Held")
      let transfers = 0
      const second = yield* Deferred.make<void>()
      around.run = (call, run) =>
        call.tool === "condor_transfer_data" && ++transfers === 2
          ? Effect.andThen(Deferred.succeed(second, undefined), Effect.never)
          : run(call)
      const fiber = yield* Effect.forkChild(heldOne(handle, destination))
      yield* Deferred.await(second)
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(yield* fileSystem.readDirectory(destination), [])
      assert.isUndefined(text(yield* adOf, "EffectCEHeldFetch"))
    })
  )

  test(
    "fetchHeld: brings no more than the limits allow",
    version,
    Effect.gen(function*() {
      const { destination, fileSystem, handle } = yield* submitted
      yield* until(handle, "Held")
      const error = yield* Effect.flip(heldOne(handle, destination))
      assert.strictEqual(error._tag, "LimitExceeded")
      assert.deepStrictEqual(yield* fileSystem.readDirectory(destination), [])
    }),
    { limits: { maxFiles: 2 } }
  )
})
