/**
 * Runs the examples of the docstrings. An example checks itself with `node:assert`. If it exports an effect `program`, that runs with
 * a fake compute element, and its time passes at once.
 */
import { NodeServices } from "@effect/platform-node"
import { afterAll, describe, it } from "@effect/vitest"
import { Effect, Layer, type Scope } from "effect"
import { Credential, HTCondorCE } from "effect-htcondor-ce"
import { FakeSchedd, TimeLapse } from "effect-htcondor-ce/testing"
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Examples from "../../scripts/prose/Examples.ts"

const root = join(import.meta.dirname, "../..")

// Below the package, so that its own name resolves to it.
const directory = mkdtempSync(join(root, ".examples-"))
afterAll(() => rmSync(directory, { recursive: true }))

const site = HTCondorCE.layer({ endpoint: "ce.example.org" }).pipe(
  Layer.provide(Credential.layerToken(FakeSchedd.token("pilot"))),
  Layer.provideMerge(FakeSchedd.layer({ payload: () => ({ duration: "1 minute", stdout: "done\n" }) })),
  Layer.provideMerge(NodeServices.layer)
)

const files = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" }).filter((file) =>
  file.endsWith(".ts")
)

/** A module's type is not known here. A service that is not provided fails the test. */
const isProgram = (value: unknown): value is Effect.Effect<unknown, unknown, Scope.Scope> => Effect.isEffect(value)

describe("the examples of docstrings run", () => {
  for (const file of files.toSorted()) {
    for (const { code, line } of Examples.ofDocstrings(readFileSync(join(root, "src", file), "utf8"))) {
      it.effect(`src/${file}:${line}`, () =>
        Effect.gen(function*() {
          const path = join(directory, Examples.fileName(`src/${file}`, line))
          writeFileSync(path, code)
          const module = yield* Effect.promise((): Promise<object> => import(path))
          if ("program" in module && isProgram(module.program)) {
            yield* Effect.scoped(TimeLapse.run(module.program, { longest: "10 seconds" }))
          }
        }).pipe(Effect.provide(site)))
    }
  }
})
