/** The fake's reading of descriptions. `test/live/oracle/FakeSubmit.test.ts` compares it with the real condor_submit. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, layer } from "@effect/vitest"
import { Effect, FileSystem, Path, Result } from "effect"
import * as ClassAd from "../../../src/classad/ClassAd.ts"
import * as Printer from "../../../src/classad/Printer.ts"
import * as SubmitLanguage from "../../../src/condor/submit/SubmitLanguage.ts"
import type { Version } from "../../../src/condor/submit/Version.ts"
import * as SubmitDescription from "../../../src/condor/SubmitDescription.ts"
import { text } from "../../../src/testing/fake/Attributes.ts"
import * as ToolMessages from "../../../src/testing/fake/ToolMessages.ts"
import { own } from "../../../src/testing/fake/tools/Submit.ts"
import * as Samples from "../Samples.ts"
import { wordsOf } from "./Carried.ts"
import { descriptions, files } from "./Descriptions.ts"

const versions: ReadonlyArray<Version> = ["lts", "latest"]

/** Features of HTCondor that the fake does not support: lines, and their names in the message. */
const foreignToBoth: ReadonlyArray<readonly [lines: string, what: string]> = [
  ["if true\nendif", "the statement \"if\""],
  [" IF defined x", "the statement \"if\""],
  ["else", "the statement \"else\""],
  ["use feature : x", "the statement \"use\""],
  ["@use feature : x", "the statement \"use\""],
  ["include : other.sub", "the statement \"include\""],
  ["include command : ls", "the statement \"include\""],
  ["warning : x", "the statement \"warning\""],
  ["error 5 : x", "the statement \"error\""],
  ["arguments @=end\n  a b\n@end", "the statement \"@=\""],
  ["queue x matching files *.txt", "queue matching"],
  ["queue x from [0:1] items.txt", "slices"],
  ["queue x in [1:] (a, b)", "slices"],
  ["queue x in files (a, b)", "queue in files"],
  ["queue x from ls |", "queue from the output of a program"],
  ["n = 1\nqueue $INT(n)", "the macro $INT(...)"],
  ["f = a/b\narguments = $Fpn(f)", "the macro $Fpn(...)"],
  ["f = a/b\narguments = $(x)$F(f)", "the macro $F(...)"],
  ["f = abc\nMy.Foo = \"$SUBSTR(f,1)\"", "the macro $SUBSTR(...)"],
  ["arguments = $CHOICE(0,a,b)", "the macro $CHOICE(...)"],
  ["arguments = $RANDOM_INTEGER(1,2)", "the macro $RANDOM_INTEGER(...)"],
  ["arguments = $(SUBMIT_TIME)", "the macro $(SUBMIT_TIME)"],
  ["arguments = $(Year:1970)", "the macro $(Year)"],
  ["universe = local", "the universe local"],
  ["universe = 13", "the universe 13"],
  ["universe = docker", "the universe docker"],
  ["universe = grid\ngrid_resource = batch slurm", "the grid type batch"],
  ["universe = grid\ngrid_resource = condor a b\nec2_tag_x = y", "the command ec2_tag_x"],
  ["universe = grid\ngrid_resource = condor a b\nBatchQueue = y", "the command batch_queue"],
  ["docker_image = debian", "the command docker_image"],
  ["container_image = docker://debian\ncontainer_service_names = a", "the command container_service_names"],
  ["getenv = True", "the command getenv"],
  ["get_env = HOME", "the command getenv"],
  ["concurrency_limits = a", "the command concurrency_limits"],
  ["max_idle = 5", "the command max_idle"],
  ["KillSig = SIGINT", "the command kill_sig"],
  ["queue nice_user in (True)", "the command nice_user"],
  ["use_x509userproxy = True", "use_x509userproxy without x509userproxy"]
]

const foreign: Readonly<Record<Version, ReadonlyArray<readonly [lines: string, what: string]>>> = {
  lts: [...foreignToBoth, ["copy_to_spool = True", "the command copy_to_spool"]],
  latest: [
    ...foreignToBoth,
    ["arguments = a\narguments += b", "the statement \"+=\""],
    ["arguments = a\narguments +,= b", "the statement \"+=\""],
    ["iterate 2", "the statement \"iterate\""],
    ["queue x from table items.txt", "queue from table"],
    ["shell = ls", "the command shell"]
  ]
}

