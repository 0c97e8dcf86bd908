/**
 * A schedd for tests: it answers HTCondor's tools as a real one does, traps included, without a process or a network.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Base64Url from "effect/encoding/Base64Url"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import type * as PlatformError from "effect/PlatformError"
import type * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import * as Queue from "effect/Queue"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import type * as ClassAd from "../classad/ClassAd.ts"
import type { ScheddTransport } from "../condor/Schedd.ts"
import { CondorTool, make as makeTool, type ToolCall } from "../condor/tools/CondorTool.ts"
import * as Address from "./fake/Address.ts"
import * as FaultInjection from "./fake/FaultInjection.ts"
import type { Fault } from "./fake/Faults.ts"
import * as Gridmanager from "./fake/Gridmanager.ts"
import { idOf, type Version } from "./fake/Job.ts"
import * as Machine from "./fake/Machine.ts"
import * as ObservedFileSystem from "./fake/ObservedFileSystem.ts"
import type { Payload, PayloadJob, SpoolFile } from "./fake/Payload.ts"
import * as Processes from "./fake/Processes.ts"
import { played, type Runner } from "./fake/Runner.ts"
import * as ToolDispatch from "./fake/ToolDispatch.ts"
import * as Transport from "./fake/Transport.ts"

export type {
  /**
   * What goes wrong, and for which calls.
   *
   * @category models
   * @since 0.1.0
   */
  Fault
} from "./fake/Faults.ts"

export type {
  /**
   * The versions of HTCondor that are played.
   *
   * @category models
   * @since 0.1.0
   */
  Version
} from "./fake/Job.ts"

export type {
  /**
   * How a job goes.
   *
   * @category models
   * @since 0.1.0
   */
  Payload,
  /**
   * A job as its payload sees it.
   *
   * @category models
   * @since 0.1.0
   */
  PayloadJob,
  /**
   * What a payload uses.
   *
   * @category models
   * @since 0.1.0
   */
  PayloadUsage,
  /**
   * A file of a spool or of a sandbox.
   *
   * @category models
   * @since 0.1.0
   */
  SpoolFile
} from "./fake/Payload.ts"

/**
 * - `version`: which HTCondor is played, on both sides of the wire (default `latest`)
 * - `endpoint`: the address that it answers at (default `ce.example.org`), at port 9619 unless given; `schedd` its name
 *   (default the host)
 * - `payload`: what jobs do (default: each runs for a minute and exits with 0); where it throws, each later use of the
 *   fake dies of the same
 * - `slots`: how many jobs run at one time (default: all)
 * - `handedOn`: how many jobs (grid universe) the gridmanager has at the CE at one time (default: all); the others wait
 * - `spoolDelay`, `startDelay`: from the last byte of input to idle, and from idle to running (default 1 second each)
 * - `sweepInterval`: `PERIODIC_EXPR_INTERVAL` (default 60 seconds)
 * - `systemPolicies`: whether jobs are removed as every HTCondor-CE does (default): held for a day, over their wall time (3
 *   days unless they say otherwise), idle again after they ran
 * - `containers`: whether the machines have a container runtime (default false); jobs that need one wait for ever otherwise
 * - `anyToken`: whether a token that is no IDTOKEN stands for the user `pilot` (default), or is refused
 * - `faults`: those that hold from the start
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  readonly version?: Version | undefined
  readonly endpoint?: string | undefined
  readonly schedd?: string | undefined
  readonly payload?: ((job: PayloadJob) => Payload) | undefined
  readonly slots?: number | undefined
  readonly handedOn?: number | undefined
  readonly spoolDelay?: Duration.Input | undefined
  readonly startDelay?: Duration.Input | undefined
  readonly sweepInterval?: Duration.Input | undefined
  readonly systemPolicies?: boolean | undefined
  readonly containers?: boolean | undefined
  readonly anyToken?: boolean | undefined
  readonly faults?: ReadonlyArray<Fault> | undefined
}

/**
 * The site's side of a fake schedd.
 *
 * - `queue`, `history`: the ads as they are now; of the history the newest first
 * - `spool`: the files that the schedd holds, as `<cluster>.<proc>/<name>`
 * - `uploads`: the outputs that went to URLs, the last for each
 * - `leftAtCE`: the numbers of jobs (grid universe) that were removed or held while they were handed on to a CE, which has a
 *   copy of each that waits for its input, and of which the submit host knows nothing
 * - `calls`: every run of a tool so far
 * - `hold`, `release`, `remove`: by the site's administrator; false if the job cannot be acted on. Of a job that was handed
 *   on to a CE (grid universe), `hold` and `remove` are done there, and `release` at the submit host. `copied`: the job is held
 *   in the pool, and the JobRouter copies that
 * - `restart`, `reinstall`, `rotateHistory`: of the schedd. One that is restarted does not know of jobs that wait for their
 *   input whether it has come: they wait on
 * - `fault`: makes calls fail for as long as the scope lives
 *
 * @category services
 * @since 0.1.0
 */
