/**
 * The transport of a fake: with it, a backend needs no other service than those of the fake.
 *
 * @since 0.1.0
 */
import * as Layer from "effect/Layer"
import type { CondorTool } from "../../condor/tools/CondorTool.ts"
import * as ToolSchedd from "../../condor/tools/ToolSchedd.ts"

/** Adds a transport that runs the tools of a fake. The fake is found by its name, not by an address. */
export const provided = <A, E, R>(fake: Layer.Layer<CondorTool | A, E, R>) =>
  Layer.provideMerge(ToolSchedd.layer({ byName: true }), fake)
