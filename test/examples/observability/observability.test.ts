/** The examples of docs/observability.md, against the fake; and that the dashboard and the table name what there is. */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import { Effect, FileSystem, Layer, Metric, Ref } from "effect"
import { Metrics } from "effect-htcondor-ce"
import { TimeLapse } from "effect-htcondor-ce/testing"
import { HttpClient, HttpClientResponse } from "effect/http"
import { firstJob } from "../../../examples/first-job.ts"
import { exporter } from "../../../examples/observability/otlp.ts"
import { metrics } from "../../../examples/observability/prometheus.ts"
import * as Site from "../Site.ts"

const isolated = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.provideService(effect, Metric.MetricRegistry, new Map())

const jobs = Effect.gen(function*() {
  const { directory, executable } = yield* Site.workplace
  return yield* TimeLapse.run(firstJob(executable, `${directory}/output`))
}).pipe(Effect.scoped, Effect.provide(Site.layer))

it.effect("prometheus: the metrics are served as text", () =>
  Effect.gen(function*() {
    yield* Layer.build(metrics)
    yield* jobs
    const response = yield* HttpClient.get("/metrics")
    const text = yield* response.text
    assert.include(text, "# TYPE htcondor_ce_jobs_submitted_total counter")
    assert.include(text, `htcondor_ce_jobs_submitted_total{endpoint="ce.example.org:9619",adopted="false"} 2`)
    assert.match(text, /htcondor_ce_operation_seconds_bucket\{.*operation="submit"/)
  }).pipe(Effect.scoped, Effect.provide(NodeHttpServer.layerTest), isolated))

it.effect("otlp: metrics and spans are sent to the collector", () =>
  Effect.gen(function*() {
    const sent = yield* Ref.make<ReadonlyArray<string>>([])
    const collector = HttpClient.make((request) =>
      Effect.as(
        Ref.update(sent, (texts) => [
          ...texts,
          `${request.url} ${request.body._tag === "Uint8Array" ? new TextDecoder().decode(request.body.body) : ""}`
        ]),
        HttpClientResponse.fromWeb(request, new Response("{}"))
      )
    )
    yield* Effect.provide(
      jobs,
      Layer.provide(exporter("http://collector:4318"), Layer.succeed(HttpClient.HttpClient, collector))
    )
    const texts = (yield* Ref.get(sent)).join("\n")
    assert.include(texts, "http://collector:4318/v1/metrics")
    assert.include(texts, "htcondor_ce_jobs_submitted_total")
    assert.include(texts, "http://collector:4318/v1/traces")
    assert.include(texts, "Submitter.submit")
  }).pipe(isolated))

it.effect("the dashboard and the table name metrics that exist, and each of them", () =>
  Effect.gen(function*() {
    const fileSystem = yield* FileSystem.FileSystem
    const known = Object.values(Metrics).map(({ id }) => id).toSorted()
    for (const file of ["examples/observability/dashboard.json", "docs/observability.md"]) {
      const text = yield* fileSystem.readFileString(file)
      const named = Array.from(
        text.matchAll(/htcondor_ce_\w+/g),
        ([name]) => name.replace(/_(?:bucket|count|sum)$/, "")
      )
      assert.deepStrictEqual(Array.from(new Set(named)).toSorted(), known, file)
    }
  }).pipe(Effect.provide(NodeServices.layer)))
