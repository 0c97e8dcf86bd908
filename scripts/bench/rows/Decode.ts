/** The answer of `condor_q` for very many jobs is read. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as ToolOutput from "../../../src/condor/tools/ToolOutput.ts"
import { CondorTool } from "../../../src/index.ts"
import { Amount, type Benchmark, compare } from "../Benchmark.ts"
import * as Contest from "../Contest.ts"
import { fail } from "../Failed.ts"
import * as Memory from "../Memory.ts"
import { spread } from "../Statistics.ts"

// Jobs as a CE of 25.14 prints them: idle, running, completed and held.
const ad = (index: number): string => {
  const state = index % 4
  const lines = [
    ...(state === 2 ? ["\"BytesSent\": 15.0"] : []),
    "\"ClusterId\": 8",
    ...(state === 2 ? ["\"CompletionDate\": 1795689039"] : []),
    "\"EffectCECopies\": 100000",
    `"EffectCECopy": ${index}`,
    "\"EffectCEKey\": \"k-0123456789abcdef01234567\"",
    "\"EnteredCurrentStatus\": 1795689038",
    "\"Err\": \"stderr\"",
    "\"ExitBySignal\": false",
    ...(state === 2 ? ["\"ExitCode\": 0"] : []),
    `"HoldReason": ${state === 3 ? "\"via condor_hold (by user pilot)\"" : "null"}`,
    `"HoldReasonCode": ${state === 3 ? 1 : "null"}`,
    `"JobStatus": ${[1, 2, 4, 5][state]}`,
    ...(state === 0 ? [] : ["\"NumJobStarts\": 1"]),
    "\"Out\": \"stdout\"",
    `"ProcId": ${index}`,
    "\"StageInStart\": 1795689036",
    "\"TransferOutput\": \"result.txt\"",
    "\"User\": \"pilot@users.htcondor.org\"",
    "\"UserLog\": \"job.log\""
  ]
  return `{\n${lines.map((line) => `  ${line}`).join(",\n")}\n}\n`
}

const timed = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const began = performance.now()
    const value = yield* effect
    return { value, milliseconds: performance.now() - began }
  })

export const decode: Benchmark<never> = {
  name: "decode",
  run: Effect.gen(function*() {
    const { rounds, sized } = yield* Amount
    const fileSystem = yield* FileSystem.FileSystem
    const count = sized(100_000)
    const directory = yield* fileSystem.makeTempDirectoryScoped({ prefix: "htcondor-ce-bench-" })
    const text = `[\n${Array.from({ length: count }, (_, index) => ad(index)).join(",\n")}]\n`
    yield* fileSystem.writeFileString(`${directory}/answer`, text)
    yield* fileSystem.writeFileString(`${directory}/condor_q`, `#!/bin/sh\nexec cat '${directory}/answer'\n`, {
      mode: 0o755
    })
    const { run, stream } = yield* CondorTool.CondorTool.pipe(
      Effect.provide(CondorTool.layer({ binDirectory: directory }))
    )

    // A status of all jobs, without its last step: the tool, its answer as it arrives, and the ads.
    const call: CondorTool.ToolCall = { tool: "condor_q", args: [], environment: {}, timeout: "5 minutes" }
    const whole = Effect.gen(function*() {
      let completed = 0
      const { end, push } = ToolOutput.reader(({ ad }) => {
        if (Result.isSuccess(ad) && ad.success.JobStatus === 4) completed += 1
      })
      yield* Stream.runForEachArray(stream(call), (texts) => Effect.sync(() => texts.forEach(push)))
      yield* Effect.fromResult(end())
      if (completed !== Math.ceil((count - 2) / 4)) return yield* fail("not every ad was read")
    })
    const only = (decode: () => unknown) => Effect.map(timed(Effect.sync(decode)), ({ milliseconds }) => milliseconds)
    const times = yield* Contest.play(rounds(5), [
      { name: "whole", turn: Effect.map(timed(whole), ({ milliseconds }) => milliseconds) },
      { name: "answer", turn: Effect.map(timed(run(call)), ({ milliseconds }) => milliseconds) },
      { name: "ads", turn: only(() => ToolOutput.ads(text)) },
      { name: "parse", turn: only(() => JSON.parse(text)) }
    ])
    const heap: Array<number> = []
    for (let round = 0; round < rounds(3); round++) heap.push((yield* Memory.growth(whole)).growth / 1e6)

    const work = `decode ${count} job ads (${(text.length / 1e6).toFixed(0)} MB)`
    const speed = (milliseconds: ReadonlyArray<number>) => milliseconds.map((value) => text.length / 1e3 / value)
    const line = (than: string, name: "whole" | "answer" | "ads" | "parse") => ({
      work,
      than,
      unit: "MB/s",
      value: spread(speed(times(name)))
    })
    return [
      { ...line("from the tool to the ads", "whole"), target: { atLeast: 60 } },
      line("only the tool's answer", "answer"),
      line("only the ads, from a text", "ads"),
      line("JSON.parse of that text", "parse"),
      compare({ work, than: "JSON.parse" }, times("ads"), times("parse")),
      { work, than: "growth of the heap", unit: "MB", value: spread(heap), target: { atMost: 100 } }
    ]
  }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
}
