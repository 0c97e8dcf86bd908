/** What the two versions share when both are tested by one short run: each part of it is proven on one of them. */
import { Config, Effect } from "effect"
import { isLong } from "../Volume.ts"
import { type Version, versions } from "./Stack.ts"

/** Whether another version is tested beside this one, as `scripts/test-live` says. Who explores shares nothing. */
export const isShared: boolean = !isLong && Effect.runSync(
  Config.Boolean("HTCONDOR_CE_TEST_SHARED").pipe(Config.withDefault(versions.length > 1))
)

/** Whether a version has the part of that number: lts the even ones, latest the odd ones. */
export const has = (version: Version, part: number): boolean => !isShared || part % 2 === (version === "lts" ? 0 : 1)

/** Whether a test that one version proves for both is left to the other one. */
export const isLeft = (version: Version, to: Version): boolean => isShared && version !== to
