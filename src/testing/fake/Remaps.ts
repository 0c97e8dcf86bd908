/**
 * The destinations of output files: `name = path; name = path`, where `\` escapes `;` and `=`.
 *
 * @since 0.1.0
 */

/** Names with their destinations. If a name appears twice, the first counts. */
export type Remaps = ReadonlyArray<readonly [name: string, path: string]>

const trim = (text: string): string => text.replace(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, "")

const rule = /^((?:\\[=;]|[^=;])*)=((?:\\;|[^;])*)$/s

/** Parses remaps, and skips those without `=`. */
export const parse = (text: string): Remaps =>
  (text.match(/(?:\\;|[^;])+/gs) ?? []).flatMap((one) => {
    const match = rule.exec(one)
    if (match === null) return []
    const [, name = "", path = ""] = match
    return [[trim(name.replaceAll("\\=", "=")), trim(path.replaceAll("\\;", ";"))] as const]
  })

// HTCondor's limit, which ends circular remaps.
const maxSteps = 128

/** The destination of a file, from its own remap or from one of a directory above it; undefined without one. */
export const find = (remaps: Remaps, name: string, step = 0): string | undefined => {
  if (step > maxSteps) return undefined
  const path = remaps.find(([from]) => from === name)?.[1]
  if (path !== undefined) return find(remaps, path, step + 1) ?? path
  const slash = name.lastIndexOf("/")
  if (slash <= 0) return undefined
  const directory = find(remaps, name.slice(0, slash), step + 1)
  return directory === undefined ? undefined : `${directory}/${name.slice(slash + 1)}`
}
