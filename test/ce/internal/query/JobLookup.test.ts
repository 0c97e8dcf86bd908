import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { settings } from "../../../../src/ce/Config.ts"
import * as Endpoint from "../../../../src/ce/Endpoint.ts"
import type { Session } from "../../../../src/ce/internal/credentials/Session.ts"
import * as HistoryQuery from "../../../../src/ce/internal/query/HistoryQuery.ts"
import * as JobLookup from "../../../../src/ce/internal/query/JobLookup.ts"
import { JobId, ToolOutput } from "../../../../src/condor/index.ts"
import type { PrintedAd } from "../../../../src/condor/Schedd.ts"
import { ad, endpoint, key } from "../../Scripted.ts"

/** A session with a schedd that answers with these records. */
const answering = Effect.fnUntraced(function*(records: Iterable<unknown>) {
  const answer = Stream.suspend(() => {
    const ads: Array<PrintedAd> = []
    const reader = ToolOutput.reader((ad) => ads.push(ad))
    reader.push(JSON.stringify(Array.from(records)))
    return Stream.fromIterable(ads)
  })
  const session: Pick<Session, "queue" | "history" | "endpoint" | "owner" | "settings"> = {
    settings: settings({ endpoint }),
    owner: Effect.succeed({ condition: "true", owns: () => true, isOther: () => false }),
    endpoint: yield* Effect.fromResult(Endpoint.make(endpoint)),
    queue: () => answer,
    history: () => answer
  }
  return session
})

const ids = (ads: ReadonlyArray<PrintedAd>) => ads.map(({ id }) => String(id))

describe("Lookup.ownQueue", () => {
  it.effect("keeps only the requested jobs", () =>
    Effect.gen(function*() {
      const session = yield* answering([
        ad("2.0"),
        ad("3.0", { EffectCEKey: "other" }),
        ad("1.0", { EffectCEKey: null, EffectCEGridKey: key }),
        ad("4.0", { EffectCEKey: "other", JobStatus: null }),
        // A record that cannot be read may lack its owner.
        { ClusterId: 5, ProcId: 0, JobStatus: null }
      ])
      const ads = yield* JobLookup.ownQueue(session, "true", JobLookup.mayHaveKey(key))
      assert.deepStrictEqual(ids(ads), ["1.0", "2.0", "5.0"])
    }))

  it.effect("fails for more jobs than any user has, instead of keeping them", () =>
    Effect.gen(function*() {
      const session = yield* answering([])
      const [some] = yield* JobLookup.ownQueue(yield* answering([ad("1.0")]), "true", () => true)
      if (some === undefined) return assert.fail("there is no job")
      const cluster = some.id.cluster
      const endless = Stream.map(Stream.range(0, 500_009), (proc): PrintedAd => ({
        ...some,
        id: new JobId.JobId({ cluster, proc: JobId.ProcId.make(proc, { disableChecks: true }) }, {
          disableChecks: true
        })
      }))
      const error = yield* Effect.flip(JobLookup.ownQueue({ ...session, queue: () => endless }, "true", () => true))
      assert.strictEqual(error._tag, "BackendFailed")
      assert.include(error.message, "the answer has more than 500000 jobs")
    }), 120_000)
})

describe("HistoryQuery.openHistory", () => {
  it.effect("returns only the requested jobs, and twice because a tool may run twice", () =>
    Effect.gen(function*() {
      const search = yield* HistoryQuery.openHistory(yield* answering(Array.from({ length: 300 }, () => ad("7.0"))))
      let given = 0
      yield* search({ constraint: "true", isSought: () => true, limit: 10 }, () => given++)
      assert.strictEqual(given, 20)
    }))
})
