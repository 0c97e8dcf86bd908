/**
 * How an evaluation goes on: in steps that ask for the values of other expressions, run by a loop with a stack of its
 * own, so that no expression is nested too deeply.
 *
 * @since 0.1.0
 */
import type * as Scalars from "./Scalar.ts"
import type { Scope } from "./Scope.ts"
import type { Item, Value } from "./Value.ts"
import type { Version } from "./Version.ts"

/**
 * What lies outside of expressions: seconds since 1970, and random numbers from 0 to below 1.
 *
 * @category models
 * @since 0.1.0
 */
export interface Sources {
  readonly now: number
  readonly random: () => number
}

/**
 * Where an expression is evaluated.
 *
 * - `current`: the ad in which names are looked up
 * - `lexical`: the ad that the expression was written in, the parent of ads in it
 * - `root`: the outermost ad
 */
export interface Env {
  readonly current: Scope | undefined
  readonly lexical: Scope | undefined
  readonly root: Scope | undefined
  readonly sources: Sources
  /** Whether names have the meanings of HTCondor's daemons. */
  readonly old: boolean
  /** Which HTCondor is meant. */
  readonly version: Version
}

/** Ends the whole evaluation with an error, past functions such as `isError`; HTCondor's "failed to evaluate". */
export interface Failure {
  readonly _tag: "Failure"
}

/** The one {@link Failure}. */
export const failure: Failure = { _tag: "Failure" }

/** Asks for a value. With `caught`, a failure comes back as an error. */
export interface Request {
  readonly item: Item
  readonly env: Env
  readonly caught?: boolean | undefined
  /** Asks for this attribute of the item, which is a value. */
  readonly select?: string | undefined
}

/** An evaluation that waits for values. */
export type Steps = Generator<Request, Value | Failure, Value>

/** What a function of the language gives for its arguments. */
export type Outcome = Value | Failure | Steps

/** A function of the language; `name` is how it was written. */
export type Builtin = (args: ReadonlyArray<Item>, env: Env, name: string) => Outcome

/** Values of all arguments first, then a plain function of them. */
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

/** The environment of the items of a list: names are those of the one who asks. */
export const within = (env: Env, scope: Scope | undefined): Env => ({ ...env, lexical: scope })
