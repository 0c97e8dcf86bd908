/**
 * The submit language of the fake schedd, compared with condor_submit: `-dry-run` writes the ads and submits nothing.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, layer } from "@effect/vitest"
import { Effect, Layer, Result } from "effect"
import type * as Expr from "../../../src/classad/Expr.ts"
import * as Long from "../../../src/classad/Long.ts"
import * as Printer from "../../../src/classad/Printer.ts"
import * as SubmitDescription from "../../../src/condor/SubmitDescription.ts"
import * as Samples from "../../condor/Samples.ts"
import { descriptions, files } from "../../condor/submit/Descriptions.ts"
import * as Share from "../Share.ts"
import { Stack, type Version, versions } from "../Stack.ts"
import { both } from "./BothSubmits.ts"

/** Attributes that depend neither on the description nor on the files: versions, and times. */
const ignored = new Set(["condorversion", "submitversion", "condorplatform", "qdate", "enteredcurrentstatus", "owner"])

/** Attributes that the schedd sets, or that only the real tool computes. */
const given = new Set(["clusterid", "procid", "jobstatus", "filesystemdomain"])

type Printed = Readonly<Record<string, string>>

const print = (ad: Expr.Ad): Printed =>
  Object.fromEntries(
    Array.from(ad.members.values())
      .filter(({ name }) => !ignored.has(name.toLowerCase()))
      .map(({ expr, name }) => [name, Printer.print(expr, { strings: "old", parentheses: "minimal" })] as const)
      .toSorted(([a], [b]) => a < b ? -1 : 1)
  )

/** The ads of a dry run: the first is complete, and each other has only the differences to it. */
const adsOf = (output: string): ReadonlyArray<Printed> => {
  const ads = Result.getOrThrow(Long.parseAll(output, { strings: "old" }))
  const [first, ...others] = ads
  if (first === undefined) return []
  const whole = (ad: Expr.Ad): Expr.Ad => ({ _tag: "Ad", members: new Map([...first.members, ...ad.members]) })
  return [first, ...others.map(whole)].map(print)
}

const played = Effect.fnUntraced(function*(version: Version, text: string) {
  const { ads, fake: read, real: result } = yield* both(version, text, files)
  const real = { exitCode: result.exitCode, stderr: result.stderr, ads: result.exitCode === 0 ? adsOf(ads) : [] }
  const fake = Result.match(read, {
    onFailure: ({ stderr }) => ({ exitCode: 1, stderr, ads: [] }),
    onSuccess: ({ clusters, unused, warnings }) => ({
      exitCode: 0,
      stderr: `${warnings}${unused}`,
      ads: clusters.flatMap(({ ads }) => ads.map(print))
    })
  })
  // The real ads have more attributes: some that the fake does not have, and some that the schedd would set.
  const names = fake.ads.map((ad) => new Set(Object.keys(ad)))
  return {
    fake,
    real: {
      ...real,
      ads: real.ads.map((ad, index) =>
        Object.fromEntries(
          Object.entries(ad).filter(([name]) => names[index]?.has(name) === true || !given.has(name.toLowerCase()))
        )
      )
    }
  }
})

describe.each(versions)("condor_submit -dry-run of %s", (version) => {
  layer(Layer.mergeAll(Stack.layer(version), NodeServices.layer))((it) => {
    it.effect.each(descriptions.filter((_, index) => Share.has(version, index)))(
      "fake: makes the same ads as condor_submit: $name",
      ({ text }) =>
        Effect.gen(function*() {
          const { fake, real } = yield* played(version, text)
          assert.deepStrictEqual(fake, real)
        })
    )

    it.effect.prop(
      "fake: makes the same ads for every description that the library writes",
      [Samples.routed(20)],
      Effect.fnUntraced(function*([description]) {
        const text = SubmitDescription.toText({ ...description, executable: "job.sh", inputs: [], copyInputs: false })
        const { fake, real } = yield* played(version, text)
        assert.deepStrictEqual(fake, real)
      }),
      { timeout: 120_000, arbitrary: { runs: Share.isShared ? 30 : 60, size: 20 } }
    )
  })
})
