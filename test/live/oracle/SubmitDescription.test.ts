/** What condor_submit itself makes of our descriptions: `-dry-run` writes the ads and submits nothing. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, layer } from "@effect/vitest"
import { Effect, FileSystem, Layer, Path, Schema } from "effect"
import * as CondorTool from "../../../src/condor/CondorTool.ts"
import * as SubmitDescription from "../../../src/condor/SubmitDescription.ts"
import * as SubmitValue from "../../../src/condor/SubmitValue.ts"
import * as Samples from "../../condor/Samples.ts"
import { Stack, type Version, versions } from "../Stack.ts"

type Ad = ReadonlyMap<string, string>

/** A ClassAd string in the old syntax, where nothing but `\"` is special. */
const text = (ad: Ad, name: string): string | undefined => {
  const value = ad.get(name)
  return value === undefined || !/^".*"$/s.test(value) ? value : value.slice(1, -1).replaceAll("\\\"", "\"")
}

/** Words in HTCondor's "V2" syntax, read character by character; `$$(DOLLARDOLLAR)` is expanded when a job is matched. */
const wordsOf = (line: string): Array<string> => {
  const words: Array<string> = []
  let word: string | undefined
  let quoted = false
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at)
    if (character === "'" && quoted && line.charAt(at + 1) === "'") {
      word = `${word ?? ""}'`
      at++
    } else if (character === "'") {
      quoted = !quoted
      word ??= ""
    } else if (!quoted && /[ \t\r\n\v\f]/.test(character)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else word = `${word ?? ""}${character}`
  }
  if (word !== undefined) words.push(word)
  return words.map((one) => one.replaceAll("$$(DOLLARDOLLAR)", "$$$$"))
}

/** The ads of a dry run: the first is whole, each other says only what is different in it. */
const adsOf = (output: string): Array<Ad> => {
  const blocks = output.split("\n\n").map((block) => block.split("\n").filter((line) => line.includes("=")))
    .filter((lines) => lines.length > 0)
  const [first = [], ...others] = blocks
  const pair = (line: string) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)] as const
  const whole = new Map(first.map(pair))
  return [whole, ...others.map((lines) => new Map([...whole, ...lines.map(pair)]))]
}

interface DryRun {
  readonly directory: string
  readonly ads: Array<Ad>
}

