/** The compute element on which everybody is measured, and all who are. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import * as Schedule from "effect/Schedule"
import { execFile } from "node:child_process"
import * as StatusMapping from "../../src/ce/internal/query/StatusMapping.ts"
import * as OwnAttributes from "../../src/condor/OwnAttributes.ts"
import { CondorTool, Credential, HTCondorCE, JobHandle, ScheddTransport, SubmissionKey } from "../../src/index.ts"
import { type BenchFailed, fail } from "./Failed.ts"
import * as Peer from "./Peer.ts"
import * as Recorder from "./Recorder.ts"
import * as Stack from "./Stack.ts"

/**
 * - `shell`, `bindings`: the raw tools, and HTCondor's Python bindings, with what the library shows to the CE
 * - `started`: one run of a tool that this process starts itself, with nothing around it, in milliseconds
 * - `payload`, `secret`: what is submitted
 * - `directory`: a new private directory
 * - `settled`: waits until nothing is left at the CE, neither jobs nor files; `emptied`: takes away what there is
 */
export class Scene extends Context.Service<Scene, {
  readonly endpoint: string
  readonly schedd: string
  readonly binDirectory: string
  readonly payload: string
  readonly secret: string
  readonly shell: Peer.Peer
  readonly bindings: Peer.Peer
  readonly started: (tool: string, ...args: ReadonlyArray<string>) => Effect.Effect<number, BenchFailed>
  readonly directory: Effect.Effect<string, BenchFailed>
  readonly settled: Effect.Effect<void, BenchFailed>
  readonly emptied: Effect.Effect<void, BenchFailed>
}>()("scripts/bench/Scene") {}

/** The services for a benchmark on the CE. */
export type Needs =
  | Scene
  | Recorder.Recorder
  | CondorTool.CondorTool
  | HTCondorCE.Capabilities
  | NodeServices.NodeServices

const make = Effect.gen(function*() {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const services = yield* Effect.context<NodeServices.NodeServices>()
  const value = yield* Stack.up
  const binDirectory = value("CONDOR_BIN")
  const root = yield* fileSystem.makeTempDirectoryScoped({ prefix: "htcondor-ce-bench-" })
  const write = (name: string, content: string, mode: number) =>
    Effect.as(fileSystem.writeFileString(path.join(root, name), content, { mode }), path.join(root, name))

  // As src/ce/internal/credentials/ToolEnvironment.ts has it: nobody is to save the price of encryption.
  const tokens = path.join(root, "tokens.d")
  yield* fileSystem.makeDirectory(tokens, { mode: 0o700 })
  yield* write("tokens.d/token", yield* fileSystem.readFileString(value("TOKEN_FILE")), 0o600)
  const payload = yield* write("pilot.sh", "#!/bin/sh\necho \"copy $COPY\"\nwc -c token\n", 0o755)
  const secret = "s".repeat(1_000)
  const work = path.join(root, "work")
  yield* fileSystem.makeDirectory(work)
  const environment = {
    PATH: `${binDirectory}:/usr/bin:/bin`,
    LC_ALL: "C",
    CONDOR_CONFIG: yield* write("condor_config", "USER_CONFIG_FILE =\nFILE_TRANSFER_STATS_LOG =\n", 0o600),
    _CONDOR_SEC_CLIENT_AUTHENTICATION: "REQUIRED",
    _CONDOR_SEC_CLIENT_ENCRYPTION: "REQUIRED",
    _CONDOR_SEC_CLIENT_INTEGRITY: "REQUIRED",
    _CONDOR_SEC_CLIENT_AUTHENTICATION_METHODS: "IDTOKENS",
    _CONDOR_SEC_TOKEN_DIRECTORY: tokens,
    _CONDOR_SEC_TOKEN_SYSTEM_DIRECTORY: tokens,
    POOL: value("ENDPOINT"),
    SCHEDD: value("SCHEDD"),
    ATTRIBUTES: StatusMapping.attributes.join(","),
    FORMAT: String(OwnAttributes.format),
    WORK: work,
    PAYLOAD: payload,
    SECRET: secret
  }
  const shell = yield* Peer.make("bash", [path.join(import.meta.dirname, "raw", "shell.sh")], environment)
  const bindings = yield* Peer.make(
    path.join(binDirectory, "condor_python3"),
    [path.join(import.meta.dirname, "bindings.py")],
    environment
  )
  const left = Effect.flatMap(
    shell.ask("all"),
    ({ text }) => text === "0" ? Effect.map(Stack.left(), (left) => left.length === 0) : Effect.succeed(false)
  )
  const settled = left.pipe(
    Effect.repeat({
      schedule: Schedule.spaced("500 millis").pipe(Schedule.upTo({ times: 600 })),
      until: (done) => done
    }),
    Effect.flatMap((done) => done ? Effect.void : fail("the CE does not get empty")),
    Effect.provideContext(services)
  )
  const started = (tool: string, ...args: ReadonlyArray<string>) =>
    Effect.callback<number, BenchFailed>((resume) => {
      const began = performance.now()
      const words = ["-pool", environment.POOL, "-name", environment.SCHEDD, ...args]
      const options = { env: environment, maxBuffer: Number.MAX_SAFE_INTEGER }
      execFile(path.join(binDirectory, tool), words, options, (error) =>
        resume(
          error === null
            ? Effect.succeed(performance.now() - began)
            : Effect.fail(fail(`${tool} failed: ${error.message}`))
        ))
    })
  let directories = 0
  return Scene.of({
    endpoint: value("ENDPOINT"),
    schedd: value("SCHEDD"),
    binDirectory,
    payload,
    secret,
    shell,
    bindings,
    started,
    directory: Effect.suspend(() => {
      const directory = path.join(root, `directory-${directories++}`)
      return Effect.as(fileSystem.makeDirectory(directory, { mode: 0o700 }), directory)
    }).pipe(Effect.mapError(({ message }) => fail(message))),
    settled,
    emptied: Effect.andThen(shell.ask("cleared", "true"), settled)
  })
})

