/** What the fake's condor_submit makes of descriptions; `test/live/oracle/FakeSubmit.test.ts` compares it with the real one. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, layer } from "@effect/vitest"
import { Effect, FileSystem, Path, Result } from "effect"
import * as ClassAd from "../../src/classad/ClassAd.ts"
import * as Printer from "../../src/classad/Printer.ts"
import * as SubmitDescription from "../../src/condor/SubmitDescription.ts"
import { text } from "../../src/testing/fake/Attributes.ts"
import type { Version } from "../../src/testing/fake/Job.ts"
import { words } from "../../src/testing/fake/Sandbox.ts"
import * as SubmitLanguage from "../../src/testing/fake/SubmitLanguage.ts"
import * as Samples from "../condor/Samples.ts"
import { descriptions, files } from "./Descriptions.ts"

const versions: ReadonlyArray<Version> = ["lts", "latest"]

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

const unquoted = (line: string | undefined): ReadonlyArray<string> =>
  words(line ?? "").map((word) => word.replaceAll("$$(DOLLARDOLLAR)", "$$$$"))

layer(NodeServices.layer)("SubmitLanguage", (it) => {
  describe.each(versions)("of %s", (version) => {
    it.effect.prop(
      "gives each job what the library's description says",
      [Samples.description(5)],
      Effect.fnUntraced(function*([drawn]) {
        const description = { ...drawn, executable: "job.sh", inputs: ["in.txt"], copyInputs: false }
        const list = yield* ads(version, SubmitDescription.toText(description))
        assert.strictEqual(list.length, description.environments.length)
        for (const [copy, ad] of list.entries()) {
          const got = {
            arguments: unquoted(text(ad, "Arguments")),
            environment: unquoted(text(ad, "Environment")),
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

    it.effect.each(descriptions)("gives jobs or a reason: $name", (description) =>
      Effect.gen(function*() {
        const { clusters, result } = yield* read(version, description.text)
        if (Result.isFailure(result)) assert.match(result.failure.stderr, /ERROR|Failed to/)
        else assert.strictEqual(result.success.clusters.length, clusters)
      }))

    it.effect("says what it does not play, and does not take it for something else", () =>
      Effect.gen(function*() {
        for (
          const statement of ["queue x matching files *.txt", "queue x from [0:1] items.txt", "queue x in [1:] (a, b)"]
        ) {
          const { result } = yield* read(version, `executable = job.sh\n${statement}\n`)
          assert.include(Result.isFailure(result) ? result.failure.stderr : "", "does not play")
        }
      }))

    it.effect("keeps a finished job as its version does, unless it is told how long", () =>
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

    it.effect("is told of files by name, and of a directory by what it holds", () =>
      Effect.gen(function*() {
        const list = yield* ads(version, "executable = job.sh\ntransfer_input_files = in.txt, d/, sub\nqueue")
        assert.deepStrictEqual(values(list, "TransferInput"), ["\"in.txt,d/deep,d/q,sub\""])
        const { result } = yield* read(version, "executable = job.sh\ntransfer_input_files = nothere/\nqueue")
        assert.deepStrictEqual(
          result,
          Result.fail({ stderr: "\nFailed to expand 'nothere/' in transfer input file list. \n \n" })
        )
      }))

    it.effect("streams with a path get there when they are fetched", () =>
      Effect.gen(function*() {
        const list = yield* ads(version, "executable = job.sh\noutput = a;b/out\nerror = err\nqueue")
        assert.deepStrictEqual(values(list, "Out"), ["\"_condor_stdout\""])
        assert.deepStrictEqual(values(list, "Err"), ["\"err\""])
        assert.deepStrictEqual(list.map((ad) => text(ad, "TransferOutputRemaps")), ["_condor_stdout=a\\;b/out"])
      }))

    it.effect("a job cannot be submitted on hold", () =>
      Effect.gen(function*() {
        const { clusters, result } = yield* read(version, "executable = job.sh\nhold = True\nqueue")
        assert.deepStrictEqual(
          result,
          Result.fail({ stderr: "ERROR: Cannot set hold to 'true' when using -remote or -spool\n" })
        )
        assert.strictEqual(clusters, 1)
      }))

    it.effect("takes lines from the command line, and not too many jobs", () =>
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

  it.effect("takes as many jobs at one time as a schedd does", () =>
    Effect.gen(function*() {
      const { result } = yield* read("latest", "executable = job.sh\nqueue 1000000000", { mostJobs: 3 })
      assert.deepStrictEqual(
        result,
        Result.fail({
          stderr: "\nERROR: Failed to create proc\nNumber of submitted jobs would exceed MAX_JOBS_PER_SUBMISSION\n"
        })
      )
    }))

  it.effect("queue 0, or no queue at all, is one job for 25.x", () =>
    Effect.gen(function*() {
      for (const description of ["executable = job.sh", "executable = job.sh\nqueue 0"]) {
        assert.strictEqual((yield* ads("latest", description)).length, 1)
        assert.strictEqual((yield* ads("lts", description)).length, 0)
      }
    }))

  it.effect("rows that are blank or short inherit, in two ways", () =>
    Effect.gen(function*() {
      const description = "executable = job.sh\narguments = $(a)|$(b)\nqueue a,b from (\n1 2\n\n3\n)"
      assert.deepStrictEqual(values(yield* ads("lts", description), "Args"), ["\"1|2\"", "\"|2\"", "\"3|2\""])
      assert.deepStrictEqual(values(yield* ads("latest", description), "Args"), ["\"1|2\"", "\"1|2\"", "\"3|\""])
    }))

  it.effect("two queue statements are one cluster for 23.x, or two with two programs", () =>
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
