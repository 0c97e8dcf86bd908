import { describe } from "@effect/vitest"
import { ClusterStorage } from "../../src/cluster/index.ts"
import { storageChecks } from "./StorageChecks.ts"

describe("on SQLite", () => storageChecks(() => ClusterStorage.layerSqlite(":memory:")))
