/** How much a run tries. */
import { Config, Effect } from "effect"

/** Whether this run explores (`npm run test:long`, `HTCONDOR_CE_LONG`): every moment, every sample. All others try a part. */
export const isLong = Effect.runSync(Config.Boolean("HTCONDOR_CE_LONG").pipe(Config.withDefault(false)))
