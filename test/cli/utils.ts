/** A backend in memory, and the command run against it. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import {
  ConfigProvider,
  DateTime,
  Effect,
  FileSystem,
  Layer,
  Option,
  Path,
  type Result,
  Schema,
  Stdio,
  Stream
} from "effect"
import { TestConsole } from "effect/testing"
import type * as Backend from "../../src/cli/Backend.ts"
import * as Cli from "../../src/cli/Cli.ts"
import type * as Connection from "../../src/cli/Connection.ts"
import type { BackendError, SubmitError } from "../../src/contract/BackendError.ts"
import {
  Cancellable,
  type CancelOutcome,
  type DepartedJob,
  Enumerable,
  type ListedJob,
  type ListFilter,
  OutputRetriever,
  Purgeable,
  type PurgeOutcome,
  Releasable,
  type ReleaseOutcome,
  type StatusChange,
  StatusReporter,
  Submitter,
  type Withdrawal
} from "../../src/contract/Capability.ts"
import type {
  CancelError,
  FetchError,
  HeldFetchError,
  PurgeError,
  ReleaseError,
  StatusError
} from "../../src/contract/JobError.ts"
import { JobHandle } from "../../src/contract/JobHandle.ts"
import type { JobOutput } from "../../src/contract/JobOutput.ts"
import type { JobRecord } from "../../src/contract/JobRecord.ts"
import { JobStatus } from "../../src/contract/JobStatus.ts"
import * as Outcomes from "../../src/contract/Outcomes.ts"
import type { PartialOutput } from "../../src/contract/PartialOutput.ts"
import type { Copy, Submission, SubmissionSpec, SubmissionState } from "../../src/contract/Submission.ts"
import { SubmissionKey } from "../../src/contract/SubmissionKey.ts"

export const { cases } = JobStatus

export const handleOf = (job: string, copy = 0): JobHandle =>
  JobHandle.make({
    backend: "htcondor-ce",
    endpoint: "ce.example.org:9619",
    scheduler: "ce.example.org",
    job,
    key: SubmissionKey.make("k1"),
    copy
  })

export const outputOf = (handle: JobHandle): JobOutput => {
  const file = (name: string) => ({ name, path: `/dest/${handle.job}/${name}`, size: 3, mode: 0o644 })
  return {
    handle,
    directory: `/dest/${handle.job}`,
    manifest: `/dest/${handle.job}/manifest.json`,
    stdout: file("stdout"),
    stderr: file("stderr"),
    log: file("job.log"),
    files: [file("result")],
    exit: { _tag: "Code", code: 0 },
    retrievedAt: DateTime.makeUnsafe("2026-01-02T03:04:05Z"),
    released: true
  }
}

/** The answers of the backend in memory, by operation. A missing answer is a defect. */
export interface Answers {
  readonly submit: Effect.Effect<void, SubmitError>
  readonly warnings: Submission["warnings"]
  readonly status: (handle: JobHandle) => Result.Result<JobStatus, StatusError>
  readonly watch: Stream.Stream<StatusChange, BackendError>
  readonly fetch: (handle: JobHandle) => Result.Result<JobOutput, FetchError>
  readonly cancel: (handle: JobHandle) => Result.Result<CancelOutcome, CancelError>
  readonly purge: (handle: JobHandle) => Result.Result<PurgeOutcome, PurgeError>
  readonly describe: (handle: JobHandle) => Result.Result<JobRecord, StatusError>
  readonly fetchHeld: (handle: JobHandle) => Result.Result<PartialOutput, HeldFetchError>
  readonly release: (handle: JobHandle) => Result.Result<ReleaseOutcome, ReleaseError>
  readonly withdraw: (key: SubmissionKey) => Withdrawal
  readonly departed: (since: DateTime.DateTime) => ReadonlyArray<DepartedJob>
  readonly reconcile: (key: SubmissionKey, connection: Connection.Connection) => SubmissionState
  readonly list: (filter: ListFilter | undefined) => ReadonlyArray<ListedJob>
  /** The failure of a compute element: of all, or by its connection. */
  readonly fail: BackendError | ((connection: Connection.Connection) => BackendError | undefined)
}

/** The questions to the backend in memory. */
export interface Asked {
  readonly connections: Array<Connection.Connection>
  readonly destinations: Array<string>
  readonly submissions: Array<
    {
      readonly spec: SubmissionSpec
      readonly copies: ReadonlyArray<Copy>
      readonly key: string
      readonly onHiddenHistory?: string | undefined
      readonly onConflict?: string | undefined
      readonly isNew?: boolean | undefined
    }
  >
}

