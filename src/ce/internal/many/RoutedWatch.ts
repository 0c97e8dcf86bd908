/**
 * Watches jobs of many CEs, with a separate watch for each CE.
 */
import type * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as MutableHashMap from "effect/MutableHashMap"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import type { BackendError } from "../../../contract/BackendError.ts"
import type { StatusChange, StatusReporter } from "../../../contract/Capability.ts"
import type { JobHandle } from "../../../contract/JobHandle.ts"
import * as Outcomes from "../../../contract/Outcomes.ts"
import * as Unavailable from "../status/Unavailable.ts"
import * as Routing from "./Routing.ts"

type Reporter = StatusReporter["Service"]

/**
 * The watch of one of the CEs.
 */
export class Followed extends Context.Service<Followed, Pick<Reporter, "watch">>()(
  "effect-htcondor-ce/ce/internal/many/Followed"
) {}

/**
 * Wraps `status` so that a failed query becomes the outcome of each job. A watch on top of it survives a CE that is down. Only
 * `NotInstalled` still fails the query, because it concerns all CEs.
 */
export const tolerant = (status: Reporter["status"]): Reporter["status"] => (handles) =>
  Effect.catch(status(handles), (error) =>
    error._tag === "NotInstalled"
      ? Effect.fail(error)
      : Effect.succeed(Outcomes.fromIterable(Unavailable.each(handles, error))))

type Sets = Queue.Queue<ReadonlyArray<JobHandle>, Cause.Done>

/**
 * Makes `watch` from the watches of the CEs. A CE's services stay open as long as the set has jobs of it.
 */
export const make = <I>(routing: Routing.Routing<I | Followed>): Reporter["watch"] =>
<E, R>(
  handles: ReadonlyArray<JobHandle> | Stream.Stream<ReadonlyArray<JobHandle>, E, R>,
  { known = [], ...pace }: Parameters<Reporter["watch"]>[1] = {}
) =>
  Stream.suspend(() => {
    // The known statuses of jobs that were in no set yet. A CE's watch may end, and begin again with other jobs.
    const unseen = new Map(
      Array.from(
        Routing.split(routing, known, ([handle]) => handle).groups,
        ([key, some]) => [key, MutableHashMap.fromIterable(some)] as const
      )
    )
    const open = new Map<string, Sets>()
    let failed: ReadonlySet<string> = new Set()

    const follow = (key: string, sets: Sets): Stream.Stream<StatusChange, BackendError> => {
      const known = Array.from(unseen.get(key) ?? [])
      return Stream.unwrap(
        Effect.map(
          routing.services(key),
          (services) => Context.get(services, Followed).watch(Stream.fromQueue(sets), { ...pace, known })
        )
      )
    }
    const close = (sets: Sets): void => {
      Queue.endUnsafe(sets)
    }
    // Returns the watches that begin with this set. Open watches get their part of it.
    const divide = Effect.fnUntraced(function*(set: ReadonlyArray<JobHandle>) {
      const { groups, unrouted } = Routing.split(routing, set, (handle) => handle)
      for (const [key, sets] of open) {
        if (groups.has(key)) continue
        open.delete(key)
        Queue.offerUnsafe(sets, [])
        close(sets)
      }
      const begun: Array<Stream.Stream<StatusChange, BackendError>> = []
      for (const [key, some] of groups) {
        let sets = open.get(key)
        if (sets === undefined) {
          sets = yield* Queue.unbounded<ReadonlyArray<JobHandle>, Cause.Done>()
          open.set(key, sets)
          begun.push(follow(key, sets))
        }
        Queue.offerUnsafe(sets, some)
        const ofCE = unseen.get(key)
        if (ofCE !== undefined) some.forEach((handle) => MutableHashMap.remove(ofCE, handle))
      }
      const news = unrouted.filter(([handle]) => !failed.has(String(handle)))
      failed = new Set(unrouted.map(([handle]) => String(handle)))
      if (news.length > 0) begun.push(Stream.fromIterable(news.map(([handle, outcome]) => ({ handle, outcome }))))
      return begun
    })

    return (Stream.isStream(handles) ? handles : Stream.make(handles)).pipe(
      Stream.mapEffect(divide),
      Stream.flattenIterable,
      Stream.onEnd(Effect.sync(() => open.forEach(close))),
      Stream.flatMap((changes) => changes, { concurrency: "unbounded", bufferSize: 1 })
    )
  })
