/** Functions of numbers. */
import { toReal } from "../Conversion.ts"
import { type Builtin, failure, strict, within } from "../Evaluation.ts"
import * as Scalars from "../Scalar.ts"
import type { Value } from "../Value.ts"

const { errorScalar, integer, real } = Scalars

/** Rounds half to even, as `rint` of C. */
const rint = (value: number): number => {
  const floor = Math.floor(value)
  const rest = value - floor
  return rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor
}

const rounding = (round: (value: number) => number): Builtin =>
  strict(1, 1, ([value]) => {
    if (value === undefined || value._tag === "Integer") return value ?? errorScalar
    const number = toReal(value)
    return number._tag === "Real" ? integer(Scalars.truncate(round(number.value))) : errorScalar
  })

const pow = strict(2, 2, ([base, exponent]) => {
  if (base?._tag === "Integer" && exponent?._tag === "Integer" && exponent.value >= 0n) {
    return integer(Scalars.truncate(Number(base.value) ** Number(exponent.value) + 0.5))
  }
  const a = base === undefined ? errorScalar : toReal(base)
  const b = exponent === undefined ? errorScalar : toReal(exponent)
  if (a._tag !== "Real" || b._tag !== "Real") return errorScalar
  // As in C: one to any power is one, and minus one to an infinite power is one.
  if (a.value === 1 || (a.value === -1 && !Number.isFinite(b.value) && !Number.isNaN(b.value))) return real(1)
  return real(a.value ** b.value)
})

const tiny = 1e-8

/** The next multiple of a step. */
const multiple = (value: Value, number: number, step: Value, size: number): Value => {
  if (step._tag === "Integer") {
    const by = step.value
    if (by === 0n) return value
    if (value._tag !== "Integer") return real(Math.ceil(number / Number(by)) * Number(by))
    return integer(BigInt.asIntN(64, value.value + by - 1n) / by * by)
  }
  return size >= -tiny && size <= tiny ? value : real(Math.ceil(number / size) * size)
}

const quantize: Builtin = function*(args, env) {
  const [first, second] = args
  if (args.length !== 2 || first === undefined || second === undefined) return errorScalar
  const value = yield { item: first, env }
  let step = yield { item: second, env }
  const number = toReal(value)
  if (number._tag !== "Real") return errorScalar
  if (step._tag !== "ListValue") {
    const size = toReal(step)
    return size._tag === "Real" ? multiple(value, number.value, step, size.value) : errorScalar
  }
  const inner = within(env, step.scope)
  let last: Value = real(0)
  let size = 0
  for (const item of step.items) {
    last = yield { item, env: inner }
    const next = toReal(last)
    if (next._tag !== "Real") return errorScalar
    size = next.value
    if (size >= number.value) return last
  }
  step = last
  return multiple(value, number.value, step, size)
}

const random: Builtin = strict(0, 1, ([limit = real(1)], env) => {
  if (limit._tag === "Integer") {
    const most = Number(BigInt.asIntN(32, limit.value))
    return most <= 0 ? failure : integer(BigInt(Math.floor(env.sources.random() * most)))
  }
  if (limit._tag !== "Real") return errorScalar
  return limit.value <= 0 ? failure : real(env.sources.random() * limit.value)
})

export const numbers: Readonly<Record<string, Builtin>> = {
  floor: rounding(Math.floor),
  ceil: rounding(Math.ceil),
  ceiling: rounding(Math.ceil),
  round: rounding(rint),
  pow,
  quantize,
  random
}
