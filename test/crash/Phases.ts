/** The phase of a runner, derived from the tools that it runs. */
import { Effect, FileSystem, Random } from "effect"
import type * as Grid from "../../scripts/cluster/Grid.ts"
import type { CondorTool } from "../../src/index.ts"

export const phases = ["submit", "wait", "fetch", "compensation"] as const

/** `wait` is a query for followed jobs. `compensation` removes the jobs of a batch that was interrupted. */
export type Phase = typeof phases[number]

const phaseOf = ({ args, tool }: CondorTool.ToolCall): Phase | undefined => {
  const words = args.join(" ")
  switch (tool) {
    case "condor_submit":
      return "submit"
    case "condor_qedit":
    case "condor_transfer_data":
      return "fetch"
    case "condor_rm":
      if (words.includes("-reason output retrieved")) return "fetch"
      return words.includes("-reason submission abandoned") ? "submit" : "compensation"
    case "condor_q":
      return words.includes("-attributes ClusterId,ProcId,EffectCEKey") ? "wait" : undefined
    default:
      return undefined
  }
}

/** Tools are slow before their work and before their answer, so that a kill can hit these moments. */
const pause = Random.nextBetween(50, 300)

/** The phases of one runner. */
export class Activity {
  readonly #running = new Map<Phase, number>()

  get now(): ReadonlyArray<Phase> {
    return phases.filter((phase) => (this.#running.get(phase) ?? 0) > 0)
  }

  #count(phase: Phase | undefined, by: number): void {
    if (phase !== undefined) this.#running.set(phase, (this.#running.get(phase) ?? 0) + by)
  }

  /** Runs the tools of this runner. `onSubmitted` gets each key whose `condor_submit` has succeeded. */
  through(onSubmitted: (key: string) => void): Effect.Effect<Grid.Through, never, FileSystem.FileSystem> {
    return Effect.map(FileSystem.FileSystem, (fileSystem) => (call, run) =>
      Effect.acquireUseRelease(
        Effect.sync(() => {
          const phase = phaseOf(call)
          this.#count(phase, 1)
          return phase
        }),
        () =>
          Effect.gen(function*() {
            const key = call.tool === "condor_submit" ? yield* submittedKey(fileSystem, call) : undefined
            yield* Effect.sleep(yield* pause)
            const result = yield* run
            if (key !== undefined && result.exitCode === 0) onSubmitted(key)
            yield* Effect.sleep(yield* pause)
            return result
          }),
        (phase) => Effect.sync(() => this.#count(phase, -1))
      ))
  }
}

const submittedKey = (fileSystem: FileSystem.FileSystem, { args, cwd = "." }: CondorTool.ToolCall) =>
  fileSystem.readFileString(`${cwd}/${args.at(-1)}`).pipe(
    Effect.map((text) => /EffectCEKey\s*=\s*"([^"]+)"/.exec(text)?.[1]),
    // The runner was killed, and its directory is gone.
    Effect.orElseSucceed(() => undefined)
  )
