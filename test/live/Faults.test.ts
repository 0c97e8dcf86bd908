/** The table of faults, where they can be made real: each strikes before each run of a tool of each operation. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, FileSystem, Layer, Result, Schedule, Stream } from "effect"
import * as ScheddAddress from "../../src/condor/tools/ScheddAddress.ts"
import { Capability, type CondorTool, type HTCondorCE, type JobHandle, SubmissionKey } from "../../src/index.ts"
import { isLong } from "../Volume.ts"
import * as FaultScene from "./FaultScene.ts"
import * as Share from "./Share.ts"
import { toSchedd } from "./Signal.ts"
import * as Site from "./Site.ts"
import { backend, Stack, type Version, versions } from "./Stack.ts"

const onStack = (version: Version) =>
  backend().pipe(Layer.provideMerge(Stack.layer(version)), Layer.provideMerge(NodeServices.layer))

const done: Record<FaultScene.Name, string> = {
  submit: "Submitted",
  status: "Waiting",
  fetch: "Retrieved",
  cancel: "Cancelled",
  purge: "Purged"
}

// What is true once the operation has been done again, with nothing in its way.
const ensureDone = Effect.fnUntraced(function*(
  scene: FaultScene.Scene,
  name: FaultScene.Name,
  { destination, key, left, run }: FaultScene.Attempt
) {
  const again = yield* run
  switch (name) {
    case "submit":
      assert.oneOf(again, ["Submitted", "Adopted"])
      assert.strictEqual(yield* run, "Adopted")
      assert.deepStrictEqual(yield* left, ["0", "1"])
      yield* Effect.flatMap(
        Capability.Submitter,
        ({ reconcile }) =>
          Effect.flatMap(reconcile(key), (state) =>
            state._tag === "Submitted"
              ? Effect.flatMap(Capability.Cancellable, ({ cancel }) => cancel(state.handles))
              : Effect.die(new Error(state._tag)))
      )
      return
    case "status":
      return assert.strictEqual(again, "Waiting")
    case "fetch":
      assert.oneOf(again, ["Retrieved", "AlreadyRetrieved", "AlreadyRetrieved+Retrieved"])
      assert.strictEqual(yield* run, "AlreadyRetrieved")
      assert.strictEqual(yield* scene.outputs(destination), 2)
      return assert.deepStrictEqual(yield* left, [])
    case "cancel":
    case "purge":
      assert.strictEqual(again, done[name])
      return assert.deepStrictEqual(yield* left, [])
  }
})

// An operation that is struck takes seconds, and more on a busy machine; one that hangs takes for ever.
const longest = 60

interface Expected {
  readonly sees: Readonly<Record<FaultScene.Name, ReadonlyArray<string>>>
  readonly config?: Partial<HTCondorCE.Config>
  readonly concurrency?: number
  /** Before which runs of tools; unless given all of them. The versions share them. */
  readonly runs?: ReadonlyArray<number>
  /** Whether the operation can still be done afterwards. */
  readonly final?: boolean
}

const everyone = (...tags: ReadonlyArray<string>): Expected["sees"] => ({
  submit: tags,
  status: tags,
  fetch: tags,
  cancel: tags,
  purge: tags
})

/** The runs before which a fault strikes: where the versions share them, each has the first, and a part of the others. */
const shared = (version: Version, runs: ReadonlyArray<number>): ReadonlyArray<number> =>
  runs.filter((run) => run === 0 || Share.has(version, run))

// No operation that succeeds at once has more than six.
const usual = isLong ? [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] : [0, 1, 2, 3, 4, 5]

