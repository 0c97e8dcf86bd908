/**
 * The values that a literal can hold: everything but lists and ads.
 *
 * @since 0.1.0
 */

/**
 * @category models
 * @since 0.1.0
 */
export interface Undefined {
  readonly _tag: "Undefined"
}

/**
 * @category models
 * @since 0.1.0
 */
export interface ErrorValue {
  readonly _tag: "Error"
}

/**
 * @category models
 * @since 0.1.0
 */
export interface BooleanValue {
  readonly _tag: "Boolean"
  readonly value: boolean
}

/**
 * A signed integer of 64 bits.
 *
 * @category models
 * @since 0.1.0
 */
export interface IntegerValue {
  readonly _tag: "Integer"
  readonly value: bigint
}

/**
 * @category models
 * @since 0.1.0
 */
export interface RealValue {
  readonly _tag: "Real"
  readonly value: number
}

/**
 * A string. HTCondor's are bytes; those that are no UTF-8 stand as U+DC80 to U+DCFF, as in Python.
 *
 * @category models
 * @since 0.1.0
 */
export interface StringValue {
  readonly _tag: "String"
  readonly value: string
}

/**
 * A moment: seconds since 1970, and the offset of its time zone in seconds.
 *
 * @category models
 * @since 0.1.0
 */
export interface AbsoluteTime {
  readonly _tag: "AbsoluteTime"
  readonly seconds: number
  readonly offset: number
}

/**
 * A duration in seconds.
 *
 * @category models
 * @since 0.1.0
 */
export interface RelativeTime {
  readonly _tag: "RelativeTime"
  readonly seconds: number
}

/**
 * @category models
 * @since 0.1.0
 */
export type Scalar =
  | Undefined
  | ErrorValue
  | BooleanValue
  | IntegerValue
  | RealValue
  | StringValue
  | AbsoluteTime
  | RelativeTime

/** @category constructors */
export const undefinedScalar: Undefined = { _tag: "Undefined" }

/** @category constructors */
export const errorScalar: ErrorValue = { _tag: "Error" }

/** @category constructors */
export const trueScalar: BooleanValue = { _tag: "Boolean", value: true }

/** @category constructors */
export const falseScalar: BooleanValue = { _tag: "Boolean", value: false }

/** @category constructors */
export const boolean = (value: boolean): BooleanValue => value ? trueScalar : falseScalar

/** @category constructors */
export const integer = (value: bigint): IntegerValue => ({ _tag: "Integer", value: BigInt.asIntN(64, value) })

/** A real as a whole number towards zero: what does not fit becomes the smallest integer, as on x86. */
export const truncate = (value: number): bigint => Math.abs(value) < 2 ** 63 ? BigInt(Math.trunc(value)) : -(2n ** 63n)

/** @category constructors */
export const real = (value: number): RealValue => ({ _tag: "Real", value })

/** @category constructors */
export const string = (value: string): StringValue => ({ _tag: "String", value })

/** @category constructors */
export const absoluteTime = (seconds: number, offset: number): AbsoluteTime => ({
  _tag: "AbsoluteTime",
  seconds,
  offset
})

/** @category constructors */
export const relativeTime = (seconds: number): RelativeTime => ({ _tag: "RelativeTime", seconds })
