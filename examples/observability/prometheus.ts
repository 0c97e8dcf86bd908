/**
 * Metrics for Prometheus: runs what a program does at a compute element, and serves its metrics on `/metrics` meanwhile.
 *
 *     HTCONDOR_CE_ENDPOINT=ce.example.org:9619 HTCONDOR_CE_TOKEN_FILE=ce.token node examples/observability/prometheus.ts pilot.sh
 */
import { NodeHttpServer, NodeRuntime, NodeServices } from "@effect/platform-node"
import { Effect, Layer } from "effect"
import { Environment, HTCondorCE } from "effect-htcondor-ce"
import { HttpRouter } from "effect/http"
import { PrometheusMetrics } from "effect/observability"
import { createServer } from "node:http"
import { argv } from "node:process"
import { firstJob } from "../first-job.ts"

/** Serves `/metrics`, by whatever HTTP server is provided. */
export const metrics = HttpRouter.serve(PrometheusMetrics.layerHttp(), { disableLogger: true })

const site = HTCondorCE.layerConfig().pipe(
  Layer.provide([Environment.layerTransport, Environment.layerCredentials])
)

if (import.meta.main) {
  firstJob(argv[2] ?? "pilot.sh", "output").pipe(
    Effect.provide([
      site,
      Layer.provide(metrics, NodeHttpServer.layer(createServer, { host: "127.0.0.1", port: 9464 }))
    ]),
    Effect.provide(NodeServices.layer),
    NodeRuntime.runMain
  )
}
