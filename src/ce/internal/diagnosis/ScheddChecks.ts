/**
 * The checks of a CE's schedd: whether the collector has it, and its numbers of jobs and limits.
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { versionIn } from "../../../condor/tools/Ping.ts"
import * as HostName from "../../../contract/HostName.ts"
import type { Endpoint } from "../../Endpoint.ts"
import { failed, type Finding, ok, skipped, warning } from "./Check.ts"
import { isOld, oldest } from "./ToolChecks.ts"
import type { Reply } from "./ToolProbe.ts"

const Ads = Schema.fromJsonString(
  Schema.Array(
    Schema.StructWithRest(Schema.Struct({ Name: Schema.String }), [Schema.Record(Schema.String, Schema.Unknown)])
  )
)

const decodeAds = Schema.decodeUnknownResult(Ads)

/**
 * The ad of a schedd.
 */
export type ScheddAd = typeof Ads.Type[number]

/**
 * The attributes of a schedd's ad that are queried.
 */
export const attributes = [
  "Name",
  "MyAddress",
  "CondorVersion",
  "HTCondorCEVersion",
  "MaxJobsRunning",
  "TotalJobAds",
  "TotalIdleJobs",
  "TotalRunningJobs",
  "TotalHeldJobs"
] as const

/**
 * The schedds that the collector has shown. Undefined if it has not answered.
 */
export const schedds = (reply: Reply): ReadonlyArray<ScheddAd> | undefined => {
  if (reply._tag !== "Answered" || reply.result.exitCode !== 0) return undefined
  const { stdout } = reply.result
  return stdout.trim() === "" ? [] : Result.getOrUndefined(decodeAds(stdout))
}

/**
 * The address in a schedd's ad, as `<address>:<port>`.
 */
export const addressOf = (ad: ScheddAd): string | undefined => /^<([^<>?]+)/.exec(String(ad["MyAddress"]))?.[1]

/**
 * Whether there are schedds, and none of them is that of an HTCondor-CE.
 */
export const isPool = (ads: ReadonlyArray<ScheddAd> | undefined): ads is ReadonlyArray<ScheddAd> =>
  ads !== undefined && ads.length > 0 && ads.every((ad) => ad["HTCondorCEVersion"] === undefined)

/**
 * The result if the collector is that of a pool, and not of a CE.
 */
export const pool = (ads: ReadonlyArray<ScheddAd>): Finding =>
  warning(
    `answers, and is the collector of a pool: it has ${ads.map(({ Name }) => Name).join(", ")}, and no HTCondor-CE`,
    "name the port of the CE: 9619, unless the site has another (that of a pool is 9618)"
  )

/**
 * The result of a later check at such a collector: its failure has the same cause.
 */
export const atPool = (finding: Finding): Finding =>
  finding.status === "failed" ? failed(finding.detail, "see the check of the collector") : finding

/**
 * The findings of earlier checks that the check of the schedd needs.
 *
 * - `isIn`: whether the collector has accepted the token
 * - `handsOnTo`: the CE to which the schedd hands jobs on, if it is that of a submit host
 */
export interface Circumstances {
  readonly isIn: boolean
  readonly handsOnTo: Endpoint | undefined
}

export const schedd = (
  endpoint: Endpoint,
  ads: ReadonlyArray<ScheddAd> | undefined,
  { handsOnTo, isIn }: Circumstances
): Finding => {
  if (ads === undefined) {
    const detail = "the collector does not show its schedds"
    return isIn ? failed(detail, "report it to the site: the tools need them to find the CE's schedd") : skipped(detail)
  }
  const ad = ads.find(({ Name }) => HostName.same(Name, endpoint.schedd))
  if (ad === undefined) {
    return ads.length === 0
      ? failed("the collector has no schedd", "is it the collector of a CE, and is the CE's schedd up?")
      : failed(
        `the collector has no ${endpoint.schedd}; it has ${ads.map(({ Name }) => Name).join(", ")}`,
        "name the right one: --schedd"
      )
  }
  const version = versionIn(String(ad["CondorVersion"])) ?? "(version unknown)"
  const old = `the site should have HTCondor ${oldest} or later`
  if (handsOnTo !== undefined) {
    const detail =
      `${ad.Name}, HTCondor ${version}; of ${handsOnTo.address}, to which it hands jobs on, nothing is known`
    return isOld(version) ? warning(detail, old) : ok(detail)
  }
  const ce = ad["HTCondorCEVersion"]
  if (ce === undefined) {
    return warning(
      `${ad.Name}, HTCondor ${version}, which does not say that it is an HTCondor-CE`,
      "is the port right (9619), or is this the schedd of the pool?"
    )
  }
  const detail = `${ad.Name}, HTCondor-CE ${String(ce)} on HTCondor ${version}`
  return isOld(version) ? warning(detail, old) : ok(detail)
}

