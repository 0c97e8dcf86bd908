/** Our evaluator against HTCondor's own library: thousands of random expressions, the same answers. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, layer } from "@effect/vitest"
import { Config, Effect, FileSystem, Layer, Path, Random, Result, Schema, Stream } from "effect"
import { ChildProcess, ChildProcessSpawner } from "effect/process"
import { Evaluator, type Expr, Parser, Printer, Value } from "../../../src/classad/index.ts"
import * as Trees from "../../classad/Trees.ts"
import { Stack, versions } from "../Stack.ts"
import { type Case, cases } from "./ClassAdCases.ts"

const Answer = Schema.fromJsonString(Schema.Union([
  Schema.Struct({ value: Schema.Tuple([Schema.String, Schema.String]) }),
  Schema.Struct({ refused: Schema.Literal(true) })
]))
type Answer = typeof Answer.Type | "crashed"
const decode = Schema.decodeUnknownSync(Answer)

/** What the library says to each case. It dies of some; what comes after is asked again. */
const theirs = Effect.fnUntraced(function*(all: ReadonlyArray<Case>) {
  const stack = yield* Stack
  const path = yield* Path.Path
  const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
  const script = path.join(import.meta.dirname, "classad.py")
  const answers: Array<Answer> = []
  while (answers.length < all.length) {
    const input = all.slice(answers.length).map((one) => `${JSON.stringify(one)}\n`).join("")
    const lines = yield* Effect.scoped(Effect.gen(function*() {
      const handle = yield* spawner.spawn(
        ChildProcess.make(path.join(stack.binDirectory, "condor_python3"), [script], {
          stdin: Stream.encodeText(Stream.make(input)),
          extendEnv: true,
          env: { TZ: "UTC" },
          stderr: "ignore"
        })
      )
      return yield* Stream.mkString(Stream.decodeText(handle.stdout))
    }))
    const got = lines.split("\n").filter((line) => line !== "").map((line) => decode(line))
    answers.push(...got)
    if (answers.length < all.length) answers.push("crashed")
  }
  return answers
})

const show = (value: Value.Value): readonly [string, string] => {
  switch (value._tag) {
    case "String":
      return ["String", value.value]
    case "RelativeTime":
      // The bindings hand on whole seconds.
      return [value._tag, Printer.print(Value.toExpr({ ...value, seconds: Math.trunc(value.seconds) }))]
    default:
      return [value._tag, Printer.print(Value.toExpr(value), { exact: true })]
  }
}

const adOf = (text: string): Result.Result<Expr.Ad, unknown> => Parser.parseAd(text)

const ours = ({ expr, my, target }: Case): Answer => {
  const left = adOf(`${my.slice(0, -1)}; Probe_ = ${expr}\n]`)
  const right = target === null ? undefined : adOf(target)
  const probe = Result.isSuccess(left) ? left.success.members.get("probe_") : undefined
  if (Result.isFailure(left) || probe === undefined) return { refused: true }
  if (right !== undefined && Result.isFailure(right)) return { refused: true }
  const value = Evaluator.evaluateWith(probe.expr, { now: 0, random: () => 0 }, {
    my: left.success,
    target: right?.success
  })
  return { value: [...show(value)] }
}

/** `unparse` breaks lists and ads into lines. */
const squeezed = ({ expr, my, target }: Case, text: string): string =>
  `${expr}${my}${target}`.includes("unparse(") ? text.replace(/\\+n|\s/g, "") : text

/** What we refuse on purpose, or where HTCondor has no answer. */
const excused = (one: Case, their: Answer, our: Answer): boolean => {
  if (their === "crashed") return true
  const text = JSON.stringify(their)
  // A list whose printing fails, a duration beyond 32 bits, and the year 292 billion.
  if (text.includes("\"?\"") || text.includes("relTime(\\\"--")) return true
  if (/splittime|formattime/i.test(`${one.expr}${one.my}`) && /922337203685477580/.test(`${one.expr}${one.my}`)) {
    return true
  }
  // A selection from a list that a function made reads memory that is gone.
  if (/\b(?:split\w*|argsToList|evalInEachContext)\(.*\)\.(?!\d)/i.test(`${one.expr}${one.my}${one.target}`)) {
    return true
  }
  // The time is now there, and 1970 here.
  if (/\babsTime\(\s*\)/i.test(`${one.expr}${one.my}${one.target}`)) return true
  // Trailing text and doubled dots.
  return our !== "crashed" && "refused" in our && !("refused" in their)
}

