/**
 * No command that a site may set changes the commands that the library writes. Every word in HTCondor's own code is
 * tried.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, layer } from "@effect/vitest"
import { Effect, Layer, Schema } from "effect"
import * as SiteCommands from "../../../src/condor/SiteCommands.ts"
import type * as SubmitDescription from "../../../src/condor/SubmitDescription.ts"
import * as Samples from "../../condor/Samples.ts"
import type { Ad, Read } from "../../condor/submit/Carried.ts"
import { isLong } from "../../Volume.ts"
import * as Share from "../Share.ts"
import { Stack, versions } from "../Stack.ts"
import { dryRunOf } from "./DryRun.ts"

const isCommandName = Schema.is(SiteCommands.CommandName)
const isAttributeName = Schema.is(SiteCommands.AttributeName)

const everything: SubmitDescription.SubmitDescription = {
  ...Samples.smallest,
  arguments: ["a b", "$(x)"],
  inputs: ["in.txt"],
  urls: ["https://h/url.txt"],
  copyInputs: true,
  outputs: ["out.txt"],
  uploads: [{ name: "up.txt", url: "https://h/{copy}/up.txt" }],
  requests: { cpus: 2, memoryMiB: 100, diskMiB: 3, gpus: 1, wallTimeSeconds: 61, queue: "q" },
  attributes: { EffectCEKey: "key", EffectCECopies: 2 },
  environments: [{ A: "1" }, { B: "2" }]
}

/** The job in three forms in which the library runs it. */
const descriptions: Readonly<Record<string, SubmitDescription.SubmitDescription>> = {
  plain: everything,
  "in a container": { ...everything, image: "docker://debian" },
  launched: { ...everything, executable: "/usr/bin/apptainer", inputs: ["payload.sh"] }
}

/** Attributes that a site may change: the account, programs that run first, and the time to give up. */
const theirs = new Set([
  "Rank",
  "JobPrio",
  "JobLeaseDuration",
  "CoreSize",
  "OnExitHold",
  "OnExitRemove",
  "RequireGPUs"
])

/** Attributes that differ in every run. */
const passing = new Set(["EnteredCurrentStatus", "QDate", "JobSubmitFile"])

/** An ad without the name of the run's directory. */
const placed = (ad: Ad, { directory }: Read): Ad =>
  new Map(Array.from(ad, ([name, value]) => [name, value.replaceAll(directory, "{here}")] as const))

/** Attributes whose values have changed. */
const changed = (before: Ad, after: Ad): ReadonlyArray<string> =>
  Array.from(before).flatMap(([name, value]) => {
    const now = after.get(name)
    if (now === value || theirs.has(name) || passing.has(name)) return []
    // The site's requirements are added to those of the job. GPUs count only if they have the required properties.
    const needs = value.split(" && ").map((clause) => clause.replace(/^\(+|\)+$/g, "").replace("TARGET.GPUs", ""))
    return name === "Requirements" && needs.every((clause) => now?.includes(clause) === true)
      ? []
      : [`${name}: ${value} is now ${now}`]
  })

// The code of condor_submit is in this library.
const words = Effect.gen(function*() {
  const stack = yield* Stack
  const { stdout } = yield* stack.inside(
    "sh",
    "-c",
    "cat /usr/bin/condor_submit $(ldd /usr/bin/condor_submit | grep -o '/[^ ]*libcondor_utils[^ ]*') | tr '\\0' '\\n' " +
      "| grep -aE '^[A-Za-z][A-Za-z0-9_]{1,60}$' | sort -uf"
  )
  // A linker stores a word that ends another word only as a part of that.
  return stdout.split("\n").flatMap((word) =>
    Array.from(word.matchAll(/(?<=^|_)[A-Za-z]|(?<=[a-z])[A-Z]/g), ({ index }) => word.slice(index)).filter(
      ({ length }) => length > 1
    )
  )
})

type Needed = Effect.Services<ReturnType<typeof dryRunOf>>

describe.each(versions)("commands and attributes of a site, at condor_submit of %s", (version) => {
  layer(Layer.mergeAll(Stack.layer(version), NodeServices.layer))((it) => {
    // Tries many commands at once, and fewer if condor_submit refuses them or they change a job. A refused
    // description changes nothing.
    const tried = Effect.fnUntraced(function*(
      description: SubmitDescription.SubmitDescription,
      names: ReadonlyArray<string>,
      site: (names: ReadonlyArray<string>) => SubmitDescription.SubmitDescription["site"]
    ) {
      const plain = yield* dryRunOf(description)
      assert.strictEqual(plain.result.stderr, "")
      const problems: Array<string> = []
      let taken = 0
      const look: (some: ReadonlyArray<string>) => Effect.Effect<void, unknown, Needed> = Effect.fnUntraced(
        function*(some: ReadonlyArray<string>) {
          const run = yield* dryRunOf({ ...description, site: site(some) })
          const half = Math.ceil(some.length / 2)
          const both = Effect.andThen(look(some.slice(0, half)), look(some.slice(half)))
          if (run.result.exitCode !== 0) return some.length === 1 ? undefined : yield* both
          const found: Array<string> = []
          assert.strictEqual(run.ads.length, plain.ads.length)
          for (const [copy, ad] of plain.ads.entries()) {
            found.push(...changed(placed(ad, plain), placed(run.ads[copy] ?? new Map(), run)))
          }
          if (found.length > 0 && some.length > 1) return yield* both
          taken += some.length
          problems.push(...found.map((what) => `${some.join()}: ${what}`))
        }
      )
      for (let from = 0; from < names.length; from += 60) yield* look(names.slice(from, from + 60))
      return { problems, taken }
    })

    // The versions share the words. A short run tries a quarter of them.
    const unique = (names: ReadonlyArray<string>) =>
      Array.from(new Map(names.map((name) => [SiteCommands.plain(name), name])).values())
        .filter((_, index) => Share.hasSample(version, index, 4))

    it.effect.each(Object.keys(descriptions))(
      "site commands: none changes a job that is %s",
      (kind) =>
        Effect.gen(function*() {
          const all = yield* words
          for (const known of ["executable", "transfer_output_remaps", "accounting_group", "JobPrio"]) {
            assert.include(all.map((word) => word.toLowerCase()), known.toLowerCase())
          }
          const names = unique(all.filter(isCommandName))
          for (const value of kind === "plain" && isLong ? ["1", "\"x\""] : ["1"]) {
            const { problems, taken } = yield* tried(descriptions[kind] ?? everything, names, (some) => ({
              commands: Object.fromEntries(some.map((name) => [name, value])),
              attributes: {}
            }))
            assert.deepStrictEqual(problems, [])
            assert.isAbove(taken, names.length * 0.9)
          }
        }),
      300_000
    )

    it.effect("site attributes: none changes a job", () =>
      Effect.gen(function*() {
        const names = unique([...yield* words, "WantWholeNode", "ProjectName"].filter(isAttributeName))
        const { problems, taken } = yield* tried(everything, names, (some) => ({
          commands: {},
          attributes: Object.fromEntries(some.map((name) => [name, "\"theirs\""]))
        }))
        assert.deepStrictEqual(problems, [])
        assert.isAbove(taken, names.length * 0.9)
      }), 300_000)
  })
})
