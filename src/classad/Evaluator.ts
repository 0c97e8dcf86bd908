/**
 * Evaluates expressions as HTCondor 25.14 does. Live tests compare the values with HTCondor's own library.
 *
 * **Details**
 *
 * These differences are deliberate:
 *
 * - HTCondor gives up at 400 levels of evaluation and after ten million steps. Here the limits are one million steps and
 *   strings of 16 MiB. An evaluation that exceeds them is an error.
 * - A selection from a list that a function made, for example `split("a b").x`, is a list of errors. It crashes HTCondor.
 * - In HTCondor, `unresolved`, `evalInEachContext` and `countMatches` switch to another ad if they do not find a name. Names
 *   after them are then looked up there. Here they stay in their ad.
 * - `ad["name"].other` finds the attribute. In HTCondor 25.14 it is undefined.
 * - The smallest duration of 32 bits, which replaces all durations that do not fit, has one minus sign and not four. A time
 *   whose year does not fit has no parts: `splitTime` and `formatTime` are then errors.
 * - JavaScript runs regular expressions. A pattern that only PCRE has, or that JavaScript would match differently, is an error.
 *   HTCondor's `replaceAll` reads past the end of its text, and ends with an error; here it only ends with the error.
 * - Local time is UTC. There are no map files (`userMap`) and no accounts (`userHome`): both are undefined, or the given
 *   default.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Bytes from "./Bytes.ts"
import { ad, list, longest, toItem } from "./Conversion.ts"
import type { Env, Failure, Outcome, Request, Sources, Steps } from "./Evaluation.ts"
import { failure, isSteps } from "./Evaluation.ts"
import * as Expr from "./Expr.ts"
import { table } from "./functions/index.ts"
import * as Operators from "./Operators.ts"
import * as Resolve from "./Resolve.ts"
import * as Scalars from "./Scalar.ts"
import { outermost, Scope } from "./Scope.ts"
import { type Item, type ListValue, truth, type Value } from "./Value.ts"
import * as Version from "./Version.ts"

/** How many expressions one evaluation may visit. HTCondor visits ten times as many, in less time. */
const maxSteps = 1_000_000

/** How many characters of a new string count as one step. */
const perStep = 1_024

function* unary(expr: Expr.Unary, env: Env): Steps {
  return Operators.unary(expr.operator, yield { item: expr.operand, env })
}

function* binary(expr: Expr.Binary, env: Env): Steps {
  const { operator } = expr
  const left = yield { item: expr.left, env }
  if (operator === "&&" || operator === "||") {
    const decided = Operators.shortcut(operator, left)
    if (left._tag === "Error" && !Version.has(env.version, "selfReference")) yield { item: expr.right, env }
    if (decided !== undefined) return decided
  } else if (operator === "?:" && left._tag !== "Undefined") {
    if (truth(left) !== false && !Version.has(env.version, "elvis")) yield { item: expr.right, env }
    return left
  }
  return Operators.binary(operator, left, yield { item: expr.right, env })
}

function* conditional(expr: Expr.Conditional, env: Env): Steps {
  const test = yield { item: expr.test, env }
  const holds = truth(test)
  if (holds !== undefined) return yield { item: holds ? expr.whenTrue : expr.whenFalse, env }
  if ((test._tag !== "Undefined" && test._tag !== "Error") || !Version.has(env.version, "selfReference")) {
    // HTCondor evaluates both sides without need, and gives up if one of them fails.
    yield { item: expr.whenTrue, env }
    yield { item: expr.whenFalse, env }
  }
  return test._tag === "Undefined" ? test : Scalars.errorScalar
}

function* subscript(expr: Expr.Subscript, env: Env): Steps {
  const base = yield { item: expr.base, env }
  const index = yield { item: expr.index, env }
  if (base._tag === "Error" || index._tag === "Error") return Scalars.errorScalar
  if (base._tag === "Undefined" || index._tag === "Undefined") return Scalars.undefinedScalar
  if (base._tag === "AdValue" && index._tag === "String") {
    const { scope } = base
    const found = Resolve.member(scope, index.value)
    if (found === undefined) return Scalars.undefinedScalar
    return yield* follow(found, { ...env, root: outermost(scope) }, true)
  }
  if (base._tag === "ListValue" && index._tag === "Integer") {
    // HTCondor's index has 32 bits.
    const at = Number(BigInt.asIntN(32, index.value))
    const item = at < 0 ? undefined : base.items[at]
    if (item === undefined) return Scalars.errorScalar
    return yield { item, env: { ...env, current: base.scope, lexical: base.scope }, caught: true }
  }
  return Scalars.errorScalar
}

/** The value of an attribute. An attribute that is being evaluated already refers to itself. */
function* follow(found: Resolve.Found, env: Env, caught = false): Steps {
  const { expr, scope } = found
  if (scope.active.has(expr)) return Version.has(env.version, "selfReference") ? Scalars.undefinedScalar : failure
  scope.active.add(expr)
  try {
    return yield { item: expr, env: { ...env, current: scope, lexical: scope }, caught }
  } finally {
    scope.active.delete(expr)
  }
}