const dryRunOf = Effect.fnUntraced(function*(
  description: SubmitDescription.SubmitDescription,
  written: string = SubmitDescription.toText(description)
) {
  const stack = yield* Stack
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const directory = yield* fileSystem.makeTempDirectoryScoped({ prefix: "dry-run-" })
  // A description that is to be refused may hold names that no file can have.
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

/** What job number `copy` was given, in the words of its ad, and what it should have been given. */
const carried = (description: SubmitDescription.SubmitDescription, { ads, directory }: DryRun, copy: number) => {
  const ad = ads[copy] ?? new Map<string, string>()
  const number = (name: string) => Number(ad.get(name) ?? Number.NaN)
  const { attributes, copyInputs, inputs, outputs, requests } = description
  const names = Object.keys(attributes)
  const got = {
    Cmd: text(ad, "Cmd"),
    Arguments: wordsOf(text(ad, "Arguments") ?? ""),
    Environment: wordsOf(text(ad, "Environment") ?? "").toSorted(),
    TransferInput: text(ad, "TransferInput") ?? "",
    // Absent, it would be all that the job leaves behind.
    TransferOutput: text(ad, "TransferOutput"),
    Out: text(ad, "Out"),
    Err: text(ad, "Err"),
    UserLog: text(ad, "UserLog"),
    LeaveJobInQueue: ad.get("LeaveJobInQueue"),
    EffectCECopy: number("EffectCECopy"),
    RequestCpus: number("RequestCpus"),
    memory: requests.memoryMiB === undefined ? undefined : number("RequestMemory"),
    disk: requests.diskMiB === undefined ? undefined : number("RequestDisk"),
    gpus: requests.gpus === undefined ? undefined : number("RequestGPUs"),
    wall: requests.wallTimeSeconds === undefined ? undefined : [number("BatchRuntime"), number("maxWallTime")],
    queue: text(ad, "remote_queue"),
    attributes: names.map((name) => typeof attributes[name] === "number" ? number(name) : text(ad, name))
  }
  const wanted: typeof got = {
    Cmd: `${directory}/${description.executable}`,
    Arguments: [...description.arguments],
    Environment: Object.entries(description.environments[copy] ?? {}).map(([name, value]) => `${name}=${value}`)
      .toSorted(),
    TransferInput: [...inputs.map((name) => `inputs/${name}`), ...(copyInputs ? [`copies/${copy}/`] : [])].join(","),
    TransferOutput: outputs.join(","),
    Out: description.stdout,
    Err: description.stderr,
    UserLog: `${directory}/${description.log}`,
    LeaveJobInQueue:
      `JobStatus == 4 && (CompletionDate =?= undefined || CompletionDate == 0 || (time() - CompletionDate) < ${description.leaveInQueueSeconds})`,
    EffectCECopy: copy,
    RequestCpus: requests.cpus,
    memory: requests.memoryMiB,
    disk: requests.diskMiB === undefined ? undefined : requests.diskMiB * 1024,
    gpus: requests.gpus,
    wall: requests.wallTimeSeconds === undefined
      ? undefined
      : [requests.wallTimeSeconds, Math.ceil(requests.wallTimeSeconds / 60)],
    queue: requests.queue,
    attributes: names.map((name) => attributes[name])
  }
  return { got, wanted }
}

const isDescription = Schema.is(SubmitDescription.SubmitDescription)

const { smallest } = Samples

interface Refusal {
  readonly what: string
  readonly description: SubmitDescription.SubmitDescription
  /** Where the tool does not carry it; the schema refuses it everywhere. */
  readonly versions: ReadonlyArray<Version>
}

const refusal = (
  what: string,
  change: Partial<SubmitDescription.SubmitDescription>,
  versions: ReadonlyArray<Version> = ["lts", "latest"]
): Refusal => ({ what, description: { ...smallest, ...change }, versions })

// The reasons for what the schemas refuse, as far as a dry run shows them.
const refusals: ReadonlyArray<Refusal> = [
  refusal("an executable with a blank at its end", { executable: "a " }),
  refusal("an executable with \\ at its start", { executable: "\\a" }),
  refusal("an executable with two \\", { executable: "a\\\\b" }),
  refusal("an executable with \\ at its end", { executable: "a\\" }),
  refusal("a newline in an argument", { arguments: ["a\nb"] }),
  refusal("half a surrogate pair in an argument", { arguments: ["\ud83d"] }),
  refusal("a name with $$(x)", { stdout: "a$$(x)" }),
  refusal("a name with $$ENV(x)", { stdout: "a$$ENV(x)" }),
  refusal("a name with $(DOLLAR)", { stdout: "a$(DOLLAR)" }),
  refusal("a name with $(dollar)", { stdout: "a$(dollar)" }),
  refusal("an attribute with $$(x)", { attributes: { EffectCEx: "a$$(x)" } }),
  refusal("an attribute with $(DOLLAR)", { attributes: { EffectCEx: "$(DOLLAR)" } }),
  refusal("a queue with a newline", { requests: { cpus: 1, queue: "a\nb" } }),
  refusal("an output with a blank before it", { outputs: [" a"] }),
  refusal("an output with a blank after it", { outputs: ["a "] }),
  refusal("an output with \\ at its end", { outputs: ["a\\"] }),
  refusal("an output in quotes", { outputs: ["\"a\""] }, ["latest"]),
  refusal("outputs that begin and end with a quote", { outputs: ["\"a", "b\""] }, ["latest"]),
  refusal("an output of two quotes", { outputs: ["\"\""] }),
  refusal("stdout with a blank before it", { stdout: " a" }),
  refusal("stdout with \\ at its end", { stdout: "a\\" }),
  refusal("a log with \\ at its start", { log: "\\a" }),
  refusal("a log with two \\", { log: "a\\\\b" }),
  refusal("a variable with U+001F", { environments: [{ A: "a\x1fb" }] }, ["latest"]),
  refusal("a variable's name with U+001F", { environments: [{ "A\x1f": "" }] }, ["latest"]),
  refusal("a newline in a variable", { environments: [{ A: "a\nb" }] })
]

describe.each(versions)("condor_submit -dry-run of %s", (version) => {
  layer(Layer.mergeAll(Stack.layer(version), NodeServices.layer))((it) => {
    it.effect("runs, and its tools are of the version asked for", () =>
      Effect.gen(function*() {
        const stack = yield* Stack
        const status = yield* stack.run("scripts/stack", "status", version)
        assert.strictEqual(status.exitCode, 0, status.stdout + status.stderr)
        const run = yield* stack.run(`${stack.binDirectory}/condor_version`)
        assert.match(run.stdout, version === "lts" ? /CondorVersion: 2[34]\./ : /CondorVersion: 25\./)
      }))

    it.effect.prop(
      "every job is given what its description says",
      [Samples.description(40)],
      Effect.fnUntraced(function*([description]) {
        const unique = { ...description, inputs: Array.from(new Set(description.inputs)) }
        const run = yield* dryRunOf(unique)
        assert.strictEqual(run.result.stderr, "")
        assert.strictEqual(run.result.exitCode, 0)
        assert.strictEqual(run.ads.length, unique.environments.length)
        unique.environments.forEach((_, copy) => {
          const { got, wanted } = carried(unique, run, copy)
          assert.deepStrictEqual(got, wanted)
        })
      }),
      { timeout: 120_000, arbitrary: { runs: 150, size: 40 } }
    )

    it.effect("every nasty value is carried, in every place that takes it", () =>
      Effect.gen(function*() {
        const attributeText = Schema.is(SubmitValue.AttributeText)
        const outputName = Schema.is(SubmitValue.OutputName)
        const inputName = Schema.is(SubmitValue.InputName)
        const description: SubmitDescription.SubmitDescription = {
          ...smallest,
          arguments: [...Samples.nastyValues, "x".repeat(100_000)],
          inputs: Samples.nastyValues.filter(inputName),
          outputs: Samples.nastyValues.filter(outputName),
          attributes: Object.fromEntries(
            Samples.nastyValues.filter(attributeText).map((value, index) => [`EffectCEx${index}`, value])
          ),
          environments: [
            Object.fromEntries(Samples.nastyValues.map((value, index) => [`V${index}`, value])),
            Object.fromEntries(
              Samples.nastyValues.filter((value) => !value.includes("=") && value !== "").map((name) => [name, "x"])
            ),
            { LONG: "$(x) ".repeat(20_000) }
          ]
        }
        assert.isTrue(isDescription(description))
        const run = yield* dryRunOf(description)
        assert.strictEqual(run.result.stderr, "")
        for (const copy of [0, 1, 2]) {
          const { got, wanted } = carried(description, run, copy)
          assert.deepStrictEqual(got, wanted)
        }
      }))

    it.effect.each(refusals)("is a reason to refuse $what", (row) =>
      Effect.gen(function*() {
        assert.isFalse(isDescription(row.description))
        if (!row.versions.includes(version)) return
        const run = yield* dryRunOf(row.description)
        const { got, wanted } = carried(row.description, run, 0)
        assert.isTrue(run.result.exitCode !== 0 || JSON.stringify(got) !== JSON.stringify(wanted), JSON.stringify(got))
      }))

    it.effect("the command \"environment\" would give to all jobs what only the first was to have", () =>
      Effect.gen(function*() {
        const description: SubmitDescription.SubmitDescription = {
          ...smallest,
          environments: [{ ONLY: "first" }, { B: "2" }]
        }
        const ours = SubmitDescription.toText(description)
        const own = yield* dryRunOf(description)
        assert.deepStrictEqual(own.ads.map((ad) => wordsOf(text(ad, "Environment") ?? "")), [["ONLY=first"], ["B=2"]])
        const command = yield* dryRunOf(description, ours.replace("My.Environment =", "environment ="))
        assert.strictEqual(command.result.stderr, "")
        assert.include(wordsOf(text(command.ads[1] ?? new Map(), "Environment") ?? ""), "ONLY=first")
      }))
  })
})
