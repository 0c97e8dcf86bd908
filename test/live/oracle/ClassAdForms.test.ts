/** condor_q and condor_history print an odd job. Our library reads that and prints it again: the bytes are the same. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, layer } from "@effect/vitest"
import { Effect, FileSystem, Layer, Path, Result, Schedule, Schema } from "effect"
import { ClassAd, type Expr, Json, Long, Printer } from "../../../src/classad/index.ts"
import { printName } from "../../../src/classad/Literals.ts"
import * as Trees from "../../classad/Trees.ts"
import { Stack, versions } from "../Stack.ts"

/** Attributes that a submit description may set, one of each kind and some invalid ones. */
const attributes = String.raw`
My.OddReal1 = 1.0
My.OddReal2 = 0.1
My.OddReal3 = 1e300
My.OddReal4 = -2.5e-7
My.OddReal5 = 59604.644775390625
My.OddReal6 = 123456789012345680000.0
My.OddReal7 = real("INF")
My.OddReal8 = 3.0000000000000004
My.OddInteger = -9223372036854775807
My.OddExpr1 = (TARGET.Memory >= 10 && Owner =?= "x") ? a.b[1] : !c ?: 3
My.OddExpr2 = -x + -5 - -5 * (2 + ~3) is undefined
My.OddExpr3 = a =!= TARGET.b || member("x", {1, 2.0, "y"})
My.OddExpr4 = strcat("a\tb", "it's", "a\"b") + MY.parent
My.OddExpr5 = 1.5 + [ x = 2.5e-9; y = {1e20} ].x
My.OddList = { 1, 2.5, "a\"b", true, undefined, error, a + 1, {}, { {1} }, [x = 1; Y = "z"] }
My.OddEmptyList = {}
My.OddAd = [ b = 1; a = "x"; LongName = { 1, [ c = parent.a ] }; 'q r' = MY.b ]
My.OddEmptyAd = []
My.OddString1 = "tab	q\"uo/te\\back 'single' é € 😀"
My.OddString2 = "\/Expr(1)\/"
My.OddString3 = "/Expr(1)/"
My.OddString4 = ""
My.OddString5 = "${"\x07 \x7f \x1b"}"
My.OddUndefined = undefined
My.OddError = error
My.OddBoolean = true
My.OddMoment = absTime("2024-01-01T00:00:00+01:00")
My.OddDuration = relTime("1d2h")
`

const description = `universe = vanilla
executable = /bin/true
requirements = false
${attributes}queue
`

const patient = Schedule.spaced("1 second").pipe(Schedule.upTo({ times: 60 }))

describe.each(versions)("ads that the tools of %s print", (version) => {
  layer(Layer.mergeAll(Stack.layer(version), NodeServices.layer), { excludeTestServices: true })((it) => {
    it.effect("printed ads: are read, and printed again unchanged", () =>
      Effect.gen(function*() {
        const { endpoint, exec, schedd } = yield* Stack
        const fileSystem = yield* FileSystem.FileSystem
        const path = yield* Path.Path
        const file = path.join(yield* fileSystem.makeTempDirectoryScoped({ prefix: "classad-forms-" }), "odd.sub")
        yield* fileSystem.writeFileString(file, description)
        const submitted = yield* Effect.acquireRelease(
          exec("condor_submit", "-terse", "-pool", endpoint, "-remote", schedd, file),
          ({ stdout }) => exec("condor_rm", "-pool", endpoint, "-name", schedd, stdout.split(" ")[0] ?? "", "-forcex")
        )
        const id = /^\d+\.0/.exec(submitted.stdout)?.[0] ?? assert.fail(submitted.stderr)

        // Only the attributes of this test, so that the comparison covers each of them.
        const odd = (ad: Expr.Ad) => Array.from(ad.members.values()).filter(({ name }) => name.startsWith("Odd")).length
        const wanted = attributes.trim().split("\n").length

        const forms = Effect.fnUntraced(function*(tool: string) {
          const print = (option: string) =>
            Effect.map(exec(tool, "-pool", endpoint, "-name", schedd, id, option), ({ stdout }) => stdout).pipe(
              Effect.filterOrFail((text) => text.includes("OddReal1"), () => `${tool} ${option} printed no ad`),
              Effect.retry(patient)
            )
          const json = yield* print("-json")
          const one = json.slice(json.indexOf("{"), json.lastIndexOf("}") + 1)
          const fromJson = yield* Schema.decodeEffect(ClassAd.fromJson)(one)
          assert.strictEqual(odd(fromJson), wanted)
          assert.strictEqual(Json.print(fromJson, { exact: true }), one)

          const long = yield* print("-long")
          const fromLong = yield* Schema.decodeEffect(ClassAd.fromLong)(long)
          assert.strictEqual(odd(fromLong), wanted)
          assert.deepStrictEqual(Long.print(fromLong, { exact: true }), Result.succeed(long.replace(/\n+$/, "\n")))

          // Our own form is different text with the same meaning.
          for (const form of [ClassAd.fromJson, ClassAd.fromLong, ClassAd.fromNew]) {
            const again = yield* Schema.decodeEffect(form)(yield* Schema.encodeEffect(form)(fromLong))
            assert.deepStrictEqual(Trees.bare(again), Trees.bare(fromLong))
          }
        })

        yield* forms("condor_q")
        // condor_history does not print this form.
        const braced = (yield* exec("condor_q", "-pool", endpoint, "-name", schedd, id, "-long:new")).stdout
        const text = braced.slice(braced.indexOf("["), braced.lastIndexOf("]") + 1)
        const fromNew = yield* Schema.decodeEffect(ClassAd.fromNew)(text)
        assert.strictEqual(odd(fromNew), wanted)
        const members = Array.from(fromNew.members.values(), ({ expr, name }) =>
          `${printName(name)} = ${Printer.print(expr, { exact: true })}`)
        assert.strictEqual(`[ ${members.join("; ")} ]`, text)
        yield* exec("condor_rm", "-pool", endpoint, "-name", schedd, id)
        yield* forms("condor_history")
      }).pipe(Effect.scoped))
  })
})
