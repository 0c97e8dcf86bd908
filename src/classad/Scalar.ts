/**
 * The values of literals: all values except lists and ads.
 *
 * @since 0.1.0
 */

/**
 * The undefined value, for example of an attribute that does not exist.
 *
 * @category models
 * @since 0.1.0
 */
export interface Undefined {
  /** The tag of the union. */
  readonly _tag: "Undefined"
}

/**
 * The error value, for example of `1 + "a"`.
 *
 * @category models
 * @since 0.1.0
 */
export interface ErrorValue {
  /** The tag of the union. */
  readonly _tag: "Error"
}

/**
 * A boolean.
 *
 * @category models
 * @since 0.1.0
 */
export interface BooleanValue {
  /** The tag of the union. */
  readonly _tag: "Boolean"
  /** Whether it is true. */
  readonly value: boolean
}

/**
 * A signed integer of 64 bits.
 *
 * @category models
 * @since 0.1.0
 */
export interface IntegerValue {
  /** The tag of the union. */
  readonly _tag: "Integer"
  /** The number, from -2^63 to 2^63 - 1. */
  readonly value: bigint
}

/**
 * A 64-bit floating point number.
 *
 * @category models
 * @since 0.1.0
 */
export interface RealValue {
  /** The tag of the union. */
  readonly _tag: "Real"
  /** The number, which may be infinite or NaN. */
  readonly value: number
}

/**
 * A string, which is a sequence of bytes in HTCondor.
 *
 * @category models
 * @since 0.1.0
 */
export interface StringValue {
  /** The tag of the union. */
  readonly _tag: "String"
  /** The text. Bytes that are not UTF-8 are U+DC80 to U+DCFF, as in Python (`surrogateescape`). */
  readonly value: string
}

/**
 * A point in time, with a time zone.
 *
 * @category models
 * @since 0.1.0
 */
export interface AbsoluteTime {
  /** The tag of the union. */
  readonly _tag: "AbsoluteTime"
  /** Seconds since 1970 (UTC). */
  readonly seconds: number
  /** The offset of the time zone from UTC in seconds, positive to the east. */
  readonly offset: number
}

/**
 * A duration.
 *
 * @category models
 * @since 0.1.0
 */
export interface RelativeTime {
  /** The tag of the union. */
  readonly _tag: "RelativeTime"
  /** The duration in seconds, which may be negative. */
  readonly seconds: number
}

/**
 * The value of a literal.
 *
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

/**
 * The undefined value.
 *
 * @category constructors
 * @since 0.1.0
 */
export const undefinedScalar: Undefined = { _tag: "Undefined" }

/**
 * The error value.
 *
 * @category constructors
 * @since 0.1.0
 */
export const errorScalar: ErrorValue = { _tag: "Error" }

/**
 * The boolean true.
 *
 * @category constructors
 * @since 0.1.0
 */
export const trueScalar: BooleanValue = { _tag: "Boolean", value: true }

/**
 * The boolean false.
 *
 * @category constructors
 * @since 0.1.0
 */
export const falseScalar: BooleanValue = { _tag: "Boolean", value: false }

/**
 * A boolean.
 *
 * @category constructors
 * @since 0.1.0
 */
export const boolean = (value: boolean): BooleanValue => value ? trueScalar : falseScalar

/**
 * A signed 64-bit integer. A bigint that does not fit wraps around.
 *
 * @category constructors
 * @since 0.1.0
 */
export const integer = (value: bigint): IntegerValue => ({ _tag: "Integer", value: BigInt.asIntN(64, value) })

/** Truncates a real towards zero. A number that does not fit becomes the smallest 64-bit integer, as on x86. */
export const truncate = (value: number): bigint => Math.abs(value) < 2 ** 63 ? BigInt(Math.trunc(value)) : -(2n ** 63n)

/**
 * A 64-bit floating point number.
 *
 * @category constructors
 * @since 0.1.0
 */
export const real = (value: number): RealValue => ({ _tag: "Real", value })

/**
 * A string.
 *
 * @category constructors
 * @since 0.1.0
 */
export const string = (value: string): StringValue => ({ _tag: "String", value })

/**
 * A point in time: seconds since 1970 (UTC), and the offset of the time zone in seconds.
 *
 * @category constructors
 * @since 0.1.0
 */
export const absoluteTime = (seconds: number, offset: number): AbsoluteTime => ({
  _tag: "AbsoluteTime",
  seconds,
  offset
})

/**
 * A duration in seconds.
 *
 * @category constructors
 * @since 0.1.0
 */
export const relativeTime = (seconds: number): RelativeTime => ({ _tag: "RelativeTime", seconds })
