/**
 * Many fake schedds, for tests of programs that work with many compute elements.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import type * as Path from "effect/Path"
import type { ScheddTransport } from "../condor/Schedd.ts"
import { CondorTool, make as makeTool } from "../condor/tools/CondorTool.ts"
import * as AccessControl from "./fake/AccessControl.ts"
import * as Address from "./fake/Address.ts"
import * as Transport from "./fake/Transport.ts"
import * as Versions from "./fake/Versions.ts"
import * as FakeSchedd from "./FakeSchedd.ts"

/**
 * The schedds of a grid.
 *
 * - `at`: the one with this endpoint; it is a defect to ask for another
 * - `all`: in the order in which they were given
 *
 * @category services
 * @since 0.1.0
 */
export class FakeGrid extends Context.Service<FakeGrid, {
  at(endpoint: string): Effect.Effect<FakeSchedd.FakeSchedd["Service"]>
  readonly all: ReadonlyArray<FakeSchedd.FakeSchedd["Service"]>
}>()("effect-htcondor-ce/testing/FakeGrid") {}

/**
 * Fake schedds by their endpoints, behind one `CondorTool`: each call goes to the one that its `-pool` names. Of an
 * address that is none of theirs the tools say what they say of one where nobody listens, or of an unknown host.
 *
 * **Details**
 *
 * All live in one time, as one `FakeSchedd.layer` does. They share nothing else: numbers of jobs, faults and restarts
 * are each schedd's own.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  sites: Readonly<Record<string, Omit<FakeSchedd.Options, "endpoint">>>
): Layer.Layer<
  FakeGrid | CondorTool | ScheddTransport | FileSystem.FileSystem,
  never,
  FileSystem.FileSystem | Path.Path
> =>
  Transport.provided(Layer.effectContext(Effect.gen(function*() {
    const built = yield* Effect.forEach(
      Object.entries(sites),
      ([endpoint, options]) => Layer.build(FakeSchedd.layer({ ...options, endpoint }))
    )
    const [first] = built
    if (first === undefined) return yield* Effect.die(new Error("a grid has at least one schedd"))
    const known = new Map(
      built.map((services) => [Context.get(services, FakeSchedd.FakeSchedd).endpoint.toLowerCase(), services] as const)
    )
    const find = (endpoint: string) => known.get(Address.withPort(endpoint).toLowerCase())
    const grid: FakeGrid["Service"] = {
      at: (endpoint) => {
        const services = find(endpoint)
        return services === undefined
          ? Effect.die(new Error(`there is no fake schedd at ${endpoint}`))
          : Effect.succeed(Context.get(services, FakeSchedd.FakeSchedd))
      },
      all: built.map((services) => Context.get(services, FakeSchedd.FakeSchedd))
    }
    const tool = makeTool((call) => {
      const services = find(AccessControl.poolOf(call) ?? "")
      const version = grid.all[0]?.version ?? "latest"
      return services === undefined
        ? Effect.succeed(
          Versions.answer(call, version) ?? AccessControl.astray(call, Array.from(known.keys()), version)
        )
        : Context.get(services, CondorTool).run(call)
    })
    return Context.make(FakeGrid, grid).pipe(
      Context.add(CondorTool, tool),
      Context.add(FileSystem.FileSystem, Context.get(first, FileSystem.FileSystem))
    )
  })))
