import { assert, describe, it } from "@effect/vitest"
import { ByteSize, Effect, FileSystem, Layer, Option, Path, Result, Schema, Struct } from "effect"
import * as Printer from "../../src/classad/Printer.ts"
import * as GridUniverse from "../../src/condor/GridUniverse.ts"
import * as SubmitLanguage from "../../src/condor/submit/SubmitLanguage.ts"
import type { Version } from "../../src/condor/submit/Version.ts"
import * as SubmitDescription from "../../src/condor/SubmitDescription.ts"
import { own } from "../../src/testing/fake/tools/Submit.ts"
import * as Samples from "./Samples.ts"
import { carried } from "./submit/Carried.ts"

const decode = Schema.decodeUnknownResult(SubmitDescription.SubmitDescription)
const isDescription = Schema.is(SubmitDescription.SubmitDescription)

const { smallest } = Samples
const full: SubmitDescription.SubmitDescription = {
  executable: "pay$load.sh",
  arguments: Samples.nastyValues,
  image: "docker://registry.example.org/a:b",
  inputs: ["a;b#c", "it's", "$(x)", "\"q\""],
  urls: ["https://example.org/d/in.txt?sig=a/b&x=1", "osdf:///d/it's"],
  copyInputs: true,
  outputs: ["o 1", "a*b?", "$ENV(HOME)", "x\\y", "a\"b\""],
  uploads: [{ name: "it's$x", url: "https://example.org/{copy}/a" }, {
    name: "b(c)",
    url: "davs://example.org/b-{copy}"
  }],
  stdout: "out, put",
  stderr: "\"err\"",
  log: "lög",
  requests: { cpus: 2, memoryMiB: 100, diskMiB: 3, gpus: 1, wallTimeSeconds: 61, queue: "q \"1\" \\" },
  leaveInQueueSeconds: 864_000,
  attributes: { EffectCEKey: "key", EffectCECopies: 3, EffectCETag: "a\\\"b $(x) # '\t\\" },
  environments: [
    { A: "1", "a b": "$ENV(HOME)", __proto__x: "", "9": "nine" },
    {},
    Object.fromEntries(Samples.nastyValues.map((value, index) => [`V${index}`, value]))
  ],
  site: {
    commands: { accounting_group: "a.b", request_Foo: "1", requirements: "HasFoo =?= true" },
    attributes: { WantWholeNode: "true", Project: "\"$(x) \\\"q\\\"\"" }
  }
}

const handedOn: SubmitDescription.SubmitDescription = {
  ...Struct.omit(full, ["image"]),
  grid: { schedd: "ce@local", pool: "ce.example.org:9619", scitokensFile: "/var/lib/tokens/ce.token" }
}

const lines = (text: string) => text.split("\n")
const commands = (text: string) =>
  lines(text.slice(0, text.indexOf("\nqueue "))).map((line) => line.slice(0, line.indexOf(" = ")))
const valueOf = (text: string, command: string) =>
  lines(text).find((line) => line.startsWith(`${command} = `))?.slice(command.length + 3)

const file: FileSystem.File.Info = {
  type: "File",
  mtime: Option.none(),
  atime: Option.none(),
  birthtime: Option.none(),
  dev: 0n,
  ino: Option.none(),
  mode: 0o755,
  nlink: Option.none(),
  uid: Option.none(),
  gid: Option.none(),
  rdev: Option.none(),
  size: ByteSize.bytes(1),
  blksize: Option.none(),
  blocks: Option.none()
}

/** A host on which every file exists, with any name. */
const anyHost = Layer.merge(
  Path.layer,
  FileSystem.layerNoop({ exists: () => Effect.succeed(true), stat: () => Effect.succeed(file) })
)

const readBack = Effect.fnUntraced(function*(
  version: Version,
  description: SubmitDescription.SubmitDescription
) {
  const directory = "/submission"
  const result = yield* SubmitLanguage.read({
    text: SubmitDescription.toText(description),
    version,
    remote: false,
    username: "me",
    directory,
    file: "submission.sub",
    now: 0,
    ...own,
    appended: [],
    newCluster: () => 1,
    environment: () => undefined,
    stdin: undefined,
    maxJobs: undefined,
    mostJobs: 20_000
  })
  const { clusters, unused, warnings } = Result.getOrThrow(result)
  const ads = clusters.flatMap(({ ads }) => ads).map((ad) =>
    new Map(
      Array.from(
        ad.members.values(),
        ({ expr, name }) => [name, Printer.print(expr, { strings: "old" })] as const
      )
    )
  )
  return { directory, ads, said: `${warnings}${unused}` }
}, Effect.provide(anyHost))

