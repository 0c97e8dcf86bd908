/**
 * Several fake schedds, for tests of programs that work with several compute elements.
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
 * The fake schedds of a grid.
 *
 * @category services
 * @since 0.1.0
 */
export class FakeGrid extends Context.Service<FakeGrid, {
  /** The schedd with this endpoint (`host` or `host:port`, any case). An unknown endpoint is a defect. */
  at(endpoint: string): Effect.Effect<FakeSchedd.FakeSchedd["Service"]>
  /** All schedds, in the order of the layer's record. */
  readonly all: ReadonlyArray<FakeSchedd.FakeSchedd["Service"]>
}>()("effect-htcondor-ce/testing/FakeGrid") {}

/**
 * Fake schedds by endpoint, behind one `CondorTool`. `-pool` selects the schedd of a call.
 *
 * **Details**
 *
 * If no schedd has the address, the tools print what HTCondor's tools print for a host where nobody listens, or for an
 * unknown host. All schedds take the time from the same `Clock`. They share nothing else: each has its own job numbers,
 * faults and restarts. An empty record is a defect.
 *
 * **Example** (Two compute elements, one of which is down)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Capability, Credential, HTCondorCE, SubmissionKey } from "effect-htcondor-ce"
 * import { FakeGrid, FakeSchedd } from "effect-htcondor-ce/testing"
 * import * as assert from "node:assert"
 *
 * const grid = FakeGrid.layer({ "ce-1.example.org": { slots: 4 }, "ce-2.example.org": { version: "lts" } })
 *
 * const submitTo = Effect.fnUntraced(function*(endpoint: string) {
 *   const { submit } = yield* Effect.provide(Capability.Submitter, HTCondorCE.layer({ endpoint }))
 *   return yield* submit({ executable: "/bin/true" }, [{}], { key: yield* SubmissionKey.generate })
 * })
 *
 * export const program = Effect.gen(function*() {
 *   const { at } = yield* FakeGrid.FakeGrid
 *   yield* (yield* at("ce-2.example.org")).fault({ _tag: "Unreachable" })
 *   assert.strictEqual((yield* submitTo("ce-1.example.org")).handles.length, 1)
 *   assert.strictEqual((yield* Effect.flip(submitTo("ce-2.example.org")))._tag, "CEUnavailable")
 * }).pipe(Effect.provide([grid, Credential.layerToken(FakeSchedd.token("pilot"))]))
 * ```
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
