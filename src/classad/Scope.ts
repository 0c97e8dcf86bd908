/** Nested ads, in which names are looked up. */
import type * as Expr from "./Expr.ts"

/**
 * An ad with the ads around it.
 *
 * - `alternate`: the other ad of a match, in which a name without a scope is looked up last
 * - `bindings`: names of other scopes
 */
export class Scope {
  readonly ad: Expr.Ad
  readonly parent: Scope | undefined
  alternate: Scope | undefined = undefined
  readonly bindings: Map<string, Scope> = new Map()
  /** The attributes of this ad that are being evaluated, to detect those that refer to themselves. */
  readonly active: Set<Expr.Expr> = new Set()
  private readonly children: Map<Expr.Ad, Scope> = new Map()

  constructor(ad: Expr.Ad, parent: Scope | undefined) {
    this.ad = ad
    this.parent = parent
  }

  /** The scope of an ad inside this one. It is the same each time, so that `active` detects references to itself. */
  child(ad: Expr.Ad): Scope {
    const before = this.children.get(ad)
    if (before !== undefined) return before
    const scope = new Scope(ad, this)
    this.children.set(ad, scope)
    return scope
  }
}

/** The outermost ad around an ad, or the ad itself. */
export const outermost = (scope: Scope): Scope => {
  let outer = scope
  while (outer.parent !== undefined) outer = outer.parent
  return outer
}
