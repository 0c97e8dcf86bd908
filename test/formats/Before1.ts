/** The submit description of the library before its jobs had a format. Do not change it: such jobs exist. */

/** The description of a submission of `/bin/true`. */
export const description = (key: string, copies: number): string =>
  [
    "universe = vanilla",
    "should_transfer_files = YES",
    "when_to_transfer_output = ON_EXIT",
    "notification = Never",
    "transfer_executable = True",
    "executable = true",
    "arguments = \"\"",
    "transfer_output_files = \"\"",
    "output = stdout",
    "error = stderr",
    "log = job.log",
    "leave_in_queue = JobStatus == 4 && (CompletionDate =?= undefined || CompletionDate == 0 || (time() - CompletionDate) < 864000)",
    "request_cpus = 1",
    "My.xcount = 1",
    `My.EffectCEKey = "${key}"`,
    `My.EffectCECopies = ${copies}`,
    "My.EffectCECopy = $(v_copy)",
    "My.Environment = $(v_environment)",
    "queue v_copy,v_environment from (",
    ...Array.from({ length: copies }, (_, copy) => `${copy} ""`),
    ")",
    ""
  ].join("\n")