export class FakeSchedd extends Context.Service<FakeSchedd, {
  readonly version: Version
  readonly endpoint: string
  readonly schedd: string
  readonly queue: Effect.Effect<ReadonlyArray<ClassAd.ClassAd>>
  readonly history: Effect.Effect<ReadonlyArray<ClassAd.ClassAd>>
  readonly spool: Effect.Effect<ReadonlyArray<string>>
  readonly uploads: Effect.Effect<ReadonlyMap<string, SpoolFile>>
  readonly leftAtCE: Effect.Effect<ReadonlyArray<string>>
  readonly calls: Effect.Effect<ReadonlyArray<ToolCall>>
  hold(
    job: string,
    options?: {
      readonly reason?: string | undefined
      readonly code?: number | undefined
      readonly subcode?: number | undefined
      readonly copied?: boolean | undefined
    }
  ): Effect.Effect<boolean>
  release(job: string, reason?: string): Effect.Effect<boolean>
  remove(job: string, reason?: string): Effect.Effect<boolean>
  readonly restart: Effect.Effect<void>
  readonly reinstall: Effect.Effect<void>
  readonly rotateHistory: Effect.Effect<void>
  fault(fault: Fault): Effect.Effect<void, never, Scope.Scope>
}>()("effect-htcondor-ce/testing/FakeSchedd") {}

/**
 * A token that a fake schedd takes for that of a user. It is signed by nobody.
 *
 * **Gotchas**
 *
 * A name without a domain is one of `users.htcondor.org`, as tokens of an HTCondor-CE have it. Users of any other domain
 * can only read, like those that a site maps to nobody: `token("alice@cern.ch")` is for tests of a refusal.
 *
 * @category constructors
 * @since 0.1.0
 */
export const token = (
  user: string,
  options: { readonly scopes?: ReadonlyArray<string> | undefined; readonly expiresAt?: number | undefined } = {}
): Redacted.Redacted<string> => {
  const claims = {
    sub: user.includes("@") ? user : `${user}@users.htcondor.org`,
    scope: (options.scopes ?? ["condor:/READ", "condor:/WRITE"]).join(" "),
    ...options.expiresAt === undefined ? {} : { exp: options.expiresAt }
  }
  const part = (value: unknown): string => Base64Url.encode(JSON.stringify(value))
  return Redacted.make([part({ alg: "HS256", kid: "POOL" }), part(claims), part("nobody")].join("."))
}

const millis = (input: Duration.Input): number => Duration.toMillis(Duration.fromInputUnsafe(input))

