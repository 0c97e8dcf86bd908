/**
 * Checks paths in HTCondor's configuration variables.
 */

// HTCondor would expand such a path, and use another one: `$(NAME)`, or a function such as `$ENV(NAME)`.
const isExpanded = (text: string): boolean => /\$\w*\(/.test(text)

/**
 * Returns the reason why HTCondor would misread a path. `undefined` if it would not. `separator` divides several paths.
 */
export const pathFault = (path: string, separator?: string): string | undefined =>
  isExpanded(path)
    ? "HTCondor would take a part of this path for a macro, because of the \"$\" and the \"(\""
    : separator !== undefined && path.includes(separator)
    ? `HTCondor would take this path for several, because of the "${separator}"`
    : undefined
