/** The observed jobs of a sequence, in the terms of the model. */
import { Schema } from "effect"
import { type JobHandle, JobStatus } from "../../src/index.ts"
import type * as Model from "./Model.ts"

/** The world behaves differently from the model. */
export class Difference extends Schema.TaggedError<Difference>("test/model/Difference")("Difference", {
  step: Schema.String,
  expected: Schema.String,
  actual: Schema.String
}) {
  override get message(): string {
    return `${this.step}: expected ${this.expected}, found ${this.actual}`
  }
}

export interface Tracked {
  readonly handle: JobHandle.JobHandle
  readonly directory: string
  job: Model.Job
}

export const differ = (step: string, expected: string, actual: string) => new Difference({ step, expected, actual })

export const statusLabel = (status: JobStatus.JobStatus): string => {
  switch (status._tag) {
    case "Staging":
    case "Waiting":
    case "Running":
    case "Finishing":
    case "Suspended":
      return "Live"
    case "Held":
      return `Held ${status.code}`
    case "Completed":
      return `Completed ${
        JobStatus.Exit.match(status.exit, {
          Code: ({ code }) => `exit ${code}`,
          Signal: ({ signal }) => `signal ${signal}`,
          Unknown: () => "exit unknown"
        })
      }, ${status.output}`
    default:
      return status._tag
  }
}