describe("SubmitDescription", () => {
  const readsAs = Effect.fnUntraced(function*(version: Version, description: SubmitDescription.SubmitDescription) {
    const read = yield* readBack(version, description)
    assert.strictEqual(read.said, "")
    assert.strictEqual(read.ads.length, description.environments.length)
    description.environments.forEach((_, copy) => {
      const { got, wanted } = carried(description, read, copy)
      assert.deepStrictEqual(got, wanted)
    })
  })

  describe.each(["lts", "latest"] as const)("read by %s", (version) => {
    it.effect.prop("gives each job its values", [Samples.routed(4)], ([description]) => {
      assert.isTrue(isDescription(description))
      return readsAs(version, description)
    }, { timeout: 60_000, arbitrary: { runs: 150 } })

    it.effect.each([smallest, full, handedOn])(
      "gives each job all difficult values at once",
      (description) => readsAs(version, description)
    )
  })

  const commandsOf = (grid: GridUniverse.GridResource, key: unknown) =>
    GridUniverse.commands(grid, { leaveInQueue: "true", key: key === undefined ? undefined : "" }).map(([name]) => name)

  it.prop("no value adds a line or a command", [Samples.routed(4)], ([description]) => {
    const text = SubmitDescription.toText(description)
    const { attributes, copyInputs, environments, grid, image, inputs, requests, site, uploads, urls } = description
    const { queue, wallTimeSeconds, ...plain } = requests
    const expected = [
      ...Object.keys(site.commands),
      ...Object.keys(site.attributes).map((name) => `My.${name}`),
      "universe",
      ...(grid === undefined ? [] : commandsOf(grid, attributes["EffectCEKey"])),
      ...(image === undefined ? [] : ["container_image"]),
      ...(image?.startsWith("/") === true ? ["transfer_container"] : []),
      "should_transfer_files",
      "when_to_transfer_output",
      "transfer_executable",
      "notification",
      "executable",
      "arguments",
      ...(inputs.length > 0 || urls.length > 0 || copyInputs ? ["transfer_input_files"] : []),
      "transfer_output_files",
      ...(uploads.length > 0 ? ["transfer_output_remaps"] : []),
      "output",
      "error",
      "log",
      "leave_in_queue",
      ...Object.keys(plain).toSorted().map((name) =>
        name === "memoryMiB" ? "request_memory" : `request_${name.replace("MiB", "")}`
      ),
      ...(wallTimeSeconds === undefined ? [] : ["My.BatchRuntime", "My.maxWallTime"]),
      "My.xcount",
      ...(plain.memoryMiB === undefined ? [] : ["My.maxMemory"]),
      ...(queue === undefined ? [] : ["My.queue", grid === undefined ? "My.remote_queue" : "My.Remote_remote_queue"]),
      ...Object.keys(attributes).map((name) => `My.${name}`),
      "My.EffectCECopy",
      "My.Environment"
    ]
    assert.deepStrictEqual(commands(text).toSorted(), expected.toSorted())
    // The commands, the queue line, a row for each job, the bracket, and the end of the last line.
    assert.strictEqual(lines(text).length, expected.length + 1 + environments.length + 2)
    assert.notMatch(text, /\r|\0/)
    assert.isFalse(lines(text).some((line) => line.endsWith("\\")))
  }, { timeout: 60_000, arbitrary: { runs: 500 } })

  it.prop("every row has every column", [Samples.description(20)], ([description]) => {
    const text = SubmitDescription.toText(description)
    const rows = text.slice(text.indexOf("from (\n") + 7, text.lastIndexOf("\n)\n")).split("\n")
    assert.strictEqual(rows.length, description.environments.length)
    // A blank column would get its value from the row above.
    rows.forEach((row, index) => assert.match(row, new RegExp(`^${index} ".*"$`, "s")))
    assert.isFalse(rows.some((row) => row.includes("\x1f")))
  }, { timeout: 60_000, arbitrary: { runs: 200 } })

  it("without arguments, outputs and variables, no default of condor_submit applies", () => {
    const text = SubmitDescription.toText(smallest)
    assert.strictEqual(valueOf(text, "arguments"), "\"\"")
    // Without the command all new files of the job would come back, and overwrite existing ones.
    assert.strictEqual(valueOf(text, "transfer_output_files"), "\"\"")
    assert.isUndefined(valueOf(text, "transfer_input_files"))
    assert.strictEqual(valueOf(text, "should_transfer_files"), "YES")
    assert.strictEqual(valueOf(text, "when_to_transfer_output"), "ON_EXIT")
    assert.strictEqual(lines(text).at(-3), "0 \"\"")
    // "environment" would add to the environment of the first job.
    assert.isUndefined(valueOf(text, "environment"))
    assert.strictEqual(valueOf(text, "My.Environment"), "$(v_environment)")
  })

  it.prop("a removed job never stays in the queue", [Samples.description(1)], ([description]) => {
    const text = valueOf(SubmitDescription.toText(description), "leave_in_queue")
    assert.match(text ?? "", /^JobStatus == 4 && \(.*\)$/)
  })

  it("transfer_output_files is always written", () => {
    assert.strictEqual(valueOf(SubmitDescription.toText(full), "transfer_output_files")?.split(", ").length, 7)
  })

  it("the wall time is written in both units, rounded up", () => {
    const text = SubmitDescription.toText(full)
    assert.strictEqual(valueOf(text, "My.BatchRuntime"), "61")
    assert.strictEqual(valueOf(text, "My.maxWallTime"), "2")
    assert.strictEqual(valueOf(text, "request_disk"), "3072")
  })

  it("a queue is written for the CE's routes, and for the schedd of a submitter", () => {
    const text = SubmitDescription.toText(full)
    assert.strictEqual(valueOf(text, "My.queue"), "\"q \\\"1\\\" \\\"")
    assert.strictEqual(valueOf(text, "My.remote_queue"), valueOf(text, "My.queue"))
  })

  it("a program of the machine is not sent, and any other program is", () => {
    const sent = (executable: string) => {
      const text = SubmitDescription.toText({ ...smallest, executable })
      return [valueOf(text, "executable"), valueOf(text, "transfer_executable")]
    }
    assert.deepStrictEqual(sent("run.sh"), ["run.sh", "True"])
    assert.deepStrictEqual(sent("/usr/bin/apptainer"), ["/usr/bin/apptainer", "False"])
  })

  it("an image uses the container universe, and an image on the machine is not sent", () => {
    const told = (image: string) => {
      const text = SubmitDescription.toText({ ...smallest, image })
      return ["universe", "container_image", "transfer_container"].map((command) => valueOf(text, command))
    }
    assert.deepStrictEqual(told("docker://debian"), ["container", "docker://debian", undefined])
    assert.deepStrictEqual(told("/cvmfs/a.sif"), ["container", "/cvmfs/a.sif", "False"])
    assert.deepStrictEqual(valueOf(SubmitDescription.toText(smallest), "universe"), "vanilla")
  })

  it("URLs are inputs, and an output that is sent to a URL is an output", () => {
    const text = SubmitDescription.toText({
      ...smallest,
      inputs: ["a"],
      urls: ["https://h/b"],
      copyInputs: true,
      outputs: ["c"],
      uploads: [{ name: "d", url: "https://h/{copy}/d" }, { name: "e", url: "https://h/e" }]
    })
    assert.strictEqual(valueOf(text, "transfer_input_files"), "inputs/a, https://h/b, copies/$(v_copy)/")
    assert.strictEqual(valueOf(text, "transfer_output_files"), "c, d, e")
    assert.strictEqual(valueOf(text, "transfer_output_remaps"), "\"d = https://h/$(v_copy)/d; e = https://h/e\"")
  })

  it("the commands of a site come first, so that those of the library count", () => {
    const text = SubmitDescription.toText(full)
    assert.deepStrictEqual(lines(text).slice(0, 6), [
      "accounting_group = a.b",
      "request_Foo = 1",
      "requirements = HasFoo =?= true",
      "My.WantWholeNode = true",
      "My.Project = \"$(DOLLAR)(x) \\\"q\\\"\"",
      "universe = container"
    ])
  })

  it("cores and memory are written for the pool and for the CE's routes, whose defaults would replace them", () => {
    const text = SubmitDescription.toText(full)
    assert.strictEqual(valueOf(text, "My.xcount"), valueOf(text, "request_cpus"))
    assert.strictEqual(valueOf(text, "My.maxMemory"), valueOf(text, "request_memory"))
  })

  it("a grid job names its CE, and clears the attributes that it must not have there", () => {
    const text = SubmitDescription.toText(handedOn)
    assert.strictEqual(valueOf(text, "universe"), "grid")
    assert.strictEqual(valueOf(text, "grid_resource"), "condor ce@local ce.example.org:9619")
    assert.strictEqual(valueOf(text, "My.ScitokensFile"), "\"/var/lib/tokens/ce.token\"")
    // The gridmanager would read "remote_queue" as the "queue" of the job at the CE.
    assert.isUndefined(valueOf(text, "My.remote_queue"))
    assert.strictEqual(
      valueOf(text, "My.Remote_remote_queue"),
      valueOf(SubmitDescription.toText(full), "My.remote_queue")
    )
    assert.strictEqual(valueOf(text, "My.Remote_EffectCEKey"), "undefined")
    assert.strictEqual(valueOf(text, "My.Remote_EffectCEGridKey"), valueOf(text, "My.EffectCEKey"))
    assert.strictEqual(
      valueOf(text, "My.Remote_LeaveJobInQueue"),
      `${valueOf(text, "leave_in_queue")} && (time() - (StageOutFinish ?: time())) < 86400`
    )
    assert.strictEqual(valueOf(text, "leave_in_queue"), valueOf(SubmitDescription.toText(full), "leave_in_queue"))
  })

  describe("refuses a value, and names the field", () => {
    const row = (change: Readonly<Record<string, unknown>>, path: string) => ({ change, path })
    it.each([
      row({ executable: "a b" }, "[\"executable\"]"),
      row({ executable: "../a" }, "[\"executable\"]"),
      row({ executable: "a\\b" }, "[\"executable\"]"),
      row({ executable: "" }, "[\"executable\"]"),
      row({ executable: "$$(x)" }, "[\"executable\"]"),
      row({ executable: "$(DOLLAR)" }, "[\"executable\"]"),
      row({ executable: "$(dollar)" }, "[\"executable\"]"),
      row({ executable: "a$$ENV(x)" }, "[\"executable\"]"),
      row({ executable: "é".repeat(128) }, "[\"executable\"]"),
      row({ executable: "/opt/a b" }, "[\"executable\"]"),
      row({ executable: "/opt/../$$(x)" }, "[\"executable\"]"),
      row({ executable: "/" }, "[\"executable\"]"),
      row({ image: "debian" }, "[\"image\"]"),
      row({ image: "--bind /:/" }, "[\"image\"]"),
      row({ image: "docker://a b" }, "[\"image\"]"),
      row({ image: "docker://a\nqueue 5" }, "[\"image\"]"),
      row({ image: "docker://$(x)" }, "[\"image\"]"),
      row({ image: "docker://user:password@registry.example.org/a" }, "[\"image\"]"),
      row({ image: "docker://user@registry.example.org/a" }, "[\"image\"]"),
      row({ urls: ["https://h/a", "https://h/a,b"] }, "[\"urls\"][1]"),
      row({ uploads: [{ name: "a b", url: "https://h/a" }] }, "[\"uploads\"][0][\"name\"]"),
      row({ uploads: [{ name: "a=b", url: "https://h/a" }] }, "[\"uploads\"][0][\"name\"]"),
      row({ uploads: [{ name: "a;b", url: "https://h/a" }] }, "[\"uploads\"][0][\"name\"]"),
      row({ uploads: [{ name: "a", url: "https://h/a?b=c" }] }, "[\"uploads\"][0][\"url\"]"),
      row({ site: { commands: { Universe: "local" }, attributes: {} } }, "[\"site\"][\"commands\"][\"Universe\"]"),
      row({ site: { commands: {}, attributes: { cmd: "1" } } }, "[\"site\"][\"attributes\"][\"cmd\"]"),
      row({ arguments: ["a", "b\nc"] }, "[\"arguments\"][1]"),
      row({ arguments: ["b\rc"] }, "[\"arguments\"][0]"),
      row({ arguments: ["b\0c"] }, "[\"arguments\"][0]"),
      row({ arguments: ["half \ud83d"] }, "[\"arguments\"][0]"),
      row({ inputs: ["ok", "a,b"] }, "[\"inputs\"][1]"),
      row({ inputs: ["a b"] }, "[\"inputs\"][0]"),
      row({ inputs: ["a\tb"] }, "[\"inputs\"][0]"),
      row({ inputs: [".."] }, "[\"inputs\"][0]"),
      row({ inputs: ["\udc00"] }, "[\"inputs\"][0]"),
      row({ outputs: ["a,b"] }, "[\"outputs\"][0]"),
      row({ outputs: [" a"] }, "[\"outputs\"][0]"),
      row({ outputs: ["a "] }, "[\"outputs\"][0]"),
      row({ outputs: ["a\\"] }, "[\"outputs\"][0]"),
      row({ outputs: ["\"a\""] }, "[\"outputs\"][0]"),
      row({ outputs: ["a/b"] }, "[\"outputs\"][0]"),
      row({ outputs: ["/etc/passwd"] }, "[\"outputs\"][0]"),
      row({ outputs: ["a\nqueue 5"] }, "[\"outputs\"][0]"),
      row({ stdout: "a;b" }, "[\"stdout\"]"),
      row({ stdout: "a\\b" }, "[\"stdout\"]"),
      row({ stderr: "so/o.err" }, "[\"stderr\"]"),
      row({ log: "a;b" }, "[\"log\"]"),
      row({ log: " a" }, "[\"log\"]"),
      row({ requests: { cpus: 0 } }, "[\"requests\"][\"cpus\"]"),
      row({ requests: { cpus: 1.5 } }, "[\"requests\"][\"cpus\"]"),
      row({ requests: { cpus: 1, queue: "a\nb" } }, "[\"requests\"][\"queue\"]"),
      row({ requests: { cpus: 1, queue: "$$(x)" } }, "[\"requests\"][\"queue\"]"),
      row({ leaveInQueueSeconds: 0 }, "[\"leaveInQueueSeconds\"]"),
      row({ attributes: { EffectCETag: "a\nMy.Iwd = \"/\"" } }, "[\"attributes\"][\"EffectCETag\"]"),
      row({ attributes: { Iwd: "/" } }, "[\"attributes\"][\"Iwd\"]"),
      row({ attributes: { EffectCECopy: 0 } }, "[\"attributes\"][\"EffectCECopy\"]"),
      row({ attributes: { "EffectCEx = 1\ny": 0 } }, "[\"attributes\"]"),
      row({ grid: { schedd: "a", pool: "b" }, image: "docker://debian" }, "[\"image\"]"),
      row({ grid: { schedd: "a b", pool: "c" } }, "[\"grid\"][\"schedd\"]"),
      row({ grid: { schedd: "a", pool: "c\\" } }, "[\"grid\"][\"pool\"]"),
      row({ grid: { schedd: "$(a)", pool: "c" } }, "[\"grid\"][\"schedd\"]"),
      row({ grid: { schedd: "a", pool: "c\nqueue 5" } }, "[\"grid\"][\"pool\"]"),
      row({ grid: { schedd: "a", pool: "c", scitokensFile: "/\"" } }, "[\"grid\"][\"scitokensFile\"]"),
      row({ grid: { schedd: "a", pool: "c", scitokensFile: "ce.token" } }, "[\"grid\"][\"scitokensFile\"]"),
      row({ environments: [] }, "[\"environments\"]"),
      row({ environments: [{}, { A: "a\nb" }] }, "[\"environments\"][1][\"A\"]"),
      row({ environments: [{ A: "unit\x1fseparator" }] }, "[\"environments\"][0][\"A\"]"),
      row({ environments: [{ "a=b": "" }] }, "[\"environments\"][0][\"a=b\"]"),
      row({ environments: [{ "": "" }] }, "[\"environments\"][0][\"\"]")
    ])("$path of $change", ({ change, path }) => {
      const result = decode({ ...smallest, ...change })
      assert.isTrue(Result.isFailure(result))
      if (Result.isFailure(result)) assert.include(result.failure.message, `at ${path}`)
    })
  })
})
