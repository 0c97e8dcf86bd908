/** Limits that hold during a transfer: a job's ad need not give the size of its output. */
import { assert, it } from "@effect/vitest"
import { Clock, Effect, Fiber, FileSystem, Option, Result } from "effect"
import { TestClock } from "effect/testing"
import * as Excess from "../../../../src/ce/internal/fetch/Excess.ts"
import { FreeSpace } from "../../../../src/files/FreeSpace.ts"
import * as Tree from "../../../../src/files/Tree.ts"
import { type CondorTool, type HTCondorCE, Limits } from "../../../../src/index.ts"
import { TimeLapse } from "../../../../src/testing/index.ts"
import * as Fetching from "../../Fetching.ts"
import { candidate } from "../../Scripted.ts"

const words = (outcome: Result.Result<unknown, { readonly _tag: string; readonly message: string }>) =>
  Result.isSuccess(outcome) ? "Retrieved" : outcome.failure.message.replace(/^the output of job /, "")

/**
 * The outcome of a fetch of several jobs. One transfer, the first of many jobs or each of one job, brings more than
 * its limit and does not end. `staging`: the private directory of the transfer.
 */
const excessive = Effect.fnUntraced(function*(
  copies: number,
  brings: (
    fileSystem: FileSystem.FileSystem,
    staging: string,
    transfers: number
  ) => Effect.Effect<unknown, unknown> | undefined
) {
  const { destination, fileSystem, handles } = yield* Fetching.completed(copies)
  const around = yield* Fetching.Around
  const seen = { transfers: 0, stopped: 0 }
  around.run = (call: CondorTool.ToolCall, run) => {
    if (call.tool !== "condor_transfer_data") return run(call)
    const more = brings(fileSystem, call.writableDirectory ?? "", ++seen.transfers)
    return more === undefined ? run(call) : Effect.onInterrupt(
      Effect.andThen(Effect.orDie(more), Effect.never),
      () => Effect.sync(() => seen.stopped++)
    )
  }
  const outcomes = yield* Fetching.fetched(handles, destination)
  const names = yield* fileSystem.readDirectory(destination)
  return { ...seen, words: outcomes.map(words), placed: names.length, left: yield* Fetching.left }
})

const playing = <A, E>(
  effect: Effect.Effect<A, E, Effect.Services<ReturnType<typeof excessive>>>,
  limits: HTCondorCE.Config["limits"],
  config: Partial<HTCondorCE.Config> = {}
) => TimeLapse.run(effect).pipe(Effect.scoped, Effect.provide(Fetching.services("latest", { limits, ...config })))

const big = (fileSystem: FileSystem.FileSystem, directory: string) =>
  fileSystem.writeFile(`${directory}/big`, new Uint8Array(20_000))

it.effect("fetch: stops a transfer of which there are too many bytes, and fetches the neighbours", () =>
  Effect.gen(function*() {
    const seen = yield* playing(
      excessive(3, (fileSystem, staging, transfers) => transfers === 1 ? big(fileSystem, `${staging}/1.1`) : undefined),
      { maxBytes: 10_000 }
    )
    assert.deepStrictEqual(seen, {
      transfers: 2,
      stopped: 1,
      words: ["Retrieved", "1.1 exceeds maxBytes: 20000 of 10000 bytes allowed", "Retrieved"],
      placed: 2,
      left: 1
    })
  }))

it.effect("fetch: stops a transfer of which there are too many files", () =>
  Effect.gen(function*() {
    const seen = yield* playing(
      excessive(
        1,
        (fileSystem, staging) =>
          Effect.forEach(
            Array.from({ length: 30 }, (_, index) => `${staging}/1.0/${index}`),
            (file) => fileSystem.writeFileString(file, "")
          )
      ),
      { maxFiles: 20 }
    )
    assert.deepStrictEqual([seen.words, seen.stopped, seen.placed, seen.left], [
      ["1.0 exceeds maxFiles: 21 of 20 files allowed"],
      1,
      0,
      1
    ])
  }))

