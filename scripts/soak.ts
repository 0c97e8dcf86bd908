/**
 * Keeps jobs in flight on the real stack while tokens expire and the schedd is killed: `npm run soak -- [options]`.
 *
 * Exit code 0: each submitted job was fetched, purged, cancelled, or reported as held or failed. No job was held without a kill shortly
 * before. Nothing is left of any job, neither at the CE nor here. `HTCONDOR_CE_STACK_VERSION=lts` chooses the version of HTCondor.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { interrupts } from "../src/cli/BrokenPipe.ts"
import { Credential, HTCondorCE, ScheddTransport, SubmissionKey } from "../src/index.ts"
import { fail } from "./bench/Failed.ts"
import * as Stack from "./bench/Stack.ts"
import * as Factory from "./soak/Factory.ts"
import * as Ledger from "./soak/Ledger.ts"
import * as Trouble from "./soak/Trouble.ts"
import * as Vitals from "./soak/Vitals.ts"

interface Options {
  readonly minutes: number
  readonly jobs: number
  readonly tokenLifetime: number
  readonly restartEvery: number
}

const listed = (counts: Iterable<readonly [string, number]>): string =>
  Array.from(counts, ([what, count]) => `${count} ${what}`).join(", ") || "none"

/** A kill may cost jobs that are submitted so many milliseconds later: the JobRouter looks again after a while. */
const aftermath = 60_000

const table = (rows: ReadonlyArray<readonly [string, number, string]>): string => {
  const width = Math.max(...rows.map(([what]) => what.length))
  return rows.map(([what, count, remark]) =>
    `  ${what.padEnd(width)} ${String(count).padStart(6)}  ${remark}`.trimEnd()
  )
    .join("\n")
}

/** The holds of the site by code and reason, and how these jobs ended. */
const holdRows = (ledger: Ledger.Ledger): ReadonlyArray<readonly [string, number, string]> =>
  Array.from(
    Map.groupBy(ledger.holds(), ({ code }) => code),
    ([code, some]) => {
      const fates = Map.groupBy(some, ({ fate }) => fate)
      return [
        `seen held ${code}`,
        some.length,
        `${some.filter(({ afterKill }) => afterKill).length} after a kill; then ${
          listed(Array.from(fates, ([fate, them]) => [fate === "Held" ? "removed" : fate, them.length]))
        }; for example ${some[0]?.job}: ${some[0]?.reason}`
      ]
    }
  )

/** Jobs of this soak that ran to their end at the CE and that nobody here knows. */
const orphans = (tag: string, ledger: Ledger.Ledger) =>
  Effect.map(
    Stack.run(
      "inside",
      Stack.version,
      "condor_history",
      "-constraint",
      `EffectCETag == "${tag}" && (JobStatus == 4 || LastJobStatus == 4)`,
      "-af",
      "ClusterId",
      "ProcId"
    ),
    (text) =>
      text.split("\n").flatMap((line) => line === "" ? [] : [line.replace(" ", ".")]).filter((id) => !ledger.has(id))
  )

