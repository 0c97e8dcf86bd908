/** A CE's accounting of a payload that burns a known amount. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import { Effect, FileSystem, Layer, Stream } from "effect"
import { Capability, CondorTool, Credential, type JobRecord, SubmissionKey } from "../../src/index.ts"
import * as Backend from "./Backend.ts"
import * as Share from "./Share.ts"
import { Stack, versions } from "./Stack.ts"

const mebibyte = 1024 ** 2
const output = 5_000_000

const backend = Layer.unwrap(
  Effect.map(Stack, (stack) =>
    Backend.layer({ endpoint: stack.endpoint, schedd: stack.schedd }).pipe(
      Layer.provide([
        CondorTool.layer({ binDirectory: stack.binDirectory }),
        Credential.layerTokenFile(stack.tokenFile)
      ]),
      Layer.provide(NodeServices.layer)
    ))
)

// The shell itself burns three seconds of CPU, measured in /proc in hundredths of a second. Then it fills a variable
// with 64 MiB, and writes five megabytes of output. Without cgroups a starter looks at its processes every 15 s
// (PID_SNAPSHOT_INTERVAL), and does not count what they use after the last look. So the payload waits for a look.
const payload = `#!/bin/bash
while :; do
  for i in {1..20000}; do :; done
  read -r -a stat < /proc/$$/stat
  (( stat[13] + stat[14] >= 300 )) && break
done
printf -v held '%*s' ${64 * mebibyte} ''
sleep 20
head -c ${output} /dev/zero > result.dat
echo "\${#held}"
`

/** Checks a measured value against bounds: HTCondor does not promise exact values. */
const within = (what: string, value: number | undefined, least: number, most: number) =>
  assert.isTrue(value !== undefined && value >= least && value <= most, `${what}: ${value}, not ${least} to ${most}`)

const secondsBetween = ({ times }: JobRecord.JobRecord) => {
  const { ended, started, submitted } = times
  return [submitted, started, ended].map((time) => (time ?? assert.fail("a time is missing")).epochMilliseconds / 1_000)
}

for (const version of versions) {
  it.layer(backend.pipe(Layer.provideMerge(Stack.layer(version)), Layer.provideMerge(NodeServices.layer)), {
    excludeTestServices: true,
    timeout: "60 seconds"
  })(`accounting by ${version}`, (it) => {
    it.effect.skipIf(Share.isLeft(version, "latest"))(
      "describe: reports the usage of a job that has left the queue, and none while the job is live",
      () =>
        Effect.gen(function*() {
          const fileSystem = yield* FileSystem.FileSystem
          const { submit } = yield* Capability.Submitter
          const { describe, watch } = yield* Capability.StatusReporter
          const { fetchOne } = yield* Capability.OutputRetriever
          const directory = yield* fileSystem.makeTempDirectoryScoped({ prefix: "live-accounting-" })
          const executable = `${directory}/payload.sh`
          yield* fileSystem.writeFileString(executable, payload, { mode: 0o755 })
          const { handles } = yield* submit(
            { executable, outputs: [{ name: "result.dat" }], resources: { cpus: 1, memoryMiB: 512 } },
            [{}],
            { key: yield* SubmissionKey.generate }
          )
          const [handle = assert.fail("no job")] = handles
          const recordOf = Effect.flatMap(
            describe(handles),
            (outcomes) => Effect.fromResult(Array.from(outcomes)[0]?.[1] ?? assert.fail("no outcome"))
          )
          const live: Array<JobRecord.JobRecord> = []
          yield* watch(handles, { interval: "500 millis", maxInterval: "2 seconds" }).pipe(
            Stream.runForEach(() => Effect.map(recordOf, (record) => live.push(record)))
          )
          for (const { status, usage } of live) {
            if (status._tag !== "Completed") assert.isUndefined(usage, status._tag)
          }
          const record = yield* recordOf
          const [submitted = 0, started = 0, ended = 0] = secondsBetween(record)
          assert.isTrue(submitted <= started + 1 && started < ended, `${submitted} ${started} ${ended}`)
          within("wall time", record.usage?.wallTime, 6, 120)
          within("wall time by the times", ended - started, (record.usage?.wallTime ?? 0) - 3, 120)
          // The ad has user and system time, each in whole seconds, rounded down. The second part of the payload uses
          // some CPU, too.
          within("CPU", record.usage?.cpu, 2, 12)
          // The ad has memory rounded down. The shell uses more than the variable.
          within("memory", record.usage?.memory, 55 * mebibyte, 512 * mebibyte)
          within("disk", record.usage?.disk, output * 0.9, 200 * mebibyte)
          within("bytes out", record.usage?.bytesOut, output, output + 10_000)
          within("bytes in", record.usage?.bytesIn, payload.length, payload.length + 10_000)
          assert.deepStrictEqual([record.requested?.memory, record.starts, record.exit], [
            512 * mebibyte,
            1,
            { _tag: "Code", code: 0 }
          ])
          within("memory that was provisioned", record.provisioned?.memory, 512 * mebibyte, 64 * 1024 * mebibyte)
          const fetched = yield* fetchOne(handle, `${directory}/destination`)
          assert.strictEqual((yield* fileSystem.readFileString(fetched.stdout.path)).trim(), String(64 * mebibyte))
          assert.deepStrictEqual(fetched.record?.usage, record.usage)
          const departed = yield* recordOf
          assert.deepStrictEqual([departed.usage, departed.times.ended], [record.usage, record.times.ended])
        }),
      180_000
    )
  })
}