it.effect("fetch: stops a transfer that leaves too little room, and blames the job with the largest output", () =>
  Effect.gen(function*() {
    const { exists } = yield* FileSystem.FileSystem
    const seen = yield* playing(
      excessive(3, (fileSystem, staging, transfers) => transfers === 1 ? big(fileSystem, `${staging}/1.2`) : undefined),
      { minFreeBytes: 1_000 }
    ).pipe(
      Effect.provideService(FreeSpace, (directory) =>
        exists(`${directory}/1.2/big`).pipe(
          Effect.map((isFull) => Option.some(isFull ? 900 : 100_000)),
          Effect.orElseSucceed(() => Option.none())
        ))
    )
    assert.deepStrictEqual(seen, {
      transfers: 2,
      stopped: 1,
      words: ["Retrieved", "Retrieved", "1.2 exceeds minFreeBytes: 20000 of 19900 bytes allowed"],
      placed: 2,
      left: 1
    })
  }).pipe(Effect.provide(Fetching.services("latest"))))

it.effect("fetch: does not start again for each of many jobs that are too large", () =>
  Effect.gen(function*() {
    const seen = yield* playing(
      excessive(6, (fileSystem, staging) =>
        Effect.flatMap(fileSystem.readDirectory(staging), (names) =>
          Effect.forEach(names, (name) =>
            big(fileSystem, `${staging}/${name}`)))),
      { maxBytes: 10_000 }
    )
    assert.deepStrictEqual(
      seen.words,
      Array.from({ length: 6 }, (_, copy) =>
        `1.${copy} exceeds maxBytes: 20000 of 10000 bytes allowed`)
    )
    // Four transfers of the whole batch, and then one of each of the two remaining jobs.
    assert.deepStrictEqual([seen.transfers, seen.stopped, seen.placed, seen.left], [6, 6, 0, 6])
  }))

/**
 * The milliseconds after which a watch stops 20 jobs of many files. The jobs arrive one after the other: each takes
 * five seconds to arrive, and counting it takes 700 ms. `bytes`: the size of a job so many milliseconds after its
 * transfer began. `free`: the free space after so many.
 */
const stoppedAfter = Effect.fnUntraced(function*(
  bytes: (proc: number, since: number) => number,
  free: (now: number) => number
) {
  const began = yield* Clock.currentTimeMillis
  const looks: Array<number> = []
  const now = Effect.map(Clock.currentTimeMillis, (time) => time - began)
  const watch = Excess.makeWith({
    freeSpace: () =>
      Effect.map(now, (time) => {
        looks.push(time)
        return Option.some(free(time))
      }),
    measure: (directory) =>
      Effect.gen(function*() {
        const proc = Number(directory)
        const since = (yield* now) - proc * 5_000
        if (since <= 0) return Tree.nothing
        yield* Effect.sleep("700 millis")
        return { ...Tree.nothing, bytes: bytes(proc, since), files: Math.min(9_990, since) }
      })
  })
  const jobs = Array.from({ length: 20 }, (_, proc) => candidate(proc))
  const watching = yield* Effect.forkChild(
    Effect.flatMap(
      watch(
        jobs,
        ({ id }) => String(id.proc),
        "/staging",
        Limits.Limits.make({ maxBytes: 10_000, minFreeBytes: 1_000 })
      ),
      (blame) => Effect.flatMap(now, (stopped) => Effect.map(blame, (excess) => ({ stopped, excess })))
    )
  )
  while (watching.pollUnsafe() === undefined) yield* TestClock.adjust("100 millis")
  const { excess, stopped } = yield* Fiber.join(watching)
  const pauses = looks.slice(1).map((time, index) => time - (looks[index] ?? 0))
  return {
    stopped,
    job: excess?.job.handle.job,
    longest: Math.max(...pauses.filter((_, index) => (looks[index] ?? 0) < stopped))
  }
})

it.effect("watch: detects within four seconds that the last of many jobs with many files grows too large", () =>
  Effect.gen(function*() {
    for (const proc of [0, 10, 19]) {
      const { job, stopped } = yield* stoppedAfter(
        (one, since) => one === proc && since > 2_000 ? 10_001 : Math.min(since, 5_000),
        () => 100_000
      )
      assert.strictEqual(job, `7.${proc}`)
      assert.isAtLeast(stopped, proc * 5_000 + 2_000)
      assert.isAtMost(stopped, proc * 5_000 + 2_000 + 3_600)
    }
  }))

it.effect("watch: detects at once that no room is left, and finds the job to blame after the transfer has been stopped", () =>
  Effect.gen(function*() {
    const full = 50_100
    const { job, longest, stopped } = yield* stoppedAfter(
      (proc) => proc === 4 ? 6_000 : 5_000,
      (now) => now > full ? 900 : 100_000
    )
    assert.strictEqual(job, "7.4")
    assert.isAtMost(stopped, full + 200)
    assert.strictEqual(longest, 200)
  }))
