/** Runners with real tools, which are killed while they submit copies whose secrets are sealed. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import { Effect, FileSystem, Layer, Redacted, Schedule } from "effect"
import * as Grid from "../../scripts/cluster/Grid.ts"
import { secretOf, timing } from "../../scripts/cluster/Orders.ts"
import * as Runners from "../../scripts/cluster/Runners.ts"
import { Cluster, ClusterCE, ClusterStorage, SecretSealer } from "../../src/cluster/index.ts"
import { Capability, SubmissionKey } from "../../src/index.ts"
import * as Ports from "../cluster/Ports.ts"
import * as Share from "./Share.ts"
import * as Site from "./Site.ts"
import { configuration, Stack, versions } from "./Stack.ts"

/** Expiration of the locks on shards, in seconds. */
const expiration = 6

/**
 * The moment at which the owner is killed: before `condor_submit` has begun, or after it ended but before the owner
 * knows.
 */
type Moment = "before" | "after"
const moments: ReadonlyArray<Moment> = ["before", "after"]

// Once, the tool names its runner, and then makes that runner wait. Like every tool, it dies with its runner.
const submitAt: Record<Moment, (real: string, runner: string, struck: string) => string> = {
  before: (real, runner, struck) =>
    `mkdir '${struck}' 2>/dev/null && { echo ${runner} >'${struck}/runner'; exec sleep 60; }\nexec '${real}' "$@"\n`,
  after: (real, runner, struck) =>
    `'${real}' "$@" || exit\nmkdir '${struck}' 2>/dev/null && { echo ${runner} >'${struck}/runner'; exec sleep 60; }\n`
}

/** Two runners, and the layer of a client. `struck` ends when one of them is about to be killed. */
const stage = Effect.fnUntraced(function*(moment: Moment) {
  const stack = yield* Stack
  const fileSystem = yield* FileSystem.FileSystem
  const directory = yield* fileSystem.makeTempDirectoryScoped({ prefix: "cluster-" })
  const keyFile = `${directory}/cluster.key`
  yield* SecretSealer.writeKeyFile(keyFile, [yield* SecretSealer.generateKey("1")])
  yield* fileSystem.makeDirectory(`${directory}/database`)
  const struck = `${directory}/struck`
  const token = yield* stack.token("--lifetime", "3600")
  const runners = new Map<string, Effect.Effect<void>>()
  for (const name of ["first", "second"]) {
    const tools = `${directory}/${name}`
    yield* fileSystem.makeDirectory(tools)
    for (const tool of yield* fileSystem.readDirectory(stack.binDirectory)) {
      if (tool !== "condor_submit") yield* fileSystem.symlink(`${stack.binDirectory}/${tool}`, `${tools}/${tool}`)
    }
    const script = submitAt[moment](`${stack.binDirectory}/condor_submit`, name, struck)
    yield* fileSystem.writeFileString(`${tools}/condor_submit`, `#!/bin/sh\n${script}`, { mode: 0o755 })
    const { kill } = yield* Runners.start(
      {
        tools: { directory: tools },
        schedd: stack.schedd,
        database: `${directory}/database/cluster.sqlite`,
        keyFile,
        temporaryDirectory: directory,
        token,
        port: yield* Ports.free,
        expiration
      },
      `${directory}/cache`,
      () => Effect.void
    )
    runners.set(name, kill)
  }
  const storage = ClusterStorage.layerSqlite(`${directory}/database/cluster.sqlite`)
  return {
    directory,
    client: ClusterCE.layer(stack.endpoint).pipe(
      Layer.provide(Cluster.layerClient({ storage, sharding: timing(expiration) })),
      Layer.provide(SecretSealer.layerFile(keyFile)),
      Layer.provide(NodeServices.layer)
    ),
    killOwner: fileSystem.readFileString(`${struck}/runner`).pipe(
      Effect.filterOrFail((name) => name.endsWith("\n")),
      Effect.retry(Schedule.spaced("50 millis").pipe(Schedule.upTo({ duration: "1 minute" }))),
      Effect.flatMap((name) => runners.get(name.trim()) ?? Effect.die(name))
    )
  }
})

// The other configurations make no difference to clusters.
const here = configuration === "basic" ? versions : []

for (const version of here) {
  it.layer(Layer.merge(Stack.layer(version), NodeServices.layer), { excludeTestServices: true, timeout: "60 seconds" })(
    `the owner of a CE is killed, ${version}`,
    (it) => {
      it.effect.each(moments.filter((_, index) => Share.has(version, index)))(
        "%s condor_submit runs: each copy runs once, with its own sealed secret, which nobody stores",
        (moment) =>
          Effect.gen(function*() {
            const stack = yield* Stack
            const fileSystem = yield* FileSystem.FileSystem
            const { client, directory, killOwner } = yield* stage(moment)
            const key = yield* SubmissionKey.generate
            const executable = `${directory}/pilot.sh`
            yield* fileSystem.writeFileString(executable, "#!/bin/sh\ncat pilot.token\n", { mode: 0o755 })
            const secrets = [0, 1, 2].map((copy) => secretOf(key, copy))
            const outputs = yield* Effect.gen(function*() {
              const { submit } = yield* Capability.Submitter
              const { waitFor } = yield* Capability.StatusReporter
              const { fetch } = yield* Capability.OutputRetriever
              const submission = submit(
                { executable },
                secrets.map((secret) => ({ secrets: { "pilot.token": secret } })),
                {
                  key
                }
              )
              const [{ handles }] = yield* Effect.all([submission, killOwner], { concurrency: 2 })
              yield* waitFor(handles, { until: "Terminal", timeout: "3 minutes" })
              return Array.from(yield* fetch(handles, `${directory}/output`), ([, outcome]) => outcome)
            }).pipe(Effect.provide(client))
            const texts = yield* Effect.forEach(outputs, (outcome) =>
              Effect.flatMap(Effect.fromResult(outcome), (output) =>
                fileSystem.readFileString(`${output.directory}/stdout`)))
            assert.deepStrictEqual(texts, secrets.map(Redacted.value))
            const submitted = yield* stack.exec(
              "condor_history",
              "-constraint",
              `EffectCEKey =?= "${key}"`,
              "-af",
              "EffectCECopy"
            )
            assert.deepStrictEqual(submitted.stdout.trim().split("\n").toSorted(), ["0", "1", "2"])
            for (const secret of secrets) {
              assert.deepStrictEqual(yield* Grid.containing(`${directory}/database`, Redacted.value(secret)), [])
            }
            assert.deepStrictEqual(yield* Site.residue, [])
          }).pipe(Effect.scoped),
        300_000
      )
    }
  )
}