/** The value of a constant. In HTCondor 25.14 a duration in the text of an expression is a real. */
const constant = (value: Scalars.Scalar): Value => value._tag === "RelativeTime" ? Scalars.real(value.seconds) : value

const resolved = (resolution: Resolve.Resolution, env: Env): Outcome => {
  switch (resolution._tag) {
    case "Found":
      return resolution.expr._tag === "Literal" ? constant(resolution.expr.value) : follow(resolution, env)
    case "Scope":
      return ad(resolution.scope)
    case "Now":
      return Scalars.integer(BigInt(env.sources.now))
    case "Missing":
      return Scalars.undefinedScalar
    case "Failure":
      return failure
  }
}

/** `scope.name`. */
function* selection(scope: Expr.Expr, name: string, env: Env): Steps {
  const outcome = select(yield { item: scope, env }, name, env)
  return isSteps(outcome) ? yield* outcome : outcome
}

/** An attribute of a value. For a list, the list of the attributes of its items. */
const select = (base: Value, name: string, env: Env): Outcome => {
  if (base._tag === "Undefined") return base
  if (base._tag === "AdValue") return resolved(Resolve.inScope(base.scope, name, env.root, env.old), env)
  return base._tag === "ListValue" ? selectEach(base, name, env) : Scalars.errorScalar
}

/** A value from a list, in which ads have no parents. */
const alone = (item: Item): Item => {
  const bare = (one: Item): Item => one._tag === "AdValue" ? ad(new Scope(one.scope.ad, undefined)) : one
  return item._tag === "ListValue" ? { ...item, items: item.items.map(bare), scope: undefined } : bare(item)
}

function* selectEach(base: ListValue, name: string, env: Env): Steps {
  const inner = {
    ...env,
    lexical: base.scope,
    root: env.current === undefined ? undefined : outermost(env.current)
  }
  const items: Array<Item> = []
  for (const item of base.items) {
    const value = yield Expr.isExpr(item)
      ? { item: Expr.attribute(name, item), env: inner }
      : { item, env: inner, select: name }
    items.push(alone(toItem(value)))
  }
  return list(items, undefined)
}

const call = (expr: Expr.Call, env: Env): Outcome => {
  const builtin = table.get(Bytes.fold(expr.name))
  return builtin === undefined ? Scalars.errorScalar : builtin(expr.args, env, expr.name)
}

const begin = (from: Item, env: Env): Outcome => {
  let item = from
  while (item._tag === "Parens") item = item.inner
  switch (item._tag) {
    case "Literal":
      return constant(item.value)
    case "ListValue":
    case "AdValue":
      return item
    case "Attribute":
      if (item.scope !== undefined) return selection(item.scope, item.name, env)
      return resolved(Resolve.name(item.name, item.absolute, env), env)
    case "Unary":
      return unary(item, env)
    case "Binary":
      return binary(item, env)
    case "Conditional":
      return conditional(item, env)
    case "Subscript":
      return subscript(item, env)
    case "Call":
      return call(item, env)
    case "List":
      return list(item.items, env.lexical)
    case "Ad":
      return ad(env.lexical === undefined ? new Scope(item, undefined) : env.lexical.child(item))
  }
}

const respond = ({ env, item, select: name }: Request): Outcome =>
  name === undefined || Expr.isExpr(item) ? begin(item, env) : select(item, name, env)

/** Runs an evaluation to its end, with an explicit stack. */
const run = (item: Item, env: Env): Value => {
  const stack: Array<{ readonly steps: Steps; readonly caught: boolean }> = []
  let left = maxSteps
  let outcome = begin(item, env)
  let caught = false
  for (;;) {
    let step: ReturnType<Steps["next"]>
    if (isSteps(outcome)) {
      stack.push({ steps: outcome, caught })
      step = outcome.next()
    } else {
      let value: Value | Failure = outcome._tag === "Failure" && caught ? Scalars.errorScalar : outcome
      if (value._tag === "String") {
        left -= Math.floor(value.value.length / perStep)
        if (value.value.length > longest) value = Scalars.errorScalar
      }
      const top = stack.at(-1)
      if (top === undefined) return value._tag === "Failure" ? Scalars.errorScalar : value
      step = value._tag === "Failure" ? top.steps.return(value) : top.steps.next(value)
    }
    if (step.done === true) {
      caught = stack.pop()?.caught ?? false
      outcome = step.value
    } else {
      caught = step.value.caught === true
      outcome = left-- > 0 ? respond(step.value) : failure
    }
  }
}

