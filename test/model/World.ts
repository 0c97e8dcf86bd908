/** The place for a sequence of operations: a fake or real CE, as its clients and its administrator see it. */
import { Context, Deferred, Effect, Layer, type Scope } from "effect"
import { Capability, CondorTool, type HTCondorCE, type JobHandle } from "../../src/index.ts"
import type { Crash } from "./Commands.ts"

/** A program that uses the library. After its crash, it runs no more tools. */
export interface Client {
  readonly submitter: Capability.Submitter["Service"]
  readonly enumerable: Capability.Enumerable["Service"]
  readonly reporter: Capability.StatusReporter["Service"]
  readonly retriever: Capability.OutputRetriever["Service"]
  readonly cancellable: Capability.Cancellable["Service"]
  readonly purgeable: Capability.Purgeable["Service"]
  readonly died: Effect.Effect<void>
}

/**
 * A world.
 *
 * - `client`: starts a new client, without memory
 * - `pass`: lets some time pass
 * - `while`: runs an effect to its end while time passes
 * - `expire`: ends the retention of these completed jobs, so that they leave. Returns true if the time has passed for all jobs, as
 *   in virtual time.
 * - `residue`: the remaining jobs with these keys, and the remaining files of the clients
 * - `dump`: the calls and ads, for the analysis of a difference
 * - `counted`: the jobs with this key, without those that count as never submitted
 */
export class World extends Context.Service<World, {
  client(crash?: Crash): Effect.Effect<Client, unknown, Scope.Scope>
  readonly pass: Effect.Effect<void>
  while<A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R>
  hold(handle: JobHandle.JobHandle): Effect.Effect<void>
  release(handle: JobHandle.JobHandle): Effect.Effect<void>
  remove(handle: JobHandle.JobHandle): Effect.Effect<void>
  expire(handles: ReadonlyArray<JobHandle.JobHandle>): Effect.Effect<boolean>
  residue(keys: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<string>>
  readonly dump: Effect.Effect<string>
  counted(key: string): Effect.Effect<ReadonlyArray<string>>
}>()("test/model/World") {}

/** A client of a backend, with its crash. `delay` is the time until it dies during a tool. */
export const client = <E>(
  layer: Layer.Layer<HTCondorCE.Capabilities, E, CondorTool.CondorTool>,
  crash: Crash | undefined,
  delay: Effect.Effect<void>
): Effect.Effect<Client, E, Scope.Scope | CondorTool.CondorTool> =>
  Effect.gen(function*() {
    const tools = yield* CondorTool.CondorTool
    const death = yield* Deferred.make<void>()
    let calls = 0
    let dead = false
    const die = Effect.suspend(() => {
      dead = true
      return Effect.andThen(Deferred.succeed(death, undefined), Effect.never)
    })
    const run = (call: CondorTool.ToolCall) =>
      Effect.suspend((): Effect.Effect<CondorTool.ToolResult, CondorTool.ToolError> => {
        if (dead) return Effect.fail(new CondorTool.ToolNotStarted({ tool: call.tool, detail: "the client is dead" }))
        if (calls++ !== crash?.call) return tools.run(call)
        if (crash.moment === "before") return die
        if (crash.moment === "after") return Effect.andThen(Effect.exit(tools.run(call)), die)
        return Effect.andThen(Effect.raceFirst(Effect.exit(tools.run(call)), delay), die)
      })
    const services = yield* Layer.build(
      Layer.provide(layer, Layer.succeed(CondorTool.CondorTool, CondorTool.make(run)))
    )
    return {
      submitter: Context.get(services, Capability.Submitter),
      enumerable: Context.get(services, Capability.Enumerable),
      reporter: Context.get(services, Capability.StatusReporter),
      retriever: Context.get(services, Capability.OutputRetriever),
      cancellable: Context.get(services, Capability.Cancellable),
      purgeable: Context.get(services, Capability.Purgeable),
      died: Deferred.await(death)
    }
  })
