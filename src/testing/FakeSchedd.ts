/**
 * A fake schedd for tests. It answers HTCondor's tools as a real schedd does, without a process or a network.
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
   * A fault, and the calls that it affects.
   *
   * @category models
   * @since 0.1.0
   */
  Fault
} from "./fake/Faults.ts"

export type {
  /**
   * The versions of HTCondor that a fake imitates: `lts` is 23.9, `latest` is 25.14.
   *
   * @category models
   * @since 0.1.0
   */
  Version
} from "./fake/Job.ts"

export type {
  /**
   * How a job runs and ends, and what it leaves.
   *
   * @category models
   * @since 0.1.0
   */
  Payload,
  /**
   * A job at its start, as its process would see it.
   *
   * @category models
   * @since 0.1.0
   */
  PayloadJob,
  /**
   * The resources that a payload uses.
   *
   * @category models
   * @since 0.1.0
   */
  PayloadUsage,
  /**
   * A file in a spool or in a sandbox.
   *
   * @category models
   * @since 0.1.0
   */
  SpoolFile
} from "./fake/Payload.ts"

/**
 * The options of a fake schedd. All have defaults.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** The version of the schedd and of the tools (default `latest`). */
  readonly version?: Version | undefined
  /** The address, as `host` or `host:port` (default `ce.example.org`). The default port is 9619. */
  readonly endpoint?: string | undefined
  /** The name of the schedd (default: the host of `endpoint`). */
  readonly schedd?: string | undefined
  /**
   * How each job runs, called when it starts. By default a job runs for one minute and exits with 0. If the function throws,
   * every later use of the fake dies with that defect.
   */
  readonly payload?: ((job: PayloadJob) => Payload) | undefined
  /** How many jobs run concurrently (default: no limit). */
  readonly slots?: number | undefined
  /** Grid universe: how many jobs the gridmanager keeps at the CE concurrently (default: no limit). The others wait. */
  readonly handedOn?: number | undefined
  /** The time from the last byte of input until the job is idle (default 1 second). */
  readonly spoolDelay?: Duration.Input | undefined
  /** The time from idle until the job runs, if a slot is free (default 1 second). */
  readonly startDelay?: Duration.Input | undefined
  /** How often the schedd evaluates conditions such as `PeriodicRemove`: `PERIODIC_EXPR_INTERVAL` (default 60 seconds). */
  readonly sweepInterval?: Duration.Input | undefined
  /**
   * Whether the fake has the default policies of an HTCondor-CE (default true). They remove a job that is held for a day, that
   * exceeds its wall time (default: 3 days), or that is idle again after it has run.
   */
  readonly systemPolicies?: boolean | undefined
  /** Whether the machines have a container runtime (default false). Without one, jobs that need it never start. */
  readonly containers?: boolean | undefined
  /** Whether any token that is not an IDTOKEN means the user `pilot` (default true). If false, such tokens are refused. */
  readonly anyToken?: boolean | undefined
  /** Faults that are active as long as the layer. */
  readonly faults?: ReadonlyArray<Fault> | undefined
}

/**
 * The site's view of a fake schedd: what its administrator sees and does.
 *
 * **Details**
 *
 * Jobs are named by number (`cluster.proc`), which is `handle.job`. Actions and queries first run the events that are due.
 *
 * @category services
 * @since 0.1.0
 */
export class FakeSchedd extends Context.Service<FakeSchedd, {
  /** The version that the fake imitates. */
  readonly version: Version
  /** The address, as `host:port`. */
  readonly endpoint: string
  /** The name of the schedd. */
  readonly schedd: string
  /** The ads of the jobs in the queue, in the order of their numbers. */
  readonly queue: Effect.Effect<ReadonlyArray<ClassAd.ClassAd>>
  /** The ads of the jobs that have left the queue, the newest first. */
  readonly history: Effect.Effect<ReadonlyArray<ClassAd.ClassAd>>
  /** The files in the schedd's spool, as `<cluster>.<proc>/<name>`. */
  readonly spool: Effect.Effect<ReadonlyArray<string>>
  /** The outputs that jobs have sent to URLs: the last file for each URL. */
  readonly uploads: Effect.Effect<ReadonlyMap<string, SpoolFile>>
  /**
   * Grid universe: the jobs that were removed or held while the gridmanager submitted them to the CE. The CE keeps a copy of
   * each, which waits for its input; the submit host does not know of it.
   */
  readonly leftAtCE: Effect.Effect<ReadonlyArray<string>>
  /** Every call of a tool so far, the oldest first. */
  readonly calls: Effect.Effect<ReadonlyArray<ToolCall>>
  /**
   * Holds a job as the administrator. Returns false if that is impossible, for example for a job that has completed. Grid
   * universe: holds a job that was handed over at the CE.
   *
   * - `reason`: the beginning of `HoldReason` (default `via condor_hold`)
   * - `code`, `subcode`: `HoldReasonCode` and `HoldReasonSubCode` (default 1 and 0)
   * - `copied`: the job is held in the pool behind the CE, and the JobRouter copies that hold
   */
  hold(
    job: string,
    options?: {
      readonly reason?: string | undefined
      readonly code?: number | undefined
      readonly subcode?: number | undefined
      readonly copied?: boolean | undefined
    }
  ): Effect.Effect<boolean>
  /** Releases a held job. Returns false if it is not held, or waits for its input. Grid universe: acts at the submit host. */
  release(job: string, reason?: string): Effect.Effect<boolean>
  /**
   * Removes a job. Returns false if it does not exist, or is being removed. Grid universe: the CE removes a job that was handed
   * over, and the submit host then holds it.
   */
  remove(job: string, reason?: string): Effect.Effect<boolean>
  /** Restarts the schedd. It forgets which input has arrived, so jobs that are not idle yet keep waiting for input. */
  readonly restart: Effect.Effect<void>
  /** Reinstalls the schedd: no jobs, no history, and job numbers from 1. */
  readonly reinstall: Effect.Effect<void>
  /** Empties the history. */
  readonly rotateHistory: Effect.Effect<void>
  /** Adds a fault until the scope ends. */
  fault(fault: Fault): Effect.Effect<void, never, Scope.Scope>
}>()("effect-htcondor-ce/testing/FakeSchedd") {}

