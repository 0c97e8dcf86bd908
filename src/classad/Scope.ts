/** Ads within ads, as names are looked up in them. */
import type * as Expr from "./Expr.ts"

/**
 * An ad within the ads that enclose it.
 *
 * - `alternate`: where a bare name is looked up last: the other ad of a match
 * - `bindings`: names that stand for other scopes
 */
export class Scope {
  readonly ad: Expr.Ad
  readonly parent: Scope | undefined
  alternate: Scope | undefined = undefined
  readonly bindings: Map<string, Scope> = new Map()
  /** The attributes of this ad that are just being evaluated, to find those that refer to themselves. */
  readonly active: Set<Expr.Expr> = new Set()
  private readonly children: Map<Expr.Ad, Scope> = new Map()

  constructor(ad: Expr.Ad, parent: Scope | undefined) {
    this.ad = ad
    this.parent = parent
  }

  /** The scope of an ad that stands in this one: the same each time, or else nothing could be recognised. */
  child(ad: Expr.Ad): Scope {
    const before = this.children.get(ad)
    if (before !== undefined) return before
    const scope = new Scope(ad, this)
    this.children.set(ad, scope)
    return scope
  }
}

/** The outermost of the ads around one, or itself. */
export const outermost = (scope: Scope): Scope => {
  let outer = scope
  while (outer.parent !== undefined) outer = outer.parent
  return outer
}
