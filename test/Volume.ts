/** The size of a test run. */
import { Config, Effect } from "effect"

/** Whether this run tries every moment and every sample (`npm run test:long`, `HTCONDOR_CE_LONG`). All other runs try a part of them. */
export const isLong = Effect.runSync(Config.Boolean("HTCONDOR_CE_LONG").pipe(Config.withDefault(false)))

/** The limit of a test's time, in milliseconds: in a run that explores, two hours. */
export const limit = (millis: number): number => isLong ? 7_200_000 : millis
