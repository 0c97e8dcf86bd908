/** With `VITEST_JSON` set, the results also go to that file as JSON. */
const file = process.env["VITEST_JSON"]

export const reporters = file === undefined ? {} : { reporters: ["default", "json"], outputFile: { json: file } }