const soak = Effect.fnUntraced(function*({ jobs, minutes, restartEvery, tokenLifetime }: Options) {
  const fileSystem = yield* FileSystem.FileSystem
  const value = yield* Stack.up
  const before = new Set(yield* Stack.left())
  const root = yield* fileSystem.makeTempDirectoryScoped({ prefix: "htcondor-ce-soak-" })
  const [temporary, destination, executable] = [`${root}/temporary`, `${root}/output`, `${root}/payload.sh`]
  yield* fileSystem.makeDirectory(temporary)
  yield* fileSystem.writeFileString(executable, Factory.payload, { mode: 0o755 })
  yield* Trouble.tokens(`${root}/token`, tokenLifetime)
  let restarts = 0
  let killed = Number.NEGATIVE_INFINITY

  const backend = HTCondorCE.layer({
    endpoint: value("ENDPOINT"),
    schedd: value("SCHEDD"),
    timeout: "20 seconds",
    freshness: "5 seconds",
    // Input that a killed schedd has forgotten is waited for as long.
    limits: { transferTimeout: Duration.minutes(1) },
    temporaryDirectory: temporary
  }).pipe(
    Layer.provide([
      ScheddTransport.layer({ binDirectory: value("CONDOR_BIN") }),
      Credential.layerTokenFile(`${root}/token`)
    ])
  )
  const tag = yield* SubmissionKey.generate
  const ledger = Ledger.make()
  const samples: Array<Vitals.Vitals> = []
  const began = performance.now()
  const seconds = () => (performance.now() - began) / 1_000

  const unreleased = yield* Effect.gen(function*() {
    const factory = yield* Factory.make({
      executable,
      destination,
      target: jobs,
      tag,
      ledger,
      wasKilledSince: (time) => killed > time - aftermath
    })
    const report = Effect.gen(function*() {
      const vitals = yield* Vitals.take(temporary)
      samples.push(vitals)
      yield* Console.log(
        `${seconds().toFixed(0).padStart(5)} s: ${ledger.submitted} submitted (${
          listed(Object.entries(ledger.tally()))
        }), ${restarts} kills, heap ${(vitals.heap / 1e6).toFixed(1)} MB, resident ${
          (vitals.resident / 1e6).toFixed(0)
        } MB, ${vitals.descriptors} descriptors, ${vitals.temporary} temporary directories`
      )
    })
    let reported = Number.NEGATIVE_INFINITY
    const round = (isLast: boolean) =>
      Effect.gen(function*() {
        const done = yield* factory.cycle(isLast)
        // Between two cycles nothing is under way.
        if (seconds() - reported >= minutes * 3) {
          reported = seconds()
          yield* report
        }
        return done
      })
    const pause = Schedule.spaced("1 second")
    yield* Effect.scoped(
      Effect.gen(function*() {
        yield* Trouble.restarts(
          `${restartEvery} seconds`,
          Effect.map(Clock.currentTimeMillis, (now) => void (restarts++, killed = now))
        )
        yield* Effect.repeat(round(false), { schedule: pause, until: () => seconds() > minutes * 60 })
      })
    )
    yield* Console.log("nothing new is submitted")
    yield* Effect.timeoutOption(Effect.repeat(round(true), { schedule: pause, until: (done) => done }), "5 minutes")
    yield* report
    yield* Console.log(`errors on the way: ${listed(factory.errors())}`)
    return factory.unreleased()
  }).pipe(Effect.provide(backend))

  const ours = Effect.map(Stack.left(tag), (entries) => entries.filter((entry) => !before.has(entry)))
  const left = yield* Effect.repeat(ours, { schedule: pool, until: (left) => left.length === 0 })
  const lost = yield* orphans(tag, ledger)
  const fetched = (yield* fileSystem.readDirectory(destination)).length
  const { Fetched = 0, Live = 0 } = ledger.tally()
  const kept = left.filter((entry) => {
    const job = /^CE: (\d+\.\d+) /.exec(entry)?.[1]
    return job !== undefined && unreleased.has(job)
  })
  // The JobRouter asks the pool once to remove its copy, and forgets it if that fails: no client of the CE can reach it.
  const forgotten = left.filter((entry) => /^pool: \d+\.\d+ 5 /.test(entry))
  const unprovoked = ledger.holds().filter(({ afterKill }) => !afterKill)
  yield* Console.log(table([
    ["submitted", ledger.submitted, `${restarts} kills`],
    ...Object.entries(ledger.tally()).map(([fate, count]) => [`= ${fate}`, count, ""] as const),
    ...holdRows(ledger),
    ["outputs here", fetched, ""],
    ["released late", unreleased.size, `${kept.length} still at the CE`],
    ["left at the site", left.length, `${forgotten.length} held copies in the pool, which the JobRouter forgot`],
    ["ran unknown to us", lost.length, ""]
  ]))
  yield* Effect.forEach(ledger.details("Failed"), (detail) => Console.log(`reported failed: ${detail}`))
  const complaints = [
    ...kept.length > 0 ? [`${kept.length} jobs were fetched and never released`] : [],
    ...unprovoked.map(({ code, job, reason }) => `${job} was held without a kill (${code}): ${reason}`).slice(0, 10),
    ...Live > 0 ? [`${Live} jobs came to no end`] : [],
    ...fetched === Fetched ? [] : [`${fetched} outputs are here, and ${Fetched} jobs were fetched`],
    ...lost.length > 0 ? [`${lost.length} jobs ran that nobody knows: ${lost.slice(0, 5).join(", ")}`] : [],
    ...left.filter((entry) => !forgotten.includes(entry)).slice(0, 10),
    ...ledger.details("Lost").slice(0, 10),
    ...(yield* fileSystem.readDirectory(temporary)).map((name) => `temporary files are left: ${name}`),
    ...Vitals.complaints(samples)
  ]
  if (complaints.length > 0) return yield* fail(complaints.join("\n"))
}, Effect.scoped)

// The JobRouter takes a routed job out of the pool some time after the CE's job has left.
const pool = Schedule.spaced("1 second").pipe(Schedule.upTo({ times: 120 }))

const command = Command.make("soak", {
  minutes: Flag.Finite("minutes").pipe(Flag.withDefault(10)),
  jobs: Flag.Int("jobs").pipe(Flag.withDefault(200), Flag.withDescription("How many are kept in flight")),
  tokenLifetime: Flag.Int("token-lifetime").pipe(Flag.withDefault(60), Flag.withMetavar("SECONDS")),
  restartEvery: Flag.Int("restart-every").pipe(Flag.withDefault(120), Flag.withMetavar("SECONDS"))
}, soak)

Command.run(command, { version: "0" }).pipe(interrupts, Effect.provide(NodeServices.layer), NodeRuntime.runMain)
