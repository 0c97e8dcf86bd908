/** A grid of fake compute elements, whose tools are served to other processes, and what has become of its jobs. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import { Buffer } from "node:buffer"
import { CondorTool } from "../../src/index.ts"
import { FakeGrid, type FakeSchedd, RemoteTools } from "../../src/testing/index.ts"
import { literal } from "../../test/testing/Literal.ts"

/** What a pilot prints. */
export const outputOf = (pilot: string, secret: string) => `${pilot} ${secret}\n`

/** The tools of one client: a call, and what runs it. */
export type Through = (
  call: CondorTool.ToolCall,
  run: Effect.Effect<CondorTool.ToolResult, CondorTool.ToolError>
) => Effect.Effect<CondorTool.ToolResult, CondorTool.ToolError>

/**
 * A grid of so many compute elements.
 *
 * - `serve`: runs tools for those who connect to a socket, each by way of `through`
 * - `pilots`: how often each pilot was started, by its name. One whose input did not arrive, or that was taken back, is none
 * - `left`: jobs and files that are still there
 * - `calls`: how often a tool was run
 */
export const make = Effect.fnUntraced(function*(size: number) {
  const endpoints = Array.from({ length: size }, (_, index) => `ce${index + 1}.example.org:9619`)
  const started = new Map<string, number>()
  // A pilot prints which one it is, and its secret.
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
    }),
    calls: (tool: CondorTool.ToolName) =>
      Effect.map(ofAll(({ calls }) => calls), (calls) => calls.filter((call) => call.tool === tool).length)
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
