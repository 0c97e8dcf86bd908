import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Redacted, Schema } from "effect"
import * as PayloadDigest from "../../../../src/ce/internal/submit/PayloadDigest.ts"
import { Submission } from "../../../../src/index.ts"

interface Whole {
  readonly spec: Submission.SubmissionSpec
  readonly copies: ReadonlyArray<Submission.Copy>
}

// Content by path, for a file system that has no other files.
const files = (contents: Readonly<Record<string, string>>) =>
  Effect.gen(function*() {
    const fileSystem = yield* FileSystem.FileSystem
    const place = yield* fileSystem.makeTempDirectoryScoped()
    yield* Effect.forEach(
      Object.entries(contents),
      ([name, content]) => fileSystem.writeFileString(`${place}/${name}`, content)
    )
    return { fileSystem, path: (name: string) => `${place}/${name}` }
  })

const secret = (text: string) => Redacted.make(text)

it.layer(NodeServices.layer)("digest of a payload", (it) => {
  const scene = Effect.gen(function*() {
    const { fileSystem, path } = yield* files({
      "pilot.sh": "#!/bin/sh\n",
      "other.sh": "#!/bin/sh\nexit 1\n",
      "same.sh": "#!/bin/sh\n",
      "a.txt": "a",
      "b.txt": "b"
    })
    const spec: Submission.SubmissionSpec = {
      executable: path("pilot.sh"),
      arguments: ["one", "two"],
      environment: { A: "1", B: "2" },
      inputs: [{ name: "a.txt", source: path("a.txt") }, { name: "u.txt", source: "https://example.org/u.txt" }],
      outputs: [{ name: "out" }, { name: "up", destination: "https://example.org/{copy}" }],
      resources: { memoryMiB: 100, wallTimeSeconds: 60 },
      container: { image: "docker://debian" },
      tag: "t"
    }
    const copies: ReadonlyArray<Submission.Copy> = [
      { environment: { C: "1", D: "2" }, secrets: { token: secret("x"), other: secret("y") } },
      {}
    ]
    const digest = ({ copies, spec }: Whole) => PayloadDigest.make(fileSystem, spec, copies)
    return { spec, copies, digest, path }
  })

  it.effect("is the same whatever the order of object keys, inputs and outputs", () =>
    Effect.gen(function*() {
      const { copies, digest, spec } = yield* scene
      const turned = <A extends object>(value: A): object => Object.fromEntries(Object.entries(value).toReversed())
      const reversed = Schema.decodeUnknownSync(Submission.SubmissionSpec)({
        ...turned(spec),
        environment: turned(spec.environment ?? {}),
        resources: turned(spec.resources ?? {}),
        inputs: spec.inputs?.map(turned).toReversed(),
        outputs: spec.outputs?.map(turned).toReversed()
      })
      const [first, second] = copies
      const other = [
        {
          secrets: { other: secret("y"), token: secret("x") },
          environment: { D: "2", C: first?.environment?.["C"] ?? "" }
        },
        second ?? {}
      ]
      assert.strictEqual(yield* digest({ spec: reversed, copies: other }), yield* digest({ spec, copies }))
    }))

  it.effect("is the same for an absent value and its default, and for any path of a file", () =>
    Effect.gen(function*() {
      const { digest, path } = yield* scene
      const least = { spec: { executable: path("pilot.sh") }, copies: [{}] }
      const full = {
        spec: {
          executable: path("same.sh"),
          arguments: [],
          environment: {},
          inputs: [],
          outputs: [],
          resources: { cpus: 1, gpus: 0 },
          stdout: "stdout",
          stderr: "stderr"
        },
        copies: [{ environment: {}, secrets: {} }]
      }
      assert.strictEqual(yield* digest(full), yield* digest(least))
    }))

  it.effect("does not depend on the content of secrets", () =>
    Effect.gen(function*() {
      const { copies, digest, spec } = yield* scene
      const [first = {}] = copies
      const renewed = [{ ...first, secrets: { token: secret("new"), other: secret("newer") } }, {}]
      assert.strictEqual(yield* digest({ spec, copies: renewed }), yield* digest({ spec, copies }))
    }))

  it.effect("names its version and the algorithm's 64 digits", () =>
    Effect.gen(function*() {
      const { copies, digest, spec } = yield* scene
      assert.match(yield* digest({ spec, copies }), /^1\.[0-9a-f]{64}$/)
    }))

  it.effect("differs for each single change", () =>
    Effect.gen(function*() {
      const { copies, digest, path, spec } = yield* scene
      const { container: _container, tag: _tag, ...bare } = spec
      const [first = {}, second = {}] = copies
      const changes: ReadonlyArray<Whole> = [
        { spec: { ...spec, executable: path("other.sh") }, copies },
        { spec: { ...spec, arguments: ["one two"] }, copies },
        { spec: { ...spec, arguments: ["two", "one"] }, copies },
        { spec: { ...spec, environment: { A: "1" } }, copies },
        { spec: { ...spec, environment: { A: "1", B: "3" } }, copies },
        { spec: { ...spec, environment: { A: "2", B: "1" } }, copies },
        { spec: { ...spec, inputs: spec.inputs?.slice(1) ?? [] }, copies },
        {
          spec: { ...spec, inputs: [{ name: "a.txt", source: path("b.txt") }, ...(spec.inputs ?? []).slice(1)] },
          copies
        },
        {
          spec: { ...spec, inputs: [{ name: "b.txt", source: path("a.txt") }, ...(spec.inputs ?? []).slice(1)] },
          copies
        },
        {
          spec: {
            ...spec,
            inputs: [...(spec.inputs ?? []).slice(0, 1), { name: "u.txt", source: "http://example.org/u.txt" }]
          },
          copies
        },
        { spec: { ...spec, outputs: [{ name: "out" }] }, copies },
        {
          spec: { ...spec, outputs: [{ name: "out" }, { name: "up", destination: "https://example.net/{copy}" }] },
          copies
        },
        { spec: { ...spec, outputs: [{ name: "out" }, { name: "up" }] }, copies },
        { spec: { ...spec, outputs: [{ directory: "out" }] }, copies },
        { spec: { ...spec, outputs: [{ glob: "out" }] }, copies },
        { spec: { ...spec, outputs: [{ name: "out", optional: true }] }, copies },
        { spec: { ...spec, resources: { memoryMiB: 100 } }, copies },
        { spec: { ...spec, resources: { memoryMiB: 101, wallTimeSeconds: 60 } }, copies },
        { spec: { ...spec, resources: { memoryMiB: 100, wallTimeSeconds: 60, cpus: 2 } }, copies },
        { spec: { ...spec, resources: { memoryMiB: 100, wallTimeSeconds: 60, gpus: 1 } }, copies },
        { spec: { ...spec, resources: { memoryMiB: 100, wallTimeSeconds: 60, queue: "long" } }, copies },
        { spec: { ...spec, resources: { diskMiB: 100, wallTimeSeconds: 60 } }, copies },
        { spec: { ...bare, tag: "t" }, copies },
        { spec: { ...spec, container: { image: "docker://alpine" } }, copies },
        { spec: { ...spec, stdout: "out.txt" }, copies },
        { spec: { ...spec, stderr: "err.txt" }, copies },
        { spec: { ...spec, stdout: "stderr", stderr: "stdout" }, copies },
        { spec: { ...bare, container: { image: "docker://debian" } }, copies },
        { spec: { ...spec, tag: "u" }, copies },
        { spec, copies: [first] },
        { spec, copies: [first, second, {}] },
        { spec, copies: [second, first] },
        { spec, copies: [{ ...first, environment: { C: "1" } }, second] },
        { spec, copies: [{ ...first, environment: { C: "1", D: "3" } }, second] },
        { spec, copies: [{ ...first, secrets: { token: secret("x") } }, second] },
        { spec, copies: [{ ...first, secrets: { token: secret("x"), third: secret("y") } }, second] },
        { spec, copies: [first, { environment: { E: "" } }] }
      ]
      const digests = yield* Effect.forEach([{ spec, copies }, ...changes], digest)
      assert.strictEqual(new Set(digests).size, changes.length + 1)
    }))

  it.effect("names the file that cannot be read", () =>
    Effect.gen(function*() {
      const { digest, path, spec } = yield* scene
      const inputs = [{ name: "gone", source: path("gone") }]
      const error = yield* Effect.flip(digest({ spec: { ...spec, inputs }, copies: [{}] }))
      assert.deepStrictEqual(error.issues, [{
        field: "inputs[0].source",
        detail: `ENOENT: no such file or directory, open '${path("gone")}'`
      }])
    }))
})

describe("encoding of version 1", () => {
  // A digest is in the ads of jobs: another encoding needs another version.
  it.effect("never changes this digest", () =>
    Effect.gen(function*() {
      const { fileSystem, path } = yield* files({ "pilot.sh": "#!/bin/sh\n" })
      const spec = {
        executable: path("pilot.sh"),
        arguments: ["a"],
        environment: { A: "1" },
        inputs: [{ name: "u", source: "https://example.org/u" }]
      }
      assert.strictEqual(
        yield* PayloadDigest.make(fileSystem, spec, [{ secrets: { token: secret("x") } }, {}]),
        "1.d9be8fae30ac3420662fc9deee7d0c12df99ff22d37819708687621fc9b7b937"
      )
      const outputs = [{ name: "up", destination: "https://example.org/up" }, { name: "log" }]
      assert.strictEqual(
        yield* PayloadDigest.make(fileSystem, { ...spec, outputs }, [{ secrets: { token: secret("x") } }, {}]),
        "1.b902a2d01f737647b95e62486844e94d7513f6c8275d8e13a8cba2ed87cf0e13"
      )
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))
})
