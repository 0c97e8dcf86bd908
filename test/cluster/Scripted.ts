/** A compute element whose owner gives the answers of a test. */
import { Effect, Stream } from "effect"
import { CE } from "../../src/cluster/index.ts"
import * as Tuning from "../../src/cluster/internal/tuning.ts"

type Answers = Parameters<typeof CE.CE.of>[0]

const unasked = () => Effect.die(new Error("not asked"))
const unfollowed = () => Stream.die(new Error("not asked"))

export const owner = (answers: Partial<Answers>) =>
  CE.CE.toLayer(
    Effect.succeed(CE.CE.of({
      submit: unasked,
      reconcile: unasked,
      withdraw: unasked,
      status: unasked,
      describe: unasked,
      statusOf: unasked,
      fetch: unasked,
      fetchOne: unasked,
      fetchDeposited: unfollowed,
      deposited: unasked,
      fetchRepeatable: unasked,
      fetchOneRepeatable: unasked,
      fetchHeld: unasked,
      cancel: unasked,
      purge: unasked,
      release: unasked,
      watch: unfollowed,
      list: unfollowed,
      departed: unfollowed,
      ...answers
    })),
    Tuning.perElement
  )
