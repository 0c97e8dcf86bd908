/**
 * The names in a temporary directory that nobody needs any more, while so many backends live that each keep their token there.
 * That it goes with them is what `test/ce/internal/credentials/ToolEnvironments.test.ts` looks at.
 */
export const leftover = (names: ReadonlyArray<string>, backends: number): ReadonlyArray<string> => {
  const isToken = (name: string) => name.startsWith("htcondor-ce-token-")
  return [...names.filter((name) => !isToken(name)), ...names.filter(isToken).slice(backends)]
}
