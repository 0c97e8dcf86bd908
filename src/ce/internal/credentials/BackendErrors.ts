/**
 * Maps the errors of a schedd and of this host to those of the contract.
 */
import type * as PlatformError from "effect/PlatformError"
import type { Reason } from "../../../condor/Schedd.ts"
import {
  AuthenticationFailed,
  AuthorizationDenied,
  type BackendError,
  BackendFailed,
  CEUnavailable,
  HostNotTrusted,
  LocalFailure,
  NotInstalled,
  TimedOut
} from "../../../contract/BackendError.ts"
import * as Errno from "../../../files/Errno.ts"
import type { Endpoint } from "../../Endpoint.ts"

/**
 * A failure of this host's file system.
 */
export const localFailure = (path: string, error: PlatformError.PlatformError): LocalFailure =>
  new LocalFailure({ path, detail: Errno.describeAt(path, error) })

/**
 * The contract's error for a schedd that has not answered. `doubt` is why its address may not be that of a CE.
 */
export const fromReason = (
  { address, schedd }: Endpoint,
  doubt: string | undefined,
  reason: Reason
): BackendError => {
  const endpoint = address
  switch (reason._tag) {
    case "Unreachable":
      return new CEUnavailable({ endpoint, detail: reason.detail, report: reason.report })
    case "NoSuchSchedd": {
      const known = reason.known.length === 0 ? "none" : reason.known.join(", ")
      return new CEUnavailable({
        endpoint,
        detail: `has no schedd ${schedd} (it has: ${known})`,
        report: reason.report
      })
    }
    case "HostNotTrusted":
      return new HostNotTrusted({ endpoint, detail: reason.detail, report: reason.report })
    case "Refused":
      return new AuthenticationFailed({ endpoint, report: reason.report, ...(doubt === undefined ? {} : { doubt }) })
    case "Denied":
      return new AuthorizationDenied({ endpoint, report: reason.report })
    case "TimedOut":
      return new TimedOut({ operation: reason.carrier, seconds: reason.seconds })
    case "Missing":
      return new NotInstalled({ program: reason.carrier, detail: reason.detail })
    case "Local":
      return new LocalFailure({ path: reason.path, detail: reason.detail })
    case "Closed":
      return new BackendFailed({ endpoint, detail: "the tool failed", retry: "AfterRepair", report: reason.report })
    case "Garbled":
    case "Failed":
      return new BackendFailed({ endpoint, detail: reason.detail, retry: reason.retry, report: reason.report })
  }
}
