/**
 * The commands of HTCondor that are not read here. A description that gives one of them a value is refused.
 *
 * `test/live/oracle/SubmitCommands.test.ts` compares the lists with `condor_submit` itself.
 *
 * @since 0.1.0
 */
import * as Container from "./Container.ts"
import type { Draft } from "./Draft.ts"

/** The names of one command. The first that exists counts. */
type Names = ReadonlyArray<string>

const split = (text: string, separator: RegExp): ReadonlyArray<string> => text.trim().split(separator)

/** Commands whose attribute has the same name without underscores. */
const plain = (text: string): ReadonlyArray<Names> => split(text, /\s+/).map((name) => [name, name.replaceAll("_", "")])

/** A command on each line, with its other names. */
const listed = (text: string): ReadonlyArray<Names> => split(text, /\n/).map((line) => split(line, /\s+/))

const always = {
  both: [
    ...plain(`
      append_files aws_region buffer_block_size buffer_files buffer_size checkpoint_destination compress_files
      cron_day_of_month cron_day_of_week cron_hour cron_minute cron_month cuda_version dag_node_name dagman_job_id
      deferral_time delegate_job_gsi_credentials_lifetime disk_usage docker_network_type docker_override_entrypoint
      docker_pull_policy dont_encrypt_input_files dont_encrypt_output_files encrypt_input_files encrypt_output_files
      erase_output_and_error_on_restart fetch_files file_remaps hold_kill_sig image_size jar_files
      job_ad_information_attrs job_machine_attrs_history_length kill_sig kill_sig_timeout load_profile local_files
      manifest_dir nice_user parallel_script_shadow parallel_script_starter public_input_files remove_kill_sig
      scitokens_file skip_if_dataflow tool_daemon_cmd transfer_plugins use_oauth_services want_io_proxy`),
    ...listed(`
      allow_arguments_v1
      allow_environment_v1
      aws_access_key_id_file EC2AccessKeyId
      aws_secret_access_key_file EC2SecretAccessKey
      checkpoint_exit_code SuccessCheckpointExitCode
      concurrency_limits
      concurrency_limits_expr
      dag_status
      dagman_log DAGManNodesLog
      failed_count
      getenv get_env
      gs_access_key_id_file EC2AccessKeyId
      gs_secret_access_key_file EC2SecretAccessKey
      interactive_args
      java_vm_args
      java_vm_arguments JavaVMArgs
      java_vm_arguments2
      jobset JobSetName
      manifest ManifestDesired
      match_list_length LastMatchListLength
      max_idle JobMaterializeMaxIdle
      max_materialize JobMaterializeLimit
      materialize_max_idle
      Remote_grid_resource Remote_GridResource
      Remote_Remote_grid_resource Remote_Remote_GridResource
      Remote_Remote_universe Remote_Remote_JobUniverse
      Remote_universe Remote_JobUniverse
      retry
      s3_access_key_id_file EC2AccessKeyId
      s3_secret_access_key_file EC2SecretAccessKey
      skip_filechecks
      starter_debug JobStarterDebug
      starter_log JobStarterLog
      SubmitFailEmptyFields
      SubmitFailEmptyMatches
      SubmitWarnDuplicateMatches
      SubmitWarnEmptyFields
      SubmitWarnEmptyMatches
      transfer_checkpoint_files TransferCheckpoint
      ulog_execute_attrs UserLogExecuteEventAttrs
      use_scitokens use_scitoken
      WantParallelScheduling`)
  ],
  lts: listed(`
    interactive_exectuable
    submit_fail_empty_fields
    submit_warn_empty_fields`),
  latest: [
    ...plain(`
      container_is_common docker_send_credentials mount_under_scratch output_directory primary_unix_group
      submit_event_notes_attrs want_job_networking`),
    ...listed(`
      interactive_executable
      on_evict_checks TransformOnEvict
      retry_request_memory
      retry_request_memory_increase
      retry_request_memory_max
      shell
      transfer_common_input CommonInputFiles`)
  ]
}

/** Commands of jobs of the grid universe. */
const ofGrid = {
  both: [
    ...plain(`
      arc_application arc_resources arc_rte
      azure_admin_key azure_admin_username azure_auth_file azure_image azure_location azure_size
      batch_extra_submit_args batch_project batch_queue batch_runtime cloud_label_names
      ec2_access_key_id ec2_ami_id ec2_availability_zone ec2_block_device_mapping ec2_elastic_ip
      ec2_iam_profile_arn ec2_iam_profile_name ec2_instance_type ec2_keypair ec2_keypair_file ec2_secret_access_key
      ec2_security_groups ec2_security_ids ec2_spot_price ec2_tag_names ec2_user_data ec2_user_data_file
      ec2_vpc_ip ec2_vpc_subnet
      gce_account gce_auth_file gce_image gce_json_file gce_machine_type gce_metadata gce_metadata_file
      gce_preemptible`),
    ...listed(`
      ec2_ebs_volumes EC2ElasticBlockStorageVolumes
      ec2_key_pair_file
      ec2_keyp_air
      ec2_parameter_names EC2ParamNames`)
  ],
  lts: [],
  latest: plain("arc_data_staging")
}

const ofGridPrefix = /^(?:ec2_parameter_|ec2_tag_.|cloud_label_.)/i

/** Commands of jobs that run in a container. */
const ofContainer = plain("container_service_names")

/** Commands of jobs that run without one. */
const ofOthers = { lts: plain("copy_to_spool"), latest: [] }

/** Lines that `condor_submit` reads, and that have no effect on a job. */
const read = { both: ["job", "submit_file"], lts: ["Cluster", "Process"], latest: ["Item"] }

const namesFor = (draft: Draft): ReadonlyArray<Names> => {
  const { macros, setting: { version } } = draft
  const some = [...always.both, ...always[version], ...Container.isContainer(draft) ? ofContainer : ofOthers[version]]
  if (!draft.isGrid) return some
  const prefixed = macros.named((name) => ofGridPrefix.test(name)).map(([name]) => [name])
  return [...some, ...ofGrid.both, ...ofGrid[version], ...prefixed]
}

/** Refuses a description in which a command that is not read here has a value. */
export const commands = (draft: Draft): void => {
  for (const name of [...read.both, ...read[draft.setting.version]]) draft.macros.get(name)
  for (const names of namesFor(draft)) {
    if (draft.macros.given(...names) !== undefined) draft.leave(`the command ${names[0]}`)
  }
}