// The fake's two services; `woken` runs after each change of what is due.
const make = Effect.fnUntraced(
  function*(options: Omit<Options, "payload">, runner: Runner, woken: Effect.Effect<void> = Effect.void) {
    // These two alone: the clock is that of whoever calls.
    const context = Context.make(FileSystem.FileSystem, yield* FileSystem.FileSystem).pipe(
      Context.add(Path.Path, yield* Path.Path)
    )
    const { anyToken = true, version = "latest" } = options
    const endpoint = Address.withPort(options.endpoint ?? "ce.example.org")
    const schedd = options.schedd ?? Address.hostOf(endpoint)
    const machine = Machine.make({
      version,
      endpoint,
      schedd,
      now: yield* Clock.currentTimeMillis,
      slots: options.slots ?? Infinity,
      handedOn: options.handedOn ?? Infinity,
      spoolDelay: millis(options.spoolDelay ?? "1 second"),
      startDelay: millis(options.startDelay ?? "1 second"),
      sweepInterval: millis(options.sweepInterval ?? "60 seconds"),
      systemPolicies: options.systemPolicies ?? true,
      containers: options.containers ?? false,
      runner
    })
    const faults = new FaultInjection.Faults(options.faults ?? [])
    const calls: Array<ToolCall> = []
    const place: ToolDispatch.Place = { machine, endpoint, anyToken, faults, transactions: Semaphore.makeUnsafe(1) }
    const now = <A>(read: () => A): Effect.Effect<A> =>
      Effect.ensuring(Effect.map(ToolDispatch.present(machine), read), woken)
    const act = (job: string, apply: Parameters<typeof ToolDispatch.act>[2]) =>
      Effect.ensuring(ToolDispatch.act(machine, job, apply), woken)
    const run = (call: ToolCall) =>
      Effect.suspend(() => {
        calls.push(call)
        return ToolDispatch.run(place, call)
      }).pipe(Effect.ensuring(woken), Effect.provideContext(context))
    const administrator = "condor"
    const fake: FakeSchedd["Service"] = {
      version,
      endpoint,
      schedd,
      queue: now(() => machine.jobs().map(({ ad }) => ad)),
      history: now(() => machine.history()),
      spool: now(() =>
        machine.jobs().flatMap((job) =>
          [...job.inputs.keys(), ...job.outputs.keys()].map((name) => `${idOf(job)}/${name}`)
        )
      ),
      uploads: now(() => new Map(machine.uploads)),
      leftAtCE: now(() => Array.from(machine.leftAtCE)),
      calls: Effect.sync(() => Array.from(calls)),
      hold: (job, { reason = "via condor_hold", ...codes } = {}) =>
        act(job, (one) => machine.hold(one, administrator, reason, codes)),
      release: (job, reason) => act(job, (one) => machine.release(one, administrator, reason)),
      remove: (job, reason) =>
        act(
          job,
          (one) => Gridmanager.isAtCE(one.ad) ? machine.lose(one) : machine.remove(one, administrator, reason)
        ),
      restart: now(() => machine.restart()),
      reinstall: now(() => machine.reinstall()),
      rotateHistory: now(() => machine.rotateHistory()),
      fault: (fault) =>
        Effect.asVoid(Effect.acquireRelease(Effect.sync(() => faults.add(fault)), (undo) => Effect.sync(undo)))
    }
    return { machine, services: Context.make(FakeSchedd, fake).pipe(Context.add(CondorTool, makeTool(run))) }
  }
)

/**
 * A schedd in the time of Effect's `Clock`: what is due happens when the clock has reached it. Under `TestClock` a test says
 * what time it is, and waits for nothing; without it the schedd runs in real time.
 *
 * **Details**
 *
 * It hands on the `FileSystem` that it is given, watched: `TimeLapse` lets the clock stand while a file is at work.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  options: Options = {}
): Layer.Layer<
  FakeSchedd | CondorTool | ScheddTransport | FileSystem.FileSystem,
  never,
  FileSystem.FileSystem | Path.Path
> =>
  Transport.provided(Layer.effectContext(
    Effect.gen(function*() {
      const { services } = yield* make(options, played(options.payload ?? (() => ({}))))
      return Context.add(services, FileSystem.FileSystem, ObservedFileSystem.make(yield* FileSystem.FileSystem))
    })
  ))

/**
 * A schedd in real time whose jobs really run, as processes of this host, each in a private directory.
 *
 * **Details**
 *
 * At most `slots` of them run at one time (default: as many as there are cores). Those that are removed are killed with
 * their process groups, and all of them when the layer's scope ends.
 *
 * @category layers
 * @since 0.1.0
 */
export const embedded = (
  options: Omit<Options, "payload"> = {}
): Layer.Layer<
  FakeSchedd | CondorTool | ScheddTransport,
  PlatformError.PlatformError | Config.ConfigError,
  FileSystem.FileSystem | Path.Path | ChildProcessSpawner.ChildProcessSpawner
> =>
  Transport.provided(Layer.effectContext(
    Effect.gen(function*() {
      const path = yield* Config.String("PATH").pipe(Config.withDefault("/usr/bin:/bin"))
      const bell = yield* Queue.sliding<void>(1)
      const woken = Effect.asVoid(Queue.offer(bell, undefined))
      const machine = yield* Deferred.make<Machine.Machine>()
      const runner = yield* Processes.make({ path }, (job, ending) =>
        Effect.gen(function*() {
          const fake = yield* Deferred.await(machine)
          yield* ToolDispatch.present(fake)
          fake.ended(job, ending)
        }).pipe(Effect.ensuring(woken)))
      const fake = yield* make({ slots: globalThis.navigator.hardwareConcurrency, ...options }, runner, woken)
      yield* Deferred.succeed(machine, fake.machine)
      const turn = Effect.gen(function*() {
        const now = yield* ToolDispatch.present(fake.machine)
        const { due } = fake.machine
        yield* due === undefined
          ? Queue.take(bell)
          : Effect.raceFirst(Queue.take(bell), Effect.sleep(Math.max(due - now, 0)))
      })
      yield* Effect.forkScoped(Effect.forever(turn))
      return fake.services
    })
  ))
