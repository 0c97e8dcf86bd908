/** What a site may write into a job's ad, after this library did, to have its output put at a place `outside`. */
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
