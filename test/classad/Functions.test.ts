import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { table } from "../../src/classad/functions/index.ts"
import { Evaluator, Parser, Printer, Value } from "../../src/classad/index.ts"

/** The functions of HTCondor 25.14, from its manual and from its source (`fnCall.cpp`, `compat_classad.cpp`). */
const names = `
absTime allCompare anyCompare argsToList avg bool ceil ceiling countMatches currentTime dayTime debug envV1ToV2 eval
evalInEachContext floor formatTime getDayOfMonth getDayOfWeek getDayOfYear getDays getHours getMinutes getMonth
getSeconds getYear identicalMember ifThenElse int interval isAbsTime isBoolean isClassAd isError isInteger isList isReal
isRelTime isString isUndefined join listToArgs max member mergeEnvironment min pow quantize random real regexp
regexpMember regexps relTime replace replaceAll round size split splitSlotName splitTime splitUserName strcat strcmp
stricmp string stringList_regexpMember stringListAvg stringListIMember stringListISubsetMatch stringListMax
stringListMember stringListMin stringListsIntersect stringListSize stringListSubsetMatch stringListSum substr sum time
timeZoneOffset toLower toUpper unparse unresolved userHome userMap version_in_range versioncmp versionEQ versionGE
versionGT versionLE versionLT
`.trim().split(/\s+/)

const evaluated = (text: string): string => {
  const expr = Parser.parse(text)
  // The parser reads times.
  if (Result.isFailure(expr)) return expr.failure.reason
  const value = Evaluator.evaluateWith(expr.success, { now: 1_700_000_000, random: () => 0.5 }, {})
  return Printer.print(Value.toExpr(value), { exact: true })
}

describe("Functions", () => {
  it("table: has the functions of HTCondor", () => {
    assert.deepStrictEqual(Array.from(table.keys()).toSorted(), names.map((name) => name.toLowerCase()).toSorted())
  })

  it.each(names)("%s: has a value for any arguments", (name) => {
    const values = ["", "1", "-1.5", "\"a b\"", "true", "undefined", "error", "{}", "{1, \"x\"}", "[a = 1]", "a", "x.y"]
    const more = [
      "real(\"INF\")",
      "real(\"NaN\")",
      "9223372036854775807",
      "relTime(1) * real(\"INF\")",
      "absTime(\"0000\")"
    ]
    for (const first of [...values, ...more]) {
      assert.notStrictEqual(evaluated(`${name}(${first})`), "", first)
      for (const second of [...values, ...more]) {
        const two = `${name}(${first || "1"}, ${second || "1"})`
        assert.isString(evaluated(two), two)
        assert.isString(evaluated(`${two.slice(0, -1)}, 2, "i")`), two)
      }
    }
  })

  it.each([
    ["userMap(\"groups\", \"me\")", "undefined"],
    ["userMap(\"groups\", \"me\", \"wanted\", \"default\")", "\"default\""],
    ["userHome(\"me\")", "undefined"],
    ["userHome(\"me\", \"/home/me\")", "\"/home/me\""],
    ["timeZoneOffset()", "relTime(\"00\")"],
    ["noSuchFunction(1)", "error"],
    ["regexp(\"(?>a)b\", \"aab\")", "error"],
    ["regexp(\"(?>a)b\", \"ab\")", "error"]
  ])("unavailable here: %s is %s", (text, value) => {
    assert.strictEqual(evaluated(text), value)
  })

  it.each([
    ["%s", "86399"],
    ["%Ey %EY %Od %E%", "70 1970 01 %"],
    ["%5d|%_5d|%-5d|%05e", "00001|    1|    1|00001"],
    ["%10a|%010a|%^a|%#p|%#Z", "       Thu|0000000Thu|THU|pm|utc"],
    ["%6z|%q|%5q|%5", "     +000000|%q|  %5q|   %5"]
  ])("formatTime: formats %s as the GNU library does", (format, text) => {
    assert.strictEqual(evaluated(`formatTime(86399, "${format}")`), JSON.stringify(text))
  })
})
