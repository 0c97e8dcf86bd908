/** The tools of a real HTCondor in front of the stack of its version. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import { CondorTool } from "../../src/index.ts"
import { Stack, type Version } from "../live/Stack.ts"
import { Rig } from "./Rig.ts"
import type { Identity } from "./Situation.ts"

const tokenOptions: Readonly<Record<Exclude<Identity, "nobody">, ReadonlyArray<string>>> = {
  pilot: [],
  other: ["--identity", "other"],
  reader: ["--scope", "condor:/READ"],
  expired: ["--lifetime", "-60"],
  forged: ["--wrong-key"]
}

const layerRig = Layer.effect(
  Rig,
  Effect.gen(function*() {
    const stack = yield* Stack
    const { run } = yield* CondorTool.CondorTool
    const fileSystem = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const tokens = yield* fileSystem.makeTempDirectoryScoped({ prefix: "transcript-tokens-" })
    const tokenDirectory = (identity: Identity) => path.join(tokens, identity)
    yield* fileSystem.makeDirectory(tokenDirectory("nobody"))
    yield* Effect.forEach(Object.entries(tokenOptions), ([identity, options]) =>
      Effect.gen(function*() {
        yield* fileSystem.makeDirectory(path.join(tokens, identity), { mode: 0o700 })
        const token = yield* stack.token(...options)
        yield* fileSystem.writeFileString(path.join(tokens, identity, "token"), `${token}\n`, { mode: 0o600 })
      }))
    return {
      pool: stack.endpoint,
      schedd: stack.schedd,
      tokenDirectory,
      run,
      site: (act, job, reason) =>
        Effect.flatMap(
          stack.inside(
            `condor_${act === "remove" ? "rm" : act}`,
            ...(reason === undefined ? [] : ["-reason", reason]),
            job
          ),
          ({ exitCode, stderr }) =>
            exitCode === 0 ? Effect.void : Effect.die(new Error(`the site could not ${act} ${job}: ${stderr}`))
        ),
      pass: (milliseconds) => Effect.sleep(milliseconds),
      cleanUp: (clusters) =>
        clusters.length === 0
          ? Effect.void
          : Effect.andThen(
            stack.inside("condor_rm", ...clusters.map(String)),
            stack.inside(
              "condor_rm",
              "-forcex",
              "-constraint",
              `(${clusters.map((one) => `ClusterId == ${one}`).join(" || ")}) && LeaveJobInQueue =?= true`
            )
          )
    }
  })
)

export const layer = (version: Version) =>
  layerRig.pipe(
    Layer.provide(
      Layer.unwrap(Effect.map(Stack, ({ binDirectory }) => CondorTool.layer({ binDirectory })))
    ),
    Layer.provide(Stack.layer(version)),
    Layer.provideMerge(NodeServices.layer)
  )
