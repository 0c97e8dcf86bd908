/**
 * Why a compute element does not do what it should: each thing that a conversation with it needs, checked by itself.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import * as Result from "effect/Result"
import type { CondorTool } from "../condor/CondorTool.ts"
import * as Ping from "../condor/Ping.ts"
import type { CredentialProvider } from "../contract/Credential.ts"
import * as HostName from "../contract/HostName.ts"
import { type Config, settings } from "./Config.ts"
import type * as CredentialSet from "./CredentialSet.ts"
import { Addresses } from "./diagnosis/Addresses.ts"
import { type Case, local, type Tell } from "./diagnosis/Case.ts"
import * as Entry from "./diagnosis/Entry.ts"
import { type Check, type CheckName, failed, skipped } from "./diagnosis/Finding.ts"
import * as Host from "./diagnosis/Host.ts"
import * as Leftovers from "./diagnosis/Leftovers.ts"
import * as Obtained from "./diagnosis/Obtained.ts"
import * as Probe from "./diagnosis/Probe.ts"
import * as Queue from "./diagnosis/Queue.ts"
import * as Endpoint from "./Endpoint.ts"
import * as Route from "./Route.ts"
import * as Temporary from "./Temporary.ts"
import * as TrustAnchors from "./TrustAnchors.ts"

export {
  /**
   * What a check has found.
   *
   * @category models
   * @since 0.1.0
   */
  Check,
  /**
   * The checks, in the order in which they are made.
   *
   * @category models
   * @since 0.1.0
   */
  CheckName
} from "./diagnosis/Finding.ts"

/**
 * - `searchPath`: directories in which the tools may be, to tell where they are
 * - `onCheck`: is told each check as soon as it is made
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  readonly searchPath?: ReadonlyArray<string> | undefined
  readonly onCheck?: ((check: Check) => Effect.Effect<void>) | undefined
}

/**
 * Whether nothing that was checked has failed.
 *
 * @category predicates
 * @since 0.1.0
 */
export const isWell = (checks: ReadonlyArray<Check>): boolean => checks.every(({ status }) => status !== "failed")

const look = ["-debug", "-schedd", "-json", "-attributes", Queue.attributes.join(",")]

// What needs no credential. `skew`: as far as it is known.
const site = Effect.fnUntraced(function*({ complete, endpoint, isSubmitHost, probe, tell }: Case) {
  const seen = yield* probe.collector("Nobody", "condor_status", look)
  yield* tell("name", Host.name(endpoint, seen))
  const addresses = Host.isCutOff(seen)
    ? yield* Effect.timeoutOrElse((yield* Addresses)(Host.hostOf(endpoint)), {
      duration: complete.timeout,
      orElse: () => Effect.succeed([])
    })
    : []
  yield* tell("connection", Host.connection(endpoint, seen, addresses))
  const ads = Queue.schedds(seen)
  const isPool = !isSubmitHost && Queue.isPool(ads)
  yield* tell("collector", isPool ? Queue.pool(ads) : Host.collector(seen))
  const isHeard = Host.isHeard(seen)
  const certificate = Effect.fnUntraced(function*() {
    if (complete.token === "IdToken") return skipped("it is verified with SciTokens")
    const authorities = yield* Effect.result(Effect.flatten(TrustAnchors.make(complete)))
    if (Result.isFailure(authorities)) return Host.noAuthorities(authorities.failure.message)
    if (!isHeard) return Host.notHeard(seen)
    const args = ["-debug", "-schedd", "-af", "Name"]
    return Host.certificate(endpoint, yield* probe.collector("Handshake", "condor_status", args))
  })
  yield* tell("certificate", yield* certificate())
  const unheard = isHeard ? undefined : Host.notHeard(seen)
  if (seen._tag !== "Answered") return { unheard, skew: undefined, ads, isPool, audiences: [] }
  const { connection, time } = seen.trace
  return {
    unheard,
    skew: time === undefined ? undefined : Host.skew(time, seen),
    ads,
    isPool,
    audiences: isHeard && complete.token === "SciToken" && connection !== undefined
      ? Queue.audiences(
        yield* probe.daemon(connection.address, "Nobody", "condor_config_val", [Queue.audienceParameter])
      )
      : []
  }
})

// They have to be good by this host's clock and by the CE's.
const credentials = Effect.fnUntraced(function*(one: Case, skew: number, audiences: ReadonlyArray<string>) {
  const { audience, complete, tell } = one
  const now = yield* Clock.currentTimeMillis
  const latest = now + 1000 * Math.max(skew, 0)
  const writing = yield* Obtained.obtain(complete, audience, "write", now)
  const reading = Result.isSuccess(writing.accepted) ? writing : yield* Obtained.obtain(complete, audience, "read", now)
  yield* tell(
    "token",
    Entry.token({
      kind: complete.token,
      claims: Result.isSuccess(writing.given) ? Obtained.claims(writing.given.success) : undefined,
      doubts: writing.doubts,
      acceptable: writing.accepted,
      readable: reading.accepted,
      earliest: now + 1000 * Math.min(skew, 0),
      latest,
      freshness: complete.freshness,
      audience,
      audiences
    })
  )
  yield* tell(
    "proxy",
    complete.proxy
      ? Entry.proxy(
        Result.flatMap((yield* Obtained.obtain(complete, audience, "submit", now)).given, Obtained.proxy),
        latest
      )
      : skipped("jobs take none along")
  )
  return { reader: reading.accepted, writer: writing.accepted }
})

