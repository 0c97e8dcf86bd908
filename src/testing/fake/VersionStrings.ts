/**
 * The version strings of the imitated releases.
 *
 * @since 0.1.0
 */
import type { Version } from "./Job.ts"

/** The version and platform of HTCondor, and the version of HTCondor-CE. */
export interface VersionStrings {
  readonly condor: string
  readonly platform: string
  readonly ce: string
}

export const releases: Readonly<Record<Version, VersionStrings>> = {
  lts: {
    condor: "$CondorVersion: 23.9.6 2026-07-12 PackageID: 23.9.6+dfsg-2.1+b10 $",
    platform: "$CondorPlatform: X86_64-Debian_13 $",
    ce: "23.10.18"
  },
  latest: {
    condor: "$CondorVersion: 25.14.1 2026-10-16 PackageID: 25.14.1+dfsg-1 $",
    platform: "$CondorPlatform: X86_64-Debian_ $",
    ce: "25.0.1"
  }
}
