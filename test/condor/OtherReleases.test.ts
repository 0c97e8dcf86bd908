/** The messages of 23.0 and 25.0 are read as those of the releases with which they were compared. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import * as Ping from "../../src/condor/tools/Ping.ts"
import * as ToolFailure from "../../src/condor/tools/ToolFailure.ts"
import * as ToolOutput from "../../src/condor/tools/ToolOutput.ts"
import * as Trace from "../../src/condor/tools/Trace.ts"
import { inOtherWords, otherReleases } from "../transcripts/OtherReleases.ts"
import * as Recordings from "../transcripts/Recordings.ts"
import type { Transcript } from "../transcripts/Transcript.ts"

type Answer = Transcript["answers"][number]

// Numbers and addresses in the place of their masks.
const filled = (lines: ReadonlyArray<string>): string =>
  lines.join("\n").replaceAll(
    /\{(\w+)\}/g,
    (mask, name) =>
      ["a", "b", "c"].includes(name)
        ? String(88 + name.charCodeAt(0))
        : ["time", "measured", "jobs"].includes(name)
        ? "1795689653"
        : ["pool", "closed"].includes(name)
        ? "127.0.0.12:9619"
        : mask
  )

const read = ({ exitCode, run, stderr, stdout }: Answer) => {
  const result = { exitCode, stdout: filled(stdout), stderr: filled(stderr) }
  const { said: _, ...trace } = Trace.read(result)
  return {
    kind: exitCode === 0 ? "none" : ToolFailure.classify(result),
    trace,
    blamed: ToolOutput.blamedJob(result.stderr),
    submitted: ToolOutput.submittedJobs(result.stdout).map(String),
    removals: ToolOutput.results(result.stdout),
    ads: / -json\b/.test(run) ? Result.map(ToolOutput.ads(result.stdout), (ads) => ads.map(({ ad }) => ad)) : undefined
  }
}

/** The attributes of each ad in reverse order: 23.0 has them in a hash table. */
const reordered = (lines: ReadonlyArray<string>): ReadonlyArray<string> =>
  lines.join("\n").replaceAll(
    /(?<=^\{\n)(?: {2}".*\n)+(?=\}$)/gm,
    (ad) => `${ad.trimEnd().split("\n").map((line) => line.replace(/,$/, "")).toReversed().join(",\n")}\n`
  ).split("\n")

for (const release of otherReleases) {
  it.layer(Recordings.layer(release.recorded))(`messages of ${release.version} and ${release.recorded}`, (it) => {
    it.effect("have the same meaning, except those that are marked", () =>
      Effect.gen(function*() {
        const unused = new Set(release.changes)
        for (const { answers, name } of (yield* Recordings.Recordings).values()) {
          for (const recorded of answers) {
            const { answer, taken } = inOtherWords(release, recorded)
            for (const change of taken) unused.delete(change)
            const was = read(recorded)
            const expected = taken.find(({ reads }) => reads !== undefined)?.reads ?? was.kind
            const { trace: _, ...is } = read(answer)
            const { trace: __, ...rest } = was
            assert.deepStrictEqual(is, { ...rest, kind: expected }, `${name}: ${recorded.run}`)
          }
        }
        assert.deepStrictEqual(Array.from(unused, ({ line }) => line), [], "no recording has them")
      }))

    it.effect("give the same trace of a connection", () =>
      Effect.gen(function*() {
        for (const { answers, name } of (yield* Recordings.Recordings).values()) {
          for (const recorded of answers) {
            const { answer, taken } = inOtherWords(release, recorded)
            // A message that was left out has no meaning any more.
            if (taken.some(({ reads }) => reads !== undefined)) continue
            assert.deepStrictEqual(read(answer).trace, read(recorded).trace, `${name}: ${recorded.run}`)
          }
        }
      }))

    it.effect("are read with the attributes of an ad in any order", () =>
      Effect.gen(function*() {
        let turned = 0
        for (const { answers, name } of (yield* Recordings.Recordings).values()) {
          for (const recorded of answers) {
            const stdout = reordered(recorded.stdout)
            if (stdout.join() !== recorded.stdout.join()) turned++
            assert.deepStrictEqual(read({ ...recorded, stdout }).ads, read(recorded).ads, `${name}: ${recorded.run}`)
          }
        }
        assert.isAbove(turned, 10)
      }))
  })
}

describe("answers of 25.0.13 that no recording has", () => {
  it("queue 0, and no queue statement, make one job", () => {
    assert.deepStrictEqual(ToolOutput.submittedJobs("88.0 - 88.0\n").map(String), ["88.0"])
  })

  it.each([
    "ERROR: No 'executable' parameter was provided",
    "ERROR: on Line 1 of a.sub: \nERROR: Failed to parse command file (line 1)."
  ])("%s: a failure of the kind Other", (stderr) => {
    assert.strictEqual(ToolFailure.classify({ exitCode: 1, stdout: "", stderr }), "Other")
  })
})

it.each(["23.0.28", "25.0.13"])("the version of %s is found", (version) => {
  assert.strictEqual(Ping.versionIn(`$CondorVersion: ${version} 2026-01-01 $\n$CondorPlatform: X86_64 $\n`), version)
})
