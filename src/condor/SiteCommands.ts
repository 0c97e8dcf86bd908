/**
 * Commands of the submit language, and attributes of jobs, that one site requires and this library does not write.
 *
 * **Details**
 *
 * They cannot override commands and attributes that the library writes, or reads again later. `condor_submit` has several names
 * for one command (`executable`, `Cmd`), accepts the names of attributes as commands, and ignores case. So names are compared
 * without case, without underscores, and without the prefixes `+` and `MY.`.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Parser from "../classad/Parser.ts"
import * as JobAd from "./JobAd.ts"
import * as Quote from "./Quote.ts"
import { noMacro, Value } from "./SubmitValue.ts"

const words = (text: string): ReadonlyArray<string> => text.split(/\s+/).filter((word) => word !== "")

// Late materialisation.
const materializing = words(
  "max_materialize max_idle materialize_max_idle job_materialize_limit job_materialize_max_idle"
)

// Commands and attributes together. If `plain` makes a command and its attribute equal, the list has only one of them.
const owned: ReadonlyArray<string> = [
  ...words(`
    universe job_universe grid_resource rendezvousdir
    executable cmd interactive_executable transfer_executable shell
    arguments arguments2 args interactive_args allow_arguments_v1
    environment environment2 env env_delim allow_environment_v1 getenv get_env
    input stdin in output stdout out error stderr err
    transfer_input transfer_in transfer_output transfer_out transfer_error transfer_err
    stream_input stream_in stream_output stream_out stream_error stream_err
    initialdir initial_dir job_iwd iwd remote_initialdir remote_iwd`),
  ...words(`
    transfer_input_files transfer_output_files transfer_input_remaps transfer_output_remaps
    output_destination output_directory should_transfer_files when_to_transfer_output preserve_relative_paths
    transfer_checkpoint_files transfer_checkpoint checkpoint_files transfer_plugins public_input_files transfer_common_input common_input_files
    tool_daemon_cmd tool_daemon_args tool_daemon_arguments tool_daemon_arguments2
    tool_daemon_input tool_daemon_output tool_daemon_error
    append_files fetch_files local_files file_remaps dont_append erase_output_and_error_on_restart
    manifest manifest_dir job_manifest_desired job_manifest_dir spooled_output_files
    log user_log log_xml user_log_use_xml dagman_log dagman_workflow_log
    leave_in_queue leave_job_in_queue hold notification job_notification skip_filechecks`),
  ...words(`
    request_cpus request_memory request_disk request_gpus
    xcount max_memory max_wall_time batch_runtime queue batch_queue remote_queue
    retry_request_memory retry_request_memory_max retry_request_memory_increase retry_request_disk
    on_evict_checks transform_on_evict
    disk_usage image_size executable_size transfer_input_size_mb`),
  ...words(`
    container_image container_image_full_path container_image_source container_is_common transfer_container
    want_container want_docker want_docker_image want_sif want_sandbox_image docker_image`),
  ...words(`
    x509_user_proxy use_x509_user_proxy use_scitokens use_scitoken scitokens_file send_credential
    delegate_job_gsi_credentials_lifetime use_oauth_services oauth_services_needed`),
  // Macros that condor_submit defines, and names that it does not read as commands.
  ...words(`
    cluster cluster_id process proc_id proc node step row item item_index dollar dollardollar
    if elif else endif include use warning`),
  // Attributes that identify a schedd and its clients, and counters of the schedd.
  ...words(`
    owner q_date global_job_id total_submit_procs my_type target_type job_submit_method
    submit_version condor_version condor_platform exit_status min_hosts max_hosts current_hosts
    num_ckpts num_job_completions num_restarts num_system_holds
    remote_wall_clock_time remote_user_cpu remote_sys_cpu cumulative_remote_user_cpu cumulative_remote_sys_cpu
    committed_time committed_slot_time committed_suspension_time cumulative_slot_time cumulative_suspension_time
    total_suspensions last_suspension_time`),
  // Commands that end a job without its payload, and the attributes by which a JobRouter recognises its own jobs.
  ...words(`
    noop_job is_noop_job noop_job_exit_code noop_job_exit_signal
    managed managed_manager routed_job routed_to_job_id routed_from_job_id`),
  ...materializing,
  ...JobAd.attributes
]

/**
 * Returns a name in the form in which names are compared.
 *
 * @category converting
 * @since 0.1.0
 */
export const plain = (name: string): string => name.replace(/^(?:\+|my\.)/i, "").replaceAll("_", "").toLowerCase()

const ownedNames: ReadonlySet<string> = new Set(owned.map(plain))
const materializingNames: ReadonlySet<string> = new Set(materializing.map(plain))

// Attributes that a client reads as its own paths, those of this library, and the variables of its queue statement.
const ownedPrefix = /^(?:submit_(?!event_)|effectce|v_|transform_body_)/

/**
 * Whether a name is a command or an attribute that the library writes, or depends on.
 *
 * **Details**
 *
 * A name that begins with `remote_` is for the schedd behind the next one. It is compared without that prefix.
 *
 * **Example** (Checking the names of a site)
 *
 * ```ts
 * import { SiteCommands } from "effect-htcondor-ce/condor"
 * import * as assert from "node:assert"
 *
 * assert.strictEqual(SiteCommands.isOwned("Transfer_Output_Files"), true)
 * assert.strictEqual(SiteCommands.isOwned("accounting_group"), false)
 * ```
 *
 * @category guards
 * @since 0.1.0
 */
