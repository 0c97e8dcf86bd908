/**
 * The output of `condor_ping -verbose`: the operations that a daemon allows, and the identity that it sees.
 *
 * @since 0.1.0
 */

/**
 * The answer of a daemon for a level of authorization: the identity of the client and the method of its authentication
 * (`undefined` for a client without a credential), or the message of a failure.
 *
 * @category models
 * @since 0.1.0
 */
export type Answer =
  | {
    readonly _tag: "Allowed"
    readonly identity: string
    readonly method: string | undefined
    readonly version: string | undefined
    readonly time: number | undefined
  }
  | { readonly _tag: "Failed"; readonly words: string }

/**
 * Returns the version in a text such as `"$CondorVersion: 25.14.1 2026-10-16 .. $"`.
 *
 * @category converting
 * @since 0.1.0
 */
export const versionIn = (text: string): string | undefined => /\$CondorVersion: (\d+\.\d+\.\d+)/.exec(text)?.[1]

const allowed = (block: string): Answer | undefined => {
  const field = (name: string) => new RegExp(`^${name}: +(.+)$`, "m").exec(block)?.[1]
  const identity = field("Remote Mapping")
  if (identity === undefined || field("Authorized") !== "TRUE") return undefined
  const time = /^Session ID: +\S*:\d+:(\d+):\d+$/m.exec(block)?.[1]
  return {
    _tag: "Allowed",
    identity,
    method: field("Authenticated using"),
    version: versionIn(field("Remote Version") ?? ""),
    time: time === undefined ? undefined : Number(time)
  }
}

/**
 * Returns the answer for a level, for example `READ`. `undefined` if the tool ended before it.
 *
 * **Details**
 *
 * `time` is the daemon's clock when it answered, in whole seconds since the epoch. It is part of the id of a session.
 *
 * @category converting
 * @since 0.1.0
 */
export const read = (stdout: string, level: string): Answer | undefined => {
  for (const block of stdout.split("\n\n")) {
    const [first = "", ...words] = block.trim().split("\n")
    if (first === `${level} failed!`) return { _tag: "Failed", words: words.join(" ") }
    if (new RegExp(`^Instruction: +${level}$`, "m").test(block)) return allowed(block)
  }
  return undefined
}
