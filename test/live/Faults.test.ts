/** The table of faults, as far as they can be made real: each strikes before each tool run of each operation. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, FileSystem, Layer, Result, Schedule, Stream } from "effect"
import { Capability, type HTCondorCE, type JobHandle, SubmissionKey } from "../../src/index.ts"
import { isLong } from "../Volume.ts"
import { down, expired, killed, type Kind, stalled } from "./FaultKinds.ts"
import * as FaultOthers from "./FaultOthers.ts"
import * as FaultScene from "./FaultScene.ts"
import * as Share from "./Share.ts"
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

// Checks the outcome after the operation was repeated without the fault.
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

// A struck operation takes seconds, and more on a busy machine. One that hangs never ends.
const longest = 60

interface Expected<Name extends string> {
  readonly sees: Readonly<Record<Name, ReadonlyArray<string>>>
  readonly config?: Partial<HTCondorCE.Config>
  readonly concurrency?: number
  /** The tool runs before which the fault strikes (default: all of them). The versions share them. */
  readonly runs?: ReadonlyArray<number>
  /** The version to which a short run leaves the fault. */
  readonly on?: Version
  /** Whether the operation can still succeed afterwards. */
  readonly final?: boolean
}

const everyone = (...tags: ReadonlyArray<string>): Expected<FaultScene.Name>["sees"] => ({
  submit: tags,
  status: tags,
  fetch: tags,
  cancel: tags,
  purge: tags
})

// If a query for released jobs fails, their release fails with that error in the end.
const failing = (tag: string): Expected<FaultOthers.Name>["sees"] => ({
  list: [tag],
  departed: [tag],
  describe: [tag],
  waitFor: [tag],
  withdraw: [tag],
  release: [tag, "StatusUnavailable"],
  fetchHeld: [tag, "TransferFailed"]
})

/**
 * The runs before which a fault strikes. Where the versions share them, each version has the first run and a part of
 * the others.
 */
const shared = (version: Version, runs: ReadonlyArray<number>): ReadonlyArray<number> =>
  runs.filter((run) => run === 0 || Share.has(version, run))

// No operation that succeeds at once has more than six runs. A short run leaves the last three to a long one.
const all = isLong ? [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] : [0, 1, 2]

/**
 * Operations that a fault may strike, the outcome of each without a fault, and the check after the operation was
 * repeated.
 */
interface Scene<Name extends string> {
  readonly names: ReadonlyArray<Name>
  readonly done: Readonly<Record<Name, string>>
  begin(name: Name): Effect.Effect<FaultScene.Attempt>
  ensureDone(name: Name, attempt: FaultScene.Attempt): Effect.Effect<void, unknown, HTCondorCE.Capabilities>
  outputs(destination: string): Effect.Effect<number>
}

const usual = (scene: FaultScene.Scene): Scene<FaultScene.Name> => ({
  names: FaultScene.names,
  done,
  begin: scene.begin,
  ensureDone: (name, attempt) => ensureDone(scene, name, attempt),
  outputs: scene.outputs
})

/** Lets a fault strike before each tool run of each operation. The set of all outcomes must equal the expected set. */
const everywhere = Effect.fnUntraced(function*<Name extends string>(
  { begin, done, ensureDone, names, outputs }: Scene<Name>,
  fault: FaultScene.Fault,
  { concurrency = 5, config = {}, final = false, sees }: Expected<Name>,
  moments: ReadonlyArray<number>
) {
  const fileSystem = yield* FileSystem.FileSystem
  const seen = new Set<string>()
  yield* Effect.forEach(names, (name) =>
    Effect.gen(function*() {
      for (const from of moments) {
        const attempt = yield* begin(name)
        const temporaryDirectory = yield* fileSystem.makeTempDirectoryScoped({ prefix: "live-faults-tmp-" })
        const { layer, runs } = FaultScene.struck(fault, from, attempt.job, { ...config, temporaryDirectory })
        const began = performance.now()
        const answer = yield* Effect.ensuring(Effect.provide(attempt.run, layer), fault.heal ?? Effect.void)
        const took = (performance.now() - began) / 1_000
        const when = `${name}, struck at run ${from}: ${answer} after ${took.toFixed(1)} s`
        assert.oneOf(answer, [...sees[name], done[name]], when)
        assert.isBelow(took, longest, when)
        assert.deepStrictEqual(yield* fileSystem.readDirectory(temporaryDirectory), [], when)
        assert.isAtMost(yield* outputs(attempt.destination), 2)
        if (answer !== done[name]) seen.add(name)
        if (!final) yield* ensureDone(name, attempt)
        if (runs() <= from) break
      }
    }), { concurrency, discard: true })
  return Array.from(seen).toSorted()
})