/**
 * The configuration parameters of a schedd that are queried.
 */
export const parameters = [
  "MAX_JOBS_PER_OWNER",
  "MAX_JOBS_PER_SUBMISSION",
  "MAX_JOBS_SUBMITTED"
] as const

/**
 * The known values of these parameters.
 */
export type Values = ReadonlyMap<typeof parameters[number], string>

/**
 * Reads the values from the output of `condor_config_val`: one line for each parameter, in their order.
 */
export const values = (reply: Reply): Values => {
  const lines = reply._tag === "Answered" && reply.result.exitCode === 0
    ? reply.result.stdout.trimEnd().split("\n")
    : []
  if (lines.length !== parameters.length) return new Map()
  return new Map(parameters.flatMap((parameter, index) => {
    const value = lines[index]?.trim() ?? ""
    return value === "" || value === "Not defined" ? [] : [[parameter, value] as const]
  }))
}

/**
 * The configuration parameter with the audiences of tokens that a CE accepts.
 */
export const audienceParameter = "SCITOKENS_SERVER_AUDIENCE"

/**
 * The audiences of tokens that a CE accepts, from the output of `condor_config_val`. Empty if the CE does not answer.
 */
export const audiences = (reply: Reply): ReadonlyArray<string> =>
  reply._tag !== "Answered" || reply.result.exitCode !== 0 || reply.result.stdout.startsWith("Not defined")
    ? []
    : reply.result.stdout.split(/[\s,]+/).filter((one) => one !== "")

// The largest C int means that there is no limit.
const limitIn = (value: unknown): number | undefined => {
  const number = Number(value)
  return value === undefined || !Number.isInteger(number) || number >= 2_147_483_647 ? undefined : number
}

// The share of a limit from which a warning is given.
const nearly = 0.9

/**
 * Compares the number of jobs of a schedd with its limits. (The free space of its spool directory is not visible to clients.)
 */
export const limits = (ad: ScheddAd | undefined, settings: Values): Finding => {
  if (ad === undefined) return skipped("there is no schedd to ask")
  const total = limitIn(ad["TotalJobAds"])
  if (total === undefined) return skipped("the schedd's ad does not say how many jobs it has")
  const count = (attribute: typeof attributes[number], word: string) => {
    const number = limitIn(ad[attribute])
    return number === undefined ? [] : [`${number} ${word}`]
  }
  const jobs = [
    ...count("TotalIdleJobs", "idle"),
    ...count("TotalRunningJobs", "running"),
    ...count("TotalHeldJobs", "held")
  ]
  const [owner, submission, all] = [
    limitIn(settings.get("MAX_JOBS_PER_OWNER")),
    limitIn(settings.get("MAX_JOBS_PER_SUBMISSION")),
    limitIn(settings.get("MAX_JOBS_SUBMITTED"))
  ]
  const bounds = [
    ...(owner === undefined ? [] : [`${owner} of one user`]),
    ...(submission === undefined ? [] : [`${submission} in one submission`]),
    ...(all === undefined ? [] : [`${all} in all`]),
    ...count("MaxJobsRunning", "running")
  ]
  const detail = `${total} jobs of all users${jobs.length === 0 ? "" : ` (${jobs.join(", ")})`}; ${
    bounds.length === 0 ? "no limit is known" : `at most ${bounds.join(", ")}`
  }`
  if (all !== undefined && total >= all) {
    return failed(detail, "the queue is full: fetch or purge completed jobs, or wait")
  }
  // The ad counts jobs of all users. It does not say how many of them are ours.
  return total >= nearly * Math.min(owner ?? Infinity, all ?? Infinity)
    ? warning(detail, "the queue may soon be full: fetch or purge completed jobs")
    : ok(detail)
}
