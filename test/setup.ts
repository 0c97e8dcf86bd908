/**
 * What every test file has: random numbers that are the same in each run, from a seed for each test. `HTCONDOR_CE_SEED` chooses
 * others. It is `Math.random` that is seeded, because everything else takes its randomness from there.
 */
import { Config, Effect, Random } from "effect"
import { AsyncLocalStorage } from "node:async_hooks"
import { aroundEach } from "vitest"

const seed = Effect.runSync(Config.String("HTCONDOR_CE_SEED").pipe(Config.withDefault("1")))

/** Numbers from 0 to 1 that follow from a text. */
const generator = (text: string): () => number => {
  const { nextDoubleUnsafe } = Effect.runSync(Random.Random.pipe(Random.withSeed(text)))
  return nextDoubleUnsafe
}

// Tests of one file run at the same time: each must draw from its own.
const own = new AsyncLocalStorage<() => number>()
const outside = generator(seed)

Math.random = () => (own.getStore() ?? outside)()

aroundEach((run, { task }) => own.run(generator(`${seed} ${task.fullName}`), run))