/** The library, configured for the CE, with its defaults for all else. */
export const backend = (config: Partial<HTCondorCE.Config> = {}, transport: { readonly byName?: boolean } = {}) =>
  Layer.unwrap(
    Effect.gen(function*() {
      const { endpoint, schedd } = yield* Scene
      const value = yield* Stack.run("env", Stack.version)
      const tokenFile = /^export HTCONDOR_CE_TOKEN_FILE=(.*)$/m.exec(value)?.[1] ?? ""
      return HTCondorCE.layer({ endpoint, schedd, timeout: "5 minutes", ...config }).pipe(
        Layer.provide(ScheddTransport.layerTools(transport)),
        Layer.provide(Credential.layerTokenFile(tokenFile))
      )
    })
  )

const tools = Layer.unwrap(
  Effect.map(Scene, ({ binDirectory }) => Layer.provide(Recorder.layer, CondorTool.layer({ binDirectory })))
)

export const layer = backend().pipe(
  Layer.provideMerge(tools),
  Layer.provideMerge(Layer.effect(Scene, make)),
  Layer.provideMerge(NodeServices.layer)
)

/** Jobs of one cluster, with their handles. */
export interface Cluster {
  readonly cluster: number
  readonly handles: ReadonlyArray<JobHandle.JobHandle>
}

/** The jobs that somebody else submitted, by what `condor_submit -terse` said. */
export const cluster = Effect.fnUntraced(function*(key: SubmissionKey.SubmissionKey, submitted: string) {
  const { endpoint, schedd } = yield* Scene
  const match = /^(\d+)\.0 - \1\.(\d+)$/.exec(submitted)
  if (match === null) return yield* fail(`no jobs were submitted: ${submitted}`)
  return {
    cluster: Number(match[1]),
    handles: Array.from({ length: Number(match[2]) + 1 }, (_, copy) =>
      JobHandle.JobHandle.make({
        backend: "htcondor-ce",
        endpoint,
        scheduler: schedd,
        job: `${match[1]}.${copy}`,
        key,
        copy
      }))
  } satisfies Cluster
})

/** Waits until so many jobs of a cluster are in a state. */
export const inState = Effect.fnUntraced(function*(number: number, state: 1 | 4, jobs: number) {
  const { shell } = yield* Scene
  yield* shell.ask("in_state", number, state).pipe(
    Effect.repeat({
      schedule: Schedule.spaced("250 millis").pipe(Schedule.upTo({ times: 2_400 })),
      until: ({ text }) => Number(text) === jobs
    }),
    Effect.filterOrFail(({ text }) => Number(text) === jobs, () => fail(`cluster ${number} does not get ready`))
  )
})

/** Fills the queue with jobs that stay idle. */
export const filled = Effect.fnUntraced(function*(jobs: number) {
  const { shell } = yield* Scene
  const key = yield* SubmissionKey.generate
  const { text } = yield* shell.ask("fill", key, jobs)
  const one = yield* cluster(key, text)
  yield* inState(one.cluster, 1, jobs)
  return one
})

/** Takes the jobs of clusters away again, and waits until the CE has done with them. */
export const cleared = Effect.fnUntraced(function*(...clusters: ReadonlyArray<number>) {
  const { settled, shell } = yield* Scene
  yield* shell.ask("cleared", `member(ClusterId, {${clusters.join(",")}})`)
  yield* settled
})

/** Takes an answer only if it is about so many jobs. */
export const counted = Effect.fnUntraced(function*(peer: Peer.Peer, jobs: number) {
  const { text } = yield* peer.ask("counted")
  if (Number(text) !== jobs) return yield* fail(`an answer about ${text} jobs instead of ${jobs}`)
})

/** Measures on a CE that is empty, whatever was left there. */
export const onEmpty = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.flatMap(Scene, ({ emptied }) => Effect.andThen(emptied, effect))

/** The CE as the benchmark finds it: its version, and how many jobs a search of its history reads. */
export const found = Effect.gen(function*() {
  const { shell } = yield* Scene
  const version = yield* Stack.run("exec", Stack.version, "condor_version")
  return { condor: version.split("\n")[0] ?? "", pastJobs: Number((yield* shell.ask("past")).text) }
})
