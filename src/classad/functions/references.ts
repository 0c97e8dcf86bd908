/** `unresolved`: the names that an attribute refers to, and that are not in its ad. */
import * as Bytes from "../Bytes.ts"
import { type Builtin, type Env, failure, type Request } from "../Evaluation.ts"
import * as Expr from "../Expr.ts"
import { partsOf } from "../Parts.ts"
import * as Printer from "../Printer.ts"
import * as Resolve from "../Resolve.ts"
import * as Scalars from "../Scalar.ts"
import type { Scope } from "../Scope.ts"
import type { Value } from "../Value.ts"
import { compile, type Pattern } from "./regexps.ts"

const { boolean, errorScalar, string, undefinedScalar } = Scalars

interface Task {
  readonly expr: Expr.Expr
  readonly env: Env
  /** Set at the end of an attribute's expression, to detect attributes that refer to themselves. */
  readonly end?: Scope | undefined
}

/** The names by their lower case; undefined if HTCondor cannot find them. */
function* externalNames(
  start: Resolve.Found,
  from: Env
): Generator<Request, ReadonlyMap<string, string> | undefined, Value> {
  const names = new Map<string, string>()
  const open = new Map<Expr.Expr, Scope>()
  const done = new Map<Scope, Set<Expr.Expr>>()
  /** Marks an expression of an ad as visited, and returns whether it was visited before. */
  const seen = (expr: Expr.Expr, scope: Scope): boolean => {
    const before = done.get(scope)
    if (before?.has(expr) === true) return true
    done.set(scope, (before ?? new Set()).add(expr))
    return false
  }
  const tasks: Array<Task> = [{ expr: start.expr, env: from }]
  for (let task = tasks.pop(); task !== undefined; task = tasks.pop()) {
    // Each expression counts as a step of the evaluation.
    yield { item: Expr.undefinedLiteral, env: from }
    const { end, env, expr } = task
    if (end !== undefined) {
      open.delete(expr)
      continue
    }
    if (expr._tag !== "Attribute") {
      for (const part of partsOf(expr).toReversed()) tasks.push({ expr: part, env })
      continue
    }
    let scope = expr.absolute ? env.root : env.current
    if (expr.scope !== undefined) {
      const base = yield { item: expr.scope, env, caught: true }
      if (base._tag === "Undefined") {
        const full = `${Printer.print(expr.scope, { exact: true })}.${expr.name}`
        if (!names.has(Bytes.fold(full))) names.set(Bytes.fold(full), full)
        continue
      }
      if (base._tag !== "AdValue") return undefined
      scope = base.scope
    }
    if (scope === undefined) return undefined
    const found = Resolve.inScope(scope, expr.name, env.root, env.old)
    if (found._tag === "Missing") {
      const key = Bytes.fold(expr.name)
      if (!names.has(key)) names.set(key, expr.name)
    } else if (found._tag === "Scope") {
      // The ads around this one, and their attributes, refer to themselves.
      const { ad } = found.scope
      if (open.get(ad) === found.scope) return undefined
      if (seen(ad, found.scope)) continue
      open.set(ad, found.scope)
      tasks.push({ expr: ad, env, end: found.scope })
      tasks.push({ expr: ad, env: { ...env, current: found.scope, lexical: found.scope } })
    } else if (found._tag === "Found") {
      if (open.get(found.expr) === found.scope) return undefined
      if (seen(found.expr, found.scope)) continue
      open.set(found.expr, found.scope)
      tasks.push({ expr: found.expr, env, end: found.scope })
      tasks.push({ expr: found.expr, env: { ...env, current: found.scope, lexical: found.scope } })
    }
  }
  return names
}

const unresolved: Builtin = function*(args, env) {
  const [attribute, second] = args
  if (args.length > 2 || attribute?._tag !== "Attribute") return errorScalar
  const found = yield* targetOf(attribute, env)
  if (found === undefined) return undefinedScalar
  let pattern: Pattern | undefined
  if (second !== undefined) {
    const source = yield { item: second, env }
    if (source._tag !== "String") return failure
    pattern = compile(source.value, "i")
    if (pattern === undefined) return errorScalar
  }
  const all = found === "list"
    ? undefined
    : yield* externalNames(found, { ...env, current: found.scope, lexical: found.scope })
  const names = Array.from(all ?? []).toSorted(([a], [b]) => Bytes.compare(a, b)).map(([, name]) =>
    name.replace(/^target\./i, "")
  )
  if (pattern === undefined) return string(names.join(","))
  // Empty matches do not count.
  return boolean(names.some((name) => {
    const bytes = Bytes.toBinary(name)
    for (let at = 0; at <= bytes.length;) {
      const match = pattern.match(bytes, at)
      if (match === null || match === undefined) return false
      if (match[0] !== "") return true
      at = match.index + 1
    }
    return false
  }))
}

/** The attribute that a name refers to. A selection from a list is not followed. */
function* targetOf(
  attribute: Expr.Attribute,
  env: Env
): Generator<Request, Resolve.Found | "list" | undefined, Value> {
  let found: Resolve.Resolution | undefined
  if (attribute.scope === undefined) found = Resolve.name(attribute.name, attribute.absolute, env)
  else {
    const base = yield { item: attribute.scope, env }
    if (base._tag === "ListValue") return "list"
    if (base._tag === "AdValue") found = Resolve.inScope(base.scope, attribute.name, env.root, env.old)
  }
  return found?._tag === "Found" ? found : undefined
}

export const references: Readonly<Record<string, Builtin>> = { unresolved }
