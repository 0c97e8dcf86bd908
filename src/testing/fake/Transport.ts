/**
 * The transport of a fake: a backend over it needs no more than what the fake provides.
 *
 * @since 0.1.0
 */
import * as Layer from "effect/Layer"
import type { CondorTool } from "../../condor/tools/CondorTool.ts"
import * as ToolSchedd from "../../condor/tools/ToolSchedd.ts"

/** Adds the schedd that is asked by the tools of a fake, which are not played at an address. */
export const provided = <A, E, R>(fake: Layer.Layer<CondorTool | A, E, R>) =>
  Layer.provideMerge(ToolSchedd.layer({ byName: true }), fake)
