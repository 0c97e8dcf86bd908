/** The costs and the gains of the cluster. On fakes, over SQLite; the database of each part is a new one. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as References from "effect/References"
import type { Benchmark } from "../Benchmark.ts"
import * as Calls from "./cluster/Calls.ts"
import { database } from "./cluster/Database.ts"
import * as Runners from "./cluster/Runners.ts"

export const cluster: Benchmark<never> = {
  name: "cluster",
  run: Effect.all([
    Calls.submit,
    Calls.messages,
    Calls.activation,
    database,
    Runners.failover,
    Runners.scaling
  ]).pipe(
    Effect.map((parts) => parts.flat()),
    Effect.provide(NodeServices.layer),
    Effect.provideService(References.MinimumLogLevel, "Error")
  )
}
