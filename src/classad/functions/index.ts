/** The functions of the language by their names in lower case. */
import type { Builtin } from "../Evaluation.ts"
import { conditions } from "./conditions.ts"
import { environment } from "./environment.ts"
import { lists } from "./lists.ts"
import { numbers } from "./numbers.ts"
import { references } from "./references.ts"
import { regexps } from "./regexps.ts"
import { stringLists } from "./stringLists.ts"
import { strings } from "./strings.ts"
import { times } from "./times.ts"
import { types } from "./types.ts"

export const table: ReadonlyMap<string, Builtin> = new Map(Object.entries({
  ...conditions,
  ...environment,
  ...lists,
  ...numbers,
  ...references,
  ...regexps,
  ...stringLists,
  ...strings,
  ...times,
  ...types
}))
