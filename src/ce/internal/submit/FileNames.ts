/**
 * The names of files in a job's working directory, and the fields that use them.
 */
import type * as FieldErrors from "./FieldErrors.ts"

// The names that HTCondor uses itself in a job's directory, and the log.
const reserved =
  /^(?:_condor.*|condor_exec\.exe|\.(?:job|machine|update)\.ad|\.chirp\.config|\.condor.*|job\.log|tmp|var)$/i

/**
 * Whether HTCondor, or this library, uses a name itself.
 */
export const isReserved = (name: string): boolean => reserved.test(name)

/**
 * The field that uses each name.
 */
export type Names = Map<string, string>

const nobody: ReadonlyMap<string, string> = new Map()

/**
 * Claims a name for a field. Refuses it if a field in `used` or `others` has it already, or if it is reserved.
 */
export const claim = (
  { refuse }: FieldErrors.Refusals,
  name: string,
  field: string,
  used: Names,
  others = nobody
): void => {
  const other = used.get(name) ?? others.get(name)
  if (isReserved(name)) {
    refuse(field, `${JSON.stringify(name)} is a name that HTCondor or this library uses itself`)
  } else if (other !== undefined) refuse(field, `${JSON.stringify(name)} is the name of ${other} too`)
  else used.set(name, field)
}
