/** What condor_submit makes of a description: `-dry-run` writes the ads and submits nothing. */
import { Effect, FileSystem, Layer, Path, Result } from "effect"
import * as Parser from "../../../src/classad/Parser.ts"
import * as Printer from "../../../src/classad/Printer.ts"
import * as SubmitDescription from "../../../src/condor/SubmitDescription.ts"
import * as CondorTool from "../../../src/condor/tools/CondorTool.ts"
import { Stack } from "../Stack.ts"

export type Ad = ReadonlyMap<string, string>

/** A ClassAd string in the old syntax, where nothing but `\"` is special. */
export const text = (ad: Ad, name: string): string | undefined => {
  const value = ad.get(name)
  return value === undefined || !/^".*"$/s.test(value) ? value : value.slice(1, -1).replaceAll("\\\"", "\"")
}

/** Words in HTCondor's "V2" syntax, read character by character; `$$(DOLLARDOLLAR)` is expanded when a job is matched. */
export const wordsOf = (line: string): Array<string> => {
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

/** An expression without the blanks that one prints and the other does not. */
const asExpression = (written: string): string =>
  Result.match(Parser.parse(written, { strings: "old" }), {
    onFailure: (error) => error.message,
    onSuccess: (expr) => Printer.print(expr)
  })

export interface DryRun {
  readonly directory: string
  readonly ads: Array<Ad>
}

export const dryRunOf = Effect.fnUntraced(function*(
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
export const carried = (description: SubmitDescription.SubmitDescription, { ads, directory }: DryRun, copy: number) => {
  const ad = ads[copy] ?? new Map<string, string>()
  const number = (name: string) => Number(ad.get(name) ?? Number.NaN)
  const { attributes, copyInputs, executable, image, inputs, outputs, requests, site, uploads, urls } = description
  const names = Object.keys(attributes)
  const isFetched = image?.startsWith("https:") === true
  const remaps = uploads.map(({ name, url }) => `${name} = ${url.replaceAll("{copy}", `${copy}`)}`)
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
    queue: [text(ad, "queue"), text(ad, "remote_queue")],
    remaps: text(ad, "TransferOutputRemaps"),
    container: [ad.get("WantContainer"), text(ad, "ContainerImage"), ad.get("TransferContainer")],
    program: ad.get("TransferExecutable"),
    site: Object.keys(site.attributes).map((name) => asExpression(ad.get(name) ?? "")),
    attributes: names.map((name) => typeof attributes[name] === "number" ? number(name) : text(ad, name))
  }
  const wanted: typeof got = {
    Cmd: executable.startsWith("/") ? executable : `${directory}/${executable}`,
    Arguments: [...description.arguments],
    Environment: Object.entries(description.environments[copy] ?? {}).map(([name, value]) => `${name}=${value}`)
      .toSorted(),
    TransferInput: [
      ...inputs.map((name) => `inputs/${name}`),
      ...urls,
      ...(copyInputs ? [`copies/${copy}/`] : []),
      ...(isFetched ? [image] : [])
    ].join(","),
    TransferOutput: [...outputs, ...uploads.map(({ name }) => name)].join(","),
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
    queue: [requests.queue, requests.queue],
    remaps: remaps.length === 0 ? undefined : remaps.join("; "),
    container: [
      image === undefined ? undefined : "true",
      isFetched ? image.slice(image.lastIndexOf("/") + 1) : image,
      image?.startsWith("/") === true ? "false" : undefined
    ],
    program: executable.startsWith("/") ? "false" : undefined,
    site: Object.values(site.attributes).map(asExpression),
    attributes: names.map((name) => attributes[name])
  }
  return { got, wanted }
}
