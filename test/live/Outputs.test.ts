/** Optional and mandatory outputs of real jobs, and the output of a job that did not leave a mandatory one. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import { Effect, FileSystem, Layer } from "effect"
import { Capability, JobStatus, Outcomes, SubmissionKey } from "../../src/index.ts"
import { backend, Stack, versions } from "./Stack.ts"

for (const version of versions) {
  it.layer(backend().pipe(Layer.provideMerge(Stack.layer(version)), Layer.provideMerge(NodeServices.layer)), {
    excludeTestServices: true,
    timeout: "60 seconds"
  })(`outputs from ${version}`, (it) => {
    it.effect(
      "fetch: keeps the exit code of payloads that a wrapper runs; fetchHeld: brings the output of a held job",
      () =>
        Effect.gen(function*() {
          const fileSystem = yield* FileSystem.FileSystem
          const stack = yield* Stack
          const { submit } = yield* Capability.Submitter
          const { status, waitFor } = yield* Capability.StatusReporter
          const { fetch, fetchHeld } = yield* Capability.OutputRetriever
          const { cancel } = yield* Capability.Cancellable
          const directory = yield* fileSystem.makeTempDirectoryScoped({ prefix: "live-outputs-" })
          const destination = `${directory}/destination`
          const executable = `${directory}/payload.sh`
          yield* fileSystem.writeFileString(executable, `#!/bin/bash\neval "$SCRIPT"\n`, { mode: 0o755 })
          const scripts = [
            "echo 1 > certain.txt; echo 1 > c-1.dat; echo 1 > 'c-a b.dat'; echo 1 > other.dat; exit 7",
            "echo 2 > certain.txt; echo 2 > maybe.txt; kill -9 $$",
            "echo 3 > c-3.dat; exit 5"
          ]
          const { handles } = yield* submit(
            {
              executable,
              outputs: [{ name: "certain.txt" }, { glob: "c-*.dat" }, { name: "maybe.txt", optional: true }]
            },
            scripts.map((script) => ({ environment: { SCRIPT: script } })),
            { key: yield* SubmissionKey.generate }
          )
          const [
            exits = assert.fail("no job"),
            dies = assert.fail("no second job"),
            lacks = assert.fail("no third job")
          ] = handles
          yield* waitFor(handles, {
            until: (status) => status._tag === "Held" || JobStatus.isTerminal(status),
            timeout: "2 minutes",
            interval: "500 millis",
            maxInterval: "2 seconds"
          })

          const outcomes = yield* fetch([exits, dies], destination)
          const { Code, Signal } = JobStatus.Exit.cases
          for (
            const [handle, exit, names] of [
              [exits, Code.make({ code: 7 }), "c-1.dat c-a b.dat certain.txt"],
              [dies, Signal.make({ signal: 9 }), "certain.txt maybe.txt"]
            ] as const
          ) {
            const output = yield* Effect.fromResult(yield* Effect.fromOption(Outcomes.get(outcomes, handle)))
            assert.deepStrictEqual(output.exit, exit)
            assert.deepStrictEqual(output.files.map(({ name }) => name).toSorted().join(" "), names)
          }

          const partial = yield* fetchHeld(lacks, destination)
          assert.deepStrictEqual(
            [partial.files.map(({ name }) => name), partial.missing, partial.exit, partial.whole],
            [["c-3.dat"], ["certain.txt"], Code.make({ code: 5 }), true]
          )
          // No list that a later fetch would obey, and no mark of a transfer, is left behind.
          const edited = yield* stack.exec(
            "condor_q",
            lacks.job,
            "-af",
            "JobStatus",
            "SpooledOutputFiles",
            "StageOutFinish"
          )
          assert.strictEqual(edited.stdout.trim(), "5 undefined undefined")
          const [[, held] = assert.fail("no outcome")] = Array.from(yield* status([lacks]))
          assert.strictEqual((yield* Effect.fromResult(held))._tag, "Held")
          const [[, cancelled] = assert.fail("no outcome")] = Array.from(yield* cancel([lacks]))
          assert.strictEqual((yield* Effect.fromResult(cancelled))._tag, "Cancelled")
        }),
      180_000
    )
  })
}
