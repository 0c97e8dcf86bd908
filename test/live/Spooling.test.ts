/** A real schedd that is killed when a submission's input has come, and before it lets the jobs go. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import { Effect, Fiber, FileSystem, Layer, Schedule } from "effect"
import { Capability, SubmissionKey } from "../../src/index.ts"
import * as Site from "./Site.ts"
import { backend, Stack, versions } from "./Stack.ts"

// The CE's schedd takes a submission's input by a process of its own: stopped while that is at work, it does not hear that
// all has come.
const stop = `for try in $(seq 400); do
  for p in $(pgrep -x condor_schedd); do
    parent=$(cut -d' ' -f4 /proc/$p/stat) || continue
    [ "$(cat /proc/$parent/comm)" = condor_schedd ] && kill -STOP $parent && echo $parent && exit
  done
  sleep 0.05
done
exit 1`

for (const version of versions) {
  it.layer(
    backend({ spoolingGrace: "2 seconds" }).pipe(
      Layer.provideMerge(Stack.layer(version)),
      Layer.provideMerge(NodeServices.layer)
    ),
    { excludeTestServices: true, timeout: "60 seconds" }
  )(`a schedd of ${version} that dies before it lets the jobs go`, (it) => {
    it.effect(
      "leaves them waiting for input that is there, and the same key replaces them, once",
      () =>
        Effect.gen(function*() {
          const stack = yield* Stack
          const fileSystem = yield* FileSystem.FileSystem
          const { reconcile, submit } = yield* Capability.Submitter
          const { status } = yield* Capability.StatusReporter
          const { cancel } = yield* Capability.Cancellable
          const input = `${yield* fileSystem.makeTempDirectoryScoped({ prefix: "live-spooling-" })}/input`
          yield* fileSystem.writeFile(input, new Uint8Array(60_000_000))
          const key = yield* SubmissionKey.generate
          const spec = { executable: "/bin/sleep", arguments: ["300"], inputs: [{ name: "input", source: input }] }
          const submission = submit(spec, [{}, {}], { key })
          const tags = Effect.fnUntraced(function*(handles: Parameters<typeof status>[0]) {
            return Array.from(
              yield* status(handles),
              ([, one]) => one._tag === "Success" ? one.success._tag : "Failure"
            )
          })

          const submitting = yield* Effect.forkChild(submission)
          const { exitCode, stdout } = yield* stack.inside("sh", "-c", stop)
          assert.strictEqual(exitCode, 0, "no input was under way")
          // It ends well: it is not the schedd that it talks to.
          const first = yield* Fiber.join(submitting)
          assert.isFalse(first.adopted)
          yield* stack.inside("kill", "-KILL", stdout.trim())
          yield* stack.exec("condor_q", "-limit", "1").pipe(
            Effect.repeat({
              schedule: Schedule.spaced("200 millis").pipe(Schedule.upTo({ times: 150 })),
              until: (answer) => answer.exitCode === 0
            })
          )

          assert.deepStrictEqual(yield* tags(first.handles), ["Staging", "Staging"])
          const state = yield* reconcile(key)
          assert.strictEqual(state._tag, "Staging")
          const again = yield* submission
          assert.isFalse(again.adopted)
          assert.deepStrictEqual(yield* tags(first.handles), ["Removed", "Removed"])
          assert.isTrue((yield* submission).adopted)
          const { stdout: queued } = yield* stack.exec(
            "condor_q",
            "-constraint",
            `EffectCEKey == "${key}" && JobStatus =!= 3`,
            "-af",
            "EffectCECopy"
          )
          assert.deepStrictEqual(queued.trim().split("\n").toSorted(), ["0", "1"])
          yield* cancel(again.handles)
        }),
      300_000
    )

    it.effect("nothing is left", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* Site.residue, [])
      }), 60_000)
  })
}
