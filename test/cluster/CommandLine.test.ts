/** The command line, unchanged, at a compute element that a cluster owns. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import { Effect, Layer, Schema } from "effect"
import { TestRunner } from "effect/cluster"
import { ClusterCE } from "../../src/cluster/index.ts"
import { ScheddTransport } from "../../src/index.ts"
import { FakeSchedd, TimeLapse } from "../../src/testing/index.ts"
import { directory, document, run } from "../cli/utils.ts"
import { element, residue, sealer, Temporary } from "../testing/FakeSite.ts"

const site = FakeSchedd.layer({ version: "latest", payload: () => ({ duration: "1 minute", stdout: "done\n" }) }).pipe(
  Layer.provideMerge(Temporary.layer),
  Layer.provideMerge(NodeServices.layer)
)

const cluster = Layer.unwrap(Effect.gen(function*() {
  const fake = yield* element
  return Layer.merge(ClusterCE.layer(fake.endpoint), ClusterCE.layerServer(() => fake))
})).pipe(Layer.provide([Layer.fresh(TestRunner.layer), sealer, ScheddTransport.layerTools({ byName: true })]))

const Submitted = Schema.Struct({ adopted: Schema.Boolean, handles: Schema.Array(Schema.String) })
const Outcomes = Schema.Struct({ outcomes: Schema.Record(Schema.String, Schema.Struct({ _tag: Schema.String })) })

const statuses = <E, R>(answer: Effect.Effect<unknown, E, R>) =>
  Effect.map(
    Effect.flatMap(answer, Schema.decodeUnknownEffect(Outcomes)),
    ({ outcomes }) => Object.values(outcomes).map(({ _tag }) => _tag)
  )

it.effect("submit, status and fetch work through a cluster", () =>
  Effect.gen(function*() {
    const { endpoint } = yield* FakeSchedd.FakeSchedd
    const capabilities = yield* Layer.build(cluster)
    const files = yield* directory({ "spec.json": { executable: "pilot.sh" }, "pilot.sh": "#!/bin/sh\n" })
    const command = Effect.fnUntraced(function*(...args: ReadonlyArray<string>) {
      const { code, stderr, stdout } = yield* run([...args, "--json"], {
        backend: () => Layer.succeedContext(capabilities),
        env: { HTCONDOR_CE_ENDPOINT: endpoint }
      })
      assert.deepStrictEqual({ args, code, stderr }, { args, code: 0, stderr: [] })
      return yield* document(stdout)
    })
    const submit = command("submit", files.at("spec.json"), "--copies", "2", "--key", "run-7")
    const { adopted, handles } = yield* Effect.flatMap(submit, Schema.decodeUnknownEffect(Submitted))
    assert.deepStrictEqual({ adopted, jobs: handles.length }, { adopted: false, jobs: 2 })
    assert.deepStrictEqual(yield* Effect.flatMap(submit, Schema.decodeUnknownEffect(Submitted)), {
      adopted: true,
      handles
    })
    yield* Effect.sleep("5 minutes")
    assert.deepStrictEqual(yield* statuses(command("status", ...handles)), ["Completed", "Completed"])
    assert.deepStrictEqual(yield* statuses(command("fetch", ...handles, "--dest", files.at("out"))), [
      "Retrieved",
      "Retrieved"
    ])
    assert.deepStrictEqual(yield* residue, [])
  }).pipe(Effect.scoped, (test) => TimeLapse.run(test), Effect.provide(site)))
