/**
 * The command line of a question to a schedd.
 */
import type { Session } from "./Session.ts"

/**
 * The part of the command line that says which schedd to ask.
 */
export const address = ({ endpoint }: Pick<Session, "endpoint">): ReadonlyArray<string> => [
  "-pool",
  endpoint.address,
  "-name",
  endpoint.schedd
]

/**
 * The arguments of a tool that prints ads.
 */
export const ads = (
  session: Pick<Session, "endpoint">,
  args: ReadonlyArray<string>,
  attributes: ReadonlyArray<string>
): ReadonlyArray<string> => [...address(session), ...args, "-json", "-attributes", attributes.join(",")]
