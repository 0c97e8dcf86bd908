/** The arguments, variables and files that a payload gets through a CE and its pool, compared with the submission. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, layer } from "@effect/vitest"
import { Effect, FileSystem, Layer, Path, Result, Schema, Stream } from "effect"
import { Capability, Outcomes, type Submission, SubmissionKey } from "../../../src/index.ts"
import * as Samples from "../../condor/Samples.ts"
import * as Site from "../Site.ts"
import { backend, Stack, type Version, versions } from "../Stack.ts"

const onStack = (version: Version) =>
  backend().pipe(Layer.provideMerge(Stack.layer(version)), Layer.provideMerge(NodeServices.layer))

const inputNames = [
  "a;b#c=d",
  "it's",
  "$(x)",
  "$ENV(HOME)",
  "$$[1]",
  "a$$b",
  "\"q\"",
  "*?[a]",
  "-dash",
  "~",
  "é漢😀\u00a0\u2028",
  "&|<>%{}!@^+:`",
  "x".repeat(255)
]

const outputNames = [
  "o 1",
  "back\\slash",
  "q\"uote\"",
  "out;#=$(x)",
  "$ENV(HOME)",
  "*",
  "é 漢\u00a0😀",
  "~ it's",
  "é".repeat(127)
]

const stdout = "out \"put\" $(x) é"
const stderr = "it's #err"
const tag = "a\\\"b $(x) $ENV(HOME) # '\t\\"

const long = "0123456789".repeat(10_000)
const values = [...Samples.nastyValues, long]
const named = (list: ReadonlyArray<string>) => Object.fromEntries(list.map((value, index) => [`NASTY_${index}`, value]))

/**
 * The variables of all copies, and of each copy. The second copy lacks a variable of the first, and the third has no
 * additional ones.
 */
const shared = { SHARED: "$(x) of all", OVER: "spec" }
const own: ReadonlyArray<Readonly<Record<string, string>>> = [
  { ...named(Samples.nastyValues), ONLY_FIRST: "$ENV(HOME)", OVER: "copy" },
  { ONLY_SECOND: "", LONG: long },
  {}
]

const quoted = (name: string) => `'${name.replaceAll("'", "'\\''")}'`

const copies = outputNames.map((name, index) => `cat ./${quoted(inputNames[index] ?? "~")} > ./${quoted(name)}`)

// Some outputs have the names of inputs. The payload reads those first.
const script = `#!/bin/sh
printf '%s\\0' "$@"
cat /proc/$$/environ > environment
for name in ${inputNames.map((name) => `./${quoted(name)}`).join(" ")}; do
  printf '%s:%s\\n' "$name" "$(cat "$name")" >&2
done
${copies.join("\n")}
`

const parts = (bytes: string) => bytes.split("\0").slice(0, -1)

