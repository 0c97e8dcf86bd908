/** Faults of real daemons. Each affects an operation from one of its tool runs on. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect, FileSystem, Schedule } from "effect"
import * as ScheddAddress from "../../src/condor/tools/ScheddAddress.ts"
import type { CondorTool } from "../../src/index.ts"
import type { Fault } from "./FaultScene.ts"
import { toSchedd } from "./Signal.ts"
import type { Stack } from "./Stack.ts"

export type Kind = (stack: Stack["Service"]) => Effect.Effect<Fault>

export const down: Kind = () =>
  Effect.gen(function*() {
    const fileSystem = yield* FileSystem.FileSystem
    const file = `${yield* fileSystem.makeTempDirectory({ prefix: "down-" })}/address`
    const [version, platform] = ["$CondorVersion: 25.0.0 2026-01-01 $", "$CondorPlatform: X86_64 $"]
    const address = "<127.0.0.1:1>"
    yield* fileSystem.writeFileString(file, ScheddAddress.fileText({ address, version, platform }))
    const variables = ScheddAddress.environment(file)
    // Both ways to reach the schedd are broken: by its name, and at the address that was known before.
    return {
      change: (call: CondorTool.ToolCall) => ({
        ...call,
        args: call.args.map((word, index) =>
          call.args[index - 1] === "-pool" ? "127.0.0.1:1" : word.startsWith("<") ? address : word
        ),
        environment: {
          ...call.environment,
          ...(Object.keys(variables).some((name) => name in call.environment) ? variables : {})
        }
      })
    }
  }).pipe(Effect.provide(NodeServices.layer), Effect.orDie)

export const expired: Kind = (stack) =>
  Effect.gen(function*() {
    const fileSystem = yield* FileSystem.FileSystem
    const directory = yield* fileSystem.makeTempDirectory({ prefix: "expired-" })
    const expired = yield* stack.token("--lifetime", "-60")
    yield* fileSystem.writeFileString(`${directory}/token`, `${expired}\n`, { mode: 0o600 })
    return {
      change: (call: CondorTool.ToolCall) => ({
        ...call,
        environment: {
          ...call.environment,
          _CONDOR_SEC_TOKEN_DIRECTORY: directory,
          _CONDOR_SEC_TOKEN_SYSTEM_DIRECTORY: directory
        }
      })
    }
  }).pipe(Effect.provide(NodeServices.layer), Effect.orDie)

export const killed: Kind = (stack) =>
  Effect.succeed({
    strike: () => Effect.asVoid(stack.inside("sh", "-c", toSchedd("KILL"))),
    // The master restarts the schedd after a while.
    heal: stack.exec("condor_q", "-limit", "1").pipe(
      Effect.repeat({
        schedule: Schedule.spaced("200 millis").pipe(Schedule.upTo({ times: 150 })),
        until: ({ exitCode }) => exitCode === 0
      }),
      Effect.asVoid
    )
  })

export const stalled: Kind = (stack) =>
  Effect.succeed({
    strike: () => Effect.asVoid(stack.inside("sh", "-c", toSchedd("STOP"))),
    heal: Effect.asVoid(stack.inside("sh", "-c", toSchedd("CONT")))
  })
