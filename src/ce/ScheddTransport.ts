/**
 * How the schedd of an HTCondor-CE is reached.
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
   * How schedds are reached.
   *
   * @category services
   * @since 0.1.0
   */
  ScheddTransport
} from "../condor/Schedd.ts"

export {
  /**
   * By HTCondor's command-line tools, which a `CondorTool` of one's own runs.
   *
   * @category layers
   * @since 0.1.0
   */
  layer as layerTools
} from "../condor/tools/ToolSchedd.ts"

/**
 * By HTCondor's command-line tools, run as child processes. One layer serves all CEs, and limits the tools of all together.
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
