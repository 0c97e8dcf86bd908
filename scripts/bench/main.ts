/**
 * Measures this library against those who do the same: `npm run bench -- [options] [names]`.
 *
 * Exit code: 0, or with `--check` 1 where a target is not met or a benchmark failed.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Cause from "effect/Cause"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as os from "node:os"
import { interrupts } from "../../src/cli/BrokenPipe.ts"
import { Amount, type Benchmark } from "./Benchmark.ts"
import * as Draw from "./Draw.ts"
import { fail } from "./Failed.ts"
import * as Report from "./Report.ts"
import { cancel } from "./rows/Cancel.ts"
import { classad } from "./rows/ClassAd.ts"
import { cluster } from "./rows/Cluster.ts"
import { decode } from "./rows/Decode.ts"
import { far } from "./rows/Far.ts"
import { fetch } from "./rows/Fetch.ts"
import { hung } from "./rows/Grid.ts"
import { growth } from "./rows/Growth.ts"
import { overhead, status, statusOf } from "./rows/Status.ts"
import { look, submit } from "./rows/Submit.ts"
import * as Scene from "./Scene.ts"

/** Those that need no CE, and those that do: the status first, while there is no history to speak of. */
const alone = [decode, hung, cluster]
const onStack = [overhead, far, status, statusOf, submit, look, cancel, fetch, growth, classad]
const names = [...alone, ...onStack].map(({ name }) => name)

const run = Effect.fnUntraced(function*<R>({ name, run }: Benchmark<R>) {
  yield* Console.error(`${name} ...`)
  return yield* run.pipe(
    Effect.map((lines): Report.Outcome => ({ name, lines })),
    Effect.catchCause((cause) => Effect.succeed<Report.Outcome>({ name, lines: [], failure: Cause.pretty(cause) })),
    // Some take long: what is known is shown.
    Effect.tap((outcome) => Console.error(Report.table([outcome])))
  )
})

const bench = Command.make(
  "bench",
  {
    names: Argument.Literals("name", names).pipe(Argument.variadic()),
    rounds: Flag.Int("rounds").pipe(Flag.optional, Flag.withDescription("How often everybody is measured")),
    scale: Flag.Finite("scale").pipe(Flag.withDefault(1), Flag.withDescription("A part of all sizes, to try it out")),
    json: Flag.String("json").pipe(
      Flag.optional,
      Flag.withMetavar("FILE"),
      Flag.withDescription("Where to write all figures")
    ),
    charts: Flag.String("charts").pipe(
      Flag.withDefault(".bench"),
      Flag.withMetavar("DIR"),
      Flag.withDescription("Where to write the charts")
    ),
    check: Flag.Boolean("check").pipe(
      Flag.withDefault(false),
      Flag.withDescription("Exit with 1 where a target is not met")
    )
  },
  Effect.fnUntraced(function*({ charts, check, json, names: wanted, rounds, scale }) {
    const fileSystem = yield* FileSystem.FileSystem
    const machine = yield* Report.machine
    if ((os.loadavg()[0] ?? 0) > 0.5) {
      yield* Console.error(`the machine is busy (load ${machine.load.join(" ")}): nothing to be kept`)
    }
    const isWanted = ({ name }: { readonly name: string }) => wanted.length === 0 || wanted.includes(name)
    const amount = Amount.of({
      rounds: (enough) => Option.getOrElse(rounds, () => enough),
      few: (enough) => Math.min(Option.getOrElse(rounds, () => enough), enough),
      sized: (full) => Math.max(1, Math.round(full * scale))
    })
    const live = onStack.filter(isWanted)
    const online = Effect.gen(function*() {
      const ce = yield* Scene.found
      return { ce, outcomes: yield* Effect.forEach(live, (one) => run({ ...one, run: Scene.onEmpty(one.run) })) }
    })
    const { ce, outcomes } = yield* Effect.gen(function*() {
      const first = live.length === 0 ? { ce: undefined, outcomes: [] } : yield* Effect.provide(online, Scene.layer)
      return { ...first, outcomes: [...first.outcomes, ...yield* Effect.forEach(alone.filter(isWanted), run)] }
    }).pipe(Effect.provideService(Amount, amount))
    yield* Console.log(Report.table(outcomes))
    yield* Draw.write(outcomes.flatMap(({ lines }) => lines), charts)
    if (Option.isSome(json)) {
      yield* fileSystem.writeFileString(
        json.value,
        `${JSON.stringify({ machine, ce, scale, outcomes }, undefined, 2)}\n`
      )
    }
    if (outcomes.some(({ failure }) => failure !== undefined)) return yield* fail("not every benchmark has run")
    if (check && !Report.isGood(outcomes)) return yield* fail("not every target is met")
  })
)

Command.run(bench, { version: "0" }).pipe(interrupts, Effect.provide(NodeServices.layer), NodeRuntime.runMain)
