/** The results as a table and as data, and the machine on which they were measured. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as os from "node:os"
import * as process from "node:process"
import { isMet, type Line } from "./Benchmark.ts"
import type { Profile } from "./Recorder.ts"
import type { Spread } from "./Statistics.ts"

/** The lines of one benchmark, or why there are none. */
export interface Outcome {
  readonly name: string
  readonly lines: ReadonlyArray<Line>
  readonly failure?: string | undefined
}

export const machine = Effect.gen(function*() {
  const fileSystem = yield* FileSystem.FileSystem
  const read = (file: string) => Effect.orElseSucceed(fileSystem.readFileString(file), () => "")
  const cores = os.cpus()
  return {
    processor: cores[0]?.model ?? "unknown",
    cores: cores.length,
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    kernel: os.release(),
    system: /^PRETTY_NAME="(.*)"$/m.exec(yield* read("/etc/os-release"))?.[1] ?? os.type(),
    node: process.version,
    load: os.loadavg().map((load) => Math.round(load * 100) / 100)
  }
})

const figure = (value: number): string =>
  Number.isNaN(value) ? "-" : Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3)

const time = (spread: Spread | undefined): string =>
  spread === undefined
    ? ""
    : spread.median >= 1_000
    ? `${figure(spread.median / 1_000)} s`
    : `${figure(spread.median)} ms`

const value = ({ unit, value: { lower, median, upper } }: Line): string =>
  `${figure(median)}${unit === "" ? "" : ` ${unit}`}${lower === upper ? "" : ` (${figure(lower)} – ${figure(upper)})`}`

const verdict = (line: Line): string => {
  const met = isMet(line)
  return met === undefined ? "" : met ? "yes" : "NO"
}

const target = ({ target }: Line): string =>
  target === undefined ? "" : "atMost" in target ? `<= ${figure(target.atMost)}` : `>= ${figure(target.atLeast)}`

const profile = ({ outsideTools, ownProcessor, tools }: Profile): string =>
  [
    ...Object.entries(tools).map(([tool, { milliseconds, runs }]) => `${runs} ${tool} ${figure(milliseconds)} ms`),
    `outside of tools ${figure(outsideTools)} ms`,
    `own processor time ${figure(ownProcessor)} ms`
  ].join(", ")

const header = ["work", "compared with", "ours", "theirs", "median (quartiles)", "target", "met"]

/** A table in Markdown, and below it how this library spends its time. */
export const table = (outcomes: ReadonlyArray<Outcome>): string => {
  const lines = outcomes.flatMap(({ lines }) => lines)
  const rows = [
    header,
    ...lines.map((line) => [
      line.work,
      line.than,
      time(line.ours),
      time(line.theirs),
      value(line),
      target(line),
      verdict(line)
    ])
  ]
  const widths = header.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const text = (row: ReadonlyArray<string>) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`
  const [first = [], ...others] = rows
  return [
    text(first),
    text(widths.map((width) => "-".repeat(width))),
    ...others.map(text),
    "",
    ...lines.flatMap((line) => line.profile === undefined ? [] : [`${line.work}: ${profile(line.profile)}`]),
    ...outcomes.flatMap(({ failure, name }) => failure === undefined ? [] : [`${name} FAILED: ${failure}`])
  ].join("\n")
}

/** Whether every benchmark ran and met its targets. */
export const isGood = (outcomes: ReadonlyArray<Outcome>): boolean =>
  outcomes.every(({ failure, lines }) => failure === undefined && lines.every((line) => isMet(line) !== false))
