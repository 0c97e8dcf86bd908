/**
 * What a compute element shows of its schedd: that there is one, and how many jobs it has and may have.
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
 * The attributes that are asked for.
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
 * The schedds that the collector has shown; `undefined` if it has shown nothing.
 */
export const schedds = (reply: Reply): ReadonlyArray<ScheddAd> | undefined => {
  if (reply._tag !== "Answered" || reply.result.exitCode !== 0) return undefined
  const { stdout } = reply.result
  return stdout.trim() === "" ? [] : Result.getOrUndefined(decodeAds(stdout))
}

/**
 * Where a schedd says that it is, as `<address>:<port>`.
 */
export const addressOf = (ad: ScheddAd): string | undefined => /^<([^<>?]+)/.exec(String(ad["MyAddress"]))?.[1]

/**
 * Whether there are schedds, and none says that it is an HTCondor-CE's.
 */
export const isPool = (ads: ReadonlyArray<ScheddAd> | undefined): ads is ReadonlyArray<ScheddAd> =>
  ads !== undefined && ads.length > 0 && ads.every((ad) => ad["HTCondorCEVersion"] === undefined)

/**
 * The collector of a pool, where that of a CE is looked for.
 */
export const pool = (ads: ReadonlyArray<ScheddAd>): Finding =>
  warning(
    `answers, and is the collector of a pool: it has ${ads.map(({ Name }) => Name).join(", ")}, and no HTCondor-CE`,
    "name the port of the CE: 9619, unless the site has another (that of a pool is 9618)"
  )

/**
 * What has failed there: whoever asked is at the wrong door.
 */
export const atPool = (finding: Finding): Finding =>
  finding.status === "failed" ? failed(finding.detail, "see the check of the collector") : finding

/**
 * What is known when the schedd is looked for.
 *
 * - `isIn`: whether the collector has let us in
 * - `handsOnTo`: the CE that the schedd is to hand jobs on to, if it is that of a submit host
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
    return isIn ? failed(detail, "tell the site: the tools find the schedd by them") : skipped(detail)
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
  const version = versionIn(String(ad["CondorVersion"])) ?? "of an unknown version"
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
 * The settings of a schedd that are asked for.
 */
export const parameters = [
  "MAX_JOBS_PER_OWNER",
  "MAX_JOBS_PER_SUBMISSION",
  "MAX_JOBS_SUBMITTED"
] as const

/**
 * Those that are known.
 */
export type Values = ReadonlyMap<typeof parameters[number], string>

/**
 * What `condor_config_val` printed of them: a line each, in their order.
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
 * The setting that says whose tokens a CE takes.
 */
export const audienceParameter = "SCITOKENS_SERVER_AUDIENCE"

/**
 * The audiences of tokens that a CE takes, as `condor_config_val` printed them; none if it does not tell.
 */
export const audiences = (reply: Reply): ReadonlyArray<string> =>
  reply._tag !== "Answered" || reply.result.exitCode !== 0 || reply.result.stdout.startsWith("Not defined")
    ? []
    : reply.result.stdout.split(/[\s,]+/).filter((one) => one !== "")

// What a C int cannot exceed is no limit.
const limitIn = (value: unknown): number | undefined => {
  const number = Number(value)
  return value === undefined || !Number.isInteger(number) || number >= 2_147_483_647 ? undefined : number
}

// Of a limit.
const nearly = 0.9

/**
 * How many jobs a schedd has, and may have. How much room its spool has it tells nobody.
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
    bounds.length === 0 ? "no limit is told" : `at most ${bounds.join(", ")}`
  }`
  if (all !== undefined && total >= all) {
    return failed(detail, "the queue is full: fetch or purge completed jobs, or wait")
  }
  // How many of them are ours the ad does not say.
  return total >= nearly * Math.min(owner ?? Infinity, all ?? Infinity)
    ? warning(detail, "the queue may soon be full: fetch or purge completed jobs")
    : ok(detail)
}
