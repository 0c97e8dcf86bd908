/**
 * Runs the processes of jobs: as a payload function describes them, or as processes of this host.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Result from "effect/Result"
import * as Gathered from "./Gathered.ts"
import type { Job } from "./Job.ts"
import type { Exit } from "./Lifecycle.ts"
import type { Payload, PayloadJob, SpoolFile } from "./Payload.ts"
import { type Leavings, plainFile } from "./Sandbox.ts"
import * as Usage from "./Usage.ts"

/** How a run ends. A job whose process was not started is held. */
export type Ending =
  | { readonly _tag: "Ended"; readonly exit: Exit; readonly used: Usage.Measured; readonly leavings: Leavings }
  | { readonly _tag: "NotStarted"; readonly code: number; readonly subcode: number; readonly reason: string }

/** A run that is known from its start: its duration in milliseconds, and its end. */
export interface Plan {
  readonly duration: number
  readonly ending: Ending
}

/**
 * A runner.
 *
 * - `start`: starts a process. Returns its plan, or undefined if `Machine.ended` will report its end. The failure is what the
 *   payload function threw.
 * - `stop`: kills a process. Its end is not reported.
 */
export interface Runner {
  start(job: Job, payload: PayloadJob): Result.Result<Plan | undefined, unknown>
  stop(job: Job): void
}

const utf8 = new TextEncoder()

const bytes = (content: string | Uint8Array): Uint8Array => typeof content === "string" ? utf8.encode(content) : content

const fileOf = (file: string | Uint8Array | SpoolFile): SpoolFile =>
  typeof file === "string" || file instanceof Uint8Array ? plainFile(bytes(file)) : file

/** A runner that follows a payload function. The working directory has the input, and the files that the payload leaves. */
export const played = (payload: (job: PayloadJob) => Payload): Runner => ({
  start: (job, seen) =>
    Result.try((): Plan => {
      const { duration = "1 minute", exit = { code: 0 }, files = {}, stderr = "", stdout = "", usage } = payload(
        Gathered.unwrapped(seen)
      )
      const left = Object.entries(files).map(([name, file]) => [name.replace(/^\.\//, ""), fileOf(file)] as const)
      return {
        duration: Duration.toMillis(Duration.fromInputUnsafe(duration)),
        ending: {
          _tag: "Ended",
          exit,
          used: Usage.measured(usage),
          leavings: {
            files: Gathered.gathered(seen, new Map([...job.inputs, ...left])),
            stdout: bytes(stdout),
            stderr: bytes(stderr)
          }
        }
      }
    }),
  stop: () => {}
})
