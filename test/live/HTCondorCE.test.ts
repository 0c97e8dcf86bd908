/** Behaviour that the contract does not cover: the ways in which a real HTCondor-CE refuses, hides, hangs and lies. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, FileSystem, Layer, Path, Redacted, Result, Schedule, Schema, Stream } from "effect"
import { execPath } from "node:process"
import { Capability, Credential, JobHandle, Outcomes, SubmissionKey } from "../../src/index.ts"
import { isLong } from "../Volume.ts"
import * as Share from "./Share.ts"
import { toSchedd } from "./Signal.ts"
import * as Site from "./Site.ts"
import { backend, Stack, type Version, versions } from "./Stack.ts"

const onStack = (version: Version) =>
  backend().pipe(Layer.provideMerge(Stack.layer(version)), Layer.provideMerge(NodeServices.layer))

const submit = Effect.fnUntraced(function*(copies: number, ...command: ReadonlyArray<string>) {
  const [executable = "/bin/true", ...args] = command
  const submitter = yield* Capability.Submitter
  return (yield* submitter.submit(
    { executable, arguments: args },
    Array.from({ length: copies }, () => ({})),
    { key: yield* SubmissionKey.generate }
  )).handles
})

const completed = Effect.fnUntraced(function*(handles: ReadonlyArray<JobHandle.JobHandle>) {
  const reporter = yield* Capability.StatusReporter
  yield* Stream.runDrain(reporter.watch(handles, { interval: "500 millis", maxInterval: "2 seconds" }))
})

// Output has no tag. It is written as the command line writes it.
const tags = <A extends object, E extends { readonly _tag: string }>(outcomes: Outcomes.Outcomes<A, E>) =>
  Array.from(
    outcomes,
    ([, outcome]) =>
      Result.isFailure(outcome)
        ? outcome.failure._tag
        : "_tag" in outcome.success
        ? String(outcome.success._tag)
        : "Retrieved"
  )

const counted = (all: ReadonlyArray<string>) =>
  Object.fromEntries(Array.from(Map.groupBy(all, (tag) => tag), ([tag, some]) => [tag, some.length]))

const first = (handles: ReadonlyArray<JobHandle.JobHandle>) => handles[0] ?? assert.fail("a submission without handles")

// The jobs of a submission that are in the queue to stay, as the tools see them.
const queuedJobs = Effect.fnUntraced(function*(key: string) {
  const stack = yield* Stack
  const { stdout } = yield* stack.exec(
    "condor_q",
    "-constraint",
    `EffectCEKey=="${key}" && JobStatus =!= 3`,
    "-af:j",
    "JobStatus"
  )
  return stdout.trim().split("\n").map((line) => line.split(" ")[0])
})

const decodeHandles = Schema.decodeEffect(
  Schema.fromJsonString(Schema.Struct({ handles: Schema.Array(JobHandle.JobHandleFromString) }))
)

// The outcomes of all four operations, as tags of their errors.
const refusals = Effect.gen(function*() {
  const stack = yield* Stack
  const fileSystem = yield* FileSystem.FileSystem
  const destination = yield* fileSystem.makeTempDirectoryScoped()
  const submitter = yield* Capability.Submitter
  const reporter = yield* Capability.StatusReporter
  const retriever = yield* Capability.OutputRetriever
  const cancellable = yield* Capability.Cancellable
  const key = yield* SubmissionKey.generate
  const handle = new JobHandle.JobHandle({
    backend: "htcondor-ce",
    endpoint: stack.endpoint,
    scheduler: stack.schedd,
    job: "1.0",
    key,
    copy: 0
  })
  const tag = <A, E extends { readonly _tag: string }>(effect: Effect.Effect<A, E>) =>
    Effect.match(effect, { onFailure: (error) => error._tag, onSuccess: () => "succeeded" })
  return yield* Effect.all({
    submit: tag(submitter.submit({ executable: "/bin/true" }, [{}], { key })),
    status: tag(reporter.status([handle])),
    fetch: tag(retriever.fetch([handle], destination)),
    cancel: tag(cancellable.cancel([handle]))
  })
})

const everywhere = (tag: string) => ({ submit: tag, status: tag, fetch: tag, cancel: tag })

const withToken = (...options: ReadonlyArray<string>) =>
  Layer.unwrap(
    Effect.map(Stack, (stack) =>
      backend(
        {},
        Layer.unwrap(Effect.map(stack.token(...options), (token) => Credential.layerToken(Redacted.make(token))))
      ))
  )

for (const version of versions) {
  it.layer(onStack(version), { excludeTestServices: true, timeout: "60 seconds" })(`HTCondor-CE ${version}`, (it) => {
    describe.concurrent("refusals", () => {
      for (
        const [name, options, tag] of [
          ["an expired token", ["--lifetime", "-60"], "CredentialUnavailable"],
          ["a token signed with another key", ["--wrong-key"], "AuthenticationFailed"]
        ] as const
      ) {
        it.effect(`${name}: is ${tag}, not unreachable`, () =>
          Effect.gen(function*() {
            assert.deepStrictEqual(yield* Effect.provide(refusals, withToken(...options)), everywhere(tag))
          }))
      }

      it.effect("token for reading only: reads, and is AuthorizationDenied for changes", () =>
        Effect.gen(function*() {
          const handles = yield* submit(1, "/bin/sleep", "120")
          const reader = withToken("--scope", "condor:/READ")
          const cancel = Effect.flatMap(Capability.Cancellable, ({ cancel }) => cancel(handles))
          assert.strictEqual((yield* Effect.flip(Effect.provide(cancel, reader)))._tag, "AuthorizationDenied")
          assert.deepStrictEqual(yield* Effect.provide(refusals, reader), {
            submit: "AuthorizationDenied",
            status: "succeeded",
            fetch: "succeeded",
            cancel: "AuthorizationDenied"
          })
          assert.deepStrictEqual(tags(yield* cancel), ["Cancelled"])
        }))

      it.effect("closed port: is CEUnavailable", () =>
        Effect.gen(function*() {
          const stack = yield* Stack
          const endpoint = stack.endpoint.replace(":9619", ":9611")
          const closed = { ...stack, endpoint, config: { ...stack.config, endpoint } }
          const answers = refusals.pipe(Effect.provide(backend()), Effect.provideService(Stack, closed))
          assert.deepStrictEqual(yield* answers, everywhere("CEUnavailable"))
        }))

      it.effect("missing schedd: is CEUnavailable, and the message names the existing ones", () =>
        Effect.gen(function*() {
          const stack = yield* Stack
          const schedd = "nobody@local"
          const wrong = { ...stack, schedd, config: { ...stack.config, schedd } }
          const provided = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
            effect.pipe(Effect.provide(backend()), Effect.provideService(Stack, wrong))
          assert.deepStrictEqual(yield* provided(refusals), everywhere("CEUnavailable"))
          const error = yield* Effect.flip(provided(submit(1, "/bin/true")))
          assert.include(error.message, stack.schedd)
        }))

      it.effect("missing tools: are NotInstalled", () =>
        Effect.gen(function*() {
          const stack = yield* Stack
          const bare = { ...stack, binDirectory: "/nonexistent" }
          const answers = refusals.pipe(Effect.provide(backend()), Effect.provideService(Stack, bare))
          assert.deepStrictEqual(yield* answers, everywhere("NotInstalled"))
        }))
    })

    describe.concurrent("traps", () => {
      it.effect.skipIf(Share.isLeft(version, "latest"))(
        "status of 450 jobs in one call: is complete, although a gateway of 25.13 answers nothing to so many ids",
        () =>
          Effect.gen(function*() {
            const reporter = yield* Capability.StatusReporter
            const cancellable = yield* Capability.Cancellable
            const handles = yield* submit(450, "/bin/sleep", "600")
            const statuses = counted(tags(yield* reporter.status(handles)))
            assert.strictEqual(Object.values(statuses).reduce((sum, one) => sum + one, 0), 450)
            assert.notProperty(statuses, "Unknown")
            assert.deepStrictEqual(counted(tags(yield* cancellable.cancel(handles))), { Cancelled: 450 })
            assert.deepStrictEqual(counted(tags(yield* reporter.status(handles))), { Removed: 450 })
          })
      )

      it.effect.skipIf(Share.isLeft(version, "latest"))(
        "job that left before the searched part of the history: is not Unknown, unlike a job that never existed",
        () =>
          Effect.gen(function*() {
            const reporter = yield* Capability.StatusReporter
            const cancellable = yield* Capability.Cancellable
            const stack = yield* Stack
            const handles = yield* submit(3, "/bin/sleep", "600")
            const asked = [...handles, new JobHandle.JobHandle({ ...first(handles), job: "999999.0" })]
            yield* cancellable.cancel(handles)
            const inQueue = stack.exec(
              "condor_q",
              "-constraint",
              `EffectCEKey == "${first(handles).key}"`,
              "-af",
              "ProcId"
            )
            yield* Effect.repeat(inQueue, {
              schedule: Schedule.spaced("200 millis"),
              until: ({ stdout }) => stdout.trim() === ""
            })
            assert.deepStrictEqual(counted(tags(yield* reporter.status(asked))), { Removed: 3, Unknown: 1 })
            const near = Effect.flatMap(Capability.StatusReporter, ({ status }) => status(asked))
            const some = counted(tags(yield* Effect.provide(near, backend({ historyDepth: 1 }))))
            assert.isAtLeast(some["HistoryUnavailable"] ?? 0, 3)
            assert.notProperty(some, "Unknown")
          })
      )

      it.effect("job that left after another user's tool had fetched its output: is AlreadyRetrieved", () =>
        Effect.gen(function*() {
          const stack = yield* Stack
          const fileSystem = yield* FileSystem.FileSystem
          const retriever = yield* Capability.OutputRetriever
          const [handle] = yield* Effect.map(submit(1, "/bin/true"), (handles) => [first(handles)] as const)
          yield* completed([handle])
          const elsewhere = yield* fileSystem.makeTempDirectoryScoped()
          yield* stack.exec(
            "condor_qedit",
            handle.job,
            "SUBMIT_Iwd",
            `"${elsewhere}"`,
            "SUBMIT_UserLog",
            `"${elsewhere}/job.log"`
          )
          yield* stack.exec("condor_transfer_data", handle.job)
          yield* stack.exec("condor_rm", handle.job)
          const error = yield* Effect.flip(retriever.fetchOne(handle, yield* fileSystem.makeTempDirectoryScoped()))
          assert.strictEqual(error._tag, "AlreadyRetrieved")
        }))

      it.effect.skipIf(Share.isLeft(version, "lts"))(
        "job that cannot be transferred: does not fail the other jobs of the fetch",
        () =>
          Effect.gen(function*() {
            const stack = yield* Stack
            const fileSystem = yield* FileSystem.FileSystem
            const retriever = yield* Capability.OutputRetriever
            const purgeable = yield* Capability.Purgeable
            const handles = yield* submit(4, "/bin/echo", "fine")
            yield* completed(handles)
            const broken = handles[1] ?? assert.fail("no second handle")
            const [cluster, proc] = broken.job.split(".")
            yield* stack.inside(
              "rm",
              "-r",
              `/var/lib/condor-ce/spool/${cluster}/${proc}/cluster${cluster}.proc${proc}.subproc0`
            )
            const destination = yield* fileSystem.makeTempDirectoryScoped()
            const outcomes = yield* retriever.fetch(handles, destination)
            assert.deepStrictEqual(counted(tags(outcomes)), { TransferFailed: 1, Retrieved: 3 })
            const outcome = yield* Effect.fromOption(Outcomes.get(outcomes, broken))
            assert.isTrue(Result.isFailure(outcome))
            assert.strictEqual((yield* fileSystem.readDirectory(destination)).length, 3)
            yield* purgeable.purge([broken])
          })
      )

      it.effect.skipIf(Share.isLeft(version, "latest"))(
        "output that the payload does not leave: holds its job, and the other jobs are fetched",
        () =>
          Effect.gen(function*() {
            const submitter = yield* Capability.Submitter
            const reporter = yield* Capability.StatusReporter
            const cancellable = yield* Capability.Cancellable
            const retriever = yield* Capability.OutputRetriever
            const fileSystem = yield* FileSystem.FileSystem
            const { handles } = yield* submitter.submit(
              { executable: "/bin/true", outputs: [{ name: "promised.txt" }] },
              [{}],
              { key: yield* SubmissionKey.generate }
            )
            const held = first(handles)
            const status = yield* reporter.statusOf(held).pipe(
              Effect.repeat({ schedule: Schedule.spaced("500 millis"), until: (status) => status._tag === "Held" }),
              Effect.timeout("4 minutes")
            )
            assert.strictEqual(status._tag === "Held" ? status.code : 0, 12)
            const neighbour = first(yield* submit(1, "/bin/true"))
            yield* completed([neighbour])
            const outcomes = yield* retriever.fetch([held, neighbour], yield* fileSystem.makeTempDirectoryScoped())
            assert.deepStrictEqual(counted(tags(outcomes)), { NotFinished: 1, Retrieved: 1 })
            assert.deepStrictEqual(tags(yield* cancellable.cancel([held])), ["Cancelled"])
          })
      )

      it.effect.skipIf(Share.isLeft(version, "lts"))(
        "resources: reach the pool behind the gateway",
        () =>
          Effect.gen(function*() {
            const stack = yield* Stack
            const submitter = yield* Capability.Submitter
            const cancellable = yield* Capability.Cancellable
            const { handles } = yield* submitter.submit(
              {
                executable: "/bin/sleep",
                arguments: ["120"],
                resources: { cpus: 2, memoryMiB: 512, diskMiB: 100, wallTimeSeconds: 5_400 }
              },
              [{}],
              { key: yield* SubmissionKey.generate }
            )
            const { key } = first(handles)
            const pool = yield* stack.inside(
              "--pool",
              "condor_q",
              "-allusers",
              "-constraint",
              `EffectCEKey=="${key}"`,
              "-af",
              "RequestCpus",
              "RequestMemory",
              "RequestDisk",
              "BatchRuntime"
            ).pipe(
              Effect.repeat({ schedule: Schedule.spaced("500 millis"), until: ({ stdout }) => stdout !== "" }),
              Effect.timeout("4 minutes")
            )
            assert.strictEqual(pool.stdout.trim(), "2 512 102400 5400")
            yield* cancellable.cancel(handles)
          })
      )

      it.effect.skipIf(Share.isLeft(version, "lts"))(
        "fetch: needs only the handle, from another process and directory, after the submit directory was removed",
        () =>
          Effect.gen(function*() {
            const fileSystem = yield* FileSystem.FileSystem
            const handle = first(yield* submit(1, "/bin/echo", "from anywhere"))
            yield* completed([handle])
            const text = String(handle)
            const output = yield* Effect.gen(function*() {
              const retriever = yield* Capability.OutputRetriever
              const revived = yield* Effect.fromResult(JobHandle.fromText(text))
              // HTCondor's strings have no escape for some of these characters.
              const destination = `${yield* fileSystem.makeTempDirectoryScoped()}/a "quoted" ä, $(place)`
              return yield* retriever.fetchOne(revived, destination)
            }).pipe(Effect.provide(Layer.fresh(backend())))
            assert.strictEqual(yield* fileSystem.readFileString(output.stdout.path), "from anywhere\n")
          })
      )

      it.effect("submit: replaces the half-spooled jobs of a killed condor_submit, and no copy exists twice", () =>
        Effect.gen(function*() {
          const stack = yield* Stack
          const fileSystem = yield* FileSystem.FileSystem
          const path = yield* Path.Path
          const submitter = yield* Capability.Submitter
          const cancellable = yield* Capability.Cancellable
          const key = yield* SubmissionKey.generate
          const directory = yield* fileSystem.makeTempDirectoryScoped()
          // The input is so large that condor_submit is killed while it sends, with its jobs already in the queue.
          yield* stack.run("truncate", "-s", "4G", path.join(directory, "large"))
          yield* fileSystem.writeFileString(
            path.join(directory, "half.sub"),
            `universe=vanilla\nexecutable=/bin/true\ntransfer_executable=False\ntransfer_input_files=${directory}/large\n` +
              `should_transfer_files=YES\nMy.EffectCEFormat=1\nMy.EffectCEKey="${key}"\nMy.EffectCECopies=2\nqueue 2\n`
          )
          const half = yield* Effect.forkChild(
            stack.exec(
              "timeout",
              "-s",
              "KILL",
              "2.5",
              "condor_submit",
              "-terse",
              "-remote",
              stack.schedd,
              `${directory}/half.sub`
            )
          )
          yield* stack.exec("condor_q", "-constraint", `EffectCEKey=="${key}"`, "-af", "HoldReasonCode").pipe(
            Effect.repeat({
              schedule: Schedule.spaced("100 millis").pipe(Schedule.upTo({ times: 60 })),
              until: ({ stdout }) => stdout.includes("16")
            }),
            Effect.map(({ stdout }) => assert.include(stdout, "16"))
          )
          const submission = yield* submitter.submit({ executable: "/bin/sleep", arguments: ["60"] }, [{}, {}], { key })
          yield* Fiber.await(half)
          assert.isFalse(submission.adopted)
          const queued = yield* queuedJobs(key)
          assert.strictEqual(queued.length, 2)
          assert.deepStrictEqual(counted(tags(yield* cancellable.cancel(submission.handles))), { Cancelled: 2 })
        }))

      it.effect("interrupted submit: leaves nothing half done, and a submit with the same key completes it", () =>
        Effect.gen(function*() {
          const submitter = yield* Capability.Submitter
          const cancellable = yield* Capability.Cancellable
          for (const delay of [5, 40, 70, 100, 140].filter((_, index) => Share.has(version, index))) {
            const key = yield* SubmissionKey.generate
            const send = submitter.submit({ executable: "/bin/sleep", arguments: ["300"] }, [{}, {}, {}], { key })
            const fiber = yield* Effect.forkChild(send)
            yield* Effect.sleep(Duration.millis(delay))
            yield* Fiber.interrupt(fiber)
            const { handles } = yield* send
            const queued = yield* queuedJobs(key)
            assert.deepStrictEqual(queued, handles.map((handle) => handle.job))
            assert.deepStrictEqual(counted(tags(yield* cancellable.cancel(handles))), { Cancelled: 3 })
          }
        }))
    })

    describe("many clusters", () => {
      const many = isLong ? 130 : 20
      it.effect.skipIf(Share.isLeft(version, "lts"))(
        `jobs of ${many} clusters: one call covers all of them`,
        () =>
          Effect.gen(function*() {
            const submitter = yield* Capability.Submitter
            const reporter = yield* Capability.StatusReporter
            const cancellable = yield* Capability.Cancellable
            const { handles } = yield* submitter.submit(
              { executable: "/bin/sleep", arguments: ["600"] },
              Array.from({ length: many }, () => ({})),
              { key: yield* SubmissionKey.generate }
            )
            assert.strictEqual(new Set(handles.map(({ job }) => job.split(".")[0])).size, many)
            assert.notInclude(tags(yield* reporter.status(handles)), "Unknown")
            assert.deepStrictEqual(counted(tags(yield* cancellable.cancel(handles))), { Cancelled: many })
            assert.deepStrictEqual(counted(tags(yield* reporter.status(handles))), { Removed: many })
          }).pipe(Effect.provide(backend({ maxJobsPerCluster: 1 })))
      )
    })

    describe("two clients, and a client that dies", () => {
      it.effect.skipIf(Share.isLeft(version, "lts"))(
        "fetch of one job by two backends at the same time: an output that is Retrieved is complete",
        () =>
          Effect.gen(function*() {
            const fileSystem = yield* FileSystem.FileSystem
            const submitter = yield* Capability.Submitter
            const retriever = yield* Capability.OutputRetriever
            const { handles } = yield* submitter.submit(
              {
                executable: "/bin/sh",
                arguments: ["-c", "head -c 60000000 /dev/zero | tr '\\0' x > big"],
                outputs: [{ name: "big" }]
              },
              [{}],
              { key: yield* SubmissionKey.generate }
            )
            const handle = first(handles)
            yield* completed(handles)
            const destination = yield* fileSystem.makeTempDirectoryScoped()
            const fetching = (place: string, delay: number) =>
              Effect.gen(function*() {
                yield* Effect.sleep(delay)
                const other = yield* Capability.OutputRetriever
                return yield* Effect.result(other.fetchOne(handle, `${destination}/${place}`))
              }).pipe(Effect.provide(Layer.fresh(backend())))
            const results = yield* Effect.all([fetching("a", 0), fetching("b", 60), fetching("c", 150)], {
              concurrency: "unbounded"
            })
            const last = yield* Effect.result(retriever.fetchOne(handle, `${destination}/last`))
            const whole = [...results, last].flatMap((result) => Result.isSuccess(result) ? result.success.files : [])
            assert.isAbove(whole.length, 0)
            for (const file of whole) {
              const bytes = yield* fileSystem.readFile(file.path)
              assert.strictEqual(bytes.length, 60_000_000)
              assert.isTrue(bytes.every((byte) => byte === 0x78), `${file.path} has a hole`)
            }
            const again = yield* Effect.flip(retriever.fetchOne(handle, `${destination}/again`))
            assert.strictEqual(again._tag, "AlreadyRetrieved")
          })
      )

      it.effect.skipIf(Share.isLeft(version, "lts"))(
        "two clusters with one key: the older one stays",
        () =>
          Effect.gen(function*() {
            const stack = yield* Stack
            const fileSystem = yield* FileSystem.FileSystem
            const submitter = yield* Capability.Submitter
            const cancellable = yield* Capability.Cancellable
            const key = yield* SubmissionKey.generate
            const again = submitter.submit({ executable: "/bin/sleep", arguments: ["300"] }, [{}, {}], { key })
            const { handles } = yield* again
            // The delayed act of a killed client's condor_submit.
            const description = `${yield* fileSystem.makeTempDirectoryScoped()}/late.sub`
            yield* fileSystem.writeFileString(
              description,
              `universe=vanilla\nexecutable=/bin/sleep\narguments=300\ntransfer_executable=False\nshould_transfer_files=YES\n` +
                `My.EffectCEFormat=1\nMy.EffectCEKey="${key}"\nMy.EffectCECopies=2\nMy.EffectCECopy=$(Process)\nqueue 2\n`
            )
            yield* stack.exec("condor_submit", "-terse", "-remote", stack.schedd, description)
            assert.strictEqual((yield* queuedJobs(key)).length, 4)
            const submission = yield* again
            assert.deepStrictEqual(submission.handles, handles)
            assert.deepStrictEqual(yield* queuedJobs(key), handles.map((handle) => handle.job))
            yield* cancellable.cancel(handles)
          })
      )

      it.effect.skipIf(Share.isLeft(version, "latest"))(
        "command line that is killed while it submits: a second run leaves each copy once",
        () =>
          Effect.gen(function*() {
            const stack = yield* Stack
            const fileSystem = yield* FileSystem.FileSystem
            const path = yield* Path.Path
            const cancellable = yield* Capability.Cancellable
            const directory = yield* fileSystem.makeTempDirectoryScoped()
            const spec = path.join(directory, "spec.json")
            yield* fileSystem.writeFileString(spec, JSON.stringify({ executable: "/bin/sleep", arguments: ["300"] }))
            for (const delay of isLong ? [400, 480, 560, 640] : [480]) {
              const key = yield* SubmissionKey.generate
              const command = [
                "env",
                `TMPDIR=${directory}`,
                `HTCONDOR_CE_ENDPOINT=${stack.endpoint}`,
                `HTCONDOR_CE_SCHEDD=${stack.schedd}`,
                `HTCONDOR_CE_TOKEN_FILE=${stack.tokenFile}`,
                `HTCONDOR_CE_CONDOR_BIN=${stack.binDirectory}`,
                execPath,
                "src/cli/main.ts",
                "submit",
                spec,
                "--copies",
                "3",
                "--key",
                key
              ] as const
              yield* stack.run("timeout", "-s", "KILL", String(delay / 1000), ...command)
              // The first run follows immediately, when the killed client's condor_submit may still work. The second
              // run follows later.
              yield* stack.run(command[0], ...command.slice(1))
              yield* Effect.sleep("1 second")
              const result = yield* stack.run(command[0], ...command.slice(1), "--json")
              const { handles } = yield* decodeHandles(result.stdout)
              const queued = yield* queuedJobs(key)
              assert.deepStrictEqual(queued, handles.map((handle) => handle.job))
              assert.strictEqual(handles.length, 3)
              yield* cancellable.cancel(handles)
            }
          })
      )
    })

    describe("a CE that hangs", () => {
      it.effect.skipIf(Share.isLeft(version, "lts"))(
        "schedd that does not answer: is a timeout, and leaves nothing behind once it answers again",
        () =>
          Effect.gen(function*() {
            const stack = yield* Stack
            const schedd = (signal: string) => stack.inside("sh", "-c", toSchedd(signal))
            const answers = yield* schedd("STOP").pipe(
              Effect.andThen(
                Effect.provide(
                  refusals,
                  backend({ timeout: "2 seconds", limits: { transferTimeout: Duration.seconds(2) } })
                )
              ),
              Effect.ensuring(Effect.orDie(schedd("CONT")))
            )
            for (const [operation, tag] of Object.entries(answers)) {
              assert.oneOf(tag, ["TimedOut", "CEUnavailable"], operation)
            }
          })
      )
    })

    describe("afterwards", () => {
      it.effect("jobs and files: nothing is left in the queue, in the spool, in the pool or on this host", () =>
        Effect.gen(function*() {
          assert.deepStrictEqual(yield* Site.residue, [])
        }))
    })
  })
}
