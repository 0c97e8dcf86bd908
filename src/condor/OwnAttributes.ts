/**
 * The attributes by which this library knows its own jobs, and the reasons that it gives for their removal.
 *
 * @since 0.1.0
 */

/**
 * The version of what these attributes mean. It goes up whenever an older version would misread a newer job.
 *
 * @category constants
 * @since 0.1.0
 */
export const format = 1

/**
 * What the names of the attributes begin with, so that HTCondor gives them no meaning.
 *
 * @category constants
 * @since 0.1.0
 */
export const prefix = "EffectCE"

/**
 * - `key`: the submission key
 * - `copy`: the place of the job among the copies of its submission
 * - `copies`: how many copies the submission has
 * - `tag`: the caller's free text
 * - `fetch`: the mark of the fetch that transferred the output last
 * - `heldFetch`: the mark of the fetch that has what the job left while it is held, for as long as that takes
 * - `format`: {@link format}
 * - `payload`: a digest of what was submitted
 * - `attempt`: which `condor_submit` made the job, among those with its key
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
 * The reasons that are given to a schedd for a removal, and that its history keeps. The schedd adds " (by user …)".
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
 * The reason that is given to a schedd for a release.
 *
 * @category constants
 * @since 0.1.0
 */
export const released = "released"

/**
 * The condition that a job carries a submission key. `==` would ignore case. Keys need no escaping: their alphabet has no
 * quote.
 *
 * @category constructors
 * @since 0.1.0
 */
export const hasKey = (key: string): string => `${names.key} =?= "${key}"`

/**
 * The condition that a job carries any submission key.
 *
 * @category constants
 * @since 0.1.0
 */
export const hasAnyKey = `${names.key} =!= undefined`

/**
 * The condition that a job has a tag, which is a string literal.
 *
 * @category constructors
 * @since 0.1.0
 */
export const hasTag = (literal: string): string => `${names.tag} =?= ${literal}`

/**
 * The condition that the submission key of a job begins with a text, which is a string literal of `length` characters. `==` would
 * ignore case.
 *
 * @category constructors
 * @since 0.1.0
 */
export const keyBegins = (literal: string, length: number): string =>
  `substr(${names.key}, 0, ${length}) =?= ${literal}`

/**
 * The same, or that it is the copy at the CE of a grid job that does.
 *
 * @category constructors
 * @since 0.1.0
 */
export const hasKeyByAnyRoute = (key: string): string => `(${hasKey(key)} || ${names.gridKey} =?= "${key}")`

/**
 * The condition that a job is none that a JobRouter made of another one. Where the CE hands its jobs on from its own queue (to Slurm, for
 * instance), such a copy stands in the same queue, with all of these attributes: it is the same job once more.
 *
 * @category constants
 * @since 0.1.0
 */
export const isNoRoutedCopy = "RoutedFromJobId =?= undefined"

/**
 * The condition that a job carries the mark of a fetch.
 *
 * @category constructors
 * @since 0.1.0
 */
export const hasMark = (fetchId: string): string => `${names.fetch} =?= "${fetchId}"`

/**
 * The condition that a job carries the mark of a fetch of what it left while it is held.
 *
 * @category constructors
 * @since 0.1.0
 */
export const hasHeldMark = (fetchId: string): string => `${names.heldFetch} =?= "${fetchId}"`

/**
 * The condition that a job was made by one `condor_submit`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const hasAttempt = (attempt: string): string => `${names.attempt} =?= "${attempt}"`

/**
 * The condition that this version of the library understands a job. Whatever changes or removes a job names it.
 *
 * @category constants
 * @since 0.1.0
 */
export const hasFormat = `${names.format} =?= ${format}`
