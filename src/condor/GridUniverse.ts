/**
 * What a description says of jobs that another schedd hands on to an HTCondor-CE: its gridmanager submits each to the CE,
 * follows it there and fetches its output (HTCondor-C; manual: "The Grid Universe").
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as Constraint from "./Constraint.ts"
import * as OwnAttributes from "./OwnAttributes.ts"

// `grid_resource` splits at blanks, "$" begins a macro, and a line that ends in a backslash goes on in the next.
const Word = Schema.String.check(
  Schema.isPattern(/^[^\s$"\\\p{Cc}\p{Cs}]+$/u, {
    expected: "a text without blanks, quotes, backslashes, \"$\" or control characters"
  })
)

// Any other path is one in the job's directory, where the payload's own files are.
const AbsolutePath = Word.check(Schema.isPattern(/^\//, { expected: "an absolute path" }))

/**
 * Where the jobs go.
 *
 * - `schedd`, `pool`: the CE's schedd, and the address of its collector
 * - `scitokensFile`: a file on the submit host with the SCITOKEN that the gridmanager shows to the CE; without one it shows
 *   what the job's owner has in `~/.condor/tokens.d` there
 *
 * @category models
 * @since 0.1.0
 */
export const GridResource = Schema.Struct({
  schedd: Word,
  pool: Word,
  scitokensFile: Schema.optionalKey(AbsolutePath)
})

/**
 * @category models
 * @since 0.1.0
 */
export type GridResource = typeof GridResource.Type

/**
 * The reason of a removal that {@link commands} asks for.
 *
 * @category constants
 * @since 0.1.0
 */
export const disappearedReason = "the compute element has the job no more"

type Command = readonly [command: string, value: string]

const remote = (attribute: string): string => `My.Remote_${attribute}`

// The gridmanager holds a job that the CE has lost. It would be submitted once more if somebody released it.
const policy: ReadonlyArray<Command> = [
  ["periodic_remove", "JobStatus == 5 && HoldReasonCode == 0 && HoldReason == \"Job disappeared from remote schedd\""],
  ["My.PeriodicRemoveReason", `"${disappearedReason}"`],
  // Whoever asks the CE itself for the key must not take the gridmanager's job for his own.
  [remote(OwnAttributes.names.key), "undefined"]
]

const leaveInQueue = remote("LeaveJobInQueue")
const gridKey = remote(OwnAttributes.names.gridKey)

/**
 * For how many seconds the CE keeps a completed job whose output the submit host has fetched, if nobody releases it.
 *
 * @category constants
 * @since 0.1.0
 */
export const releaseGrace = 86_400

/**
 * What the jobs' copies at the CE are told of their submission.
 *
 * - `leaveInQueue`: as long as this holds, a completed job stays
 * - `key`: the submission key, as the value of an attribute
 *
 * @category models
 * @since 0.1.0
 */
export interface AtCE {
  readonly leaveInQueue: string
  readonly key: string | undefined
}

// The gridmanager's own expression has no end, and a CE that is killed forgets that the gridmanager has released a job.
const atCE = ({ key, ...own }: AtCE): ReadonlyArray<Command> => [
  [leaveInQueue, `${own.leaveInQueue} && (time() - (StageOutFinish ?: time())) < ${releaseGrace}`],
  ...(key === undefined ? [] : [[gridKey, key] as const])
]

/**
 * The value of `GridResource` of jobs that are handed on to a CE.
 *
 * @category constructors
 * @since 0.1.0
 */
export const resourceText = ({ pool, schedd }: Pick<GridResource, "pool" | "schedd">): string =>
  `condor ${schedd} ${pool}`

/**
 * The condition that a job is handed on to one of these CEs, by the text of its resource. A submit host may have jobs for many. `==`
 * ignores case, as names do.
 *
 * @category constructors
 * @since 0.1.0
 */
export const isFor = (resources: ReadonlyArray<string>): string =>
  Constraint.any(resources.map((text) => `GridResource == "${text}"`))

/**
 * The same, of an ad.
 *
 * @category predicates
 * @since 0.1.0
 */
export const goesTo = (
  resources: ReadonlyArray<string>,
  { GridResource }: { readonly GridResource?: string }
): boolean => GridResource !== undefined && resources.some((text) => text.toLowerCase() === GridResource.toLowerCase())

const ownToken: Command = ["My.Remote_ScitokensFile", "undefined"]

/**
 * The commands that other jobs do not have.
 *
 * **Details**
 *
 * An attribute `Remote_X` becomes `X` of the job at the CE, and one that is called `remote_x` is lost on the way:
 * {@link remoteQueue}. The policies of a job stay at the submit host: those of the job at the CE are the gridmanager's, but for
 * how long it stays there when it has completed.
 *
 * @category converting
 * @since 0.1.0
 */
export const commands = (
  { scitokensFile, ...resource }: GridResource,
  copy: AtCE
): ReadonlyArray<Command> => [
  ["grid_resource", resourceText(resource)],
  ...policy,
  ...atCE(copy),
  ...(scitokensFile === undefined ? [] : [["My.ScitokensFile", `"${scitokensFile}"`], ownToken] as const)
]

/**
 * The attribute that becomes `remote_queue` of the job at the CE.
 *
 * @category constants
 * @since 0.1.0
 */
export const remoteQueue = remote("remote_queue")

/**
 * The condition that the gridmanager may be submitting a job to the CE at this moment, or be about to take it up.
 *
 * **Details**
 *
 * A job that is removed, or held, while the gridmanager waits for the CE's answer is let go at once, and what the CE has just
 * taken is left there. One that is removed before, and that the gridmanager finds before the schedd has destroyed it, makes
 * each of its updates fail until it ends, and then it submits again what had no number yet. Neither has a `GridJobId`. Nor has
 * a job that waits its turn, or for a CE that is away: the latter has `GridResourceUnavailableTime`.
 *
 * @category constants
 * @since 0.1.0
 */
export const handover =
  "JobUniverse == 9 && JobStatus == 1 && GridJobId =?= undefined && GridResourceUnavailableTime =?= undefined"

/**
 * The same of a job that has been idle for less than five minutes. An older one most probably waits its turn.
 *
 * **Gotchas**
 *
 * No attribute tells a job that waits its turn from one that is being submitted: the gridmanager takes both into its charge
 * (`Managed`) and changes nothing else. Where another job has just made room at the CE, {@link handover} is what holds.
 *
 * @category constants
 * @since 0.1.0
 */
export const recentHandover = `${handover} && (time() - EnteredCurrentStatus) < 300`

/**
 * Whether a job is to be handed on and has no number at the CE, as its ad says.
 *
 * @category predicates
 * @since 0.1.0
 */
export const isWithoutNumber = (
  { GridJobId, GridResource }: { readonly GridJobId?: string; readonly GridResource?: string }
): boolean => GridResource !== undefined && GridJobId === undefined