/** Lets a fault strike before each run of a tool of each operation. What is seen over all of it must be what is expected. */
const everywhere = Effect.fnUntraced(function*(
  scene: FaultScene.Scene,
  fault: FaultScene.Fault,
  { concurrency = 5, config = {}, final = false, sees }: Expected,
  moments: ReadonlyArray<number>
) {
  const fileSystem = yield* FileSystem.FileSystem
  const seen = new Set<string>()
  yield* Effect.forEach(FaultScene.names, (name) =>
    Effect.gen(function*() {
      for (const from of moments) {
        const attempt = yield* scene.begin(name)
        const temporaryDirectory = yield* fileSystem.makeTempDirectoryScoped({ prefix: "live-faults-tmp-" })
        const { layer, runs } = FaultScene.struck(fault, from, attempt.job, { ...config, temporaryDirectory })
        const began = performance.now()
        const answer = yield* Effect.ensuring(Effect.provide(attempt.run, layer), fault.heal ?? Effect.void)
        const took = (performance.now() - began) / 1_000
        const when = `${name}, struck at run ${from}: ${answer} after ${took.toFixed(1)} s`
        assert.oneOf(answer, [...sees[name], done[name]], when)
        assert.isBelow(took, longest, when)
        assert.deepStrictEqual(yield* fileSystem.readDirectory(temporaryDirectory), [], when)
        assert.isAtMost(yield* scene.outputs(attempt.destination), 2)
        if (answer !== done[name]) seen.add(name)
        if (!final) yield* ensureDone(scene, name, attempt)
        if (runs() <= from) break
      }
    }), { concurrency, discard: true })
  return Array.from(seen).toSorted()
})

