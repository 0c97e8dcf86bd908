/**
 * The effects of a fake schedd: it answers tools, and runs actions of the administrator.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import * as Result from "effect/Result"
import type * as Semaphore from "effect/Semaphore"
import { type ToolCall, type ToolError, type ToolResult, ToolTimedOut } from "../../condor/tools/CondorTool.ts"
import * as AccessControl from "./AccessControl.ts"
import * as Activity from "./Activity.ts"
import * as Debug from "./Debug.ts"
import * as FaultInjection from "./FaultInjection.ts"
import type { Job } from "./Job.ts"
import type { Machine } from "./Machine.ts"
import { tools } from "./Tools.ts"
import * as Versions from "./Versions.ts"

/** A fake schedd with its address, settings and faults. */
export interface Place {
  readonly machine: Machine
  readonly endpoint: string
  readonly anyToken: boolean
  readonly transactions: Semaphore.Semaphore
  readonly faults: FaultInjection.Faults
}

/** Advances the machine to the present time, which it returns. Dies if a payload has thrown. */
export const present = (machine: Machine): Effect.Effect<number> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => {
    machine.advance(now)
    return machine.defect === undefined ? Effect.succeed(now) : Effect.die(machine.defect.cause)
  })

const answered = Effect.fnUntraced(function*(
  { anyToken, endpoint, faults: all, machine, transactions }: Place,
  call: ToolCall
): Effect.fn.Return<ToolResult, never, FileSystem.FileSystem | Path.Path> {
  const now = yield* present(machine)
  const { schedd, version } = machine
  const own = Versions.answer(call, version)
  if (own !== undefined) return own
  const faults = all.befalling(call)
  const late = FaultInjection.delay(faults)
  const patience = FaultInjection.patience(call, version)
  if (late === Infinity) {
    // A schedd that hangs does nothing.
    if (patience === Infinity) return yield* Effect.never
    return yield* Effect.as(Effect.sleep(patience), AccessControl.hung(call, version))
  }
  if (FaultInjection.find(faults, "ScheddRestarted") !== undefined) machine.restart()
  if (FaultInjection.find(faults, "HistoryRotated") !== undefined) machine.rotateHistory()
  if (FaultInjection.find(faults, "Reinstalled") !== undefined) machine.reinstall()
  const prevented = FaultInjection.before(faults, call, version)
  const enter = AccessControl.enter(call, { endpoint, schedd, version, now, anyToken })
  const entered = prevented === undefined ? yield* Activity.during(enter) : Result.fail(prevented)
  const cut = call.tool === "condor_transfer_data" && FaultInjection.find(faults, "OutputTruncated") !== undefined
  // Reading a token takes time, too.
  yield* present(machine)
  const transferFaults = FaultInjection.amid(faults)
  const result = Result.isFailure(entered) ? entered.failure : yield* Activity.during(tools[call.tool]({
    ...entered.success,
    call,
    present: Effect.asVoid(present(machine)),
    queue: cut ? FaultInjection.withHalfOutputs(machine) : machine,
    transaction: transactions.withPermit,
    transferFaults
  }))
  if (late > patience) return yield* Effect.as(Effect.sleep(patience), AccessControl.hung(call, version))
  if (late > 0) yield* Effect.sleep(late)
  return FaultInjection.after(faults, call, result, transferFaults)
})

/** Runs a tool, at most as long as the call's timeout. */
export const run = (
  place: Place,
  call: ToolCall
): Effect.Effect<ToolResult, ToolError, FileSystem.FileSystem | Path.Path> =>
  Effect.timeoutOrElse(Effect.map(answered(place, call), (result) => Debug.told(call, result, place.machine.now)), {
    duration: call.timeout,
    orElse: () =>
      Effect.fail(
        new ToolTimedOut({
          tool: call.tool,
          seconds: Duration.toSeconds(Duration.fromInputUnsafe(call.timeout))
        })
      )
  })

/** Runs an action of the administrator on a job. Returns whether it was possible. */
export const act = (
  machine: Machine,
  id: string,
  apply: (job: Job) => ReturnType<Machine["remove"]>
): Effect.Effect<boolean> =>
  Effect.map(present(machine), () => {
    const [cluster, proc] = id.split(".").map(Number)
    const job = cluster === undefined || proc === undefined ? undefined : machine.find(cluster, proc)
    return job !== undefined && apply(job) === "Done"
  })