/** How many cases, and from which seed; unless set, another one each time. */
const count = Config.Int("HTCONDOR_CE_CLASSAD_CASES").pipe(Config.withDefault(20_000))
const seedOf = Effect.flatMap(
  Config.Int("HTCONDOR_CE_CLASSAD_SEED").pipe(Config.option),
  (set) => set._tag === "Some" ? Effect.succeed(set.value) : Random.nextIntBetween(0, 2 ** 30)
)

const Kept = Schema.fromJsonString(Schema.Array(Schema.Struct({
  my: Schema.String,
  target: Schema.NullOr(Schema.String),
  expr: Schema.String,
  value: Schema.Union([Schema.Literal("refused"), Schema.Tuple([Schema.String, Schema.String])])
})))

describe.each(versions.filter((version) => version === "latest"))("ClassAd expressions on %s", (version) => {
  layer(Layer.mergeAll(Stack.layer(version), NodeServices.layer))((it) => {
    it.effect("have the values that HTCondor gives them", () =>
      Effect.gen(function*() {
        const seed = yield* seedOf
        const all = cases(seed, yield* count)
        const answers = yield* theirs(all)
        const differences: Array<unknown> = []
        let excuses = 0
        let crashes = 0
        for (const [index, one] of all.entries()) {
          const [their, our] = [answers[index] ?? "crashed", ours(one)]
          if (their === "crashed") crashes++
          else if (squeezed(one, JSON.stringify(their)) !== squeezed(one, JSON.stringify(our))) {
            if (excused(one, their, our)) excuses++
            else differences.push({ ...one, their, our })
          }
        }
        assert.deepStrictEqual(differences, [], `seed ${seed}, ${all.length} cases`)
        assert.isBelow(excuses + crashes, all.length / 100)
      }))

    it.effect("are read from our text as the trees that they were", () =>
      Effect.gen(function*() {
        const seed = yield* seedOf
        const my = "[a = 1; B = 2.5; 'q r' = {1, 2}; _x1 = [a = 3; B = \"x\"]; it = true]"
        const trees = Array.from({ length: 5_000 }, (_, index) => Trees.tree(seed + index))
        const all = trees.map((tree) => ({ my, target: null, expr: Printer.print(tree) }))
        const answers = yield* theirs(all)
        const scope = Result.getOrUndefined(adOf(my))
        const differences: Array<unknown> = []
        for (const [index, tree] of trees.entries()) {
          const [their, one] = [answers[index] ?? "crashed", all[index]]
          if (their === "crashed") continue
          const value = show(Evaluator.evaluateWith(tree, { now: 0, random: () => 0 }, { my: scope }))
          // Lists and ads are printed with the parentheses that were put in: their types must do.
          const shown = "value" in their && /^(?:List|Ad)Value$/.test(their.value[0]) ? [value[0]] : [...value]
          const expected = "value" in their ? their.value.slice(0, shown.length) : ["refused"]
          if (JSON.stringify(expected) !== JSON.stringify(shown)) differences.push({ expr: one?.expr, expected, shown })
        }
        assert.deepStrictEqual(differences, [], `seed ${seed}`)
      }))

    it.effect("have the values that are kept from earlier differences", () =>
      Effect.gen(function*() {
        const fileSystem = yield* FileSystem.FileSystem
        const path = yield* Path.Path
        const file = path.join(import.meta.dirname, "..", "..", "classad", "regressions", "latest.json")
        const kept = yield* Schema.decodeUnknownEffect(Kept)(yield* fileSystem.readFileString(file))
        const answers = yield* theirs(kept.map(({ expr, my, target }) => ({ expr, my, target })))
        assert.deepStrictEqual(
          answers.map((answer) => answer === "crashed" || "refused" in answer ? "refused" : answer.value),
          kept.map(({ value }) => value)
        )
      }))
  })
})
