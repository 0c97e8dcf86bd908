/** Submissions to a schedd with a list of jobs, and their outcomes. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect } from "effect"
import { Capability, type Submission } from "../../src/index.ts"
import { TimeLapse } from "../../src/testing/index.ts"
import { cluster, type Listed, type schedd } from "./ListedSchedd.ts"
import { key } from "./Scripted.ts"

export const submit = (
  count = 2,
  options: Partial<Capability.SubmitOptions> = {},
  spec: Submission.SubmissionSpec = { executable: "/bin/true" }
) =>
  Effect.flatMap(
    Capability.Submitter,
    (submitter) => submitter.submit(spec, Array.from({ length: count }, () => ({})), { key, ...options })
  )

export const passing = <A, E>(
  effect: Effect.Effect<A, E, Capability.Submitter>,
  layer: ReturnType<typeof schedd>["layer"]
) => TimeLapse.run(Effect.provide(effect, layer), { step: "500 millis" }).pipe(Effect.provide(NodeServices.layer))

export const jobsOf = ({ handles }: Submission.Submission) => handles.map(({ job }) => job)

export const reasonOf = (error: { readonly _tag: string; readonly reason?: unknown }) => error.reason ?? error._tag

export const whole = { first: 0, count: 2, copies: 2 }

/** Another client's cluster with the payload of this client. */
export const twin = (listed: Listed, number: number, range = whole, attributes: Record<string, unknown> = {}) => {
  const payload = listed.queue.flatMap((job) => Object.entries(job)).find(([name]) => name === "EffectCEPayload")
  return cluster(number, range, { ...(payload === undefined ? {} : { EffectCEPayload: payload[1] }), ...attributes })
}

/**
 * Another client commits before this client does. It gets the payload afterwards, because this client's digest is
 * made here.
 */
export const elder = (number: number, range = whole, attributes: Record<string, unknown> = {}) => ({
  after: (listed: Listed, own: number) => {
    if (own === 50) listed.queue = [...twin(listed, number, range, attributes), ...listed.queue]
  }
})
