/**
 * The unneeded names in a temporary directory, while this many backends keep their token there. That a backend removes its token
 * is tested in `test/ce/internal/credentials/ToolEnvironments.test.ts`.
 */
export const leftover = (names: ReadonlyArray<string>, backends: number): ReadonlyArray<string> => {
  const isToken = (name: string) => name.startsWith("htcondor-ce-token-")
  return [...names.filter((name) => !isToken(name)), ...names.filter(isToken).slice(backends)]
}