export const backendOf = (
  answers: Partial<Answers>
): { readonly backend: Backend.Backend; readonly asked: Asked } => {
  const asked: Asked = { connections: [], destinations: [], submissions: [] }
  const unexpected = Effect.die(new Error("the test has no answer for this"))
  const eachAt = (connection: Connection.Connection) =>
  <A, E>(
    handles: ReadonlyArray<JobHandle>,
    answer: ((handle: JobHandle) => Result.Result<A, E>) | undefined
  ): Effect.Effect<Outcomes.Outcomes<A, E>, BackendError> => {
    const failure = typeof answers.fail === "function" ? answers.fail(connection) : answers.fail
    return failure !== undefined ? Effect.fail(failure) : answer === undefined
      ? unexpected
      : Effect.succeed(Outcomes.fromIterable(handles.map((handle) => [handle, answer(handle)] as const)))
  }
  const backend: Backend.Backend = (connection) => {
    asked.connections.push(connection)
    const each = eachAt(connection)
    return Layer.mergeAll(
      Layer.succeed(Submitter, {
        submit: (spec, copies, { isNew, key, onConflict, onHiddenHistory }) => {
          asked.submissions.push({ spec, copies, key, onConflict, onHiddenHistory, isNew })
          return Effect.as(answers.submit ?? unexpected, {
            key,
            handles: copies.map((_, index) => JobHandle.make({ ...handleOf(`7.${index}`, index), key })),
            failures: [],
            warnings: answers.warnings ?? [],
            adopted: false
          })
        },
        reconcile: (key) =>
          answers.reconcile === undefined ? unexpected : Effect.succeed(answers.reconcile(key, connection)),
        withdraw: (key) => answers.withdraw === undefined ? unexpected : Effect.succeed(answers.withdraw(key))
      }),
      Layer.succeed(StatusReporter, {
        status: (handles) => each(handles, answers.status),
        describe: (handles) => each(handles, answers.describe),
        statusOf: () => unexpected,
        waitFor: () => unexpected,
        watch: () => answers.watch ?? Stream.die(new Error("the test has no answer for this"))
      }),
      Layer.succeed(OutputRetriever, {
        destructive: true,
        fetch: (handles, destination) => {
          asked.destinations.push(destination)
          return each(handles, answers.fetch)
        },
        fetchOne: () => unexpected,
        fetchHeld: (handle, destination) => {
          asked.destinations.push(destination)
          return Effect.flatMap(each([handle], answers.fetchHeld), (all) =>
            Option.match(Outcomes.get(all, handle), {
              onNone: () => unexpected,
              onSome: (result) => Effect.fromResult(result)
            }))
        }
      }),
      Layer.succeed(Enumerable, {
        list: (filter) =>
          answers.list === undefined ? Stream.fromEffect(unexpected) : Stream.fromIterable(answers.list(filter)),
        departed: ({ since }) =>
          answers.departed === undefined
            ? Stream.fromEffect(unexpected)
            : Stream.fromIterable(answers.departed(since))
      }),
      Layer.succeed(Cancellable, { cancel: (handles) => each(handles, answers.cancel) }),
      Layer.succeed(Purgeable, { purge: (handles) => each(handles, answers.purge) }),
      Layer.succeed(Releasable, { release: (handles) => each(handles, answers.release) })
    )
  }
  return { backend, asked }
}

/** A backend whose reporter is another one at each CE. */
export const reporting = (
  backend: Backend.Backend,
  change: (reporter: StatusReporter["Service"], endpoint: string) => Partial<StatusReporter["Service"]>
): Backend.Backend =>
(connection) =>
  Layer.merge(
    backend(connection),
    Layer.effect(
      StatusReporter,
      Effect.map(StatusReporter, (reporter) => ({ ...reporter, ...change(reporter, connection.endpoint) }))
    ).pipe(Layer.provide(backend(connection)))
  )

/** The environment that a user who set everything has. */
export const environment = {
  HTCONDOR_CE_ENDPOINT: "ce.example.org",
  HTCONDOR_CE_TOKEN_FILE: "/etc/token"
}

/** Runs the command in an empty environment but for `env`. */
export const run = Effect.fnUntraced(function*(
  args: ReadonlyArray<string>,
  options: {
    readonly backend?: Backend.Backend | undefined
    readonly services?: Backend.Services | undefined
    readonly env?: Record<string, string> | undefined
    readonly stdin?: string | undefined
  } = {}
) {
  return yield* Effect.gen(function*() {
    const code = yield* Cli.run(args, options.backend, options.services)
    const stdout = yield* TestConsole.logLines
    const stderr = yield* TestConsole.errorLines
    return { code, stdout: stdout.map(String), stderr: stderr.map(String) }
  }).pipe(
    Effect.provide(
      Layer.mergeAll(
        NodeServices.layer,
        TestConsole.layer,
        Stdio.layerTest({ stdin: Stream.make(new TextEncoder().encode(options.stdin ?? "")) }),
        ConfigProvider.layer(ConfigProvider.fromEnvRecord(options.env ?? environment))
      ),
      { local: true }
    )
  )
})

/** The one line of stdout as JSON. */
export const document = (stdout: ReadonlyArray<string>): Effect.Effect<unknown> =>
  stdout.length === 1
    ? Effect.orDie(Schema.decodeUnknownEffect(Schema.fromJsonString(Schema.Unknown))(stdout[0]))
    : Effect.die(new Error(`${stdout.length} lines on stdout`))

/** A directory with some files, for the length of the test. */
export const directory = Effect.fnUntraced(function*(files: Record<string, unknown>) {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const root = yield* fileSystem.makeTempDirectoryScoped({ prefix: "htcondor-ce-cli-test-" })
  for (const [name, content] of Object.entries(files)) {
    const text = typeof content === "string" ? content : JSON.stringify(content)
    yield* fileSystem.makeDirectory(path.dirname(path.join(root, name)), { recursive: true })
    yield* fileSystem.writeFileString(path.join(root, name), text)
  }
  return {
    at: (name: string) => path.join(root, name),
    read: (name: string) => fileSystem.readFileString(path.join(root, name)),
    names: fileSystem.readDirectory(root)
  }
}, Effect.provide(NodeServices.layer))
