/** The size of a test run. */
import { Config, Effect } from "effect"

/** Whether this run tries every moment and every sample (`npm run test:long`, `HTCONDOR_CE_LONG`). All other runs try a part of them. */
export const isLong = Effect.runSync(Config.Boolean("HTCONDOR_CE_LONG").pipe(Config.withDefault(false)))
