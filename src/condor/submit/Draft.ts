/**
 * A job ad in the making.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Path from "effect/Path"
import * as Expr from "../../classad/Expr.ts"
import type { Macros } from "./Macros.ts"
import { expression, truthOf } from "./Values.ts"
import type { Version } from "./Version.ts"

/**
 * Where a description is read.
 *
 * - `version`: of `condor_submit`
 * - `remote`: whether the input is to be spooled to another host
 * - `username`: on the client's host
 * - `directory`: in which the tool runs
 * - `file`: the name of the description; undefined where it came on stdin
 * - `now`: seconds since 1970
 * - `unsupported`: what to say of what HTCondor knows and this does not read
 * - `proxyExpiry`: when a proxy certificate expires, in seconds since 1970; undefined of a text that is none
 */
export interface Setting {
  readonly version: Version
  readonly remote: boolean
  readonly username: string
  readonly directory: string
  readonly file: string | undefined
  readonly now: number
  readonly unsupported: (what: string) => string
  readonly proxyExpiry: (pem: string) => number | undefined
}

/** The number of the grid universe. */
export const gridUniverse = 9

/** A path in another directory; HTCondor takes doubled slashes out. */
export const within = (directory: string, path: string): string =>
  (path.startsWith("/") ? path : `${directory}/${path}`).replaceAll(/\/{2,}/g, "/")

/** Whether a path is all of this host: nobody sends it, and who would read it comes to no end. */
export const isWholeHost = (file: string) => Effect.map(Path.Path, (path) => path.resolve(file) === "/")

/**
 * An ad that steps add to until one of them finds a problem. The first job of a cluster begins with nothing, each other
 * with what the first has.
 */
export class Draft {
  readonly macros: Macros
  readonly setting: Setting
  readonly #members: Map<string, Expr.Member>
  #problem: string | undefined
  readonly warnings: Array<string> = []

  constructor(macros: Macros, setting: Setting, first: Expr.Ad | undefined) {
    this.macros = macros
    this.setting = setting
    this.#members = new Map(first?.members)
  }

  /** What the tool prints when it gives up. */
  get problem(): string | undefined {
    return this.#problem
  }

  get ad(): Expr.Ad {
    return { _tag: "Ad", members: this.#members }
  }

  /** Gives up. */
  fail(message: string): void {
    this.#problem ??= `ERROR: ${message}${message.endsWith("\n") ? "" : "\n"}`
  }

  /** Gives up on what HTCondor knows and is not read here. */
  leave(what: string): void {
    this.#problem ??= this.setting.unsupported(what)
  }

  /** Says something at the end. */
  warn(message: string): void {
    this.warnings.push(message)
  }

  get(name: string): Expr.Expr | undefined {
    return this.#members.get(name.toLowerCase())?.expr
  }

  /** Whether the job is to be handed on. */
  get isGrid(): boolean {
    const expr = this.get("JobUniverse")
    return expr?._tag === "Literal" && expr.value._tag === "Integer" && Number(expr.value.value) === gridUniverse
  }

  /** The value of an attribute that is a string. */
  text(name: string): string | undefined {
    const expr = this.get(name)
    return expr?._tag === "Literal" && expr.value._tag === "String" ? expr.value.value : undefined
  }

  set(name: string, value: Expr.Expr | string | number | boolean): void {
    const expr = typeof value === "string"
      ? Expr.string(value)
      : typeof value === "number"
      ? Expr.integer(Math.trunc(value))
      : typeof value === "boolean"
      ? Expr.boolean(value)
      : value
    Expr.insert(this.#members, name, expr)
  }

  /** Sets an attribute to an expression that is written down. */
  setExpression(name: string, text: string): void {
    const expr = expression(text)
    if (expr === undefined) this.fail(`Parse error in expression: \n\t${name} = ${text}\n\t`)
    else this.set(name, expr)
  }

  /** The value of a command that is true or false. */
  truth(otherwise: boolean, command: string, attribute: string): boolean {
    const text = this.macros.get(command, attribute)
    if (text === undefined) return otherwise
    const truth = truthOf(text)
    if (truth === undefined) this.fail(`${command}=${text} is invalid, must eval to a boolean.`)
    return truth ?? otherwise
  }
}