/**
 * An IDTOKEN of this user for a fake schedd. A real schedd refuses it, because its signature is not valid.
 *
 * **Details**
 *
 * - `user`: with a domain, or of the domain `users.htcondor.org`, which is the domain of an HTCondor-CE
 * - `scopes`: the claim `scope` (default `condor:/READ` and `condor:/WRITE`)
 * - `expiresAt`: the claim `exp`, in seconds since 1970 (default: never)
 *
 * **Gotchas**
 *
 * Users of another domain have only read access, like users that a site does not map: use `token("alice@cern.ch")` for tests of
 * `AuthorizationDenied`.
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

// The two services of the fake. `woken` runs after each operation, which may have changed the time of the next event.
const make = Effect.fnUntraced(
  function*(options: Omit<Options, "payload">, runner: Runner, woken: Effect.Effect<void> = Effect.void) {
    // Only these two services: the clock is the caller's.
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
 * A fake schedd that takes the time from Effect's `Clock`: virtual time with `TestClock`, and real time without it.
 *
 * **Details**
 *
 * Events happen when an operation finds that they are due. The layer also provides the `FileSystem` that it gets, so that
 * `TimeLapse` can stop the clock during file operations.
 *
 * **Example** (A payload that fails, at a CE with two slots)
 *
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { Capability, Credential, HTCondorCE, SubmissionKey } from "effect-htcondor-ce"
 * import { FakeSchedd } from "effect-htcondor-ce/testing"
 * import * as assert from "node:assert"
 *
 * const site = HTCondorCE.layer({ endpoint: "ce.example.org" }).pipe(
 *   Layer.provide(Credential.layerToken(FakeSchedd.token("pilot"))),
 *   Layer.provideMerge(FakeSchedd.layer({
 *     slots: 2,
 *     payload: ({ arguments: [name] }) => ({ duration: "1 hour", exit: { code: 3 }, stderr: `no ${name}\n` })
 *   }))
 * )
 *
 * const job = { executable: "/bin/cat", arguments: ["data"] }
 *
 * export const program = Effect.gen(function*() {
 *   const { submit } = yield* Capability.Submitter
 *   const { statusOf } = yield* Capability.StatusReporter
 *   const { handles } = yield* submit(job, [{}, {}, {}], { key: yield* SubmissionKey.generate })
 *   yield* Effect.sleep("90 minutes")
 *   const statuses = yield* Effect.forEach(handles, statusOf)
 *   assert.deepStrictEqual(statuses.map(({ _tag }) => _tag), ["Completed", "Completed", "Running"])
 * }).pipe(Effect.provide(site))
 * ```
 *
 * **Example** (A fault, and an action of the administrator)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Capability, SubmissionKey } from "effect-htcondor-ce"
 * import { FakeSchedd } from "effect-htcondor-ce/testing"
 * import * as assert from "node:assert"
 *
 * export const program = Effect.gen(function*() {
 *   const fake = yield* FakeSchedd.FakeSchedd
 *   const { submit } = yield* Capability.Submitter
 *   const { statusOf } = yield* Capability.StatusReporter
 *   const { handles: [handle] } = yield* submit({ executable: "/bin/true" }, [{}], { key: yield* SubmissionKey.generate })
 *   assert.ok(handle)
 *   yield* Effect.sleep("5 seconds")
 *   assert.strictEqual(yield* fake.hold(handle.job, { reason: "no space left" }), true)
 *   // The first query fails.
 *   yield* fake.fault({ _tag: "Denied", tools: ["condor_q"], times: 1 })
 *   assert.strictEqual((yield* Effect.flip(statusOf(handle)))._tag, "AuthorizationDenied")
 *   assert.strictEqual((yield* statusOf(handle))._tag, "Held")
 * })
 * ```
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
 * A fake schedd in real time whose jobs run as processes of this host, each in its own private directory.
 *
 * **Details**
 *
 * At most `slots` processes run concurrently (default: the number of cores). A removed job is killed with its process group.
 * All jobs are killed when the layer's scope ends. The only variables of a process are those of the submission, `PATH`,
 * `_CONDOR_SCRATCH_DIR` and, with a proxy certificate, `X509_USER_PROXY`. The schedd downloads nothing from URLs and runs no
 * containers: it holds jobs that need them.
 *
 * **Example** (A backend whose jobs run on this host)
 *
 * ```ts
 * import { NodeServices } from "@effect/platform-node"
 * import { Layer } from "effect"
 * import { Credential, HTCondorCE } from "effect-htcondor-ce"
 * import { FakeSchedd } from "effect-htcondor-ce/testing"
 *
 * export const site = HTCondorCE.layer({ endpoint: "ce.example.org" }).pipe(
 *   Layer.provide(Credential.layerToken(FakeSchedd.token("pilot"))),
 *   Layer.provideMerge(FakeSchedd.embedded({ slots: 2 })),
 *   Layer.provideMerge(NodeServices.layer)
 * )
 * ```
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
