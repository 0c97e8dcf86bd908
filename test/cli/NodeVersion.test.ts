import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Schema } from "effect"
import * as NodeVersion from "../../src/cli/NodeVersion.ts"

const Manifest = Schema.fromJsonString(Schema.Struct({ engines: Schema.Struct({ node: Schema.String }) }))

describe("NodeVersion", () => {
  it.each(["22.19.0", "22.20.1", "23.0.0", "24.21.0", "100.0.0-nightly"])("%s will do", (version) => {
    assert.isUndefined(NodeVersion.complaint(version))
  })

  it.each(["22.18.9", "20.20.2", "18.0.0", "9.99.0", "22", "odd"])("%s is too old", (version) => {
    assert.strictEqual(NodeVersion.complaint(version), `Node ${version} is too old: this package needs 22.19 or later`)
  })

  it.effect("the minimum is that of the package and of its description", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const read = (name: string) => fileSystem.readFileString(`${import.meta.dirname}/../../${name}`)
      const { engines } = yield* Effect.flatMap(read("package.json"), Schema.decodeEffect(Manifest))
      assert.strictEqual(engines.node, `>=${NodeVersion.minimum}`)
      assert.include(yield* read("README.md"), `Node ${NodeVersion.minimum} or later`)
    }).pipe(Effect.provide(NodeServices.layer)))
})
