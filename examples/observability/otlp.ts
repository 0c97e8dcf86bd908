/**
 * Metrics, traces and logs by OTLP: runs what a program does at a compute element, and sends them to a collector.
 *
 *     OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318 HTCONDOR_CE_ENDPOINT=ce.example.org:9619 \
 *       HTCONDOR_CE_TOKEN_FILE=ce.token node examples/observability/otlp.ts pilot.sh
 */
import { NodeHttpClient, NodeRuntime, NodeServices } from "@effect/platform-node"
import { Config, Effect, Layer } from "effect"
import { Environment, HTCondorCE } from "effect-htcondor-ce"
import { Otlp } from "effect/observability"
import { argv } from "node:process"
import { firstJob } from "../first-job.ts"

/** Sends to the collector at `baseUrl` every ten seconds, and what is left when the program ends. */
export const exporter = (baseUrl: string) =>
  Otlp.layerJson({
    baseUrl,
    resource: { serviceName: "pilot-factory" },
    metricsExportInterval: "10 seconds"
  })

const site = HTCondorCE.layerConfig().pipe(
  Layer.provide([Environment.layerTransport, Environment.layerCredentials])
)

if (import.meta.main) {
  const collector = Config.String("OTEL_EXPORTER_OTLP_ENDPOINT").pipe(Config.withDefault("http://localhost:4318"))
  firstJob(argv[2] ?? "pilot.sh", "output").pipe(
    Effect.provide(site),
    Effect.provide(Layer.unwrap(Effect.map(collector, exporter))),
    Effect.provide(Layer.merge(NodeServices.layer, NodeHttpClient.layerUndici)),
    NodeRuntime.runMain
  )
}
