/**
 * One description for two programs: condor_submit, where `-dry-run` submits nothing, and the fake that simulates it.
 */
import { Effect, FileSystem, Layer, Path } from "effect"
import * as SubmitLanguage from "../../../src/condor/submit/SubmitLanguage.ts"
import * as CondorTool from "../../../src/condor/tools/CondorTool.ts"
import { own } from "../../../src/testing/fake/tools/Submit.ts"
import { Stack, type Version } from "../Stack.ts"

/**
 * The answer of the real tool, with the text of the ads that it wrote, and the answer of the fake. Both find `files`
 * beside the description.
 */
export const both = Effect.fnUntraced(function*(
  version: Version,
  text: string,
  files: Readonly<Record<string, string>>
) {
  const stack = yield* Stack
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const directory = yield* fileSystem.makeTempDirectoryScoped({ prefix: "fake-submit-" })
  for (const [name, content] of Object.entries(files)) {
    yield* fileSystem.makeDirectory(path.dirname(path.join(directory, name)), { recursive: true })
    yield* fileSystem.writeFileString(path.join(directory, name), content)
  }
  yield* fileSystem.writeFileString(path.join(directory, "a.sub"), text)
  const context = yield* Layer.build(CondorTool.layer({ binDirectory: stack.binDirectory }))
  const { run } = yield* Effect.provideContext(CondorTool.CondorTool, context)
  const real = yield* run({
    tool: "condor_submit",
    args: ["-terse", "-dry-run", path.join(directory, "ads.out"), "a.sub"],
    environment: { CONDOR_CONFIG: "/dev/null" },
    cwd: directory,
    timeout: "30 seconds"
  })
  const ads = yield* Effect.orElseSucceed(fileSystem.readFileString(path.join(directory, "ads.out")), () => "")
  const fake = yield* SubmitLanguage.read({
    text,
    version,
    remote: false,
    username: "root",
    directory,
    file: "a.sub",
    now: 0,
    ...own,
    appended: [],
    newCluster: () => 1,
    environment: (name) => ({ LC_ALL: "C" })[name],
    stdin: undefined,
    maxJobs: undefined,
    mostJobs: 20_000
  })
  return { real, ads, fake }
}, Effect.scoped)
