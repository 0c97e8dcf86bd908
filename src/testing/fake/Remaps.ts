/**
 * Where files land that come back: `name = path; name = path`, where `\` takes the meaning from a `;` or `=`.
 *
 * @since 0.1.0
 */

/** Names and where they go; of two for one name the first counts. */
export type Remaps = ReadonlyArray<readonly [name: string, path: string]>

const trim = (text: string): string => text.replace(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, "")

const rule = /^((?:\\[=;]|[^=;])*)=((?:\\;|[^;])*)$/s

/** Reads rules; one without `=` is passed over. */
export const parse = (text: string): Remaps =>
  (text.match(/(?:\\;|[^;])+/gs) ?? []).flatMap((one) => {
    const match = rule.exec(one)
    if (match === null) return []
    const [, name = "", path = ""] = match
    return [[trim(name.replaceAll("\\=", "=")), trim(path.replaceAll("\\;", ";"))] as const]
  })

// HTCondor's own limit, against rules that go round in circles.
const maxSteps = 128

/** Where a file goes, by a rule of its own, or by one for a directory that it is in; undefined if no rule is for it. */
export const find = (remaps: Remaps, name: string, step = 0): string | undefined => {
  if (step > maxSteps) return undefined
  const path = remaps.find(([from]) => from === name)?.[1]
  if (path !== undefined) return find(remaps, path, step + 1) ?? path
  const slash = name.lastIndexOf("/")
  if (slash <= 0) return undefined
  const directory = find(remaps, name.slice(0, slash), step + 1)
  return directory === undefined ? undefined : `${directory}/${name.slice(slash + 1)}`
}
