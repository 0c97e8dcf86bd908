/**
 * The names in a temporary directory that nobody needs any more, while backends live that keep their token there. That it
 * goes is what `test/ce/Channels.test.ts` looks at.
 */
export const leftover = (names: ReadonlyArray<string>): ReadonlyArray<string> =>
  names.filter((name) => !name.startsWith("htcondor-ce-token-"))
