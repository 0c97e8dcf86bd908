/** Conditional functions, and functions on expressions. */
import { longest, toText } from "../Conversion.ts"
import { type Builtin, type Env, strict } from "../Evaluation.ts"
import { printName } from "../Literals.ts"
import * as Parser from "../Parser.ts"
import * as Resolve from "../Resolve.ts"
import * as Scalars from "../Scalar.ts"
import { TreePrinter } from "../TreePrinter.ts"
import { truth } from "../Value.ts"

const { errorScalar, string, undefinedScalar } = Scalars

const ifThenElse: Builtin = function*(args, env) {
  const [test, then, otherwise] = args
  if (args.length !== 3 || test === undefined || then === undefined || otherwise === undefined) return errorScalar
  const value = yield { item: test, env }
  if (value._tag === "Undefined") return value
  const holds = truth(value)
  return holds === undefined ? errorScalar : yield { item: holds ? then : otherwise, env }
}

const evaluate: Builtin = strict(1, 1, function*([value = errorScalar], env: Env) {
  const text = toText(value)
  if (text === undefined) return errorScalar
  const parsed = Parser.parse(text, { semantics: env.old ? "old" : "strict", version: env.version })
  if (parsed._tag === "Failure") return errorScalar
  return yield { item: parsed.success, env: { ...env, lexical: env.current } }
})

const unparse: Builtin = (args, env) => {
  const [attribute] = args
  if (args.length !== 1 || attribute?._tag !== "Attribute") return errorScalar
  // As in HTCondor, only a name of the current ad that needs no quotes is found.
  if (env.current === undefined || attribute.scope !== undefined || attribute.absolute) return string("")
  const found = Resolve.member(env.current, printName(attribute.name))
  if (found === undefined) return string("")
  const text = new TreePrinter({ exact: true, layout: "lines" }).print(found.expr, longest)
  return text === undefined ? errorScalar : string(text)
}

const debug: Builtin = strict(1, 1, ([value = errorScalar]) => value)

/** There are no map files and no accounts here: undefined, or the default of the call. */
const userMap: Builtin = strict(2, 4, (values) => {
  const [map, user, , fallback] = values
  if (map?._tag === "String" && user?._tag === "String") return fallback ?? undefinedScalar
  if (map?._tag === "Error" || user?._tag === "Error") return errorScalar
  return fallback ?? undefinedScalar
})

const userHome: Builtin = function*(args, env) {
  const [first, second] = args
  if (first === undefined || args.length > 2) return errorScalar
  const name = yield { item: first, env, caught: true }
  const fallback = second === undefined ? undefinedScalar : yield { item: second, env, caught: true }
  if (fallback._tag === "String" && fallback.value !== "") return fallback
  return name._tag === "String" || name._tag === "Undefined" ? undefinedScalar : errorScalar
}

export const conditions: Readonly<Record<string, Builtin>> = {
  ifthenelse: ifThenElse,
  eval: evaluate,
  unparse,
  debug,
  usermap: userMap,
  userhome: userHome
}
