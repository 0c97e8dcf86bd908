/**
 * Finds out why a CE does not work: checks each part of the connection separately.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import * as Result from "effect/Result"
import type { CondorTool } from "../condor/tools/CondorTool.ts"
import * as Ping from "../condor/tools/Ping.ts"
import * as TrustAnchors from "../condor/tools/TrustAnchors.ts"
import type { CredentialProvider } from "../contract/Credential.ts"
import * as HostName from "../contract/HostName.ts"
import * as PrivateDirectories from "../files/PrivateDirectories.ts"
import { type Config, settings as settingsOf } from "./Config.ts"
import * as Endpoint from "./Endpoint.ts"
import type * as CredentialSet from "./internal/credentials/CredentialSet.ts"
import { Addresses } from "./internal/diagnosis/Addresses.ts"
import { type Case, local, type Report } from "./internal/diagnosis/Case.ts"
import { type Check, type CheckName, failed, skipped } from "./internal/diagnosis/Check.ts"
import * as CredentialProbe from "./internal/diagnosis/CredentialProbe.ts"
import * as HostChecks from "./internal/diagnosis/HostChecks.ts"
import * as Leftovers from "./internal/diagnosis/Leftovers.ts"
import * as ScheddChecks from "./internal/diagnosis/ScheddChecks.ts"
import * as TokenChecks from "./internal/diagnosis/TokenChecks.ts"
import * as ToolProbe from "./internal/diagnosis/ToolProbe.ts"
import * as Route from "./Route.ts"

export {
  /**
   * The result of one check: its name, its status, a detail and a fix.
   *
   * @category models
   * @since 0.1.0
   */
  Check,
  /**
   * The names of the checks, in the order in which they are made.
   *
   * @category models
   * @since 0.1.0
   */
  CheckName
} from "./internal/diagnosis/Check.ts"

/**
 * Options of {@link diagnose}.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** Directories in which the tools may be, for the detail of the check `tools`. Default: none. */
  readonly searchPath?: ReadonlyArray<string> | undefined
  /** Receives each check as soon as it is made, for example to print it. */
  readonly onCheck?: ((check: Check) => Effect.Effect<void>) | undefined
}

/**
 * Whether no check has failed. Warnings and skipped checks do not count.
 *
 * @category predicates
 * @since 0.1.0
 */
export const isWell = (checks: ReadonlyArray<Check>): boolean => checks.every(({ status }) => status !== "failed")

const look = ["-debug", "-schedd", "-json", "-attributes", ScheddChecks.attributes.join(",")]

// The checks without a credential. `skew`: undefined if it is not known.
const site = Effect.fnUntraced(function*({ settings, endpoint, isSubmitHost, probe, report }: Case) {
  const seen = yield* probe.collector("Nobody", "condor_status", look)
  yield* report("name", HostChecks.name(endpoint, seen))
  const addresses = HostChecks.isCutOff(seen)
    ? yield* Effect.timeoutOrElse((yield* Addresses)(HostChecks.hostOf(endpoint)), {
      duration: settings.timeout,
      orElse: () => Effect.succeed([])
    })
    : []
  yield* report("connection", HostChecks.connection(endpoint, seen, addresses))
  const ads = ScheddChecks.schedds(seen)
  const isPool = !isSubmitHost && ScheddChecks.isPool(ads)
  yield* report("collector", isPool ? ScheddChecks.pool(ads) : HostChecks.collector(seen))
  const isHeard = HostChecks.isHeard(seen)
  const certificate = Effect.fnUntraced(function*() {
    if (settings.token === "IdToken") return skipped("it is verified with SciTokens")
    const authorities = yield* Effect.result(Effect.flatten(TrustAnchors.make(settings)))
    if (Result.isFailure(authorities)) return HostChecks.noAuthorities(authorities.failure.message)
    if (!isHeard) return HostChecks.notHeard(seen)
    const args = ["-debug", "-schedd", "-af", "Name"]
    return HostChecks.certificate(endpoint, yield* probe.collector("Handshake", "condor_status", args))
  })
  yield* report("certificate", yield* certificate())
  const unheard = isHeard ? undefined : HostChecks.notHeard(seen)
  if (seen._tag !== "Answered") return { unheard, skew: undefined, ads, isPool, audiences: [] }
  const { connection, time } = seen.trace
  return {
    unheard,
    skew: time === undefined ? undefined : HostChecks.skew(time, seen),
    ads,
    isPool,
    audiences: isHeard && settings.token === "SciToken" && connection !== undefined
      ? ScheddChecks.audiences(
        yield* probe.daemon(connection.address, "Nobody", "condor_config_val", [ScheddChecks.audienceParameter])
      )
      : []
  }
})

