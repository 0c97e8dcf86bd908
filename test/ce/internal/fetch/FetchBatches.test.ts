/** Fetches of many jobs in batches. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import { Capability, type CondorTool, JobHandle, Outcomes, SubmissionKey } from "../../../../src/index.ts"
import { backend, completedAd, handle, picked, printed } from "../../Scripted.ts"

/** The longest argument of a program that Linux starts, with the byte that ends it (`MAX_ARG_STRLEN`). */
const longestArgument = 131_072

it.effect("fetch: 1,000 submissions of one job with the longest keys, by arguments that Linux accepts", () =>
  Effect.gen(function*() {
    const fileSystem = yield* FileSystem.FileSystem
    const destination = yield* fileSystem.makeTempDirectoryScoped()
    const handles = Array.from({ length: 1_000 }, (_, index) =>
      new JobHandle.JobHandle({
        ...handle(`${1_000_000 + index}.0`),
        key: SubmissionKey.SubmissionKey.make(`${index}-`.padEnd(128, "x"))
      }))
    const jobs = handles.map(({ job, key }) => completedAd(job, { EffectCEKey: key }))
    const stagings = new Map<number | undefined, string>()
    const transferred = new Set<number | undefined>()
    const answer = Effect.fnUntraced(function*(call: CondorTool.ToolCall) {
      const named = picked(call, jobs)
      switch (call.tool) {
        case "condor_q":
          return printed(
            ...named.map((job) => transferred.has(job.ClusterId) ? { ...job, StageOutFinish: 2_000 } : job)
          )
        case "condor_qedit": {
          const staging = /strcat\("(.*)\/",string/.exec(call.args[call.args.indexOf("SUBMIT_Iwd") + 1] ?? "")?.[1]
          for (const { ClusterId } of named) stagings.set(ClusterId, staging ?? assert.fail())
          return {}
        }
        case "condor_transfer_data":
          for (const { ClusterId } of named) {
            const staging = stagings.get(ClusterId) ?? assert.fail()
            for (const name of ["stdout", "stderr", "job.log"]) {
              yield* Effect.orDie(fileSystem.writeFileString(`${staging}/${ClusterId}.0/${name}`, "text\n"))
            }
            transferred.add(ClusterId)
          }
          return {}
        case "condor_rm":
          return { stdout: named.map(({ ClusterId }) => `job_${ClusterId}_0 = 1\n`).join("") }
        default:
          return {}
      }
    })
    const { calls, layer } = backend(answer)
    const outcomes = yield* Effect.provide(
      Effect.flatMap(Capability.OutputRetriever, ({ fetch }) => fetch(handles, destination)),
      layer
    )
    assert.strictEqual(Outcomes.successes(outcomes).filter(([, { released }]) => released).length, 1_000)
    const longest = Math.max(...calls.flatMap(({ args }) => args.map((text) => Buffer.byteLength(text))))
    assert.isBelow(longest, longestArgument)
    const count = (tool: string) => calls.filter((call) => call.tool === tool).length
    assert.deepStrictEqual([count("condor_qedit"), count("condor_transfer_data")], [4, 4])
  }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))
