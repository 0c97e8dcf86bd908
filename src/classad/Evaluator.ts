/**
 * Evaluates expressions as HTCondor 25.14 does: the live tests compare it with HTCondor's own library.
 *
 * **Details**
 *
 * What is another way on purpose:
 *
 * - HTCondor gives up at 400 levels of evaluation and after ten million steps; here only the steps are limited, to one
 *   million, and strings to 16 MiB. What gives up is an error.
 * - A selection from a list that a function made, `split("a b").x`, is a list of errors; it crashes HTCondor.
 * - `unresolved`, `evalInEachContext` and `countMatches` leave HTCondor in another ad when they do not find a name, so
 *   that the names that follow are looked up there; here they do not.
 * - `ad["name"].other` is found; HTCondor 25.14 gives undefined.
 * - The shortest of 32 bits, which stands for all durations that do not fit, has one minus sign and not four; a moment
 *   whose year does not fit has no parts, which is an error.
 * - Regular expressions are run by JavaScript; what only PCRE has, or would match in another way, is an error. `replaceAll` does not read past the end of its
 *   text where HTCondor does, but ends with the same error.
 * - Local time is UTC. There are no map files (`userMap`) and no accounts (`userHome`): undefined, or the default that is
 *   given.
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

/** How many expressions one evaluation may look at. HTCondor takes ten times as many, in less time. */
const maxSteps = 1_000_000

/** How many characters of a string that was made count as a step. */
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
    // HTCondor looks at both sides for nothing, and gives up where one of them fails.
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

/** The value of an attribute that was found. One that is being evaluated already refers to itself. */
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

/** The value of a constant. A duration that was written down is a real in HTCondor 25.14. */
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

/** An attribute of a value; of a list, that of each of its items. */
const select = (base: Value, name: string, env: Env): Outcome => {
  if (base._tag === "Undefined") return base
  if (base._tag === "AdValue") return resolved(Resolve.inScope(base.scope, name, env.root, env.old), env)
  return base._tag === "ListValue" ? selectEach(base, name, env) : Scalars.errorScalar
}

/** What comes out of a list stands alone: ads without parents. */
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

/** Runs an evaluation to its end on a stack of its own. */
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
 * What an expression is evaluated in.
 *
 * - `my`: the ad that its names are looked up in
 * - `target`: the other ad of a match
 * - `semantics`: `"old"` as in HTCondor's daemons and tools (default), where names that `my` does not have are looked up
 *   in `target`, and `MY` and `CurrentTime` have a meaning without a match; or `"strict"`
 * - `version`: as this HTCondor (default `"25.14"`); before 25.13 an attribute that refers to itself ends the evaluation
 *   with an error where it is undefined since then, and so does, mostly, what fails on a side of `&&` and `||` that is not
 *   taken after an error; before 23.10.1 also on the right side of `?:`
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  readonly my?: Expr.Ad | undefined
  readonly target?: Expr.Ad | undefined
  readonly semantics?: "old" | "strict" | undefined
  readonly version?: Version.Version | undefined
}

export type { Sources }

/**
 * Evaluates with a given time and given random numbers. Of the time only whole seconds count.
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

/** Time and randomness of the moment; numbers are drawn as the expression asks for them. */
const sources: Effect.Effect<Sources> = Effect.gen(function*() {
  const millis = yield* Clock.currentTimeMillis
  const random = yield* Random.Random
  return { now: Math.floor(millis / 1000), random: () => random.nextDoubleUnsafe() }
})

/**
 * Evaluates an expression. Time comes from `Clock`, randomness from `Random`.
 *
 * @category evaluation
 * @since 0.1.0
 */
export const evaluate = (expr: Expr.Expr, options: Options = {}): Effect.Effect<Value> =>
  Effect.map(sources, (sources) => evaluateWith(expr, sources, options))

/**
 * Whether each of two ads meets the `Requirements` of the other.
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
