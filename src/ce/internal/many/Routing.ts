/**
 * Finds the CE of each handle, and calls all of these CEs concurrently.
 */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import type { BackendError } from "../../../contract/BackendError.ts"
import * as HostName from "../../../contract/HostName.ts"
import { StatusUnavailable, WrongEndpoint } from "../../../contract/JobError.ts"
import type { JobHandle } from "../../../contract/JobHandle.ts"
import * as Outcomes from "../../../contract/Outcomes.ts"
import * as Unavailable from "../status/Unavailable.ts"

/**
 * Why a handle cannot be routed: no CE has its name, or the configuration of that CE cannot be used.
 */
export type Unrouted = WrongEndpoint | StatusUnavailable

/**
 * - `keyOf`: the key of the CE with a name in canonical form; undefined if there is none
 * - `services`: the services of that CE, for as long as the scope lives
 */
export interface Routing<I> {
  keyOf(endpoint: string): Result.Result<string | undefined, BackendError>
  services(key: string): Effect.Effect<Context.Context<I>, never, Scope.Scope>
}

const keyOfHandle = (routing: Pick<Routing<never>, "keyOf">, handle: JobHandle): Result.Result<string, Unrouted> => {
  const found = routing.keyOf(HostName.canonical(handle.endpoint))
  if (Result.isFailure(found)) return Result.fail(new StatusUnavailable({ handle, error: found.failure }))
  return found.success === undefined
    ? Result.fail(new WrongEndpoint({ handle, endpoint: "a compute element that is configured" }))
    : Result.succeed(found.success)
}

/**
 * Divides jobs by their CEs, and returns the failures of jobs without one. Each name is looked up once.
 */
export const split = <A>(
  routing: Pick<Routing<never>, "keyOf">,
  items: Iterable<A>,
  handleOf: (item: A) => JobHandle
) => {
  const names = new Map<string, ReturnType<Routing<never>["keyOf"]>>()
  const keyOf = (name: string) => {
    const known = names.get(name)
    if (known !== undefined) return known
    const found = routing.keyOf(name)
    names.set(name, found)
    return found
  }
  const groups = new Map<string, Array<A>>()
  const unrouted: Array<readonly [JobHandle, Result.Result<never, Unrouted>]> = []
  for (const item of items) {
    const handle = handleOf(item)
    const key = keyOfHandle({ keyOf }, handle)
    if (Result.isFailure(key)) {
      unrouted.push([handle, Result.fail(key.failure)])
      continue
    }
    const group = groups.get(key.success)
    if (group === undefined) groups.set(key.success, [item])
    else group.push(item)
  }
  return { groups, unrouted }
}

/**
 * Calls the CE of one handle.
 */
export const one = <I, A, E>(
  routing: Routing<I>,
  handle: JobHandle,
  ask: (services: Context.Context<I>) => Effect.Effect<A, E>
): Effect.Effect<A, E | Unrouted> =>
  Effect.flatMap(
    Effect.fromResult(keyOfHandle(routing, handle)),
    (key) => Effect.scoped(Effect.flatMap(routing.services(key), ask))
  )

/**
 * Calls all CEs of some handles concurrently. If there are several, a failed call becomes the outcome of the CE's handles.
 */
export const bulk = <I, A, E>(
  routing: Routing<I>,
  handles: ReadonlyArray<JobHandle>,
  ask: (
    services: Context.Context<I>,
    some: ReadonlyArray<JobHandle>
  ) => Effect.Effect<Outcomes.Outcomes<A, E>, BackendError>
): Effect.Effect<Outcomes.Outcomes<A, E | Unrouted>, BackendError> =>
  Effect.gen(function*() {
    const { groups, unrouted } = split(routing, handles, (handle) => handle)
    const answers = yield* Effect.forEach(
      groups,
      ([key, some]) =>
        Effect.map(
          Effect.result(Effect.scoped(Effect.flatMap(routing.services(key), (services) => ask(services, some)))),
          (answer) => ({ answer, some })
        ),
      { concurrency: "unbounded" }
    )
    const [only] = answers
    if (only !== undefined && answers.length === 1 && unrouted.length === 0 && Result.isFailure(only.answer)) {
      return yield* Effect.fail(only.answer.failure)
    }
    type Outcome = readonly [JobHandle, Result.Result<A, E | Unrouted>]
    const outcomes = answers.flatMap(({ answer, some }): ReadonlyArray<Outcome> =>
      Result.isSuccess(answer)
        ? Array.from(answer.success)
        : Unavailable.each(some, answer.failure)
    )
    return Outcomes.inOrder(Outcomes.fromIterable<A, E | Unrouted>([...unrouted, ...outcomes]), handles)
  })
