/**
 * The displays of `status --watch` and `wait`: lines, JSON documents, or a table.
 *
 * @since 0.1.0
 */
import * as Arr from "effect/Array"
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import * as Semaphore from "effect/Semaphore"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import * as JobStatus from "../contract/JobStatus.ts"
import { oneLine } from "./Failure.ts"
import * as Output from "./Output.ts"
import * as Printable from "./Printable.ts"
import type { Display, Known } from "./Progress.ts"
import * as Table from "./Table.ts"

const tagOf = ({ outcome }: Pick<Known, "outcome">): string => Result.merge(outcome)._tag

const counts = (jobs: ReadonlyMap<string, Known>): string => Output.counts(Array.from(jobs.values(), tagOf))

const problem = (outcome: Known["outcome"]): string => {
  if (Result.isFailure(outcome)) return oneLine(outcome.failure.message)
  return "reason" in outcome.success ? oneLine(outcome.success.reason) : ""
}

/**
 * Prints a line with the time on stderr for each change. For the first statuses it prints only their counts.
 *
 * @category displays
 * @since 0.1.0
 */
export const lines: Display = Effect.fnUntraced(function*(changes, jobs) {
  const known = changes.filter(({ previous }) => previous !== undefined)
  if (known.length === 0) return yield* Console.error(counts(jobs))
  const time = DateTime.formatIso(yield* DateTime.now)
  yield* Effect.forEach(known, ({ handle, outcome, previous }) => {
    const before = previous === undefined ? "" : `${tagOf({ outcome: previous })} -> `
    const why = problem(outcome)
    const where = `${handle.endpoint} ${handle.job} ${handle.key}/${handle.copy}`
    return Console.error(`${time} ${where} ${before}${tagOf({ outcome })}${why === "" ? "" : `: ${why}`}`)
  }, { discard: true })
})

/**
 * Prints a JSON document on one line of stdout: first one for each job, then one for each change.
 *
 * @category displays
 * @since 0.1.0
 */
export const json: Display = (changes) =>
  Effect.forEach(
    changes,
    ({ handle, outcome, previous }) =>
      Output.change(handle, outcome, previous === undefined ? undefined : tagOf({ outcome: previous })),
    { discard: true }
  )

interface Site {
  readonly ce: string
  readonly tags: ReadonlyMap<string, number>
  readonly oldest: string
  readonly error: string
}

const isWaiting = JobStatus.JobStatus.isAnyOf(["Staging", "Waiting"])

// How long the oldest waiting job has waited. Empty if the CE does not say since when.
const oldestOf = (jobs: ReadonlyArray<Known>, now: DateTime.Utc): string => {
  const times = jobs.flatMap(({ outcome }) => {
    const since = Result.isSuccess(outcome) && isWaiting(outcome.success) ? outcome.success.since : undefined
    return since === undefined ? [] : [since]
  })
  return Table.ago(now, Arr.isReadonlyArrayNonEmpty(times) ? times.reduce(DateTime.min) : undefined)
}

const sum = (site: Site, tags: ReadonlyArray<string>): string => {
  const total = tags.reduce((all, tag) => all + (site.tags.get(tag) ?? 0), 0)
  return total === 0 ? "" : String(total)
}

const shown = [
  ["WAITING", ["Staging", "Waiting"]],
  ["RUNNING", ["Running", "Finishing"]],
  ["SUSPENDED", ["Suspended"]],
  ["HELD", ["Held"]],
  ["COMPLETED", ["Completed"]],
  ["GONE", ["Removed", "Unknown"]]
] as const

const columns: ReadonlyArray<Table.Column<Site>> = [
  { title: "CE", cell: ({ ce }) => ce },
  ...shown.map(([title, tags]) => ({ title, cell: (site: Site) => sum(site, tags) })),
  { title: "OLDEST", cell: ({ oldest }) => oldest },
  { title: "LAST ERROR", cell: ({ error }) => error.length > 60 ? `${error.slice(0, 59)}…` : error }
]

// The table must fit on the screen: lines that have scrolled off it cannot be overwritten.
const most = 20

// Redraws show growing waiting times while no job changes. They do not query the CE.
const redrawn = Schedule.spaced("5 seconds")

/**
 * Draws a table on a terminal, each time over the last one. It has a row for each CE, with the waiting time of the oldest job in
 * its queue, and its last failure, hold reason or removal reason. Redraws it every 5 seconds until the scope closes.
 *
 * @category displays
 * @since 0.1.0
 */
export const table = Effect.gen(function*() {
  const stdio = yield* Stdio.Stdio
  const start = yield* Clock.currentTimeMillis
  const errors = yield* Ref.make<ReadonlyMap<string, string>>(new Map())
  const height = yield* Ref.make(0)
  const known = yield* Ref.make<ReadonlyMap<string, Known>>(new Map())
  const oneAtATime = yield* Semaphore.make(1)
  const draw = Effect.gen(function*() {
    const jobs = yield* Ref.get(known)
    const last = yield* Ref.get(errors)
    const now = yield* DateTime.now
    const sites = Array.from(Map.groupBy(jobs.values(), ({ handle }) => handle.endpoint), ([ce, some]): Site => ({
      ce,
      tags: new Map(Array.from(Map.groupBy(some, tagOf), ([tag, these]) => [tag, these.length])),
      oldest: oldestOf(some, now),
      error: last.get(ce) ?? ""
    }))
    const seconds = Math.floor(((yield* Clock.currentTimeMillis) - start) / 1000)
    const text = [
      ...Table.lines(columns, sites.slice(0, most)),
      ...(sites.length > most ? [`and ${sites.length - most} more`] : []),
      `${counts(jobs)}, after ${seconds} s`
    ]
    const back = yield* Ref.getAndSet(height, text.length)
    // The terminal cuts off long lines: a wrapped line would take two rows, and the next table would begin too low.
    const drawn = `${back === 0 ? "" : `\u001b[${back}A`}\r\u001b[J\u001b[?7l${
      text.map((line) => `${Printable.escape(line)}\n`).join("")
    }\u001b[?7h`
    yield* Effect.ignore(Stream.run(Stream.make(drawn), stdio.stderr({ endOnDone: false })))
  }).pipe(oneAtATime.withPermit)
  const display: Display = Effect.fnUntraced(function*(changes, jobs) {
    const news = changes.flatMap(({ handle, outcome }) => {
      const error = problem(outcome)
      return error === "" ? [] : [[handle.endpoint, error] as const]
    })
    yield* Ref.update(errors, (before) => new Map([...before, ...news]))
    yield* Ref.set(known, jobs)
    yield* draw
  })
  const redraw = Effect.flatMap(Ref.get(known), ({ size }) => size === 0 ? Effect.void : draw)
  yield* Effect.forkScoped(Effect.schedule(redraw, redrawn))
  return display
})

/**
 * The display for the output format and for stderr: JSON documents, a table on a terminal, or lines elsewhere.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function*(isJson: boolean) {
  if (isJson) return json
  const stdio = yield* Stdio.Stdio
  return (yield* stdio.stderrIsTerminal) ? yield* table : lines
})
