/**
 * Where the cluster keeps what has been asked of it: the database of `effect/cluster`.
 *
 * It holds messages and their answers, who runs what, and how far each workflow has come. It is a cache: what is lost with it is
 * at the compute elements, by the submission keys.
 *
 * @since 0.1.0
 */
import type * as Layer from "effect/Layer"
import type * as SqlClient from "effect/sql/SqlClient"
import type * as SqlError from "effect/sql/SqlError"
import * as NodeSqlite from "./internal/NodeSqlite.ts"

/**
 * A database, as the layers of `Cluster` take it.
 *
 * @category models
 * @since 0.1.0
 */
export type Storage = Layer.Layer<SqlClient.SqlClient, SqlError.SqlError>

/**
 * A file on this machine, by Node's own SQLite: nothing to install, and nothing to run.
 *
 * Several processes of one machine may use one file. Do not put it on a file system that other machines share: SQLite's locks
 * do not work there. The file is made with mode 0600; the mode of a file that exists is left as it is. A statement that waits for
 * another process waits up to 10 s, and its process does nothing else meanwhile.
 *
 * `:memory:` is a database of this layer alone, for tests.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerSqlite = (file: string): Storage => NodeSqlite.layer(file)