describe.each(versions)("a payload at %s", (version) => {
  layer(onStack(version), { excludeTestServices: true })((it) => {
    it.effect(
      "payload: gets its arguments, its variables and its files as they were submitted",
      () =>
        Effect.gen(function*() {
          const stack = yield* Stack
          const fileSystem = yield* FileSystem.FileSystem
          const path = yield* Path.Path
          const submitter = yield* Capability.Submitter
          const reporter = yield* Capability.StatusReporter
          const retriever = yield* Capability.OutputRetriever

          const directory = yield* fileSystem.makeTempDirectoryScoped({ prefix: "payload-test-" })
          const executable = path.join(directory, "pay load, \\ $(x).sh")
          yield* fileSystem.writeFileString(executable, script, { mode: 0o755 })
          const inputs = yield* Effect.forEach(inputNames, (name, index) => {
            const source = path.join(directory, `input ${index}`)
            return Effect.as(fileSystem.writeFileString(source, `content of ${index}`), { name, source })
          })

          const spec = {
            executable,
            arguments: values,
            inputs,
            outputs: [{ name: "environment" }, ...outputNames.map((name) => ({ name }))],
            environment: shared,
            stdout,
            stderr,
            tag
          }
          const { handles } = yield* submitter.submit(
            spec,
            own.map((environment) => ({ environment })),
            { key: yield* SubmissionKey.generate }
          )
          yield* Site.giveUpAtEnd(handles)

          const tags = yield* stack.exec(
            "condor_q",
            ...handles.map((handle) => handle.job),
            "-json",
            "-attributes",
            "EffectCETag"
          )
          const decodeTags = Schema.decodeUnknownEffect(
            Schema.fromJsonString(Schema.Array(Schema.Struct({ EffectCETag: Schema.String })))
          )
          assert.deepStrictEqual((yield* decodeTags(tags.stdout)).map((ad) => ad.EffectCETag), [tag, tag, tag])

          yield* Stream.runForEach(
            reporter.watch(handles, { interval: "500 millis", maxInterval: "2 seconds" }),
            ({ handle, outcome }) =>
              Result.isSuccess(outcome) && outcome.success._tag === "Held"
                ? Effect.die(new Error(`${handle.job} is held: ${outcome.success.reason}`))
                : Effect.void
          )
          const destination = path.join(directory, "fetched")
          const outcomes = yield* retriever.fetch(handles, destination)

          for (const [copy, handle] of handles.entries()) {
            const outcome = yield* Effect.fromOption(Outcomes.get(outcomes, handle))
            const output = Result.getOrThrow(outcome)
            assert.deepStrictEqual(output.exit, { _tag: "Code", code: 0 })

            assert.strictEqual(path.basename(output.stdout.path), stdout)
            assert.deepStrictEqual(parts(yield* fileSystem.readFileString(output.stdout.path)), values)

            assert.strictEqual(path.basename(output.stderr.path), stderr)
            assert.strictEqual(
              yield* fileSystem.readFileString(output.stderr.path),
              inputNames.map((name, index) => `./${name}:content of ${index}\n`).join("")
            )

            const files = new Map(output.files.map((file) => [path.basename(file.path), file.path]))
            assert.sameMembers(Array.from(files.keys()), ["environment", ...outputNames])
            for (const [index, name] of outputNames.entries()) {
              assert.strictEqual(yield* fileSystem.readFileString(files.get(name) ?? ""), `content of ${index}`)
            }

            const environment = new Map(
              parts(yield* fileSystem.readFileString(files.get("environment") ?? "")).map((line) => {
                const at = line.indexOf("=")
                return [line.slice(0, at), line.slice(at + 1)] as const
              })
            )
            for (const [name, value] of Object.entries({ ...shared, ...own[copy] })) {
              assert.strictEqual(environment.get(name), value, `${name} of copy ${copy}`)
            }
            // It has no variable of another copy. The command "environment" of condor_submit would give the first
            // copy's variables to all.
            const others = own.filter((_, index) => index !== copy).flatMap((one) => Object.keys(one))
            for (const name of others) {
              if (name in shared || name in (own[copy] ?? {})) continue
              assert.isFalse(environment.has(name), `copy ${copy} has ${name}`)
            }
          }
        }),
      100_000
    )

    it.effect("submission that a row of a submit description cannot carry: is refused", () =>
      Effect.gen(function*() {
        const submitter = yield* Capability.Submitter
        const refused = (spec: Partial<Submission.SubmissionSpec>) =>
          Effect.flatMap(SubmissionKey.generate, (key) =>
            Effect.flip(submitter.submit({ executable: "/bin/true", ...spec }, [{}], { key })))
        for (
          const [spec, field] of [
            [{ environment: { UNIT: "a\x1fb" } }, "UNIT"],
            [{ environment: { LINES: "a\nb" } }, "LINES"],
            [{ arguments: ["a\0b"] }, "arguments"],
            [{ stdout: "a;b" }, "stdout"],
            [{ outputs: [{ name: "\"a\"" }] }, "outputs"],
            [{ tag: "$$(x)" }, "tag"]
          ] as const
        ) {
          const error = yield* refused(spec)
          assert.strictEqual(error._tag, "InvalidSubmission")
          assert.include(error.message, field)
        }
      }))
  })
})
