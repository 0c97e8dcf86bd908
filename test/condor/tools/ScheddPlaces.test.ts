/** Tools find their schedd by its name first, and then at its address. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, FileSystem, Layer, Redacted, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as Config from "../../../src/ce/Config.ts"
import { ScheddTransport } from "../../../src/condor/Schedd.ts"
import * as CondorTool from "../../../src/condor/tools/CondorTool.ts"
import * as ToolSchedd from "../../../src/condor/tools/ToolSchedd.ts"
import { smallest } from "../Samples.ts"

const name = { address: "ce.example.org:9619", schedd: "ce.example.org" }
const address = "<192.0.2.1:9619?sock=schedd_43_12a9>"
const located = JSON.stringify([{
  Name: name.schedd,
  MyAddress: address,
  CondorVersion: "$CondorVersion: 25.14.1 2026-10-16 $",
  CondorPlatform: "$CondorPlatform: x86_64_Debian14 $"
}])

const where = ({ args, environment, tool }: CondorTool.ToolCall) =>
  tool === "condor_status"
    ? "asks"
    : args.includes("-pool")
    ? "name"
    : args.includes(address) || "_CONDOR_SCHEDD_ADDRESS_FILE" in environment
    ? "address"
    : "nowhere"

type Answer = (call: CondorTool.ToolCall) => Effect.Effect<Partial<CondorTool.ToolResult>>

/** A schedd whose tools give these answers, and the place of each run. */
const rig = Effect.fnUntraced(function*(answer: Answer, status: Partial<CondorTool.ToolResult> = { stdout: located }) {
  const runs: Array<string> = []
  const tools = CondorTool.make((call) =>
    Effect.suspend(() => {
      runs.push(where(call))
      const result = call.tool === "condor_status" ? Effect.succeed(status) : answer(call)
      return Effect.map(result, (one) => ({ exitCode: 0, stdout: "", stderr: "", ...one }))
    })
  )
  const transport = yield* ScheddTransport.pipe(
    Effect.provide(ToolSchedd.layer()),
    Effect.provide(Layer.succeed(CondorTool.CondorTool, tools))
  )
  const connection = yield* transport.open({ ...Config.settings({ endpoint: name.address }), name, doubt: undefined })
  const schedd = yield* connection.as(Effect.succeed({ token: Redacted.make("token"), expiresAt: undefined }))
  const look = Effect.exit(Stream.runDrain(schedd.queue({ constraint: "true", attributes: ["ClusterId"] })))
  return { look, runs, schedd }
})

const fine: Answer = () => Effect.succeed({})
const gone = "CEDAR:6001:Failed to connect to <192.0.2.1:9619>"
const goneThere: Answer = (call) => Effect.succeed(where(call) === "name" ? {} : { exitCode: 1, stderr: gone })

const test = (
  title: string,
  body: Effect.Effect<void, unknown, FileSystem.FileSystem | Effect.Services<ReturnType<typeof rig>>>
) => it.effect(title, () => Effect.provide(Effect.scoped(body), NodeServices.layer))

describe("ScheddPlaces", () => {
  test(
    "the collector is queried once, after the schedd has answered to its name",
    Effect.gen(function*() {
      const { look, runs, schedd } = yield* rig(fine)
      for (let times = 0; times < 3; times++) yield* look
      yield* Effect.exit(schedd.act("Remove", "true", "why"))
      assert.deepStrictEqual(runs, ["name", "asks", "address", "address", "address"])
    })
  )

  test(
    "a CE that has not answered yet is not queried twice",
    Effect.gen(function*() {
      const { look, runs } = yield* rig(() => Effect.succeed({ exitCode: 1, stderr: "SECMAN:2007:no answer" }))
      yield* look
      yield* look
      assert.deepStrictEqual(runs, ["name", "name"])
    })
  )

  test(
    "a collector without a usable answer is queried again after 5 minutes",
    Effect.gen(function*() {
      const { look, runs } = yield* rig(fine, { exitCode: 1 })
      yield* look
      yield* look
      yield* TestClock.adjust("299 seconds")
      yield* look
      yield* TestClock.adjust("1 second")
      yield* look
      assert.deepStrictEqual(runs, ["name", "asks", "name", "name", "asks", "name"])
    })
  )

  test(
    "if nobody answers at the address, the tool uses the name, and then the new address",
    Effect.gen(function*() {
      const { look, runs } = yield* rig(goneThere)
      for (let times = 0; times < 3; times++) assert.strictEqual((yield* look)._tag, "Success")
      assert.deepStrictEqual(runs, ["name", "asks", "address", "name", "name"])
      yield* look
      assert.deepStrictEqual(runs.slice(5), ["asks", "address", "name"])
    })
  )

  test(
    "a query that the schedd itself refuses is not repeated",
    Effect.gen(function*() {
      const denied = "SECMAN:2010:Received \"DENIED\" from server for user a"
      const { look, runs } = yield* rig((call) =>
        Effect.succeed(where(call) === "name" ? {} : { exitCode: 1, stderr: denied })
      )
      yield* look
      assert.strictEqual((yield* look)._tag, "Failure")
      assert.deepStrictEqual(runs, ["name", "asks", "address"])
    })
  )

  test(
    "a tool that fails slowly is not repeated",
    Effect.gen(function*() {
      const begun = yield* Deferred.make<void>()
      const { look, runs } = yield* rig((call) =>
        where(call) === "name"
          ? Effect.succeed({})
          : Effect.andThen(Deferred.succeed(begun, undefined), Effect.delay(goneThere(call), "30 seconds"))
      )
      yield* look
      const fiber = yield* Effect.forkChild(look, { startImmediately: true })
      yield* Deferred.await(begun)
      yield* TestClock.adjust("30 seconds")
      assert.strictEqual((yield* Fiber.join(fiber))._tag, "Failure")
      assert.deepStrictEqual(runs, ["name", "asks", "address"])
    })
  )

  test(
    "a submission uses the name, once",
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const { look, runs, schedd } = yield* rig((call) =>
        Effect.succeed(call.tool === "condor_submit" ? { exitCode: 1, stderr: gone } : {})
      )
      yield* look
      yield* look
      runs.length = 0
      const directory = yield* fileSystem.makeTempDirectoryScoped()
      yield* Effect.exit(schedd.submit({ description: smallest, directory, timeout: "1 minute" }))
      assert.deepStrictEqual(runs, ["name"])
    })
  )
})
