/**
 * Edits of a job's ad, made by a site after this library's own edit, so that its output would be written to
 * `outside`.
 */
export const siteEdits = (outside: string): ReadonlyArray<readonly [attribute: string, value: string]> => [
  ["SUBMIT_Iwd", outside],
  ["SUBMIT_UserLog", `${outside}/job.log`],
  ["SUBMIT_TransferOutputRemaps", `result.txt=${outside}/result.txt`],
  ["SUBMIT_Out", `${outside}/stdout`],
  ["SUBMIT_Err", `${outside}/stderr`],
  ["Out", `${outside}/stdout`],
  ["Err", "../../stderr"],
  ["UserLog", `../../../${outside}/job.log`]
]
