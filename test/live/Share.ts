/** The tests that two versions share when one short run covers both: each part is proven on one of them. */
import { Config, Effect } from "effect"
import { isLong } from "../Volume.ts"
import { type Version, versions } from "./Stack.ts"

/** Whether this run also tests the other version, as `scripts/test-live` says. A run that explores shares nothing. */
export const isShared: boolean = !isLong && Effect.runSync(
  Config.Boolean("HTCONDOR_CE_TEST_SHARED").pipe(Config.withDefault(versions.length > 1))
)

/** Whether a version has the part of that number: lts has the even ones, latest the odd ones. */
export const has = (version: Version, part: number): boolean => !isShared || part % 2 === (version === "lts" ? 0 : 1)

/** The same for many small parts. Where the versions share them, a version tries only one of `oneIn` of its parts. */
export const hasSample = (version: Version, part: number, oneIn: number): boolean =>
  has(version, part) && (!isShared || Math.floor(part / 2) % oneIn === 0)

/** Whether this version leaves a test to the other one, because one version proves it for both. */
export const isLeft = (version: Version, to: Version): boolean => isShared && version !== to
