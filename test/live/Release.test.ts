/**
 * Jobs that are released late or removed too early: the schedd is down when they are released, or the site removes
 * them during the fetch.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import { Effect, FileSystem, Layer, Result, Schedule, Stream } from "effect"
import { Capability, CondorTool, type JobHandle, Outcomes, SubmissionKey } from "../../src/index.ts"
import * as Backend from "./Backend.ts"
import * as Share from "./Share.ts"
import { toSchedd } from "./Signal.ts"
import * as Site from "./Site.ts"
import { Stack, versions } from "./Stack.ts"

/** An action before the first run of a tool, and an answer to use instead of that run's answer. */
interface Around {
  readonly tool: CondorTool.ToolCall["tool"]
  readonly before?: Effect.Effect<unknown>
  readonly answer?: CondorTool.ToolResult
}

const backend = (around?: Around) =>
  Layer.unwrap(
    Effect.map(Stack, (stack) => {
      let seen = false
      const tools = Layer.effect(
        CondorTool.CondorTool,
        Effect.map(CondorTool.CondorTool, ({ run }) =>
          CondorTool.make((call: CondorTool.ToolCall) =>
            Effect.suspend(() => {
              if (around === undefined || seen || call.tool !== around.tool) {
                return run(call)
              }
              seen = true
              const { answer, before = Effect.void } = around
              return Effect.andThen(
                before,
                Effect.map(run(call), (result) =>
                  answer ?? result)
              )
            })
          ))
      ).pipe(Layer.provide(CondorTool.layer({ binDirectory: stack.binDirectory })))
      return Backend.layer(stack.config).pipe(
        Layer.provide([tools, stack.credentials]),
        Layer.provide(NodeServices.layer)
      )
    })
  )

const killed = toSchedd("KILL")

const size = 30_000_000

const completed = Effect.fnUntraced(function*(copies: number) {
  const fileSystem = yield* FileSystem.FileSystem
  const { submit } = yield* Capability.Submitter
  const { watch } = yield* Capability.StatusReporter
  const directory = yield* fileSystem.makeTempDirectoryScoped({ prefix: "live-release-" })
  const { handles } = yield* submit(
    { executable: "/bin/sh", arguments: ["-c", `head -c ${size} /dev/zero > big`], outputs: [{ name: "big" }] },
    Array.from({ length: copies }, () => ({})),
    { key: yield* SubmissionKey.generate }
  )
  yield* Stream.runDrain(watch(handles, { interval: "500 millis", maxInterval: "2 seconds" }))
  return { handles, destination: `${directory}/output` }
})

const fetched = Effect.fnUntraced(function*(handles: ReadonlyArray<JobHandle.JobHandle>, destination: string) {
  const { fetch } = yield* Capability.OutputRetriever
  const outcomes = yield* fetch(handles, destination)
  return handles.flatMap((handle) => {
    const outcome = Outcomes.get(outcomes, handle)
    if (outcome._tag === "None") return []
    return Result.isSuccess(outcome.value)
      ? [outcome.value.success.released ? "Retrieved" : "Unreleased"]
      : [outcome.value.failure._tag]
  })
})

for (const version of versions) {
  it.layer(backend().pipe(Layer.provideMerge(Stack.layer(version)), Layer.provideMerge(NodeServices.layer)), {
    excludeTestServices: true,
    timeout: "60 seconds"
  })(`release at ${version}`, (it) => {
    const atCE = Effect.fnUntraced(function*(handles: ReadonlyArray<JobHandle.JobHandle>) {
      const stack = yield* Stack
      const answer = yield* stack.exec("condor_q", ...handles.map(({ job }) => job), "-af:j", "JobStatus").pipe(
        Effect.repeat({
          schedule: Schedule.spaced("500 millis").pipe(Schedule.upTo({ times: 120 })),
          until: ({ exitCode }) => exitCode === 0
        })
      )
      return answer.stdout.split("\n").filter((line) => / [12345]$/.test(line.trim()) && !line.trim().endsWith(" 3"))
    })
    const noted = Effect.fnUntraced(function*(destination: string) {
      const fileSystem = yield* FileSystem.FileSystem
      const names = yield* fileSystem.readDirectory(destination)
      return yield* Effect.forEach(names, (name) =>
        Effect.map(
          fileSystem.readFileString(`${destination}/${name}/manifest.json`),
          (text) => /"released":\s*false/.test(text)
        ))
    })

    it.effect.skipIf(Share.isLeft(version, "lts"))(
      "fetch: releases jobs whose schedd was killed after the transfer, or reports that it did not and releases them later",
      () =>
        Effect.gen(function*() {
          const stack = yield* Stack
          const { destination, handles } = yield* completed(2)
          const kill = stack.inside("sh", "-c", killed)
          yield* Effect.gen(function*() {
            const { cancel } = yield* Capability.Cancellable
            const answers = yield* fetched(handles, destination)
            assert.oneOf(answers.join(), ["Retrieved,Retrieved", "Unreleased,Unreleased"])
            assert.deepStrictEqual(yield* noted(destination), answers.map((answer) => answer === "Unreleased"))
            if (answers[0] === "Unreleased") {
              assert.strictEqual((yield* atCE(handles)).length, 2)
              yield* cancel(handles)
            }
            assert.deepStrictEqual(yield* atCE(handles), [])
            assert.deepStrictEqual(yield* noted(destination), [false, false])
          }).pipe(Effect.provide(backend({ tool: "condor_rm", before: kill })))
          assert.deepStrictEqual(yield* fetched(handles, `${destination}-2`), ["AlreadyRetrieved", "AlreadyRetrieved"])
        }),
      180_000
    )

    it.effect(
      "fetch: counts jobs as released that condor_rm removed when its answer was lost",
      () =>
        Effect.gen(function*() {
          const { destination, handles } = yield* completed(1)
          const answer = { exitCode: 137, stdout: "", stderr: "" }
          const answers = yield* Effect.provide(fetched(handles, destination), backend({ tool: "condor_rm", answer }))
          assert.deepStrictEqual(answers, ["Retrieved"])
          assert.deepStrictEqual(yield* atCE(handles), [])
        }),
      120_000
    )

    it.effect.skipIf(Share.isLeft(version, "latest"))(
      "fetch: reports a job that the site removes during its transfer as OutputMissing",
      () =>
        Effect.gen(function*() {
          const stack = yield* Stack
          const { destination, handles } = yield* completed(3)
          const remove = stack.inside("condor_rm", handles[1]?.job ?? "")
          assert.deepStrictEqual(
            yield* Effect.provide(
              fetched(handles, destination),
              backend({ tool: "condor_transfer_data", before: remove })
            ),
            ["Retrieved", "OutputMissing", "Retrieved"]
          )
          assert.deepStrictEqual(yield* atCE(handles), [])
        }),
      120_000
    )

    it.effect("jobs and files: nothing is left", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* Site.residue, [])
      }), 60_000)
  })
}
