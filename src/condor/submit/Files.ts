/**
 * The files of a job: its program, its streams, its inputs and its outputs.
 *
 * @since 0.1.0
 */
import * as Container from "./Container.ts"
import { type Draft, within } from "./Draft.ts"
import { baseName } from "./Values.ts"
import { names, withoutQuotes } from "./Values.ts"

export const initialDirectory = (draft: Draft): void => {
  const { directory, file } = draft.setting
  const named = draft.macros.get("initialdir", "Iwd") ?? draft.macros.get("initial_dir", "job_iwd")
  draft.set("Iwd", named === undefined ? directory : within(directory, named))
  if (file !== undefined) draft.set("JobSubmitFile", file)
}

export const executable = (draft: Draft): void => {
  const { directory } = draft.setting
  const named = draft.macros.get("executable", "Cmd")
  if (named === undefined) {
    if (draft.get("Cmd") === undefined) draft.fail("No 'executable' parameter was provided")
    return
  }
  const transfer = draft.macros.get("transfer_executable", "TransferExecutable")
  const stays = transfer !== undefined && /^f/i.test(transfer)
  if (stays) draft.set("TransferExecutable", false)
  draft.set("Cmd", stays ? named : within(directory, named))
}

const stream = (
  draft: Draft,
  [command, other]: readonly [string, string],
  attribute: string,
  [transfer, transferred]: readonly [string, string],
  [stream, streamed]: readonly [string, string]
): void => {
  const wanted = draft.truth(true, transfer, transferred)
  const streams = draft.truth(false, stream, streamed)
  const name = draft.macros.get(command, other)
  if (name !== undefined || draft.get(attribute) === undefined) draft.set(attribute, name ?? "/dev/null")
  if (wanted && draft.text(attribute) !== "/dev/null") draft.set(streamed, streams)
  else draft.set(transferred, false)
}

export const streams = (draft: Draft): void => {
  stream(draft, ["input", "stdin"], "In", ["transfer_input", "TransferIn"], ["stream_input", "StreamIn"])
  stream(draft, ["output", "stdout"], "Out", ["transfer_output", "TransferOut"], ["stream_output", "StreamOut"])
  stream(draft, ["error", "stderr"], "Err", ["transfer_error", "TransferErr"], ["stream_error", "StreamErr"])
}

const oneOf = (draft: Draft, attribute: string, text: string, words: ReadonlyArray<string>, hint: string): string => {
  const word = words.find((word) => word === text.toUpperCase())
  if (word === undefined) {
    draft.fail(`invalid value (${text}) for ${attribute}.  Please either specify ${hint} and try again.`)
  }
  return word ?? ""
}

const whether = (draft: Draft): void => {
  const should = draft.macros.get("ShouldTransferFiles", "should_transfer_files")
  const when = draft.macros.get("WhenToTransferOutput", "when_to_transfer_output")
  const asked = when?.toUpperCase()
  const otherwise = draft.text("ShouldTransferFiles") ?? (asked === "ON_EXIT_OR_EVICT" ? "YES" : "IF_NEEDED")
  const chosen = should === undefined
    ? otherwise
    : oneOf(draft, "ShouldTransferFiles", should, ["YES", "NO", "IF_NEEDED"], "YES, NO, or IF_NEEDED")
  draft.set("ShouldTransferFiles", chosen)
  if (chosen !== "NO") {
    const moment = when ?? draft.text("WhenToTransferOutput") ?? "ON_EXIT"
    const moments = ["ON_EXIT", "ON_EXIT_OR_EVICT", "ON_SUCCESS", "ALWAYS"]
    draft.set(
      "WhenToTransferOutput",
      oneOf(draft, "WhenToTransferOutput", moment, moments, "ON_EXIT, or ON_EXIT_OR_EVICT")
    )
  }
}

const escaped = (name: string): string => name.replaceAll(/[;=\\]/g, "\\$&")

/** A stream with a path has another name in the spool. A fetch writes it to its path. */
const spooledStreams = (draft: Draft): ReadonlyArray<string> => {
  const remaps: Array<string> = []
  const [output, error] = [draft.text("Out") ?? "", draft.text("Err") ?? ""]
  const redirect = (attribute: string, path: string, name: string): void => {
    if (path === baseName(path) || path === "/dev/null" || path === "_condor_stdout" || path === "_condor_stderr") {
      return
    }
    draft.set(attribute, name)
    remaps.push(`${name}=${escaped(path)}`)
  }
  redirect("Out", output, "_condor_stdout")
  redirect("Err", error, error === output ? "_condor_stdout" : "_condor_stderr")
  return remaps
}

// 23.x reads quotes only around an empty list.
const listOf = (draft: Draft, text: string): ReadonlyArray<string> =>
  names(draft.setting.version === "latest" || text === "\"\"" ? withoutQuotes(text) : text)

export const transfers = (draft: Draft): void => {
  const inputs = draft.macros.get("transfer_input_files", "TransferInputFiles")
  const outputs = draft.macros.get("transfer_output_files", "TransferOutputFiles")
  whether(draft)
  const remaps = draft.setting.remote ? [...spooledStreams(draft)] : []
  if (draft.text("ShouldTransferFiles") !== "NO") {
    const all = [...inputs === undefined ? [] : listOf(draft, inputs), ...Container.input(draft)]
    if (inputs !== undefined || all.length > 0) draft.set("TransferInput", all.join(","))
    if (outputs !== undefined) draft.set("TransferOutput", listOf(draft, outputs).join(","))
  }
  const asked = draft.macros.get("transfer_output_remaps", "TransferOutputRemaps")
  if (asked !== undefined) {
    if (draft.setting.version === "lts" && !asked.startsWith("\"")) {
      return draft.fail(`transfer_output_remaps must be a quoted string, not: ${asked}`)
    }
    remaps.push(withoutQuotes(asked))
  }
  if (remaps.length > 0) draft.set("TransferOutputRemaps", remaps.join(";"))
}
