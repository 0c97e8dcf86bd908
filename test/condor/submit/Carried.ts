/** Compares the ad of a job with its description, for any reader of the description's text. */
import { Result } from "effect"
import * as Parser from "../../../src/classad/Parser.ts"
import * as Printer from "../../../src/classad/Printer.ts"
import type * as SubmitDescription from "../../../src/condor/SubmitDescription.ts"

export type Ad = ReadonlyMap<string, string>

/** A ClassAd string in the old syntax, in which only `\"` is special. */
export const text = (ad: Ad, name: string): string | undefined => {
  const value = ad.get(name)
  return value === undefined || !/^".*"$/s.test(value) ? value : value.slice(1, -1).replaceAll("\\\"", "\"")
}

/** Words in HTCondor's "V2" syntax, read character by character. `$$(DOLLARDOLLAR)` is expanded when a job is matched. */
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

/** An expression without blanks, because the readers print different ones. */
const asExpression = (written: string): string =>
  Result.match(Parser.parse(written, { strings: "old" }), {
    onFailure: (error) => error.message,
    onSuccess: (expr) => Printer.print(expr)
  })

/** The ads of a description that was read in a directory: names of attributes, with expressions in the old syntax. */
export interface Read {
  readonly directory: string
  readonly ads: ReadonlyArray<Ad>
}

/** The values of job number `copy` in its ad, and the expected values. */
export const carried = (description: SubmitDescription.SubmitDescription, { ads, directory }: Read, copy: number) => {
  const ad = ads[copy] ?? new Map<string, string>()
  const number = (name: string) => Number(ad.get(name) ?? Number.NaN)
  const { attributes, copyInputs, executable, grid, image, inputs, outputs, requests, site, uploads, urls } =
    description
  const names = Object.keys(attributes)
  const isFetched = image?.startsWith("https:") === true
  const remaps = uploads.map(({ name, url }) => `${name} = ${url.replaceAll("{copy}", `${copy}`)}`)
  const got = {
    Cmd: text(ad, "Cmd"),
    Arguments: wordsOf(text(ad, "Arguments") ?? ""),
    Environment: wordsOf(text(ad, "Environment") ?? "").toSorted(),
    TransferInput: text(ad, "TransferInput") ?? "",
    // Without the attribute, all files that the job leaves would come back.
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
    queue: [text(ad, "queue"), text(ad, grid === undefined ? "remote_queue" : "Remote_remote_queue")],
    grid: [text(ad, "GridResource"), text(ad, "ScitokensFile")],
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
    grid: [grid === undefined ? undefined : `condor ${grid.schedd} ${grid.pool}`, grid?.scitokensFile],
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