for (const version of versions) {
  it.layer(onStack(version), { excludeTestServices: true, timeout: "60 seconds" })(`faults on ${version}`, (it) => {
    const faulty = (
      title: string,
      fault: (stack: Stack["Service"]) => Effect.Effect<FaultScene.Fault>,
      expected: Expected,
      touched: ReadonlyArray<FaultScene.Name> = FaultScene.names
    ) =>
      it.effect(title, () =>
        Effect.gen(function*() {
          const moments = shared(version, expected.runs ?? usual)
          const scene = yield* FaultScene.make(moments.length)
          const seen = yield* Effect.ensuring(
            Effect.flatMap(
              Stack,
              (stack) => Effect.flatMap(fault(stack), (one) => everywhere(scene, one, expected, moments))
            ),
            Effect.orDie(scene.clear())
          )
          assert.deepStrictEqual(seen, touched.toSorted())
        }), 300_000)

    faulty(
      "a CE that is down from some moment on",
      () =>
        Effect.gen(function*() {
          const fileSystem = yield* FileSystem.FileSystem
          const file = `${yield* fileSystem.makeTempDirectory({ prefix: "down-" })}/address`
          const [version, platform] = ["$CondorVersion: 25.0.0 2026-01-01 $", "$CondorPlatform: X86_64 $"]
          const address = "<127.0.0.1:1>"
          yield* fileSystem.writeFileString(file, ScheddAddress.fileText({ address, version, platform }))
          const variables = ScheddAddress.environment(file)
          // By the name, and at the address that was known before.
          return {
            change: (call: CondorTool.ToolCall) => ({
              ...call,
              args: call.args.map((word, index) =>
                call.args[index - 1] === "-pool" ? "127.0.0.1:1" : word.startsWith("<") ? address : word
              ),
              environment: {
                ...call.environment,
                ...(Object.keys(variables).some((name) => name in call.environment) ? variables : {})
              }
            })
          }
        }).pipe(Effect.provide(NodeServices.layer), Effect.orDie),
      { sees: { ...everyone("CEUnavailable"), fetch: ["CEUnavailable", "Retrieved"] } }
    )

    faulty(
      "a token that expires at some moment",
      (stack) =>
        Effect.gen(function*() {
          const fileSystem = yield* FileSystem.FileSystem
          const directory = yield* fileSystem.makeTempDirectory({ prefix: "expired-" })
          const expired = yield* stack.token("--lifetime", "-60")
          yield* fileSystem.writeFileString(`${directory}/token`, `${expired}\n`, { mode: 0o600 })
          return {
            change: (call: CondorTool.ToolCall) => ({
              ...call,
              environment: {
                ...call.environment,
                _CONDOR_SEC_TOKEN_DIRECTORY: directory,
                _CONDOR_SEC_TOKEN_SYSTEM_DIRECTORY: directory
              }
            })
          }
        }).pipe(Effect.provide(NodeServices.layer), Effect.orDie),
      { sees: everyone("AuthenticationFailed") }
    )

    faulty(
      "a schedd that is killed and comes back",
      (stack) =>
        Effect.succeed({
          strike: () => Effect.asVoid(stack.inside("sh", "-c", toSchedd("KILL"))),
          // The master starts it again after a while.
          heal: stack.exec("condor_q", "-limit", "1").pipe(
            Effect.repeat({
              schedule: Schedule.spaced("200 millis").pipe(Schedule.upTo({ times: 150 })),
              until: ({ exitCode }) => exitCode === 0
            }),
            Effect.asVoid
          )
        }),
      {
        sees: {
          ...everyone("CEUnavailable"),
          submit: ["CEUnavailable", "SubmissionFailed"],
          fetch: ["CEUnavailable", "TransferFailed"]
        },
        concurrency: 1,
        runs: [0, 2]
      }
    )

    faulty(
      "a network that stalls",
      (stack) =>
        Effect.succeed({
          strike: () => Effect.asVoid(stack.inside("sh", "-c", toSchedd("STOP"))),
          heal: Effect.asVoid(stack.inside("sh", "-c", toSchedd("CONT")))
        }),
      {
        sees: {
          ...everyone("TimedOut", "CEUnavailable"),
          submit: ["CEUnavailable", "SubmissionFailed", "TimedOut"]
        },
        config: {
          timeout: "2 seconds",
          limits: { transferTimeout: Duration.seconds(3), jobTransferTimeout: Duration.seconds(3) }
        },
        concurrency: 1,
        runs: [0, 1]
      }
    )

    for (
      const [what, command, sees] of [
        ["removes a job", "condor_rm", {
          ...everyone(),
          status: ["Removed+Waiting"],
          fetch: ["OutputMissing+Retrieved", "Retrieved+TransferFailed"]
        }],
        ["holds a job", "condor_hold", { ...everyone(), status: ["Held+Waiting"] }]
      ] as const
    ) {
      faulty(
        `a site that ${what} at some moment`,
        (stack) => Effect.succeed({ strike: (job) => Effect.asVoid(stack.inside(command, job)) }),
        { sees, final: true },
        command === "condor_rm" ? ["fetch", "status"] : ["status"]
      )
    }

    describe("the CE's own disk and memory", () => {
      it.effect("a spool that is full takes nothing, and keeps nothing", () =>
        Effect.gen(function*() {
          const stack = yield* Stack
          const fileSystem = yield* FileSystem.FileSystem
          const submitter = yield* Capability.Submitter
          const { cancel } = yield* Capability.Cancellable
          const input = `${yield* fileSystem.makeTempDirectoryScoped({ prefix: "live-faults-" })}/input`
          yield* fileSystem.writeFile(input, new Uint8Array(6_000_000))
          const sleeping = { executable: "/bin/sleep", arguments: ["300"] }
          const before = yield* submitter.submit(sleeping, [{}], { key: yield* SubmissionKey.generate })
          yield* cancel(before.handles)
          // The directory of the cluster that comes next.
          const next = `/var/lib/condor-ce/spool/${(Number(before.handles[0]?.job.split(".")[0]) + 1) % 10_000}`
          const spec = { ...sleeping, inputs: [{ name: "input", source: input }] }
          const key = yield* SubmissionKey.generate
          const error = yield* Effect.acquireUseRelease(
            stack.inside(
              "sh",
              "-c",
              `mkdir -p ${next} && mount -t tmpfs -o size=2m,mode=755 tmpfs ${next} && chown condor:condor ${next}`
            ),
            ({ exitCode, stderr }) => {
              assert.strictEqual(exitCode, 0, stderr)
              return Effect.flip(submitter.submit(spec, [{}], { key }))
            },
            () => stack.inside("umount", "-l", next)
          )
          assert.strictEqual(error._tag, "SubmissionFailed")
          if (error._tag === "SubmissionFailed") assert.deepStrictEqual(error.leftover, [])
          assert.include(error.message, "No space left on device")
          const { adopted, handles } = yield* submitter.submit(spec, [{}], { key })
          assert.isFalse(adopted)
          yield* cancel(handles)
        }))

      it.effect("a history that is rotated away makes what left Unknown, and loses nothing that was fetched", () =>
        Effect.gen(function*() {
          const stack = yield* Stack
          const fileSystem = yield* FileSystem.FileSystem
          const submitter = yield* Capability.Submitter
          const reporter = yield* Capability.StatusReporter
          const retriever = yield* Capability.OutputRetriever
          const { purge } = yield* Capability.Purgeable
          const destination = yield* fileSystem.makeTempDirectoryScoped({ prefix: "live-faults-" })
          const key = yield* SubmissionKey.generate
          const { handles } = yield* submitter.submit({ executable: "/bin/true" }, [{}, {}], { key })
          yield* Stream.runDrain(reporter.watch(handles, { interval: "500 millis", maxInterval: "2 seconds" }))
          const [fetched, left] = handles
          if (fetched === undefined || left === undefined) return assert.fail("two jobs")
          yield* retriever.fetchOne(fetched, destination)
          yield* stack.inside("sh", "-c", "rm -f /var/lib/condor-ce/spool/history*")
          assert.strictEqual((yield* reporter.statusOf(fetched))._tag, "Unknown")
          assert.strictEqual((yield* reporter.statusOf(left))._tag, "Completed")
          const again = (place: string) => Effect.flip(retriever.fetchOne(fetched, `${destination}${place}`))
          assert.strictEqual((yield* again(""))._tag, "AlreadyRetrieved")
          assert.strictEqual((yield* again("/other"))._tag, "UnknownJob")
          // The other job of the cluster still stands for the whole submission.
          const { adopted } = yield* submitter.submit({ executable: "/bin/true" }, [{}, {}], { key })
          assert.isTrue(adopted)
          yield* purge([left])
        }))

      // It starts the stack anew, twice.
      it.effect.skipIf(Share.isLeft(version, "latest"))(
        "numbers that a new installation gives again are not those of the old jobs",
        () =>
          Effect.gen(function*() {
            const stack = yield* Stack
            const fileSystem = yield* FileSystem.FileSystem
            const submitter = yield* Capability.Submitter
            const reporter = yield* Capability.StatusReporter
            const retriever = yield* Capability.OutputRetriever
            const { cancel } = yield* Capability.Cancellable
            const { purge } = yield* Capability.Purgeable
            const destination = yield* fileSystem.makeTempDirectoryScoped({ prefix: "live-faults-" })
            const first = Effect.fnUntraced(function*() {
              assert.strictEqual((yield* stack.run("scripts/stack", "down", version)).exitCode, 0)
              // What it starts would keep our pipes open.
              const up = yield* stack.run("sh", "-c", `scripts/stack up ${version} >/dev/null 2>&1`)
              assert.strictEqual(up.exitCode, 0)
              const spec = { executable: "/bin/sleep", arguments: ["300"] }
              return yield* submitter.submit(spec, [{}, {}], { key: yield* SubmissionKey.generate })
            })
            const old = (yield* first()).handles
            const young = (yield* first()).handles
            const jobs = (handles: ReadonlyArray<JobHandle.JobHandle>) => handles.map(({ job }) => job)
            assert.deepStrictEqual(jobs(old), jobs(young))
            const tags = (outcomes: Iterable<readonly [unknown, Result.Result<unknown, { readonly _tag: string }>]>) =>
              Array.from(outcomes, ([, one]) => Result.isFailure(one) ? one.failure._tag : "done")
            assert.deepStrictEqual(
              yield* Effect.forEach(old, (handle) => Effect.map(reporter.statusOf(handle), ({ _tag }) => _tag)),
              ["Unknown", "Unknown"]
            )
            for (const outcomes of [yield* cancel(old), yield* purge(old), yield* retriever.fetch(old, destination)]) {
              assert.deepStrictEqual(tags(outcomes), ["UnknownJob", "UnknownJob"])
            }
            for (const handle of young) {
              assert.oneOf((yield* reporter.statusOf(handle))._tag, ["Staging", "Waiting", "Running"])
            }
            yield* cancel(young)
          }),
        120_000
      )
    })

    it.effect("nothing is left", () =>
      Effect.gen(function*() {
        const left = yield* Effect.repeat(Site.residue, {
          schedule: Schedule.spaced("1 second").pipe(Schedule.upTo({ times: 3 })),
          until: (one) => one.length === 0
        })
        assert.deepStrictEqual(left, [])
      }), 120_000)
  })
}