const inDirectory = Effect.gen(function*() {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const directory = yield* fileSystem.makeTempDirectoryScoped({ prefix: "submit-language-" })
  for (const [name, content] of Object.entries(files)) {
    yield* fileSystem.makeDirectory(path.dirname(path.join(directory, name)), { recursive: true })
    yield* fileSystem.writeFileString(path.join(directory, name), content)
  }
  return directory
})

const read = Effect.fnUntraced(function*(
  version: Version,
  text: string,
  request: Partial<SubmitLanguage.Request> = {}
) {
  let cluster = 6
  const result = yield* SubmitLanguage.read({
    text,
    version,
    remote: true,
    username: "me",
    directory: yield* inDirectory,
    file: "a.sub",
    now: 0,
    ...own,
    appended: [],
    newCluster: () => ++cluster,
    environment: () => undefined,
    stdin: undefined,
    maxJobs: undefined,
    mostJobs: 20_000,
    ...request
  })
  return { result, clusters: cluster - 6 }
})

const ads = Effect.fnUntraced(function*(version: Version, text: string, request: Partial<SubmitLanguage.Request> = {}) {
  const { result } = yield* read(version, text, request)
  return Result.isSuccess(result) ? result.success.clusters.flatMap(({ ads }) => ads) : []
})

const values = (list: ReadonlyArray<ClassAd.ClassAd>, name: string) =>
  list.map((ad) => {
    const expr = ClassAd.get(ad, name)
    return expr === undefined ? undefined : Printer.print(expr)
  })

