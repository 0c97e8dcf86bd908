/** The resources that a process holds. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as process from "node:process"
import * as Memory from "../bench/Memory.ts"
import { spread } from "../bench/Statistics.ts"

export interface Vitals {
  readonly heap: number
  readonly resident: number
  readonly descriptors: number
  readonly temporary: number
}

/** Bytes in use after a collection, descriptors that are open, and entries of the temporary directory. */
export const take = Effect.fnUntraced(function*(temporary: string) {
  const fileSystem = yield* FileSystem.FileSystem
  const heap = yield* Memory.settled
  return {
    heap,
    resident: process.memoryUsage.rss(),
    descriptors: (yield* fileSystem.readDirectory("/proc/self/fd")).length,
    temporary: (yield* fileSystem.readDirectory(temporary)).length
  } satisfies Vitals
})

// The growth in the second half. The first half is there to warm up.
const growth = (values: ReadonlyArray<number>): number => {
  const quarter = Math.max(1, Math.floor(values.length / 4))
  return spread(values.slice(-quarter)).median - spread(values.slice(quarter, 2 * quarter)).median
}

const mostHeapGrowth = 8e6
const mostDescriptors = 4

// One token is in use. The directories of earlier tokens are removed ten seconds after their last operation.
const mostTemporary = 3

/** The resources that have grown. */
export const complaints = (samples: ReadonlyArray<Vitals>): ReadonlyArray<string> => {
  const heap = growth(samples.map((sample) => sample.heap))
  const descriptors = growth(samples.map((sample) => sample.descriptors))
  const temporary = Math.max(0, ...samples.map((sample) => sample.temporary))
  return [
    ...heap > mostHeapGrowth ? [`the heap grew by ${(heap / 1e6).toFixed(1)} MB`] : [],
    ...descriptors > mostDescriptors ? [`${descriptors} more descriptors are open`] : [],
    ...temporary > mostTemporary ? [`${temporary} temporary directories at once`] : []
  ]
}
