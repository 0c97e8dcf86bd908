/** All situations. */
import type { Situation } from "./Situation.ts"
import { edits, removals } from "./situations/changes.ts"
import { diagnoses } from "./situations/diagnosis.ts"
import { lives } from "./situations/lives.ts"
import { queries } from "./situations/queries.ts"
import { refusals } from "./situations/refusals.ts"
import { submissions } from "./situations/submission.ts"
import { transfers } from "./situations/transfers.ts"

export const situations: ReadonlyArray<Situation> = [
  ...submissions,
  ...queries,
  ...removals,
  ...edits,
  ...transfers,
  ...refusals,
  ...lives,
  ...diagnoses
]