layer(NodeServices.layer)("SubmitLanguage", (it) => {
  describe.each(versions)("of %s", (version) => {
    it.effect.prop(
      "gives each job the values of the library's description",
      [Samples.description(5)],
      Effect.fnUntraced(function*([drawn]) {
        const description = { ...drawn, executable: "job.sh", inputs: ["in.txt"], copyInputs: false }
        const list = yield* ads(version, SubmitDescription.toText(description))
        assert.strictEqual(list.length, description.environments.length)
        for (const [copy, ad] of list.entries()) {
          const got = {
            arguments: wordsOf(text(ad, "Arguments") ?? ""),
            environment: wordsOf(text(ad, "Environment") ?? ""),
            inputs: text(ad, "TransferInput"),
            outputs: text(ad, "TransferOutput"),
            streams: [text(ad, "Out"), text(ad, "Err")],
            attributes: Object.keys(description.attributes).map((name) => ClassAd.get(ad, name))
          }
          assert.deepStrictEqual(got.arguments, description.arguments)
          assert.deepStrictEqual(
            got.environment,
            Object.entries(description.environments[copy] ?? {}).map(([name, value]) => `${name}=${value}`)
          )
          const { image, outputs, uploads, urls } = description
          const sent = image?.startsWith("https:") === true ? [image] : []
          assert.strictEqual(got.inputs, ["inputs/in.txt", ...urls, ...sent].join(","))
          assert.strictEqual(got.outputs, [...outputs, ...uploads.map(({ name }) => name)].join(","))
          const remaps = uploads.map(({ name, url }) => `${name} = ${url.replaceAll("{copy}", `${copy}`)}`)
          assert.strictEqual(text(ad, "TransferOutputRemaps"), remaps.length === 0 ? undefined : remaps.join("; "))
          assert.deepStrictEqual(got.streams, [description.stdout, description.stderr])
          assert.deepStrictEqual(values([ad], "EffectCECopy"), [`${copy}`])
          for (const [name, value] of Object.entries(description.attributes)) {
            if (typeof value === "string") assert.strictEqual(text(ad, name), value)
            else assert.deepStrictEqual(values([ad], name), [`${value}`])
          }
        }
      }, Effect.scoped),
      { arbitrary: { runs: 50 } }
    )

    it.effect.each(descriptions)("makes jobs, or gives a reason: $name", (description) =>
      Effect.gen(function*() {
        const { clusters, result } = yield* read(version, description.text)
        if (Result.isFailure(result)) assert.match(result.failure.stderr, /ERROR|Failed to/)
        else assert.strictEqual(result.success.clusters.length, clusters)
      }))

    it.effect.each(foreign[version])("reports an unsupported feature: %s", ([lines, what]) =>
      Effect.gen(function*() {
        const { result } = yield* read(version, `executable = job.sh\n${lines}\nqueue\n`)
        assert.deepStrictEqual(result, Result.fail({ stderr: ToolMessages.notPlayed("condor_submit", what) }))
      }))

    it.effect("reports an unsupported statement of the command line", () =>
      Effect.gen(function*() {
        const { result } = yield* read(version, "executable = job.sh\nqueue\n", { appended: ["if true"] })
        assert.deepStrictEqual(
          result,
          Result.fail({ stderr: ToolMessages.notPlayed("condor_submit", "the statement \"if\"") })
        )
      }))

    it.effect("ignores a command without a value, also an unsupported one", () =>
      Effect.gen(function*() {
        const { result } = yield* read(version, "executable = job.sh\ngetenv =\nKillSig =\nx509userproxy =\nqueue\n")
        assert.strictEqual(Result.isSuccess(result) && result.success.unused, "")
      }))

    it.effect("reads prio if there is no priority", () =>
      Effect.gen(function*() {
        const { result } = yield* read(version, "executable = job.sh\nprio = 2\npriority = 5\nqueue\n")
        assert.strictEqual(
          Result.isSuccess(result) && result.success.unused,
          "WARNING: the line 'prio = 2' was unused by condor_submit. Is it a typo?\n"
        )
        const list = yield* ads(version, "executable = job.sh\nprio = 2\npriority =\nqueue\n")
        assert.deepStrictEqual(values(list, "JobPrio"), ["2"])
      }))

    it.effect("reads a command of another kind of jobs as a typo", () =>
      Effect.gen(function*() {
        const { result } = yield* read(version, "executable = job.sh\nec2_ami_id = x\nqueue\n")
        assert.strictEqual(
          Result.isSuccess(result) && result.success.unused,
          "WARNING: the line 'ec2_ami_id = x' was unused by condor_submit. Is it a typo?\n"
        )
      }))

    it.effect("keeps a completed job as its version does (default), or as leave_in_queue says", () =>
      Effect.gen(function*() {
        const since = version === "lts"
          ? "JobStatus == 4 && (CompletionDate =?= undefined || CompletionDate == 0 || ((time() - CompletionDate) < 864000))"
          : "JobStatus == 4 && (time() - (CompletionDate ?: time())) < 864000 && (StageOutFinish ?: 0) < EnteredCurrentStatus"
        const list = yield* ads(version, "executable = job.sh\nqueue")
        const [printed = ""] = values(list, "LeaveJobInQueue")
        assert.strictEqual(printed.replaceAll(" is ", " =?= "), since)
        assert.deepStrictEqual(
          values(yield* ads(version, "executable = job.sh\nleave_in_queue = x > 1\nqueue"), "LeaveJobInQueue"),
          ["x > 1"]
        )
      }))

    it.effect("lists files by their names, and a directory by its entries", () =>
      Effect.gen(function*() {
        const list = yield* ads(version, "executable = job.sh\ntransfer_input_files = in.txt, d/, sub\nqueue")
        assert.deepStrictEqual(values(list, "TransferInput"), ["\"in.txt,d/deep,d/q,sub\""])
        const { result } = yield* read(version, "executable = job.sh\ntransfer_input_files = nothere/\nqueue")
        assert.deepStrictEqual(
          result,
          Result.fail({ stderr: "\nFailed to expand 'nothere/' in transfer input file list. \n \n" })
        )
      }))

    it.effect("writes a stream with a path to its path when it is fetched", () =>
      Effect.gen(function*() {
        const list = yield* ads(version, "executable = job.sh\noutput = a;b/out\nerror = err\nqueue")
        assert.deepStrictEqual(values(list, "Out"), ["\"_condor_stdout\""])
        assert.deepStrictEqual(values(list, "Err"), ["\"err\""])
        assert.deepStrictEqual(list.map((ad) => text(ad, "TransferOutputRemaps")), ["_condor_stdout=a\\;b/out"])
      }))

    it.effect("refuses a job that is submitted on hold", () =>
      Effect.gen(function*() {
        const { clusters, result } = yield* read(version, "executable = job.sh\nhold = True\nqueue")
        assert.deepStrictEqual(
          result,
          Result.fail({ stderr: "ERROR: Cannot set hold to 'true' when using -remote or -spool\n" })
        )
        assert.strictEqual(clusters, 1)
      }))

    it.effect("reads lines of the command line, and refuses too many jobs", () =>
      Effect.gen(function*() {
        const appended = ["My.Foo = 1", "+Bar = 2"]
        const list = yield* ads(version, "executable = job.sh\nqueue 2", { appended, maxJobs: 2 })
        assert.deepStrictEqual(values(list, "Foo"), ["1", "1"])
        assert.deepStrictEqual(values(list, "Bar"), ["2", "2"])
        const { result } = yield* read(version, "executable = job.sh\nqueue 3", { maxJobs: 2 })
        assert.deepStrictEqual(
          result,
          Result.fail({ stderr: "\nERROR: Number of submitted jobs would exceed -maxjobs (2)\n" })
        )
      }))
  })

  it.effect("23.x has no `+=`, no `iterate` and no tables", () =>
    Effect.gen(function*() {
      const refused = "\nERROR: Failed to parse command file (line 2).\n"
      for (const line of ["arguments += b", "iterate 2", "queue x from table items.txt"]) {
        const { result } = yield* read("lts", `executable = job.sh\n${line}\nqueue`)
        assert.include(Result.isFailure(result) ? result.failure.stderr : "", refused)
      }
    }))

  it.effect("accepts as many jobs in one submission as a schedd does", () =>
    Effect.gen(function*() {
      const { result } = yield* read("latest", "executable = job.sh\nqueue 1000000000", { mostJobs: 3 })
      assert.deepStrictEqual(
        result,
        Result.fail({
          stderr: "\nERROR: Failed to create proc\nNumber of submitted jobs would exceed MAX_JOBS_PER_SUBMISSION\n"
        })
      )
    }))

  it.effect("25.x makes one job for queue 0, and without a queue statement", () =>
    Effect.gen(function*() {
      for (const description of ["executable = job.sh", "executable = job.sh\nqueue 0"]) {
        assert.strictEqual((yield* ads("latest", description)).length, 1)
        assert.strictEqual((yield* ads("lts", description)).length, 0)
      }
    }))

  it.effect("blank and short rows inherit values, in two ways", () =>
    Effect.gen(function*() {
      const description = "executable = job.sh\narguments = $(a)|$(b)\nqueue a,b from (\n1 2\n\n3\n)"
      assert.deepStrictEqual(values(yield* ads("lts", description), "Args"), ["\"1|2\"", "\"|2\"", "\"3|2\""])
      assert.deepStrictEqual(values(yield* ads("latest", description), "Args"), ["\"1|2\"", "\"1|2\"", "\"3|\""])
    }))

  it.effect("23.x makes one cluster from two queue statements, and two clusters from two programs", () =>
    Effect.gen(function*() {
      const numbers = Effect.fnUntraced(function*(version: Version, description: string) {
        const { result } = yield* read(version, description)
        return Result.isSuccess(result) ? result.success.clusters.map(({ ads, number }) => [number, ads.length]) : []
      })
      assert.deepStrictEqual(yield* numbers("lts", "executable = job.sh\nqueue\nqueue 2"), [[7, 3]])
      const two = "executable = job.sh\nqueue\nexecutable = other.sh\nqueue"
      assert.deepStrictEqual(yield* numbers("lts", two), [[7, 1], [8, 1]])
      assert.deepStrictEqual(yield* numbers("latest", two), [])
    }))
})