for (const version of versions) {
  it.layer(onStack(version), { excludeTestServices: true, timeout: "60 seconds" })(`faults on ${version}`, (it) => {
    const faulty = (
      title: string,
      fault: Kind,
      expected: Expected<FaultScene.Name>,
      touched: ReadonlyArray<FaultScene.Name> = FaultScene.names
    ) =>
      it.effect.skipIf(Share.isLeft(version, expected.on ?? version))(title, () =>
        Effect.gen(function*() {
          const moments = shared(version, expected.runs ?? all)
          const scene = yield* FaultScene.make(moments.length)
          const seen = yield* Effect.ensuring(
            Effect.flatMap(
              Stack,
              (stack) => Effect.flatMap(fault(stack), (one) => everywhere(usual(scene), one, expected, moments))
            ),
            Effect.orDie(scene.clear())
          )
          assert.deepStrictEqual(seen, touched.toSorted())
        }))

    faulty(
      "a CE that is down from some moment on",
      down,
      { sees: { ...everyone("CEUnavailable"), fetch: ["CEUnavailable", "Retrieved"] } }
    )

    faulty(
      "a token that expires at some moment",
      expired,
      { sees: everyone("AuthenticationFailed") }
    )

    faulty(
      "a schedd that is killed and comes back",
      killed,
      {
        sees: {
          ...everyone("CEUnavailable"),
          submit: ["CEUnavailable", "SubmissionFailed"],
          fetch: ["CEUnavailable", "TransferFailed"]
        },
        concurrency: 1,
        runs: [0, 2],
        on: "lts"
      }
    )

    faulty(
      "a network that stalls",
      stalled,
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
        runs: [0, 1],
        on: "latest"
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
        { sees, final: true, on: command === "condor_rm" ? "lts" : "latest" },
        command === "condor_rm" ? ["fetch", "status"] : ["status"]
      )
    }

    // The other operations. A short run has one fault, on one version, and it strikes only before the first tool run.
    const others: ReadonlyArray<readonly [what: string, fault: Kind, tag: string]> = [
      ["a token that expires", expired, "AuthenticationFailed"],
      ...(isLong
        ? [
          ["a CE that is down", down, "CEUnavailable"],
          ["a schedd that is killed", killed, "CEUnavailable"]
        ] as const
        : [])
    ]
    for (const [what, fault, tag] of others) {
      it.effect.skipIf(Share.isLeft(version, "lts"))(
        `other operations, list to fetchHeld: ${what}`,
        () =>
          Effect.gen(function*() {
            const moments = isLong ? all : [0]
            const scene = yield* FaultOthers.make(moments.length)
            const struck = { ...scene, names: FaultOthers.names, done: FaultOthers.done }
            const seen = yield* Effect.ensuring(
              Effect.flatMap(Stack, (stack) =>
                Effect.flatMap(
                  fault(stack),
                  (one) =>
                    everywhere(struck, one, { sees: failing(tag), concurrency: fault === killed ? 1 : 5 }, moments)
                )),
              Effect.orDie(scene.clear())
            )
            // waitFor queries again, and reaches a schedd that is back.
            const touched = FaultOthers.names.filter((name) => name !== "waitFor" || fault !== killed)
            assert.deepStrictEqual(seen, touched.toSorted())
          })
      )
    }

    describe("the CE's own disk and memory", () => {
      it.effect("full spool: submit fails, and the CE keeps no job and no file", () =>
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
          // The directory of the next cluster.
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

      it.effect.skipIf(Share.isLeft(version, "latest"))(
        "history that is rotated away: jobs that left become Unknown, and fetched output is not lost",
        () =>
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
            // The schedd keeps writing to its open file until condor_reconfig.
            yield* stack.inside("sh", "-c", "rm -f /var/lib/condor-ce/spool/history* && condor_reconfig -schedd")
            assert.strictEqual((yield* reporter.statusOf(fetched))._tag, "Unknown")
            assert.strictEqual((yield* reporter.statusOf(left))._tag, "Completed")
            const again = (place: string) => Effect.flip(retriever.fetchOne(fetched, `${destination}${place}`))
            assert.strictEqual((yield* again(""))._tag, "AlreadyRetrieved")
            assert.strictEqual((yield* again("/other"))._tag, "UnknownJob")
            // One remaining job of the cluster is enough to adopt the whole submission.
            const { adopted } = yield* submitter.submit({ executable: "/bin/true" }, [{}, {}], { key })
            assert.isTrue(adopted)
            yield* purge([left])
          })
      )

      // This test restarts the stack twice.
      it.effect.skipIf(Share.isLeft(version, "lts"))(
        "job ids that a new installation assigns again: are not taken for the old jobs",
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
              // The processes that it starts would keep our pipes open.
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

    it.effect("jobs and files: nothing is left", () =>
      Effect.gen(function*() {
        const left = yield* Effect.repeat(Site.residue, {
          schedule: Schedule.spaced("1 second").pipe(Schedule.upTo({ times: 3 })),
          until: (one) => one.length === 0
        })
        assert.deepStrictEqual(left, [])
      }), 120_000)
  })
}
