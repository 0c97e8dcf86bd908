/**
 * Resolves names: attributes of an ad and of the ads around it, and special names such as `MY` and `CurrentTime`.
 *
 * @since 0.1.0
 */
import * as Bytes from "./Bytes.ts"
import type { Env } from "./Evaluation.ts"
import * as Expr from "./Expr.ts"
import { Scope } from "./Scope.ts"

/** An attribute, and the ad that has it. */
export interface Found {
  readonly _tag: "Found"
  readonly expr: Expr.Expr
  readonly scope: Scope
}

/** The meaning of a name. */
export type Resolution =
  | Found
  | { readonly _tag: "Scope"; readonly scope: Scope }
  | { readonly _tag: "Now" }
  | { readonly _tag: "Missing" }
  | { readonly _tag: "Failure" }

const missing: Resolution = { _tag: "Missing" }
const now: Resolution = { _tag: "Now" }
const failed: Resolution = { _tag: "Failure" }

const ofScope = (scope: Scope | undefined): Resolution => scope === undefined ? missing : { _tag: "Scope", scope }

/** An attribute of this ad, without the ads around it. */
export const member = (scope: Scope, name: string): Found | undefined => {
  const found = scope.ad.members.get(Bytes.fold(name))
  return found === undefined ? undefined : { _tag: "Found", expr: found.expr, scope }
}

/** Looks up a name in an ad and in the ads around it, up to the root. */
export const inScope = (from: Scope, name: string, root: Scope | undefined, old = true): Resolution => {
  const key = Bytes.fold(name)
  let scope: Scope | undefined = from
  while (scope !== undefined) {
    const found = scope.ad.members.get(key)
    if (found !== undefined) return { _tag: "Found", expr: found.expr, scope }
    const bound = scope.bindings.get(key)
    if (bound !== undefined) return ofScope(bound)
    const parent: Scope | undefined = scope === root ? undefined : scope.parent
    switch (key) {
      case "toplevel":
      case "root":
        return root === undefined ? failed : ofScope(root)
      case "self":
        return ofScope(scope)
      case "parent":
        return ofScope(parent)
      case "my":
        if (old) return ofScope(scope)
        break
      case "currenttime":
        if (old) return now
    }
    scope = parent
  }
  return missing
}

/** Resolves `name` or, with `absolute`, `.name`. */
export const name = (name: string, absolute: boolean, env: Env): Resolution => {
  const from = absolute ? env.root : env.current
  if (from === undefined) return absolute ? failed : missing
  const resolution = inScope(from, name, env.root, env.old)
  return resolution._tag === "Missing" && !absolute && from.alternate !== undefined
    ? inScope(from.alternate, name, env.root, env.old)
    : resolution
}

const context = (my: string, target: string): Expr.Ad =>
  Expr.ad([
    ["other", Expr.absolute(target)],
    ["target", Expr.absolute(target)],
    ["my", Expr.absolute(my)],
    ["ad", Expr.absolute(my)]
  ])

const side = (name: string, attribute: string): Expr.Expr => Expr.attribute(attribute, Expr.attribute(name))

/** The ad around the two ads of a match in HTCondor. */
const match = Expr.ad([
  ["symmetricMatch", Expr.binary("&&", side("RIGHT", "requirements"), side("LEFT", "requirements"))],
  ["leftMatchesRight", side("RIGHT", "requirements")],
  ["rightMatchesLeft", side("LEFT", "requirements")],
  ["leftRankValue", side("LEFT", "rank")],
  ["rightRankValue", side("RIGHT", "rank")]
])
const leftContext = context("LEFT", "RIGHT")
const rightContext = context("RIGHT", "LEFT")

/** The scope of an ad, without or with the other ad of a match. */
export const scopeOf = (my: Expr.Ad | undefined, target: Expr.Ad | undefined, old: boolean): Scope | undefined => {
  if (target === undefined) return my === undefined ? undefined : new Scope(my, undefined)
  const root = new Scope(match, undefined)
  const left = new Scope(my ?? Expr.ad([]), root.child(leftContext))
  const right = new Scope(target, root.child(rightContext))
  root.bindings.set("left", left)
  root.bindings.set("right", right)
  root.bindings.set("lctx", root.child(leftContext))
  root.bindings.set("rctx", root.child(rightContext))
  if (old) {
    left.alternate = right
    right.alternate = left
  }
  return left
}