export const isOwned = (name: string): boolean => {
  const bare = name.replace(/^(?:\+|my\.)/i, "").toLowerCase()
  const own = bare.replace(/^(?:remote_)+/, "")
  return ownedPrefix.test(own) || ownedNames.has(plain(bare)) || ownedNames.has(plain(own))
}

/**
 * Whether a name belongs to late materialisation, in which a schedd makes the jobs of a submission one after the other.
 *
 * **Details**
 *
 * A schedd accepts it for jobs with spooled input. But then it spools no input for them, and holds them all (code 14, measured
 * on 23.9 and 25.14).
 *
 * @category guards
 * @since 0.1.0
 */
export const materializesLate = (name: string): boolean =>
  materializingNames.has(plain(name).replace(/^(?:remote)+/, ""))

const refusal = (name: string): string | undefined =>
  materializesLate(name)
    ? "Expected a name other than those of late materialisation: no input is spooled for it, and every job is held (code 14)"
    : isOwned(name)
    ? "Expected another name: the library sets this one, and it cannot be overridden"
    : undefined

const notOwned = Schema.makeFilter<string>(refusal)

/**
 * The name of a command that the library does not own.
 *
 * @category schemas
 * @since 0.1.0
 */
export const CommandName = Schema.String.check(
  Schema.isPattern(/^[A-Za-z][A-Za-z0-9_]{0,255}$/, { expected: "the name of a command: letters, digits and \"_\"" }),
  notOwned
)

/**
 * @category models
 * @since 0.1.0
 */
export type CommandName = typeof CommandName.Type

/**
 * The value of a command: one line without macros.
 *
 * @category schemas
 * @since 0.1.0
 */
export const CommandValue = Value.check(
  Schema.isPattern(/^\S(?:.*\S)?$/s, { expected: "a text without blanks at its ends" }),
  Schema.isPattern(/[^\\]$/, { expected: "a text that does not end in \"\\\"" }),
  noMacro
)

/**
 * @category models
 * @since 0.1.0
 */
export type CommandValue = typeof CommandValue.Type

/**
 * The name of an attribute that the library does not own, without `+` or `MY.`.
 *
 * **Details**
 *
 * `Requirements` is only allowed as a command: `condor_submit` adds the conditions of the job's kind to the command, and not to
 * the attribute.
 *
 * @category schemas
 * @since 0.1.0
 */
export const AttributeName = Schema.String.check(
  Schema.isPattern(/^(?!requirements$)[A-Za-z][A-Za-z0-9_]{0,255}$/i, {
    expected: "the name of an attribute other than Requirements: letters, digits and \"_\""
  }),
  notOwned
)

/**
 * @category models
 * @since 0.1.0
 */
export type AttributeName = typeof AttributeName.Type

/**
 * The value of an attribute: the text of one ClassAd expression, for example `"text"`, `7`, `true`, or `JobStatus == 5`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Expression = CommandValue.check(
  Schema.makeFilter((text) => {
    const parsed = Parser.parse(text, { strings: "old" })
    return Result.isSuccess(parsed) ? undefined : "Expected a ClassAd expression"
  })
)

/**
 * @category models
 * @since 0.1.0
 */
export type Expression = typeof Expression.Type

/**
 * Writes a value as the text of an expression.
 *
 * @category converting
 * @since 0.1.0
 */
export const literal = (value: string | number | boolean): string =>
  typeof value === "string" ? `"${value.replaceAll("\"", "\\\"")}"` : String(value)

const isCommandName = Schema.is(CommandName)
const isAttributeName = Schema.is(AttributeName)
const isExpression = Schema.is(Expression)

// A record's key schema would silently drop a key that fails its check. So the record itself is checked.
const names = (isName: (name: string) => boolean) =>
  Schema.makeFilter((record: Readonly<Record<string, string>>) => {
    const all = Object.keys(record)
    const wrong = all.find((name) => !isName(name))
    if (wrong !== undefined) {
      return { path: [wrong], issue: refusal(wrong) ?? "Expected a name, and one that the library does not own" }
    }
    const twice = all.find((name, index) => all.findIndex((other) => plain(other) === plain(name)) < index)
    return twice === undefined ? undefined : { path: [twice], issue: "Expected each name once" }
  })

/**
 * Commands by their names. `requirements` must be an expression, because `condor_submit` appends more conditions to it.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Commands = Schema.Record(Schema.String, CommandValue).check(
  names(isCommandName),
  Schema.makeFilter((record) => {
    const name = Object.keys(record).find((name) => plain(name) === "requirements" && !isExpression(record[name]))
    return name === undefined ? undefined : { path: [name], issue: "Expected a ClassAd expression" }
  })
)

/**
 * @category models
 * @since 0.1.0
 */
export type Commands = typeof Commands.Type

/**
 * Expressions of attributes by their names.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Attributes = Schema.Record(Schema.String, Expression).check(names(isAttributeName))

/**
 * @category models
 * @since 0.1.0
 */
export type Attributes = typeof Attributes.Type

/**
 * Returns the lines of a description: pairs of a command and its value.
 *
 * @category converting
 * @since 0.1.0
 */
export const lines = (
  { attributes, commands }: {
    readonly commands: Readonly<Record<string, string>>
    readonly attributes: Readonly<Record<string, string>>
  }
): ReadonlyArray<readonly [command: string, value: string]> => [
  ...Object.entries(commands).map(([name, value]) => [name, Quote.name(value)] as const),
  ...Object.entries(attributes).map(([name, value]) => [`My.${name}`, Quote.name(value)] as const)
]
