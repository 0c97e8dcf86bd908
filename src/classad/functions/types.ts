/** Functions that test the type of a value, and conversions. */
import * as Bytes from "../Bytes.ts"
import { toInteger, toReal, toText, wholeSeconds } from "../Conversion.ts"
import { type Builtin, strict } from "../Evaluation.ts"
import * as Scalars from "../Scalar.ts"
import type { Value } from "../Value.ts"

const is = (tag: Value["_tag"]): Builtin => strict(1, 1, ([value]) => Scalars.boolean(value?._tag === tag))

/** A function of the language with one argument. */
const convert = (by: (value: Value) => Value): Builtin =>
  strict(1, 1, ([value]) => value === undefined ? Scalars.errorScalar : by(value))

const toBoolean = (value: Value): Value => {
  switch (value._tag) {
    case "Undefined":
    case "Boolean":
      return value
    case "Integer":
      return Scalars.boolean(value.value !== 0n)
    case "Real":
      return Scalars.boolean(value.value !== 0)
    case "RelativeTime":
      return Scalars.boolean(wholeSeconds(value) !== 0)
    case "String": {
      const text = Bytes.fold(value.value)
      return text === "true" || text === "false" ? Scalars.boolean(text === "true") : Scalars.undefinedScalar
    }
    default:
      return Scalars.errorScalar
  }
}

const toStringValue = (value: Value): Value => {
  if (value._tag === "Undefined" || value._tag === "Error") return value
  const text = toText(value)
  return text === undefined ? Scalars.errorScalar : Scalars.string(text)
}

export const types: Readonly<Record<string, Builtin>> = {
  isundefined: is("Undefined"),
  iserror: is("Error"),
  isstring: is("String"),
  isinteger: is("Integer"),
  isreal: is("Real"),
  islist: is("ListValue"),
  isclassad: is("AdValue"),
  isboolean: is("Boolean"),
  isabstime: is("AbsoluteTime"),
  isreltime: is("RelativeTime"),
  int: convert(toInteger),
  real: convert(toReal),
  string: convert(toStringValue),
  bool: convert(toBoolean)
}
