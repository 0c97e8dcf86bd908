/**
 * Applies faults to one call of a tool.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import type { ToolCall, ToolResult } from "../../condor/tools/CondorTool.ts"
import * as AccessControl from "./AccessControl.ts"
import type { Fault, FaultKind } from "./Faults.ts"
import type { Job, Version } from "./Job.ts"
import type { SpoolFile } from "./Payload.ts"
import type { Queue } from "./Queue.ts"
import { answer } from "./Tool.ts"
import { Allowance, type TransferFaults } from "./TransferFaults.ts"

// Faults of the schedd, and not of a call.
const once: ReadonlySet<FaultKind["_tag"]> = new Set(["ScheddRestarted", "HistoryRotated", "Reinstalled"])

/** The active faults of a fake, each with the number of matching calls so far. */
export class Faults {
  private readonly active: Set<{ readonly fault: Fault; seen: number }> = new Set()

  constructor(faults: ReadonlyArray<Fault>) {
    for (const fault of faults) this.add(fault)
  }

  /** Adds a fault, and returns a function that removes it. */
  add(fault: Fault): () => void {
    const one = { fault, seen: 0 }
    this.active.add(one)
    return () => {
      this.active.delete(one)
    }
  }

  /** Counts a call, and returns the faults that affect it. */
  befalling(call: ToolCall): ReadonlyArray<Fault> {
    const result: Array<Fault> = []
    for (const one of this.active) {
      const { skip = 0, times = once.has(one.fault._tag) ? 1 : Infinity, tools, when } = one.fault
      if (tools?.includes(call.tool) === false || when?.(call) === false) continue
      const place = one.seen++ - skip
      if (place >= 0 && place < times) result.push(one.fault)
    }
    return result
  }
}

/** The first fault of this kind. */
export const find = <Tag extends FaultKind["_tag"]>(
  faults: ReadonlyArray<Fault>,
  tag: Tag
): Extract<Fault, { readonly _tag: Tag }> | undefined =>
  faults.find((fault): fault is Extract<Fault, { readonly _tag: Tag }> => fault._tag === tag)

const killed = (signal = 9): ToolResult => answer({ exitCode: 128 + signal })

/** The answer of a tool that a fault keeps from the queue; undefined if the call reaches it. */
export const before = (faults: ReadonlyArray<Fault>, call: ToolCall, version: Version): ToolResult | undefined => {
  for (const fault of faults) {
    switch (fault._tag) {
      case "Unreachable":
        return AccessControl.unreachable(call, version)
      case "TokenRefused":
        return AccessControl.refused(call, version)
      case "Denied":
        return AccessControl.denied(call, version)
      case "ScheddRestarted":
        return AccessControl.restarted(call, version)
      case "ToolKilled":
        if (fault.moment === "before") return killed(fault.signal)
    }
  }
  return undefined
}

const suffer = (call: ToolCall, result: ToolResult, fault: Fault, broke: boolean): ToolResult => {
  const { stdout } = result
  // condor_submit prints the cluster number before it sends the input.
  const dead = (signal: number | undefined) => ({
    ...killed(signal),
    stdout: call.tool === "condor_submit" ? stdout : ""
  })
  switch (fault._tag) {
    case "AnswerTruncated":
      return { ...result, exitCode: 0, stdout: stdout.slice(0, Math.floor(stdout.length / 2)) }
    case "ToolKilled":
      switch (fault.moment) {
        case "before":
          return result
        case "committed":
          return call.tool === "condor_submit" ? dead(fault.signal) : result
        case "during":
          return broke ? dead(fault.signal) : result
        case "after":
          return dead(fault.signal)
      }
    default:
      return result
  }
}

/** Changes the answer of a tool by the faults. */
export const after = (
  faults: ReadonlyArray<Fault>,
  call: ToolCall,
  result: ToolResult,
  transferFaults: TransferFaults
): ToolResult => faults.reduce((changed, fault) => suffer(call, changed, fault, transferFaults.allowance.broke), result)

/** The faults during the work of a tool. */
export const amid = (faults: ReadonlyArray<Fault>): TransferFaults => {
  const killed = find(faults, "ToolKilled")
  const limits = [
    find(faults, "TransferBreaks")?.afterBytes,
    killed?.moment === "during" ? killed.bytes : undefined
  ].flatMap((limit) => limit ?? [])
  const [twice, turned] = [find(faults, "Duplicated") !== undefined, find(faults, "Reordered") !== undefined]
  return {
    allowance: new Allowance(limits.length === 0 ? undefined : Math.min(...limits)),
    spoolFull: find(faults, "SpoolFull") !== undefined,
    diesCommitted: killed?.moment === "committed",
    arranged: (ads) => {
      const all = twice ? ads.flatMap((ad) => [ad, ad]) : ads
      return turned ? all.toReversed() : all
    }
  }
}

/**
 * How long a tool waits for a schedd, in milliseconds.
 *
 * - `condor_submit`, `condor_history`, `condor_qedit` and `condor_ping`: without a limit
 * - `condor_config_val`: without a limit on `lts`, and 30 seconds on `latest`
 * - `condor_status`, which waits for the collector: `QUERY_TIMEOUT`, or 60 seconds
 * - other tools: 20 seconds
 */
export const patience = (call: ToolCall, version: Version): number => {
  switch (call.tool) {
    case "condor_submit":
    case "condor_history":
    case "condor_qedit":
    case "condor_ping":
      return Infinity
    case "condor_config_val":
      return version === "lts" ? Infinity : 30_000
    case "condor_status": {
      const told = Number(call.environment["_CONDOR_QUERY_TIMEOUT"] ?? 60)
      return 1000 * (told > 0 ? told : 60)
    }
    default:
      return 20_000
  }
}

/** How much later the answer arrives, in milliseconds. */
export const delay = (faults: ReadonlyArray<Fault>): number =>
  faults.reduce(
    (sum, fault) =>
      fault._tag === "Slow"
        ? sum + Duration.toMillis(Duration.fromInputUnsafe(fault.by))
        : fault._tag === "Hung"
        ? Infinity
        : sum,
    0
  )

const halved = ({ content, mode }: SpoolFile): SpoolFile => ({
  content: content.subarray(0, Math.floor(content.length / 2)),
  mode
})

/** The queue, with half of each output file. */
export const withHalfOutputs = (queue: Queue): Queue => {
  const whole = new WeakMap<Job, Job>()
  const half = (job: Job): Job => {
    const one = { ...job, outputs: new Map(Array.from(job.outputs, ([name, file]) => [name, halved(file)])) }
    whole.set(one, job)
    return one
  }
  return {
    ...queue,
    get now() {
      return queue.now
    },
    get due() {
      return queue.due
    },
    jobs: (clusters) => queue.jobs(clusters).map(half),
    find: (cluster, proc) => {
      const job = queue.find(cluster, proc)
      return job === undefined ? undefined : half(job)
    },
    stageOutBegan: (job) => queue.stageOutBegan(whole.get(job) ?? job),
    stageOutFinished: (job) => queue.stageOutFinished(whole.get(job) ?? job)
  }
}
