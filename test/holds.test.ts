/** The tables of docs/holds.md have the rules by which the library explains holds and removals. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import { fileURLToPath } from "node:url"
import * as HoldReason from "../src/condor/HoldReason.ts"
import * as HoldTable from "../src/condor/HoldTable.ts"
import * as RemovalTable from "../src/condor/RemovalTable.ts"

const document = fileURLToPath(new URL("../docs/holds.md", import.meta.url))

const row = (...cells: ReadonlyArray<string>) => `| ${cells.join(" | ")} |`

const fitting = ({ copied, includes }: typeof HoldTable.rules[number]): string =>
  [
    ...(copied === undefined ? [] : [copied ? "copied" : "not copied"]),
    ...(includes === undefined ? [] : [`"${includes}"`])
  ].join(", ")

const holds = [
  ...HoldTable.rules.map((rule) =>
    row(
      `${rule.code} \`${HoldReason.nameOf(rule.code ?? 0)}\`${rule.subcode === undefined ? "" : `, ${rule.subcode}`}`,
      fitting(rule),
      `\`${rule.cause}\``,
      rule.advice
    )
  ),
  ...[["any other", HoldTable.unknown(0)] as const, ["from 1000", HoldTable.unknown(1000)] as const].map(
    ([codes, { advice, cause }]) => row(codes, "", `\`${cause}\``, advice)
  )
]

const removals = [
  ...RemovalTable.rules.map(({ advice, begins, cause, includes }) =>
    row(begins === undefined ? `has "${includes ?? ""}"` : `begins "${begins.trim()}"`, `\`${cause}\``, advice)
  ),
  row("any other", `\`${RemovalTable.unknown.cause}\``, RemovalTable.unknown.advice)
]

/** A row without the blanks that align it. */
const narrow = (line: string) => line.replaceAll(/ +\|/g, " |").replaceAll(/\| +/g, "| ")

const below = (text: string, heading: string): Array<string> =>
  (text.split(`## ${heading}\n`)[1] ?? "").split("\n## ")[0]?.split("\n").filter((line) => line.startsWith("| "))
    .slice(2).map(narrow) ?? []

it.layer(NodeServices.layer)("docs/holds.md", (it) => {
  it.effect.each([["Holds", holds], ["Removals", removals]] as const)(
    "%s: the document has the rules of the code",
    ([heading, rows]) =>
      Effect.gen(function*() {
        const text = yield* (yield* FileSystem.FileSystem).readFileString(document)
        assert.deepStrictEqual(below(text, heading), rows.map(narrow))
      })
  )
})