const ping = (level: "READ" | "WRITE") => ["-debug", "-verbose", level]

// Who the collector takes us for, and what time it is there.
const introduce = Effect.fnUntraced(function*(
  { complete, probe, tell }: Case,
  reader: Result.Result<CredentialSet.CredentialSet, string>,
  { isPool, skew }: Pick<Effect.Success<ReturnType<typeof site>>, "isPool" | "skew">
) {
  if (Result.isFailure(reader)) {
    yield* tell("authentication", skipped("there is no token that could be shown"))
    yield* tell("clock", Host.clock(skew))
    return false
  }
  const reply = yield* probe.collector(reader.success, "condor_ping", ["-type", "collector", ...ping("READ")])
  const finding = Entry.authentication(reply, complete.token)
  yield* tell("authentication", isPool ? Queue.atPool(finding) : finding)
  const answer = reply._tag === "Answered" ? Ping.read(reply.result.stdout, "READ") : undefined
  const time = answer?._tag === "Allowed" ? answer.time : undefined
  const known = skew ?? (time === undefined || reply._tag !== "Answered" ? undefined : Host.skew(time, reply))
  yield* tell("clock", Host.clock(known))
  return answer?._tag === "Allowed"
})

// What the schedd lets us do. The limits are those that a reader sees.
const operations = Effect.fnUntraced(function*(
  { complete, isSubmitHost, probe, tell }: Case,
  { reader, writer }: Effect.Success<ReturnType<typeof credentials>>,
  ad: Queue.ScheddAd
) {
  const enter = Effect.fnUntraced(function*(level: "READ" | "WRITE", set: typeof reader) {
    if (Result.isFailure(set)) return { finding: failed(set.failure, "see the check of the token"), isAway: false }
    const reply = yield* probe.schedd(set.success, "condor_ping", ["-type", "schedd", ...ping(level)])
    return {
      finding: Entry.authorization(reply, complete.token, level, Queue.addressOf(ad)),
      isAway: reply._tag === "Silent" || Host.isCutOff(reply)
    }
  })
  const reading = yield* enter("READ", reader)
  yield* tell("read", reading.finding)
  yield* tell(
    "write",
    reading.isAway ? skipped("the schedd does not answer") : (yield* enter("WRITE", writer)).finding
  )
  const values = reading.finding.status === "ok" && Result.isSuccess(reader)
    ? Queue.values(yield* probe.schedd(reader.success, "condor_config_val", ["-schedd", ...Queue.parameters]))
    : new Map()
  yield* tell("limits", Queue.limits(ad, values))
  if (isSubmitHost) yield* tell("leftovers", skipped("the CE itself knows them: ask it without its submit host"))
  else if (reading.finding.status !== "ok" || Result.isFailure(reader)) {
    yield* tell("leftovers", skipped("looking at jobs is not allowed, or not possible"))
  } else {
    const args = ["-constraint", Leftovers.constraint, "-af", "JobStatus"]
    yield* tell("leftovers", Leftovers.leftovers(yield* probe.schedd(reader.success, "condor_q", args)))
  }
})

/**
 * Checks a compute element, and what is needed to talk to it. Each check is made, or skipped with a reason, whatever came
 * of those before.
 *
 * **Details**
 *
 * What needs no credential is asked without one, because the tools say of a token that is refused that nobody answers. Jobs
 * are neither submitted nor touched. Nothing secret is in what is found. On the route by a submit host all is asked of that
 * host: what is between it and the CE shows in its jobs alone.
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
  const complete = settings(config)
  const temporary = yield* Temporary.make(complete)
  const checks: Array<Check> = []
  const tell: Tell = (check, finding) =>
    Effect.suspend(() => {
      const one: Check = { check, ...finding }
      checks.push(one)
      return options.onCheck?.(one) ?? Effect.void
    })
  const one: Case = {
    endpoint,
    complete,
    audience: complete.audience ?? endpoint.address,
    isSubmitHost: grid !== undefined,
    probe: yield* Probe.make(endpoint, complete, temporary),
    tell
  }
  const skip = (reason: string, names: ReadonlyArray<CheckName>) =>
    Effect.forEach(names, (name) => tell(name, skipped(reason)), { discard: true })
  yield* local(one, temporary, options.searchPath ?? [])
  const seen = yield* site(one)
  const { ads, audiences, isPool, skew, unheard } = seen
  const sets = yield* credentials(one, skew ?? 0, audiences)
  if (unheard !== undefined) {
    yield* skip(unheard.detail, ["authentication", "clock", "schedd", "read", "write", "limits", "leftovers"])
    return checks
  }
  const isIn = yield* introduce(one, sets.reader, seen)
  // A CE may show its schedds to nobody but those it knows.
  const shown = ads ??
    (isIn && Result.isSuccess(sets.reader)
      ? Queue.schedds(yield* one.probe.collector(sets.reader.success, "condor_status", look))
      : undefined)
  const found = Queue.schedd(endpoint, shown, { isIn, handsOnTo: grid === undefined ? undefined : ce })
  yield* tell("schedd", isPool ? Queue.atPool(found) : found)
  const ad = shown?.find(({ Name }) => HostName.same(Name, endpoint.schedd))
  if (isIn && ad !== undefined) yield* operations(one, sets, ad)
  else {
    const reason = isIn ? "there is no schedd to ask" : "the collector has not let us in"
    yield* skip(reason, ["read", "write"])
    yield* tell("limits", Queue.limits(ad, new Map()))
    yield* skip(reason, ["leftovers"])
  }
  return checks
})
