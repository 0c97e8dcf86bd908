/** Damaged submit descriptions and conditions: a fake answers them as a tool does, and dies of none. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Config, Effect, FileSystem, Layer, Path, Redacted } from "effect"
import { CondorTool } from "../../src/index.ts"
import { FakeSchedd } from "../../src/testing/index.ts"
import * as Damage from "../condor/Damage.ts"
import { descriptions, files } from "../condor/submit/Descriptions.ts"
import { situations } from "../transcripts/Situations.ts"
import { isLong } from "../Volume.ts"

const seedOf = Config.Int("HTCONDOR_CE_BAD_INPUT_SEED").pipe(Config.withDefault(20_261_124))

/** The conditions in the recorded situations, with numbers instead of placeholders. */
const conditions = Array.from(
  new Set(
    situations.flatMap(({ steps }) =>
      steps.flatMap((step) =>
        step._tag === "Run" ? step.args.filter((_, index) => step.args[index - 1] === "-constraint") : []
      )
    )
  ),
  (text) => text.replaceAll(/\{[a-z]+\}/g, "1")
)

const asking: ReadonlyArray<readonly [CondorTool.ToolName, (text: string) => ReadonlyArray<string>]> = [
  ["condor_q", (text) => ["-constraint", text, "-json", "-attributes", "ClusterId,ProcId"]],
  ["condor_q", (text) => ["-allusers", "-af:j", text]],
  ["condor_q", (text) => [text]],
  ["condor_history", (text) => ["-constraint", text, "-limit", "1", "-long"]],
  ["condor_qedit", (text) => ["-constraint", "ClusterId == 1", "Stamp", text]],
  ["condor_transfer_data", (text) => ["-constraint", text]],
  ["condor_rm", (text) => ["-long", "-constraint", `(${text}) && false`]]
]

describe.each(["lts", "latest"] as const)("a fake %s", (version) => {
  it.effect("damaged input: has an answer", () =>
    Effect.gen(function*() {
      const { endpoint, schedd } = yield* FakeSchedd.FakeSchedd
      const { run } = yield* CondorTool.CondorTool
      const fileSystem = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const directory = yield* fileSystem.makeTempDirectoryScoped({ prefix: "bad-input-" })
      const write = Effect.fnUntraced(function*(name: string, content: string) {
        yield* fileSystem.makeDirectory(path.dirname(path.join(directory, name)), { recursive: true })
        yield* fileSystem.writeFileString(path.join(directory, name), content, { mode: 0o700 })
      })
      yield* Effect.forEach(Object.entries({ ...files, "token/token": Redacted.value(FakeSchedd.token("pilot")) }), (
        [name, content]
      ) => write(name, content))
      const seed = yield* seedOf
      const random = Damage.below(seed)
      const call = (tool: CondorTool.ToolName, args: ReadonlyArray<string>, stdin?: string) =>
        run({
          tool,
          args: ["-pool", endpoint, ...args],
          environment: { _CONDOR_SEC_TOKEN_DIRECTORY: path.join(directory, "token") },
          cwd: directory,
          stdin,
          timeout: "1 minute"
        })
      const seen = { 0: 0, 1: 0 }
      const answered = (what: string, answer: CondorTool.ToolResult) => {
        assert.include([0, 1], answer.exitCode, `seed ${seed}: ${what}`)
        seen[answer.exitCode === 0 ? 0 : 1]++
      }
      const pick = (texts: ReadonlyArray<string>): string => texts[random(texts.length)] ?? ""
      const torn = (texts: ReadonlyArray<string>): string => Damage.damaged(pick(texts), () => pick(texts), random)
      // A test cannot wait until these have read the whole file system.
      for (const command of ["transfer_input_files = /", "transfer_input_files = //.,job.sh", "container_image = /"]) {
        const text = `executable = job.sh\n${command}\nqueue\n`
        answered(text, yield* call("condor_submit", ["-terse", "-remote", schedd, "-"], text))
      }
      const texts = descriptions.map(({ text }) => text)
      for (let index = 0; index < (isLong ? 3_000 : 300); index++) {
        const text = torn(texts)
        answered(text, yield* call("condor_submit", ["-terse", "-remote", schedd, "-"], text))
        const condition = torn(conditions)
        const [tool, args] = asking[index % asking.length] ?? assert.fail()
        answered(`${tool}: ${condition}`, yield* call(tool, ["-name", schedd, ...args(condition)]))
      }
      assert.isAbove(Math.min(seen[0], seen[1]), 100)
    }).pipe(Effect.provide(Layer.provideMerge(FakeSchedd.layer({ version }), NodeServices.layer))), 120_000)
})
