/** Two users of one fake schedd, on both routes. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Context, type DateTime, Effect, Layer, Result, Stream } from "effect"
import {
  Capability,
  type HTCondorCE,
  type JobHandle,
  type Outcomes,
  type Submission,
  type SubmissionKey
} from "../../src/index.ts"
import { FakeSchedd } from "../../src/testing/index.ts"
import { backend, bySubmitHost, submitHost, Temporary } from "../testing/FakeSite.ts"

export const sites = (["lts", "latest"] as const).flatMap((version) =>
  (["Remote", "Grid"] as const).map((route) => [`${version}, ${route}`, version, route] as const)
)

export const site = (version: FakeSchedd.Version, route: "Remote" | "Grid") =>
  FakeSchedd.layer({ version, ...(route === "Grid" ? { endpoint: submitHost } : {}) }).pipe(
    Layer.provideMerge(Temporary.layer),
    Layer.provideMerge(NodeServices.layer)
  )

const tagOf = <A extends object, E extends { readonly _tag: string }>(
  outcomes: Outcomes.Outcomes<A, E>
): ReadonlyArray<string> =>
  Array.from(outcomes, ([, outcome]) =>
    Result.isFailure(outcome)
      ? outcome.failure._tag
      : "_tag" in outcome.success
      ? String(outcome.success._tag)
      : "Retrieved")

/** A user's operations, with the tags of the answers. */
export const user = Effect.fnUntraced(function*(
  name: string,
  route: "Remote" | "Grid",
  config: Partial<HTCondorCE.Config> = {}
) {
  const services = yield* Layer.build(
    backend({ ...(route === "Grid" ? bySubmitHost : {}), ...config }, FakeSchedd.token(name))
  )
  const { reconcile, submit, withdraw } = Context.get(services, Capability.Submitter)
  const { status } = Context.get(services, Capability.StatusReporter)
  const { cancel } = Context.get(services, Capability.Cancellable)
  const { purge } = Context.get(services, Capability.Purgeable)
  const { fetch } = Context.get(services, Capability.OutputRetriever)
  const { departed, list } = Context.get(services, Capability.Enumerable)
  type Handles = ReadonlyArray<JobHandle.JobHandle>
  return {
    reconcile,
    withdraw,
    departed: (since: DateTime.DateTime) => Stream.runCollect(departed({ since })),
    list: (filter?: Capability.ListFilter) => Stream.runCollect(list(filter)),
    submit: (key: SubmissionKey.SubmissionKey, copies: number, spec: Partial<Submission.SubmissionSpec> = {}) =>
      submit({ executable: "/bin/true", ...spec }, Array.from({ length: copies }, () => ({})), { key }),
    status: (handles: Handles) => Effect.map(status(handles), tagOf),
    cancel: (handles: Handles) => Effect.map(cancel(handles), tagOf),
    purge: (handles: Handles) => Effect.map(purge(handles), tagOf),
    fetch: (handles: Handles, destination: string) => Effect.map(fetch(handles, destination), tagOf)
  }
})
