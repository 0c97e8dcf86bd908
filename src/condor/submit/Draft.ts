/**
 * The ad of a job while it is made.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Path from "effect/Path"
import * as Expr from "../../classad/Expr.ts"
import type { Macros } from "./Macros.ts"
import { expression, truthOf } from "./Values.ts"
import type { Version } from "./Version.ts"

/** The setting in which a description is read. */
export interface Setting {
  /** The version of `condor_submit`. */
  readonly version: Version
  /** Whether the input is spooled to another host. */
  readonly remote: boolean
  /** The name of the user on the client's host. */
  readonly username: string
  /** The working directory of the tool. */
  readonly directory: string
  /** The name of the description. `undefined` if it came on stdin. */
  readonly file: string | undefined
  /** The time in seconds since 1970. */
  readonly now: number
  /** Makes the message for a feature of HTCondor that is not read here. */
  readonly unsupported: (what: string) => string
  /** Returns the expiry of a proxy certificate in seconds since 1970. `undefined` if the text is no certificate. */
  readonly proxyExpiry: (pem: string) => number | undefined
}

/** The number of the grid universe. */
export const gridUniverse = 9

/** Resolves a path in another directory. HTCondor replaces doubled slashes by one. */
export const within = (directory: string, path: string): string =>
  (path.startsWith("/") ? path : `${directory}/${path}`).replaceAll(/\/{2,}/g, "/")

/** Whether a path is the root directory. No job has it as an input, and reading it would take too long. */
export const isWholeHost = (file: string) => Effect.map(Path.Path, (path) => path.resolve(file) === "/")

/**
 * An ad to which steps add attributes, until one of them finds a problem. The first job of a cluster begins with an empty ad, and
 * all others with the ad of the first.
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

  /** The message of the tool if it refuses the description. */
  get problem(): string | undefined {
    return this.#problem
  }

  get ad(): Expr.Ad {
    return { _tag: "Ad", members: this.#members }
  }

  /** Refuses the description with an error. */
  fail(message: string): void {
    this.#problem ??= `ERROR: ${message}${message.endsWith("\n") ? "" : "\n"}`
  }

  /** Refuses a feature of HTCondor that is not read here. */
  leave(what: string): void {
    this.#problem ??= this.setting.unsupported(what)
  }

  /** Adds a warning, which the tool prints at the end. */
  warn(message: string): void {
    this.warnings.push(message)
  }

  get(name: string): Expr.Expr | undefined {
    return this.#members.get(name.toLowerCase())?.expr
  }

  /** Whether the job is of the grid universe, so that its schedd hands it over. */
  get isGrid(): boolean {
    const expr = this.get("JobUniverse")
    return expr?._tag === "Literal" && expr.value._tag === "Integer" && Number(expr.value.value) === gridUniverse
  }

  /** The value of an attribute, if it is a string. */
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

  /** Sets an attribute to an expression, from its text. */
  setExpression(name: string, text: string): void {
    const expr = expression(text)
    if (expr === undefined) this.fail(`Parse error in expression: \n\t${name} = ${text}\n\t`)
    else this.set(name, expr)
  }

  /** The value of a boolean command. */
  truth(otherwise: boolean, command: string, attribute: string): boolean {
    const text = this.macros.get(command, attribute)
    if (text === undefined) return otherwise
    const truth = truthOf(text)
    if (truth === undefined) this.fail(`${command}=${text} is invalid, must eval to a boolean.`)
    return truth ?? otherwise
  }
}
