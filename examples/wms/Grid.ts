/** The files of this system: its compute elements, and the pools of pilots there. */
import { Effect, Schema } from "effect"
import { type ComputeElements, Credential, Endpoint, HTCondorCE, Submission } from "effect-htcondor-ce"

/**
 * A pool keeps a number of equal pilots at one site of the file of sites. Their submission keys begin with its name. A pilot that has
 * not ended after `patience`, because it waits or is held, is cancelled. All runners share the paths of `output` and `spec`.
 */
export const Pools = Schema.Struct({
  pools: Schema.Array(Schema.Struct({
    name: Schema.String.check(Schema.isPattern(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/)),
    site: Schema.NonEmptyString,
    pilots: Schema.Natural,
    patience: Schema.DurationFromString,
    output: Schema.NonEmptyString,
    spec: Submission.SubmissionSpec
  }))
})

export interface Pool {
  readonly endpoint: string
  readonly pool: (typeof Pools.Type)["pools"][number]
}

export class UnknownSite extends Schema.TaggedError<UnknownSite>()("UnknownSite", { site: Schema.String }) {
  override get message(): string {
    return `the file of sites has no ${this.site}`
  }
}

const address = (endpoint: string) => Effect.map(Effect.fromResult(Endpoint.make(endpoint)), ({ address }) => address)

/** The configuration and credentials of each compute element, for runners. */
export const directory = Effect.fnUntraced(function*({ sites }: HTCondorCE.Sites) {
  const elements = new Map<string, ComputeElements.ComputeElement>()
  for (const site of Object.values(sites)) {
    const credentials = Credential.layerFiles(site.credentials ?? {})
    elements.set(yield* address(site.endpoint), { ...HTCondorCE.configOf(site), credentials })
  }
  return (endpoint: string) => elements.get(endpoint)
})

/** The pools, each with its compute element. */
export const located = ({ sites }: HTCondorCE.Sites, { pools }: typeof Pools.Type) =>
  Effect.forEach(pools, (pool) =>
    Effect.gen(function*() {
      const site = sites[pool.site]
      if (site === undefined) return yield* new UnknownSite({ site: pool.site })
      return { endpoint: yield* address(site.endpoint), pool } satisfies Pool
    }))
