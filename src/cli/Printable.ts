/**
 * The one way of text to the terminal: compute elements, tools and files have a say in what is printed.
 *
 * @since 0.1.0
 */
import type * as Console from "effect/Console"
import { toStringUnknown } from "effect/Inspectable"

// Control, format, private and unassigned characters, those that a terminal leaves out, and other separators of lines.
const unprintable = /(?!\t)[\p{C}\p{DI}\p{Zl}\p{Zp}\u2800]/gu

const code = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`

/**
 * Text on one line, in which each character that moves a cursor, changes the direction or cannot be seen is `\uXXXX`. A JSON
 * document says the same afterwards.
 *
 * @category converting
 * @since 0.1.0
 */
export const escape = (text: string): string => text.replace(unprintable, (one) => one.split("").map(code).join(""))

const lines = (text: string): string => text.split("\n").map(escape).join("\n")

/**
 * A console that prints nothing else. What goes to stdout may have several lines: those are of this program's making.
 *
 * @category combinators
 * @since 0.1.0
 */
export const console = (inner: Console.Console): Console.Console => {
  const through =
    (method: "debug" | "error" | "info" | "log" | "trace" | "warn", clean: (text: string) => string) =>
    (...parts: ReadonlyArray<unknown>): void =>
      inner[method](parts.map((one) => clean(toStringUnknown(one, 0))).join(" "))
  return {
    ...inner,
    debug: through("debug", escape),
    error: through("error", escape),
    info: through("info", escape),
    log: through("log", lines),
    trace: through("trace", escape),
    warn: through("warn", escape)
  }
}
