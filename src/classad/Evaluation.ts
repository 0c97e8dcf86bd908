/**
 * The steps of an evaluation. A step requests the values of other expressions. A loop with an explicit stack runs the steps, so
 * no expression is nested too deeply.
 *
 * @since 0.1.0
 */
import type * as Scalars from "./Scalar.ts"
import type { Scope } from "./Scope.ts"
import type { Item, Value } from "./Value.ts"
import type { Version } from "./Version.ts"

/**
 * The time and the random numbers of an evaluation.
 *
 * @category models
 * @since 0.1.0
 */
export interface Sources {
  /** The value of `time()`, in seconds since 1970. Fractions are ignored. */
  readonly now: number
  /** Returns the next random number, from 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number
}

/**
 * The environment of an expression.
 *
 * - `current`: the ad in which names are looked up
 * - `lexical`: the ad that contains the expression, which is the parent of ads in the expression
 * - `root`: the outermost ad
 */
export interface Env {
  readonly current: Scope | undefined
  readonly lexical: Scope | undefined
  readonly root: Scope | undefined
  readonly sources: Sources
  /** Whether names are resolved as in HTCondor's daemons. */
  readonly old: boolean
  /** The version of HTCondor to imitate. */
  readonly version: Version
}

/** Ends the whole evaluation with an error, past functions such as `isError`; HTCondor's "failed to evaluate". */
export interface Failure {
  readonly _tag: "Failure"
}

/** The only value of {@link Failure}. */
export const failure: Failure = { _tag: "Failure" }

/** Requests a value. With `caught`, a failure becomes an error value. */
export interface Request {
  readonly item: Item
  readonly env: Env
  readonly caught?: boolean | undefined
  /** Requests this attribute of the item, which is a value. */
  readonly select?: string | undefined
}

/** An evaluation that waits for values. */
export type Steps = Generator<Request, Value | Failure, Value>

/** The result of a function of the language. */
export type Outcome = Value | Failure | Steps

/** A function of the language. `name` has the spelling of the call. */
export type Builtin = (args: ReadonlyArray<Item>, env: Env, name: string) => Outcome

/** A function of the language that evaluates all arguments first. */
export const strict = (
  least: number,
  most: number,
  compute: (values: ReadonlyArray<Value>, env: Env, name: string) => Outcome
): Builtin =>
  function*(args, env, name) {
    if (args.length < least || args.length > most) return error
    const values: Array<Value> = []
    for (const item of args) values.push(yield { item, env })
    const outcome = compute(values, env, name)
    return isSteps(outcome) ? yield* outcome : outcome
  }

const error: Scalars.ErrorValue = { _tag: "Error" }

export const isSteps = (outcome: Outcome): outcome is Steps => "next" in outcome

/** The environment of the items of a list: names are looked up where the list is used. */
export const within = (env: Env, scope: Scope | undefined): Env => ({ ...env, lexical: scope })
