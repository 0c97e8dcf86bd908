/**
 * Reads the submit descriptions that this library writes.
 *
 * @since 0.1.0
 */
import * as GridUniverse from "./GridUniverse.ts"
import * as Quote from "./Quote.ts"
import { copyVariable, fixed, leaveInQueue, queueAttributes, requestLines } from "./SubmitCommands.ts"
import type { SubmitDescription } from "./SubmitDescription.ts"
import * as Url from "./Url.ts"

type Draft = { -readonly [K in keyof typeof SubmitDescription.Encoded]?: unknown }

const unquote = (text: string, escape: string): string | undefined =>
  text.length >= 2 && text.startsWith("\"") && text.endsWith("\"")
    ? text.slice(1, -1).replaceAll(escape, "\"")
    : undefined

const list = (text: string): Array<string> => text === "\"\"" ? [] : text.split(", ").map(Quote.parseName)

const environmentFromLine = (line: string): Record<string, string> | undefined => {
  const text = unquote(line, "\\\"")
  const words = text === undefined ? undefined : Quote.parseWords(text)
  return words === undefined || words.some((word) => !word.includes("="))
    ? undefined
    : Object.fromEntries(words.map((word) => [word.slice(0, word.indexOf("=")), word.slice(word.indexOf("=") + 1)]))
}

const scalar = (value: string): string | number | undefined => {
  if (/^-?\d+$/.test(value)) return Number(value)
  const text = unquote(value, "\\\"")
  return text === undefined ? undefined : Quote.parseName(text)
}

const inputsFrom = (value: string): Draft => {
  const all = value.split(", ")
  const copyInputs = all.at(-1) === `copies/${copyVariable}/`
  const names = copyInputs ? all.slice(0, -1) : all
  const firstUrl = names.findIndex((name) => !name.startsWith("inputs/"))
  const inputs = firstUrl < 0 ? names : names.slice(0, firstUrl)
  return {
    inputs: inputs.map((name) => Quote.parseName(name.slice("inputs/".length))),
    urls: names.slice(inputs.length),
    copyInputs
  }
}

const uploadsFrom = (value: string): ReadonlyArray<unknown> | undefined =>
  unquote(value, "\"")?.split("; ").map((one) => {
    const [name = "", url = ""] = one.split(" = ")
    return { name: Quote.parseName(name), url: url.replaceAll(copyVariable, Url.copyPlaceholder) }
  })

// Commands whose value becomes one field, as it stands or undefined where it is not what `toText` writes.
const fields: ReadonlyMap<string, readonly [keyof Draft, (value: string) => unknown]> = new Map([
  ["container_image", ["image", (value: string) => value]],
  ["executable", ["executable", Quote.parseName]],
  ["arguments", ["arguments", (value: string) => {
    const text = unquote(value, "\"\"")
    return text === undefined ? undefined : Quote.parseWords(text)
  }]],
  ["transfer_output_files", ["outputs", list]],
  ["transfer_output_remaps", ["uploads", uploadsFrom]],
  ["output", ["stdout", Quote.parseName]],
  ["error", ["stderr", Quote.parseName]],
  ["log", ["log", Quote.parseName]],
  ["x509userproxy", ["proxy", Quote.parseName]],
  ["leave_in_queue", ["leaveInQueueSeconds", (value: string) => {
    const seconds = /< (\d+)\)$/.exec(value)?.[1]
    return seconds !== undefined && value === leaveInQueue(seconds) ? Number(seconds) : undefined
  }]]
])

// Lines that say what another line says, too: that one decides what they must be.
const implied: ReadonlySet<string> = new Set(["universe", "transfer_container", "transfer_executable"])

/**
 * Reads what `SubmitDescription.toText` wrote: the encoded form, to be checked by the schema, or a line that it cannot have written.
 *
 * **Gotchas**
 *
 * It overlooks lines that are missing, doubled, after the end, or in contradiction to others:
 * `SubmitDescriptionFromText` does not.
 *
 * @category converting
 * @since 0.1.0
 */
export const parse = (
  text: string
): { readonly encoded: unknown } | { readonly line: number; readonly text: string } => {
  const requests: Record<string, unknown> = {}
  const attributes: Record<string, unknown> = {}
  const environments: Array<unknown> = []
  const grid: Parameters<typeof GridUniverse.parse>[0] = {}
  const site: { readonly commands: Record<string, string>; readonly attributes: Record<string, string> } = {
    commands: {},
    attributes: {}
  }
  const draft: Draft = {
    inputs: [],
    urls: [],
    copyInputs: false,
    outputs: [],
    uploads: [],
    requests,
    attributes,
    environments,
    site
  }
  let isSite = true
  let inRows = false
  const command = (key: string, value: string): boolean => {
    if (key === "universe") isSite = false
    if (key === "universe" && value === "grid") draft.grid = grid
    if (isSite) {
      if (key.startsWith("My.")) site.attributes[key.slice(3)] = Quote.parseName(value)
      else site.commands[key] = Quote.parseName(value)
      return true
    }
    const field = fields.get(key)
    if (field !== undefined) return (draft[field[0]] = field[1](value)) !== undefined
    if (implied.has(key) || fixed.some(([name, only]) => name === key && only === value)) return true
    const request = requestLines.find(([, name]) => name === key)
    if (request !== undefined) {
      const [field, , factor] = request
      const amount = Number(value) / factor
      return (requests[field] ??= amount) === amount
    }
    if (key === "use_x509userproxy") return value === "True"
    if (key === "My.maxWallTime") return Math.ceil(Number(requests["wallTimeSeconds"]) / 60) === Number(value)
    if (draft.grid !== undefined && GridUniverse.parse(grid, key, value)) return true
    if (queueAttributes(draft.grid).includes(key)) return (requests["queue"] = scalar(value)) !== undefined
    if (key.startsWith("My.EffectCE")) return (attributes[key.slice(3)] = scalar(value)) !== undefined
    if (key !== "transfer_input_files") return false
    Object.assign(draft, inputsFrom(value))
    return true
  }
  const row = (line: string): boolean => {
    const match = /^(\d+) (".*")$/s.exec(line)
    const environment = match?.[2] === undefined ? undefined : environmentFromLine(match[2])
    if (environment === undefined) return false
    const copy = Number(match?.[1])
    if (environments.length === 0 && copy > 0) draft.firstCopy = copy
    return copy === Number(draft.firstCopy ?? 0) + environments.push(environment) - 1
  }
  for (const [index, line] of text.split("\n").entries()) {
    if (line === ")" && inRows) return { encoded: withoutUploads(draft) }
    const match = /^([A-Za-z_.0-9]+) = (.*)$/s.exec(line)
    const understood = inRows ? row(line) : line === "queue v_copy,v_environment from ("
      ? (inRows = true)
      : match?.[1] !== undefined && match[2] !== undefined && command(match[1], match[2])
    if (!understood) return { line: index + 1, text: line }
  }
  return { line: text.split("\n").length, text: "" }
}

// The list of outputs ends with those that are uploaded.
const withoutUploads = (draft: Draft): Draft => {
  const { outputs, uploads } = draft
  return Array.isArray(outputs) && Array.isArray(uploads)
    ? { ...draft, outputs: outputs.slice(0, Math.max(0, outputs.length - uploads.length)) }
    : draft
}
