import { describe } from "@effect/vitest"
import { Effect } from "effect"
import { ClusterStorage } from "../../src/cluster/index.ts"
import { janitorChecks } from "./StorageChecks.ts"

describe("on SQLite", () => janitorChecks(Effect.succeed(() => ClusterStorage.layerSqlite(":memory:"))))
