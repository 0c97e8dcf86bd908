/** Prints strings, names and numbers. */
import * as Bytes from "./Bytes.ts"

const plainName = /^[A-Za-z_][A-Za-z0-9_]*$/
const reserved = /^(?:error|false|is|isnt|parent|true|undefined)$/i
const named: Readonly<Record<string, string>> = {
  "\u0007": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\"
}

const special = /[\u0000-\u001f\\\u007f-\u{10ffff}]/gu
const hasSpecial = /[\u0000-\u001f"\\\u007f-\uffff]/

const octal = (character: string): string =>
  named[character] ?? Bytes.encode(character).map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("")

const quoted = (text: string, quote: "\"" | "'"): string => text.replace(special, octal).replaceAll(quote, `\\${quote}`)

/** A string literal in the new syntax. */
export const printString = (text: string): string => hasSpecial.test(text) ? `"${quoted(text, "\"")}"` : `"${text}"`

/** A name, in quotes if it needs them. */
export const printName = (name: string): string =>
  plainName.test(name) && !reserved.test(name) ? name : `'${quoted(name, "'")}'`

/** A name in the old syntax, in which only the quote is special. */
export const printOldName = (name: string): string =>
  plainName.test(name) && !reserved.test(name) ? name : `'${name.replaceAll("'", "\\'")}'`

/** The most digits that JavaScript prints. A real halfway between two numbers of 16 digits has only zeros at the end. */
const most = 100

/** The digits of a number, rounded half to even as in C. JavaScript rounds half away from zero. */
const toExponential = (value: number, digits: number): string => {
  const text = value.toExponential(digits)
  // A number halfway between two numbers of 16 digits needs all 17 digits.
  if (String(value).length <= 15) return text
  const half = /^(-?\d\.\d*[02468])50000(?=e)/.exec(value.toExponential(digits + 5))?.[1]
  if (half === undefined || !/[1-9].*50{70}/.test(value.toExponential(most))) return text
  return half + text.slice(text.indexOf("e"))
}

/** `%.15E` of C. */
const scientific = (value: number, digits: number): string => {
  const [mantissa = "", exponent = ""] = toExponential(value, digits).split("e")
  const size = exponent.replace(/^[+-]/, "").padStart(2, "0")
  return `${mantissa}E${exponent.startsWith("-") ? "-" : "+"}${size}`
}

/** `%.16G` of C, with `.0` if it looks like a whole number. */
export const general = (value: number): string => {
  const text = scientific(value, 15)
  const [mantissa = "", power = ""] = text.split("E")
  const exponent = Number(power)
  if (exponent < -4 || exponent >= 16) return text.replace(/\.?0*E/, "E")
  const digits = mantissa.replace(/[-.]/g, "")
  const sign = value < 0 ? "-" : ""
  const whole = exponent < 0 ? "0" : digits.slice(0, exponent + 1)
  const fraction = exponent < 0 ? "0".repeat(-exponent - 1) + digits : digits.slice(exponent + 1)
  return `${sign}${whole}.${fraction.replace(/0+$/, "") || "0"}`
}

/** A real as HTCondor prints it, or with 17 digits if fewer do not suffice. */
export const printReal = (value: number, old: boolean, exact: boolean): string => {
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0"
  if (Number.isNaN(value)) return "real(\"NaN\")"
  if (!Number.isFinite(value)) return value > 0 ? "real(\"INF\")" : "real(\"-INF\")"
  const text = old ? general(value) : scientific(value, 15)
  return exact || Number(text) === value ? text : scientific(value, 16)
}
