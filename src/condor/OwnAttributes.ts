/**
 * The attributes by which this library recognises its own jobs, and the reasons that it gives for their removal.
 *
 * @since 0.1.0
 */

/**
 * The version of the format of these attributes. It changes whenever an older version would misread a newer job.
 *
 * @category constants
 * @since 0.1.0
 */
export const format = 1

/**
 * The beginning of the attributes' names. HTCondor has no attributes with it.
 *
 * @category constants
 * @since 0.1.0
 */
export const prefix = "EffectCE"

/**
 * The names of the attributes.
 *
 * - `key`: the submission key
 * - `copy`: the index of the job among the copies of its submission
 * - `copies`: the number of copies of the submission
 * - `tag`: the caller's free text
 * - `fetch`: the mark of the last fetch that transferred the output
 * - `heldFetch`: the mark of a fetch of a held job, while it transfers
 * - `format`: {@link format}
 * - `payload`: a digest of the submission
 * - `attempt`: identifies the run of `condor_submit` that made the job, among those with its key
 * - `gridKey`: the submission key, on the copy of a grid job at the CE
 *
 * @category constants
 * @since 0.1.0
 */
export const names = {
  key: "EffectCEKey",
  copy: "EffectCECopy",
  copies: "EffectCECopies",
  tag: "EffectCETag",
  fetch: "EffectCEFetch",
  heldFetch: "EffectCEHeldFetch",
  format: "EffectCEFormat",
  payload: "EffectCEPayload",
  attempt: "EffectCEAttempt",
  gridKey: "EffectCEGridKey"
} as const

/**
 * The reasons of this library for a removal. The history of the schedd has them, with " (by user …)" appended.
 *
 * @category constants
 * @since 0.1.0
 */
export const reasons = {
  abandoned: "submission abandoned",
  cancelled: "cancelled",
  purged: "output purged",
  retrieved: "output retrieved"
} as const

/**
 * The reason of this library for a release.
 *
 * @category constants
 * @since 0.1.0
 */
export const released = "released"

/**
 * Makes the condition that a job has this submission key. `=?=` compares the case, which `==` would ignore. Keys need no
 * escaping, because they have no quotes.
 *
 * @category constructors
 * @since 0.1.0
 */
export const hasKey = (key: string): string => `${names.key} =?= "${key}"`

/**
 * The condition that a job has any submission key.
 *
 * @category constants
 * @since 0.1.0
 */
export const hasAnyKey = `${names.key} =!= undefined`

/**
 * Makes the condition that a job has this tag, which is a string literal.
 *
 * @category constructors
 * @since 0.1.0
 */
export const hasTag = (literal: string): string => `${names.tag} =?= ${literal}`

/**
 * Makes the condition that the submission key of a job begins with a text. `literal` is a string literal of `length`
 * characters.
 *
 * @category constructors
 * @since 0.1.0
 */
export const keyBegins = (literal: string, length: number): string =>
  `substr(${names.key}, 0, ${length}) =?= ${literal}`

/**
 * Makes the condition that a job has this submission key, or is the copy at the CE of a grid job that has it.
 *
 * @category constructors
 * @since 0.1.0
 */
export const hasKeyByAnyRoute = (key: string): string => `(${hasKey(key)} || ${names.gridKey} =?= "${key}")`

/**
 * The condition that a job is not a JobRouter's copy of another job. A CE in front of Slurm, for example, has such copies in
 * its own queue, with all of these attributes.
 *
 * @category constants
 * @since 0.1.0
 */
export const isNoRoutedCopy = "RoutedFromJobId =?= undefined"

/**
 * Makes the condition that a job has the mark of this fetch.
 *
 * @category constructors
 * @since 0.1.0
 */
export const hasMark = (fetchId: string): string => `${names.fetch} =?= "${fetchId}"`

/**
 * Makes the condition that a held job has the mark of this fetch.
 *
 * @category constructors
 * @since 0.1.0
 */
export const hasHeldMark = (fetchId: string): string => `${names.heldFetch} =?= "${fetchId}"`

/**
 * Makes the condition that this run of `condor_submit` made the job.
 *
 * @category constructors
 * @since 0.1.0
 */
export const hasAttempt = (attempt: string): string => `${names.attempt} =?= "${attempt}"`

/**
 * The condition that this version of the library understands a job. Every operation that changes or removes jobs uses it.
 *
 * @category constants
 * @since 0.1.0
 */
export const hasFormat = `${names.format} =?= ${format}`