/**
 * The ads in which an expression is evaluated, and the language version.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** The ad in which names are looked up (default: none, so that names are undefined). */
  readonly my?: Expr.Ad | undefined
  /** The other ad of a match, which `TARGET` names (default: none). */
  readonly target?: Expr.Ad | undefined
  /**
   * `"old"` (default) resolves names as HTCondor's daemons and tools do: a name that `my` lacks is looked up in `target`, and `MY`
   * and `CurrentTime` exist without a match. `"strict"` does not.
   */
  readonly semantics?: "old" | "strict" | undefined
  /**
   * The version of HTCondor to imitate (default `"25.14"`). Before 25.13 an attribute that refers to itself ends the evaluation
   * with an error; now it is undefined. Before 25.13 a failing operand to the right of `error &&` or `error ||` mostly ends the
   * evaluation, too, and before 23.10.1 so does one to the right of `?:` that is not needed.
   */
  readonly version?: Version.Version | undefined
}

export type { Sources }

/**
 * Evaluates an expression with a given time and given random numbers, without an effect.
 *
 * **Example** (A value at a given time)
 *
 * ```ts
 * import { Result } from "effect"
 * import { ClassAd, Evaluator, Expr, Parser } from "effect-htcondor-ce/classad"
 * import * as assert from "node:assert"
 *
 * const my = ClassAd.make([["CompletionDate", Expr.integer(1_000)]])
 * const expr = Result.getOrThrow(Parser.parse("time() - CompletionDate"))
 * const value = Evaluator.evaluateWith(expr, { now: 1_060, random: () => 0 }, { my })
 *
 * assert.deepStrictEqual(value, { _tag: "Integer", value: 60n })
 * ```
 *
 * @category evaluation
 * @since 0.1.0
 */
export const evaluateWith = (expr: Expr.Expr, sources: Sources, options: Options = {}): Value => {
  const scope = Resolve.scopeOf(options.my, options.target, options.semantics !== "strict")
  return run(expr, {
    current: scope,
    lexical: scope,
    root: scope === undefined ? undefined : outermost(scope),
    sources: { ...sources, now: Number.isFinite(sources.now) ? Math.trunc(sources.now) : 0 },
    old: options.semantics !== "strict",
    version: options.version ?? Version.current
  })
}

/** The present time, and random numbers, which are drawn when the expression needs them. */
const sources: Effect.Effect<Sources> = Effect.gen(function*() {
  const millis = yield* Clock.currentTimeMillis
  const random = yield* Random.Random
  return { now: Math.floor(millis / 1000), random: () => random.nextDoubleUnsafe() }
})

/**
 * Evaluates an expression. The time comes from Effect's `Clock`, and random numbers from `Random`.
 *
 * **Example** (A condition on a job ad)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Evaluator, Parser } from "effect-htcondor-ce/classad"
 * import * as assert from "node:assert"
 *
 * export const program = Effect.gen(function*() {
 *   const my = yield* Effect.fromResult(Parser.parseAd("[ JobStatus = 5; HoldReasonCode = 12 ]"))
 *   const expr = yield* Effect.fromResult(Parser.parse("JobStatus == 5 && HoldReasonCode =!= 16"))
 *   assert.deepStrictEqual(yield* Evaluator.evaluate(expr, { my }), { _tag: "Boolean", value: true })
 *   // Without the ad, the first name is undefined.
 *   assert.deepStrictEqual(yield* Evaluator.evaluate(expr), { _tag: "Undefined" })
 * })
 * ```
 *
 * @category evaluation
 * @since 0.1.0
 */
export const evaluate = (expr: Expr.Expr, options: Options = {}): Effect.Effect<Value> =>
  Effect.map(sources, (sources) => evaluateWith(expr, sources, options))

/**
 * Whether each of two ads meets the `Requirements` of the other. `Requirements` that are not true, for example undefined, do not
 * match.
 *
 * **Example** (A job and a machine)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Evaluator, Parser } from "effect-htcondor-ce/classad"
 * import * as assert from "node:assert"
 *
 * const ad = (text: string) => Effect.fromResult(Parser.parseAd(text))
 *
 * export const program = Effect.gen(function*() {
 *   const job = yield* ad("[ RequestCpus = 2; Requirements = TARGET.Cpus >= RequestCpus ]")
 *   const machine = yield* ad("[ Cpus = 4; Requirements = TARGET.RequestCpus < 8 ]")
 *   assert.strictEqual(yield* Evaluator.matches(job, machine), true)
 *   assert.strictEqual(yield* Evaluator.matches(job, yield* ad("[ Cpus = 1; Requirements = true ]")), false)
 * })
 * ```
 *
 * @category evaluation
 * @since 0.1.0
 */
export const matches = (
  left: Expr.Ad,
  right: Expr.Ad,
  options: Pick<Options, "semantics" | "version"> = {}
): Effect.Effect<boolean> =>
  Effect.map(sources, (sources) => {
    const requirements = Expr.attribute("Requirements", Expr.attribute("MY"))
    const meets = (my: Expr.Ad, target: Expr.Ad) =>
      truth(evaluateWith(requirements, sources, { ...options, my, target })) === true
    return meets(left, right) && meets(right, left)
  })