// The credentials must be valid by this host's clock and by the CE's.
const credentials = Effect.fnUntraced(function*(context: Case, skew: number, audiences: ReadonlyArray<string>) {
  const { audience, settings, report } = context
  const now = yield* Clock.currentTimeMillis
  const latest = now + 1000 * Math.max(skew, 0)
  const writing = yield* CredentialProbe.obtain(settings, audience, "write", now)
  const reading = Result.isSuccess(writing.accepted)
    ? writing
    : yield* CredentialProbe.obtain(settings, audience, "read", now)
  yield* report(
    "token",
    TokenChecks.token({
      kind: settings.token,
      claims: Result.isSuccess(writing.given) ? CredentialProbe.claims(writing.given.success) : undefined,
      doubts: writing.doubts,
      acceptable: writing.accepted,
      readable: reading.accepted,
      earliest: now + 1000 * Math.min(skew, 0),
      latest,
      freshness: settings.freshness,
      audience,
      audiences
    })
  )
  yield* report(
    "proxy",
    settings.proxy
      ? TokenChecks.proxy(
        Result.flatMap((yield* CredentialProbe.obtain(settings, audience, "submit", now)).given, CredentialProbe.proxy),
        latest
      )
      : skipped("no proxy certificate is configured for jobs")
  )
  return { reader: reading.accepted, writer: writing.accepted }
})

const ping = (level: "READ" | "WRITE") => ["-debug", "-verbose", level]

// Checks the authentication by the collector, and compares the clocks.
const introduce = Effect.fnUntraced(function*(
  { settings, probe, report }: Case,
  reader: Result.Result<CredentialSet.CredentialSet, string>,
  { isPool, skew }: Pick<Effect.Success<ReturnType<typeof site>>, "isPool" | "skew">
) {
  if (Result.isFailure(reader)) {
    yield* report("authentication", skipped("there is no usable token"))
    yield* report("clock", HostChecks.clock(skew))
    return false
  }
  const reply = yield* probe.collector(reader.success, "condor_ping", ["-type", "collector", ...ping("READ")])
  const finding = TokenChecks.authentication(reply, settings.token)
  yield* report("authentication", isPool ? ScheddChecks.atPool(finding) : finding)
  const answer = reply._tag === "Answered" ? Ping.read(reply.result.stdout, "READ") : undefined
  const time = answer?._tag === "Allowed" ? answer.time : undefined
  const known = skew ?? (time === undefined || reply._tag !== "Answered" ? undefined : HostChecks.skew(time, reply))
  yield* report("clock", HostChecks.clock(known))
  return answer?._tag === "Allowed"
})

// Checks the operations that the schedd allows. The limits are those that a reader sees.
const operations = Effect.fnUntraced(function*(
  { settings, isSubmitHost, probe, report }: Case,
  { reader, writer }: Effect.Success<ReturnType<typeof credentials>>,
  ad: ScheddChecks.ScheddAd
) {
  const enter = Effect.fnUntraced(function*(level: "READ" | "WRITE", set: typeof reader) {
    if (Result.isFailure(set)) return { finding: failed(set.failure, "see the check of the token"), isAway: false }
    const reply = yield* probe.schedd(set.success, "condor_ping", ["-type", "schedd", ...ping(level)])
    return {
      finding: TokenChecks.authorization(reply, settings.token, level, ScheddChecks.addressOf(ad)),
      isAway: reply._tag === "Silent" || HostChecks.isCutOff(reply)
    }
  })
  const reading = yield* enter("READ", reader)
  yield* report("read", reading.finding)
  yield* report(
    "write",
    reading.isAway ? skipped("the schedd does not answer") : (yield* enter("WRITE", writer)).finding
  )
  const values = reading.finding.status === "ok" && Result.isSuccess(reader)
    ? ScheddChecks.values(
      yield* probe.schedd(reader.success, "condor_config_val", ["-schedd", ...ScheddChecks.parameters])
    )
    : new Map()
  yield* report("limits", ScheddChecks.limits(ad, values))
  if (isSubmitHost) yield* report("leftovers", skipped("the CE itself knows them: ask it without its submit host"))
  else if (reading.finding.status !== "ok" || Result.isFailure(reader)) {
    yield* report("leftovers", skipped("looking at jobs is not allowed, or not possible"))
  } else {
    const args = ["-constraint", Leftovers.constraint, "-af", "JobStatus"]
    yield* report("leftovers", Leftovers.leftovers(yield* probe.schedd(reader.success, "condor_q", args)))
  }
})

