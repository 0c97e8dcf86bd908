import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Schema, Struct } from "effect"
import * as GridUniverse from "../../src/condor/GridUniverse.ts"
import * as SubmitDescription from "../../src/condor/SubmitDescription.ts"
import * as Samples from "./Samples.ts"

const decodeText = Schema.decodeUnknownEffect(SubmitDescription.SubmitDescriptionFromText)
const decodeTextResult = Schema.decodeUnknownResult(SubmitDescription.SubmitDescriptionFromText)
const encodeText = Schema.encodeEffect(SubmitDescription.SubmitDescriptionFromText)
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

const lineOf = (text: string): number | undefined => {
  const result = decodeTextResult(text)
  if (Result.isSuccess(result)) return undefined
  const line = /line (\d+) was not written by this library/.exec(result.failure.message)?.[1]
  return line === undefined ? Number.NaN : Number(line)
}

describe("SubmitDescription", () => {
  it.effect.prop("text and value, both ways", [Samples.routed(4)], ([description]) =>
    Effect.gen(function*() {
      assert.isTrue(isDescription(description))
      const text = yield* encodeText(description)
      assert.strictEqual(text, SubmitDescription.toText(description))
      assert.deepStrictEqual(yield* decodeText(text), description)
    }), { arbitrary: { runs: 1_500 } })

  it.effect("text and value, both ways, with everything nasty at once", () =>
    Effect.gen(function*() {
      for (const description of [smallest, full, handedOn]) {
        assert.deepStrictEqual(yield* decodeText(yield* encodeText(description)), description)
      }
    }))

  const commandsOf = (grid: GridUniverse.GridResource, key: unknown) =>
    GridUniverse.commands(grid, { leaveInQueue: "true", key: key === undefined ? undefined : "" }).map(([name]) => name)

  it.prop("nothing that a value holds adds a line or a command", [Samples.routed(4)], ([description]) => {
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
  }, { arbitrary: { runs: 500 } })

  it.prop("every column is on every row", [Samples.description(20)], ([description]) => {
    const text = SubmitDescription.toText(description)
    const rows = text.slice(text.indexOf("from (\n") + 7, text.lastIndexOf("\n)\n")).split("\n")
    assert.strictEqual(rows.length, description.environments.length)
    // A blank column would take its value from the row above.
    rows.forEach((row, index) => assert.match(row, new RegExp(`^${index} ".*"$`, "s")))
    assert.isFalse(rows.some((row) => row.includes("\x1f")))
  }, { arbitrary: { runs: 200 } })

  it("without arguments, outputs and variables, nothing is left to a default", () => {
    const text = SubmitDescription.toText(smallest)
    assert.strictEqual(valueOf(text, "arguments"), "\"\"")
    // Left out, the job would bring back what it likes, over what is there.
    assert.strictEqual(valueOf(text, "transfer_output_files"), "\"\"")
    assert.isUndefined(valueOf(text, "transfer_input_files"))
    assert.strictEqual(valueOf(text, "should_transfer_files"), "YES")
    assert.strictEqual(valueOf(text, "when_to_transfer_output"), "ON_EXIT")
    assert.strictEqual(lines(text).at(-3), "0 \"\"")
    // "environment" would add to what the first job was given.
    assert.isUndefined(valueOf(text, "environment"))
    assert.strictEqual(valueOf(text, "My.Environment"), "$(v_environment)")
  })

  it.prop("a removed job never stays in the queue", [Samples.description(1)], ([description]) => {
    const text = valueOf(SubmitDescription.toText(description), "leave_in_queue")
    assert.match(text ?? "", /^JobStatus == 4 && \(.*\)$/)
  })

  it("transfer_output_files is always there", () => {
    assert.strictEqual(valueOf(SubmitDescription.toText(full), "transfer_output_files")?.split(", ").length, 7)
  })

  it("wall time is told in both units, rounded up", () => {
    const text = SubmitDescription.toText(full)
    assert.strictEqual(valueOf(text, "My.BatchRuntime"), "61")
    assert.strictEqual(valueOf(text, "My.maxWallTime"), "2")
    assert.strictEqual(valueOf(text, "request_disk"), "3072")
  })

  it("a queue is told to the CE's routes, and to the schedd of a submitter that hands it on", () => {
    const text = SubmitDescription.toText(full)
    assert.strictEqual(valueOf(text, "My.queue"), "\"q \\\"1\\\" \\\"")
    assert.strictEqual(valueOf(text, "My.remote_queue"), valueOf(text, "My.queue"))
  })

  it("a program of the machine is not sent, and any other is", () => {
    const sent = (executable: string) => {
      const text = SubmitDescription.toText({ ...smallest, executable })
      return [valueOf(text, "executable"), valueOf(text, "transfer_executable")]
    }
    assert.deepStrictEqual(sent("run.sh"), ["run.sh", "True"])
    assert.deepStrictEqual(sent("/usr/bin/apptainer"), ["/usr/bin/apptainer", "False"])
  })

  it("an image is run by the container universe, and one of the machine's own is not sent there", () => {
    const told = (image: string) => {
      const text = SubmitDescription.toText({ ...smallest, image })
      return ["universe", "container_image", "transfer_container"].map((command) => valueOf(text, command))
    }
    assert.deepStrictEqual(told("docker://debian"), ["container", "docker://debian", undefined])
    assert.deepStrictEqual(told("/cvmfs/a.sif"), ["container", "/cvmfs/a.sif", "False"])
    assert.deepStrictEqual(valueOf(SubmitDescription.toText(smallest), "universe"), "vanilla")
  })

  it("URLs stand among the inputs, and an output that goes to one is among the outputs", () => {
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

  it("what a site asks for comes first, so that the library has the last word", () => {
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

  it("cores and memory are told to the pool and to the CE's routes, which would replace them by defaults", () => {
    const text = SubmitDescription.toText(full)
    assert.strictEqual(valueOf(text, "My.xcount"), valueOf(text, "request_cpus"))
    assert.strictEqual(valueOf(text, "My.maxMemory"), valueOf(text, "request_memory"))
  })

  it("a job that is handed on says where to, and what of it is another's there", () => {
    const text = SubmitDescription.toText(handedOn)
    assert.strictEqual(valueOf(text, "universe"), "grid")
    assert.strictEqual(valueOf(text, "grid_resource"), "condor ce@local ce.example.org:9619")
    assert.strictEqual(valueOf(text, "My.ScitokensFile"), "\"/var/lib/tokens/ce.token\"")
    // The gridmanager would take "remote_queue" for the "queue" of the job at the CE.
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

  describe("refuses, and names the field", () => {
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

  describe.each([full, handedOn])("reading refuses a foreign line by its number", (description) => {
    const text = SubmitDescription.toText(description)
    const last = lines(text).length

    it.each([
      "queue 5",
      "universe = local",
      "environment = \"A=1\"",
      "executable = other.sh",
      "My.Iwd = \"/\"",
      "My.EffectCECopies = 4",
      "# comment",
      "",
      ")",
      "__proto__ = x",
      "queue v_copy,v_environment from ("
    ])("%j, wherever it stands", (foreign) => {
      for (let at = 0; at < last; at++) {
        const changed = [...lines(text).slice(0, at), foreign, ...lines(text).slice(at)].join("\n")
        assert.strictEqual(Result.isSuccess(decodeTextResult(changed)), changed === text, `after line ${at}`)
      }
    })

    it.each(["constructor = x", "toString = x", "My.x = 1"])("%j, behind the site's own", (foreign) => {
      for (let at = lines(text).findIndex((line) => line.startsWith("universe = ")) + 1; at < last; at++) {
        const changed = [...lines(text).slice(0, at), foreign, ...lines(text).slice(at)].join("\n")
        assert.isFalse(Result.isSuccess(decodeTextResult(changed)), `after line ${at}`)
      }
    })

    it("with the number of the line that was put in", () => {
      for (let at = 0; at < last; at++) {
        const changed = [...lines(text).slice(0, at), "not ours", ...lines(text).slice(at)].join("\n")
        assert.strictEqual(lineOf(changed), at + 1)
      }
    })

    it("a missing line, unless what is left is another description", () => {
      const optional =
        /^(?:accounting_group|requirements|transfer_input_files|transfer_output_remaps|request_(?!cpus|memory)\w+|My\.(?:WantWholeNode|Project|EffectCE(?!Copy )\w+)) = |^[02] /
      // The copy at the CE has the key, too.
      const isImplied = (line: string) =>
        line.startsWith("My.EffectCEKey = ") && text.includes("Remote_EffectCEGridKey")
      const isOptional = (line: string) => optional.test(line) && !isImplied(line)
      lines(text).forEach((line, at) => {
        const left = lines(text).filter((_, index) => index !== at).join("\n")
        assert.strictEqual(Result.isSuccess(decodeTextResult(left)), isOptional(line), `without ${line}`)
      })
    })

    it("text that was cut short, at any character", () => {
      for (let at = 0; at < text.length; at++) {
        assert.isTrue(Result.isFailure(decodeTextResult(text.slice(0, at))), `cut at ${at}`)
      }
    })

    it("anything after the end", () => {
      assert.strictEqual(lineOf(`${text}queue 5\n`), last)
      assert.strictEqual(lineOf(`${text}\n`), last + 1)
    })

    it.prop("what is read at all is what would be written", [
      Samples.mutated([text, SubmitDescription.toText(smallest)])
    ], ([changed]) => {
      const result = decodeTextResult(changed)
      if (Result.isSuccess(result)) assert.strictEqual(SubmitDescription.toText(result.success), changed)
    }, { arbitrary: { runs: 3_000 } })
  })
})
