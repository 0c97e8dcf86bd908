/** Jobs that another version of the library has submitted: no operation changes them. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import * as Printer from "../../src/classad/Printer.ts"
import { CondorTool, JobHandle, SubmissionKey } from "../../src/index.ts"
import { FakeSchedd, TimeLapse } from "../../src/testing/index.ts"
import * as Before1 from "../formats/Before1.ts"
import * as TwoUsers from "./TwoUsers.ts"

const key = SubmissionKey.SubmissionKey.make("task-1")

// The format in the ad, and the format in the library's error.
const formats: ReadonlyArray<readonly [line: string | undefined, format: number | undefined]> = [
  [undefined, undefined],
  ["2", 2],
  ["0", 0],
  ["\"1\"", undefined],
  ["1.5", undefined],
  ["true", undefined]
]

/** Submits as another version of the library does: with a separate description, by `condor_submit`. */
const elsewhere = Effect.fnUntraced(function*(format: string | undefined) {
  const { run } = yield* CondorTool.CondorTool
  const { endpoint, schedd } = yield* FakeSchedd.FakeSchedd
  const fileSystem = yield* FileSystem.FileSystem
  const directory = yield* fileSystem.makeTempDirectoryScoped({ prefix: "formats-" })
  yield* fileSystem.makeDirectory(`${directory}/tokens`)
  yield* fileSystem.writeFileString(`${directory}/tokens/token`, "any", { mode: 0o600 })
  yield* fileSystem.symlink("/bin/true", `${directory}/true`)
  const text = Before1.description(key, 2)
  const result = yield* run({
    tool: "condor_submit",
    args: ["-terse", "-pool", endpoint, "-remote", schedd],
    environment: { _CONDOR_SEC_TOKEN_DIRECTORY: `${directory}/tokens` },
    cwd: directory,
    stdin: format === undefined ? text : `My.EffectCEFormat = ${format}\n${text}`,
    timeout: "10 seconds"
  })
  assert.strictEqual(result.exitCode, 0, result.stderr)
  return [0, 1].map((copy) =>
    new JobHandle.JobHandle({
      backend: "htcondor-ce",
      endpoint,
      scheduler: schedd,
      job: `${result.stdout.split(".")[0]}.${copy}`,
      key,
      copy
    })
  )
})

const jobs = Effect.gen(function*() {
  const fake = yield* FakeSchedd.FakeSchedd
  return (yield* fake.queue).map((ad) => Printer.print(ad))
})

for (const version of ["lts", "latest"] as const) {
  describe(`jobs of another format (${version})`, () => {
    it.effect.each(formats)(
      "each operation fails, and the jobs stay unchanged (%s)",
      ([line, format]) =>
        Effect.gen(function*() {
          const fileSystem = yield* FileSystem.FileSystem
          const destination = yield* fileSystem.makeTempDirectoryScoped({ prefix: "formats-" })
          const pilot = yield* TwoUsers.user("pilot", "Remote")
          const unsupported = {
            submit: { _tag: "UnsupportedFormat", format },
            reconcile: { _tag: "UnsupportedFormat", format }
          }
          const whole = Effect.gen(function*() {
            const submit = yield* Effect.flip(pilot.submit(key, 2))
            const reconcile = yield* Effect.flip(pilot.reconcile(key))
            const shown = (error: { readonly _tag: string; readonly format?: number }) => ({
              _tag: error._tag,
              format: error.format
            })
            assert.deepStrictEqual({ submit: shown(submit), reconcile: shown(reconcile) }, unsupported)
          })
          // Two clusters with one key. The younger must not be removed.
          const [handles, others] = yield* TimeLapse.run(Effect.all([elsewhere(line), elsewhere(line)]))
          // The jobs wait for their input.
          yield* TimeLapse.run(Effect.gen(function*() {
            const fake = yield* FakeSchedd.FakeSchedd
            const before = (yield* fake.queue).length
            yield* whole
            assert.strictEqual((yield* fake.queue).length, before)
          }))
          yield* TimeLapse.pass("5 minutes")
          const each = Effect.gen(function*() {
            const all = [...handles, ...others]
            const answers = [
              yield* pilot.status(all),
              yield* pilot.cancel(all),
              yield* pilot.purge(all),
              yield* pilot.fetch(all, destination)
            ]
            for (const answer of answers) assert.deepStrictEqual(answer, all.map(() => "UnsupportedJobFormat"))
          })
          yield* TimeLapse.run(Effect.gen(function*() {
            const before = yield* jobs
            assert.strictEqual(before.length, 4)
            yield* whole
            yield* each
            assert.deepStrictEqual(yield* jobs, before)
            assert.deepStrictEqual(yield* fileSystem.readDirectory(destination), [])
          }))
          // The history has the same attributes as the queue.
          const fake = yield* FakeSchedd.FakeSchedd
          for (const { job } of [...handles, ...others]) assert.isTrue(yield* fake.remove(job))
          yield* TimeLapse.run(Effect.gen(function*() {
            yield* Effect.sleep("10 seconds")
            assert.deepStrictEqual(yield* jobs, [])
            yield* whole
            yield* each
          }))
        }).pipe(Effect.scoped, Effect.provide(TwoUsers.site(version, "Remote")))
    )
  })
}
