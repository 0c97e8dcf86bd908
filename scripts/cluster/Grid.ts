/** A grid of fake compute elements that serves their tools to other processes, and counts their jobs. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import { Buffer } from "node:buffer"
import { CondorTool } from "../../src/index.ts"
import { FakeGrid, type FakeSchedd, RemoteTools } from "../../src/testing/index.ts"
import { literal } from "../../test/testing/Literal.ts"

/** The output of a pilot. */
export const outputOf = (pilot: string, secret: string) => `${pilot} ${secret}\n`

/** Runs a tool of one client. */
export type Through = (
  call: CondorTool.ToolCall,
  run: Effect.Effect<CondorTool.ToolResult, CondorTool.ToolError>
) => Effect.Effect<CondorTool.ToolResult, CondorTool.ToolError>

/**
 * A grid of this number of compute elements.
 *
 * - `serve`: runs tools for the clients of a socket, each through `through`
 * - `pilots`: how often each pilot was started, by its name. Pilots without input, and pilots that were removed, do not count
 * - `left`: jobs and files that are left at the compute elements
 */
export const make = Effect.fnUntraced(function*(size: number) {
  const endpoints = Array.from({ length: size }, (_, index) => `ce${index + 1}.example.org:9619`)
  const started = new Map<string, number>()
  // A pilot prints its name and its secret.
  const payload = ({ environment, inputs }: FakeSchedd.PayloadJob): FakeSchedd.Payload => {
    const { PILOT: pilot = "", SECONDS: seconds = "1" } = environment
    started.set(pilot, (started.get(pilot) ?? 0) + 1)
    return {
      duration: Number(seconds) * 1000,
      stdout: outputOf(pilot, new TextDecoder().decode(inputs.get("pilot.token")?.content))
    }
  }
  const services = yield* Layer.build(FakeGrid.layer(Object.fromEntries(
    endpoints.map((endpoint) => [endpoint, { payload, spoolDelay: "200 millis", startDelay: "200 millis" }])
  )))
  const { all } = Context.get(services, FakeGrid.FakeGrid)
  const { run } = Context.get(services, CondorTool.CondorTool)
  const ofAll = <A>(read: (ce: FakeSchedd.FakeSchedd["Service"]) => Effect.Effect<ReadonlyArray<A>>) =>
    Effect.map(Effect.forEach(all, read), (lists) => lists.flat())

  return {
    endpoints,
    serve: (socket: string, through: Through = (_, run) => run) =>
      Effect.provideContext(
        RemoteTools.serve(socket),
        Context.make(CondorTool.CondorTool, CondorTool.make((call) => through(call, run(call))))
      ),
    pilots: Effect.sync(() => new Map(started)),
    left: Effect.gen(function*() {
      const jobs = yield* ofAll(({ queue }) => queue)
      return [
        ...jobs.map((ad) => `${literal(ad, "EffectCEKey")}/${literal(ad, "EffectCECopy")} ${literal(ad, "JobStatus")}`),
        ...yield* ofAll(({ spool }) => spool)
      ]
    })
  }
})

/** The grid. */
export type Grid = Effect.Success<ReturnType<typeof make>>

/** The files of a directory that contain a text. */
export const containing = Effect.fnUntraced(function*(directory: string, text: string) {
  const fileSystem = yield* FileSystem.FileSystem
  const names = yield* fileSystem.readDirectory(directory, { recursive: true })
  return yield* Effect.filter(names, (name) =>
    Effect.gen(function*() {
      const file = `${directory}/${name}`
      if ((yield* fileSystem.stat(file)).type !== "File") return false
      return Buffer.from(yield* fileSystem.readFile(file)).includes(text)
    }))
})
