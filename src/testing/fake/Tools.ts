/**
 * The tools that a fake schedd imitates.
 *
 * @since 0.1.0
 */
import type { ToolName } from "../../condor/tools/CondorTool.ts"
import type { Tool } from "./Tool.ts"
import * as Act from "./tools/Act.ts"
import * as Collector from "./tools/Collector.ts"
import * as Edit from "./tools/Edit.ts"
import * as History from "./tools/History.ts"
import * as Ping from "./tools/Ping.ts"
import * as Query from "./tools/Query.ts"
import * as Settings from "./tools/Settings.ts"
import * as Submit from "./tools/Submit.ts"
import * as Transfer from "./tools/Transfer.ts"

/** The tools by name. */
export const tools: Readonly<Record<ToolName, Tool>> = {
  condor_submit: Submit.run,
  condor_q: Query.run,
  condor_history: History.run,
  condor_rm: Act.run,
  condor_release: Act.run,
  condor_qedit: Edit.run,
  condor_transfer_data: Transfer.run,
  condor_status: Collector.run,
  condor_ping: Ping.run,
  condor_config_val: Settings.run
}
