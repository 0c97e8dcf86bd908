/**
 * Makes text safe for the terminal: CEs, tools and files control parts of the output.
 *
 * @since 0.1.0
 */
import type * as Console from "effect/Console"
import { toStringUnknown } from "effect/Inspectable"

// Control, format, private and unassigned characters, invisible ones, and line separators other than "\n".
const unprintable = /(?!\t)[\p{C}\p{DI}\p{Zl}\p{Zp}\u2800]/gu

const code = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`

/**
 * Text on one line, with `\uXXXX` for each character that moves the cursor, changes the direction or is invisible. A JSON document
 * keeps its meaning.
 *
 * @category converting
 * @since 0.1.0
 */
export const escape = (text: string): string => text.replace(unprintable, (one) => one.split("").map(code).join(""))

const lines = (text: string): string => text.split("\n").map(escape).join("\n")

/**
 * A console that escapes all text. Text for stdout keeps its line breaks: only this program makes them. All else is on one line.
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
