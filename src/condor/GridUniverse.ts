/**
 * The descriptions of jobs that a submit host hands over to an HTCondor-CE. Its gridmanager submits each job to the CE,
 * follows it there and fetches its output (HTCondor-C; manual: "The Grid Universe").
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as Constraint from "./Constraint.ts"
import * as OwnAttributes from "./OwnAttributes.ts"

// `grid_resource` splits at blanks, "$" begins a macro, and a line that ends in a backslash continues in the next one.
const Word = Schema.String.check(
  Schema.isPattern(/^[^\s$"\\\p{Cc}\p{Cs}]+$/u, {
    expected: "a text without blanks, quotes, backslashes, \"$\" or control characters"
  })
)

// A relative path would be relative to the job's directory, which has the files of the payload.
const AbsolutePath = Word.check(Schema.isPattern(/^\//, { expected: "an absolute path" }))

/**
 * The CE to which the jobs are handed over.
 *
 * @category models
 * @since 0.1.0
 */
export const GridResource = Schema.Struct({
  /** The name of the CE's schedd. */
  schedd: Word,
  /** The address of the CE's collector, `<host>:<port>`. */
  pool: Word,
  /**
   * The absolute path of a file on the submit host, with the SciToken that the gridmanager sends to the CE. Default: the
   * gridmanager uses the tokens of the job's owner in `~/.condor/tokens.d` there.
   */
  scitokensFile: Schema.optionalKey(AbsolutePath)
})

/**
 * @category models
 * @since 0.1.0
 */
export type GridResource = typeof GridResource.Type

/**
 * The reason of the removal that the policy in {@link commands} causes.
 *
 * @category constants
 * @since 0.1.0
 */
export const disappearedReason = "the compute element has the job no more"

type Command = readonly [command: string, value: string]

const remote = (attribute: string): string => `My.Remote_${attribute}`

// The gridmanager holds a job that the CE has lost. A release would submit it a second time.
const policy: ReadonlyArray<Command> = [
  ["periodic_remove", "JobStatus == 5 && HoldReasonCode == 0 && HoldReason == \"Job disappeared from remote schedd\""],
  ["My.PeriodicRemoveReason", `"${disappearedReason}"`],
  // A client that queries the CE itself for the key must not find the gridmanager's job as its own.
  [remote(OwnAttributes.names.key), "undefined"]
]

const leaveInQueue = remote("LeaveJobInQueue")
const gridKey = remote(OwnAttributes.names.gridKey)

/**
 * The seconds for which the CE keeps a completed job after the submit host has fetched its output.
 *
 * @category constants
 * @since 0.1.0
 */
export const releaseGrace = 86_400

/**
 * The settings of the jobs' copies at the CE.
 *
 * @category models
 * @since 0.1.0
 */
export interface AtCE {
  /** The ClassAd expression that keeps a completed job in the queue of the CE while it is true. */
  readonly leaveInQueue: string
  /** The submission key, as the value of an attribute: a quoted text. */
  readonly key: string | undefined
}

// The gridmanager's own expression never ends, and a CE that is killed forgets that the gridmanager has released a job.
const atCE = ({ key, ...own }: AtCE): ReadonlyArray<Command> => [
  [leaveInQueue, `${own.leaveInQueue} && (time() - (StageOutFinish ?: time())) < ${releaseGrace}`],
  ...(key === undefined ? [] : [[gridKey, key] as const])
]

/**
 * Returns the value of `GridResource` for jobs that are handed over to a CE.
 *
 * @category constructors
 * @since 0.1.0
 */
export const resourceText = ({ pool, schedd }: Pick<GridResource, "pool" | "schedd">): string =>
  `condor ${schedd} ${pool}`

/**
 * Makes the condition that a job is for one of these CEs, by the text of its resource. A submit host may have jobs for many
 * CEs. `==` ignores case, as names do.
 *
 * @category constructors
 * @since 0.1.0
 */
export const isFor = (resources: ReadonlyArray<string>): string =>
  Constraint.any(resources.map((text) => `GridResource == "${text}"`))

/**
 * Whether the job of an ad is for one of these CEs.
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
 * Returns the submit commands that only jobs of the grid universe have.
 *
 * **Details**
 *
 * An attribute `Remote_X` becomes `X` of the job at the CE. An attribute `remote_x` is lost on the way: see
 * {@link remoteQueue}. The policies of a job stay at the submit host. The gridmanager sets those of the job at the CE, except
 * the time for which a completed job stays there.
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
 * The condition that the gridmanager may be submitting a job to the CE now, or is about to do so.
 *
 * **Details**
 *
 * Do not remove a job in this state. If it is removed or held while the gridmanager waits for the CE's answer, the
 * gridmanager drops it at once, and the copy that the CE has just accepted stays there. If it is removed before, and the
 * gridmanager finds it before the schedd has destroyed it, all updates of the gridmanager fail until it ends. Then it submits
 * the jobs without a number again.
 *
 * Such jobs have no `GridJobId`. Other jobs without one wait for their turn, or for a CE that is down: the latter have
 * `GridResourceUnavailableTime`.
 *
 * @category constants
 * @since 0.1.0
 */
export const handover =
  "JobUniverse == 9 && JobStatus == 1 && GridJobId =?= undefined && GridResourceUnavailableTime =?= undefined"

/**
 * As {@link handover}, for jobs that have been idle for less than five minutes. An older one most probably waits for its turn.
 *
 * **Gotchas**
 *
 * No attribute distinguishes a job that waits for its turn from one that is being submitted: the gridmanager sets `Managed` for
 * both, and changes nothing else. If another job has just made room at the CE, use {@link handover}.
 *
 * @category constants
 * @since 0.1.0
 */
export const recentHandover = `${handover} && (time() - EnteredCurrentStatus) < 300`

/**
 * Whether the job of an ad is for a CE and has no number there.
 *
 * @category predicates
 * @since 0.1.0
 */
export const isWithoutNumber = (
  { GridJobId, GridResource }: { readonly GridJobId?: string; readonly GridResource?: string }
): boolean => GridResource !== undefined && GridJobId === undefined
