/**
 * Who runs the processes of jobs: a function that tells how they go, or this host.
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

/** How a run ends; one that never began holds its job. */
export type Ending =
  | { readonly _tag: "Ended"; readonly exit: Exit; readonly used: Usage.Measured; readonly leavings: Leavings }
  | { readonly _tag: "NotStarted"; readonly code: number; readonly subcode: number; readonly reason: string }

/** How a run goes on. */
export interface Plan {
  readonly duration: number
  readonly ending: Ending
}

/**
 * - `start`: begins to run; the plan is how it will go on, if that is known: else the machine is told at its end; the
 *   failure is a defect of the payload's author
 * - `stop`: ends a run, whose end nobody is interested in any more
 */
export interface Runner {
  start(job: Job, payload: PayloadJob): Result.Result<Plan | undefined, unknown>
  stop(job: Job): void
}

const utf8 = new TextEncoder()

const bytes = (content: string | Uint8Array): Uint8Array => typeof content === "string" ? utf8.encode(content) : content

const fileOf = (file: string | Uint8Array | SpoolFile): SpoolFile =>
  typeof file === "string" || file instanceof Uint8Array ? plainFile(bytes(file)) : file

/** Plays payloads: their working directory holds the input, and what they say that they leave. */
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