/**
 * Checks a CE, this host, and the credentials. Every check is made, or skipped with a reason, whatever the others found.
 *
 * **Details**
 *
 * Checks that need no credential run without one, because the tools report a refused token as an unreachable host. No job is
 * submitted or changed. The results contain no secret. On the route through a submit host, all checks are made at that host:
 * problems between it and the CE are only visible in its jobs.
 *
 * **Example** (Printing what has failed)
 *
 * ```ts
 * import { Console, Effect } from "effect"
 * import { Credential } from "effect-htcondor-ce"
 * import * as Diagnosis from "effect-htcondor-ce/diagnosis"
 * import { FakeSchedd } from "effect-htcondor-ce/testing"
 * import * as assert from "node:assert"
 *
 * export const program = Effect.gen(function*() {
 *   const checks = yield* Diagnosis.diagnose({ endpoint: "ce.example.org" }, {
 *     onCheck: ({ check, detail, fix, status }) =>
 *       status === "failed" ? Console.error(`${check}: ${detail}. ${fix ?? ""}`) : Effect.void
 *   })
 *   assert.ok(Diagnosis.isWell(checks))
 *   assert.strictEqual(checks.find(({ check }) => check === "write")?.status, "ok")
 * }).pipe(Effect.provide(Credential.layerToken(FakeSchedd.token("pilot"))))
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const diagnose = Effect.fn("Diagnosis.diagnose")(function*(
  config: Config,
  options: Options = {}
): Effect.fn.Return<
  ReadonlyArray<Check>,
  Endpoint.InvalidEndpoint,
  CondorTool | CredentialProvider | FileSystem.FileSystem | Path.Path
> {
  const ce = yield* Effect.fromResult(Endpoint.make(config.endpoint, config.schedd))
  const { grid, queue: endpoint } = yield* Effect.fromResult(Route.make(ce, config.route))
  const settings = settingsOf(config)
  const temporary = yield* PrivateDirectories.make(settings)
  const checks: Array<Check> = []
  const report: Report = (check, finding) =>
    Effect.suspend(() => {
      const made: Check = { check, ...finding }
      checks.push(made)
      return options.onCheck?.(made) ?? Effect.void
    })
  const context: Case = {
    endpoint,
    settings,
    audience: settings.audience ?? endpoint.address,
    isSubmitHost: grid !== undefined,
    probe: yield* ToolProbe.make(endpoint, settings, temporary),
    report
  }
  const skip = (reason: string, names: ReadonlyArray<CheckName>) =>
    Effect.forEach(names, (name) => report(name, skipped(reason)), { discard: true })
  yield* local(context, temporary, options.searchPath ?? [])
  const seen = yield* site(context)
  const { ads, audiences, isPool, skew, unheard } = seen
  const sets = yield* credentials(context, skew ?? 0, audiences)
  if (unheard !== undefined) {
    yield* skip(unheard.detail, ["authentication", "clock", "schedd", "read", "write", "limits", "leftovers"])
    return checks
  }
  const isIn = yield* introduce(context, sets.reader, seen)
  // Some CEs show their schedds only to authenticated clients.
  const shown = ads ??
    (isIn && Result.isSuccess(sets.reader)
      ? ScheddChecks.schedds(yield* context.probe.collector(sets.reader.success, "condor_status", look))
      : undefined)
  const found = ScheddChecks.schedd(endpoint, shown, { isIn, handsOnTo: grid === undefined ? undefined : ce })
  yield* report("schedd", isPool ? ScheddChecks.atPool(found) : found)
  const ad = shown?.find(({ Name }) => HostName.same(Name, endpoint.schedd))
  if (isIn && ad !== undefined) yield* operations(context, sets, ad)
  else {
    const reason = isIn ? "there is no schedd to ask" : "the collector has not authenticated this client"
    yield* skip(reason, ["read", "write"])
    yield* report("limits", ScheddChecks.limits(ad, new Map()))
    yield* skip(reason, ["leftovers"])
  }
  return checks
})
