/** A compute element for the examples: ten slots, and pilots that greet the name in their environment. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect, FileSystem, Layer, Path } from "effect"
import { Credential, HTCondorCE } from "effect-htcondor-ce"
import { FakeSchedd } from "effect-htcondor-ce/testing"

export const layer = HTCondorCE.layer({ endpoint: "ce.example.org" }).pipe(
  Layer.provide(Credential.layerToken(FakeSchedd.token("pilot"))),
  Layer.provideMerge(FakeSchedd.layer({
    slots: 10,
    payload: ({ environment }) => ({ duration: "1 minute", stdout: `hello ${environment["NAME"]}\n` })
  })),
  Layer.provideMerge(NodeServices.layer)
)

/** A directory, and a program in it. */
export const workplace = Effect.gen(function*() {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const directory = yield* fileSystem.makeTempDirectoryScoped({ prefix: "example-" })
  const executable = path.join(directory, "pilot.sh")
  yield* fileSystem.writeFileString(executable, "#!/bin/sh\n")
  return { directory, executable }
})
