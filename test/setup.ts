/**
 * Seeds the random numbers of every test, so that all runs are the same. The seed of a test is its name; `HTCONDOR_CE_SEED` chooses
 * others. Only `Math.random` is seeded, because all other sources of randomness use it.
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

// Tests of one file run concurrently: each needs its own generator.
const own = new AsyncLocalStorage<() => number>()
const outside = generator(seed)

Math.random = () => (own.getStore() ?? outside)()

aroundEach((run, { task }) => own.run(generator(`${seed} ${task.fullName}`), run))
