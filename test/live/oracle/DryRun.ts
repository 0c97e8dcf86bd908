/** The ads that condor_submit makes from a description: `-dry-run` writes them and submits nothing. */
import { Effect, FileSystem, Layer, Path } from "effect"
import * as SubmitDescription from "../../../src/condor/SubmitDescription.ts"
import * as CondorTool from "../../../src/condor/tools/CondorTool.ts"
import type { Ad } from "../../condor/submit/Carried.ts"
import { Stack } from "../Stack.ts"

/** The ads of a dry run: the first is complete, and each other has only the differences to it. */
const adsOf = (output: string): Array<Ad> => {
  const blocks = output.split("\n\n").map((block) => block.split("\n").filter((line) => line.includes("=")))
    .filter((lines) => lines.length > 0)
  const [first = [], ...others] = blocks
  const pair = (line: string) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)] as const
  const whole = new Map(first.map(pair))
  return [whole, ...others.map((lines) => new Map([...whole, ...lines.map(pair)]))]
}

export const dryRunOf = Effect.fnUntraced(function*(
  description: SubmitDescription.SubmitDescription,
  written: string = SubmitDescription.toText(description)
) {
  const stack = yield* Stack
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const directory = yield* fileSystem.makeTempDirectoryScoped({ prefix: "dry-run-" })
  // A description that the tool must refuse may contain names that no file can have.
  const create = (name: string) =>
    Effect.ignore(fileSystem.writeFileString(path.join(directory, name), "#!/bin/sh\n", { mode: 0o755 }))
  yield* fileSystem.makeDirectory(path.join(directory, "inputs"))
  yield* create(description.executable)
  yield* Effect.forEach(description.inputs, (name) => create(`inputs/${name}`), { discard: true })
  if (description.copyInputs) {
    yield* Effect.forEach(
      description.environments,
      (_, index) => fileSystem.makeDirectory(path.join(directory, "copies", `${index}`), { recursive: true }),
      { discard: true }
    )
  }
  const outside = yield* fileSystem.makeTempDirectoryScoped({ prefix: "dry-run-" })
  yield* fileSystem.writeFileString(path.join(outside, "submission.sub"), written)
  const context = yield* Layer.build(CondorTool.layer({ binDirectory: stack.binDirectory }))
  const { run } = yield* Effect.provideContext(CondorTool.CondorTool, context)
  const result = yield* run({
    tool: "condor_submit",
    args: ["-dry-run", path.join(outside, "ads"), path.join(outside, "submission.sub")],
    environment: { CONDOR_CONFIG: "/dev/null" },
    cwd: directory,
    timeout: "30 seconds"
  })
  const ads = yield* Effect.option(fileSystem.readFileString(path.join(outside, "ads")))
  return { result, directory, ads: ads._tag === "Some" ? adsOf(ads.value) : [] }
}, Effect.scoped)
