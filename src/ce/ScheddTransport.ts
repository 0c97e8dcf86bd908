/**
 * The connection to the schedd of an HTCondor-CE.
 *
 * @since 0.1.0
 */
import type * as Config from "effect/Config"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import type * as Path from "effect/Path"
import type * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import type { ScheddTransport } from "../condor/Schedd.ts"
import * as CondorTool from "../condor/tools/CondorTool.ts"
import * as ToolSchedd from "../condor/tools/ToolSchedd.ts"

export {
  /**
   * The service that opens connections to schedds.
   *
   * @category services
   * @since 0.1.0
   */
  ScheddTransport
} from "../condor/Schedd.ts"

export {
  /**
   * Runs HTCondor's command-line tools through a `CondorTool` service that you provide.
   *
   * @category layers
   * @since 0.1.0
   */
  layer as layerTools
} from "../condor/tools/ToolSchedd.ts"

/**
 * Runs HTCondor's command-line tools as child processes. One layer serves all CEs, and limits the tools of all CEs together.
 *
 * **Details**
 *
 * It needs HTCondor's client tools in `binDirectory` (default: in `PATH`): `condor_submit`, `condor_q`, `condor_history`,
 * `condor_rm`, `condor_release`, `condor_qedit`, `condor_transfer_data`, `condor_status`, `condor_ping` and `condor_config_val`.
 * If one of them is missing, the operations that need it fail with `NotInstalled`.
 *
 * **Example** (Running the tools of a directory)
 *
 * ```ts
 * import { NodeServices } from "@effect/platform-node"
 * import { Effect, Layer } from "effect"
 * import { Capability, Credential, HTCondorCE, ScheddTransport, SubmissionKey } from "effect-htcondor-ce"
 * import { FakeSchedd } from "effect-htcondor-ce/testing"
 * import * as assert from "node:assert"
 *
 * const CE = HTCondorCE.layer({ endpoint: "ce.example.org" }).pipe(
 *   Layer.provide([
 *     ScheddTransport.layer({ binDirectory: "/opt/condor/bin", maxConcurrent: 8 }),
 *     Credential.layerToken(FakeSchedd.token("pilot"))
 *   ]),
 *   Layer.provide(NodeServices.layer)
 * )
 *
 * export const program = Effect.gen(function*() {
 *   const { submit } = yield* Capability.Submitter
 *   const error = yield* Effect.flip(submit({ executable: "/bin/true" }, [{}], { key: yield* SubmissionKey.generate }))
 *   // This host has no such directory.
 *   assert.strictEqual(error._tag, "NotInstalled")
 * }).pipe(Effect.provide(CE))
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  options: CondorTool.Options & ToolSchedd.Options = {}
): Layer.Layer<
  ScheddTransport,
  Config.ConfigError,
  ChildProcessSpawner.ChildProcessSpawner | FileSystem.FileSystem | Path.Path
> => Layer.provide(ToolSchedd.layer(options), CondorTool.layer(options))
