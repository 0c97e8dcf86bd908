/**
 * What both the writer and the reader of submit descriptions must know of the commands between.
 *
 * @since 0.1.0
 */
import * as GridUniverse from "./GridUniverse.ts"
import * as OwnAttributes from "./OwnAttributes.ts"
import type { Requests } from "./SubmitDescription.ts"

/** What stands for the number of the copy in a row. */
export const copyVariable = "$(v_copy)"

/**
 * How long a completed job stays. True for completed jobs only: a removed job that it kept would stay in the queue for ever.
 */
export const leaveInQueue = (seconds: number | string): string =>
  `JobStatus == 4 && (CompletionDate =?= undefined || CompletionDate == 0 || (time() - CompletionDate) < ${seconds})`

/** The same in every description, the last two behind all others. */
export const fixed: ReadonlyArray<readonly [string, string]> = [
  ["should_transfer_files", "YES"],
  ["when_to_transfer_output", "ON_EXIT"],
  ["notification", "Never"],
  [`My.${OwnAttributes.names.copy}`, copyVariable],
  ["My.Environment", "$(v_environment)"]
]

/** Fields of what a job asks for, the commands that say them, and how many of these make one of those. */
export const requestLines: ReadonlyArray<readonly [keyof typeof Requests.fields, string, number]> = [
  ["cpus", "request_cpus", 1],
  ["cpus", "My.xcount", 1],
  ["memoryMiB", "request_memory", 1],
  ["memoryMiB", "My.maxMemory", 1],
  ["diskMiB", "request_disk", 1024],
  ["gpus", "request_gpus", 1],
  ["wallTimeSeconds", "My.BatchRuntime", 1]
]

/** The attributes that hold the name of a queue. */
export const queueAttributes = (grid: unknown): ReadonlyArray<string> => [
  "My.queue",
  grid === undefined ? "My.remote_queue" : GridUniverse.remoteQueue
]
