/**
 * What becomes of a path that HTCondor's tools are told in a configuration variable.
 */

// HTCondor would put something else in its place, and look elsewhere: `$(NAME)`, or a function as `$ENV(NAME)`.
const isExpanded = (text: string): boolean => /\$\w*\(/.test(text)

/**
 * Why HTCondor would not find one file under a path, if it would not. Between several paths stands `separator`.
 */
export const pathFault = (path: string, separator?: string): string | undefined =>
  isExpanded(path)
    ? "HTCondor would take a part of this path for a macro, because of the \"$\" and the \"(\""
    : separator !== undefined && path.includes(separator)
    ? `HTCondor would take this path for several, because of the "${separator}"`
    : undefined
