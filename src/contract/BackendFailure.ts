/**
 * Failures of a whole operation: nothing is known of any of its jobs.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { line } from "./Line.ts"
import { report, words } from "./Report.ts"
import { byDefault } from "./Retry.ts"

const id = (name: string) => `effect-htcondor-ce/${name}`

/**
 * The compute element does not answer, or has no scheduler of the name asked for. Trying again later may help.
 *
 * @category errors
 * @since 0.1.0
 */
export class CEUnavailable extends Schema.TaggedError<CEUnavailable>(id("CEUnavailable"))("CEUnavailable", {
  endpoint: Schema.String,
  detail: Schema.String,
  report
}) {
  readonly retry = "Later"
  override get message(): string {
    return line`${this.endpoint} ${this.detail}${words(this.report)}`
  }
}

/**
 * What answers at the address does not prove to be the compute element: this host does not trust the authority of its
 * certificate, or the certificate is for another name or has expired. Where that is so, the credential was not shown to it.
 *
 * @category errors
 * @since 0.1.0
 */
export class HostNotTrusted extends Schema.TaggedError<HostNotTrusted>(id("HostNotTrusted"))("HostNotTrusted", {
  endpoint: Schema.String,
  detail: Schema.String,
  report
}) {
  readonly retry = "AfterRepair"
  override get message(): string {
    return line`${this.endpoint} does not prove who it is: ${this.detail}${words(this.report)}`
  }
}

/**
 * The compute element answered and did not accept the credential: expired, of another issuer, or for another audience. `doubt`
 * says what may be wrong with its address.
 *
 * @category errors
 * @since 0.1.0
 */
export class AuthenticationFailed
  extends Schema.TaggedError<AuthenticationFailed>(id("AuthenticationFailed"))("AuthenticationFailed", {
    endpoint: Schema.String,
    report,
    doubt: Schema.optionalKey(Schema.String)
  })
{
  readonly retry = "AfterRepair"
  override get message(): string {
    const doubt = this.doubt === undefined ? "" : `: ${this.doubt}`
    return line`${this.endpoint} does not accept the credential${doubt}${words(this.report)}`
  }
}

/**
 * The compute element knows who asks and refuses the operation.
 *
 * @category errors
 * @since 0.1.0
 */
export class AuthorizationDenied
  extends Schema.TaggedError<AuthorizationDenied>(id("AuthorizationDenied"))("AuthorizationDenied", {
    endpoint: Schema.String,
    report
  })
{
  readonly retry = "AfterRepair"
  override get message(): string {
    return line`${this.endpoint} denies the operation to this identity${words(this.report)}`
  }
}

/**
 * The credential provider has no credential for this compute element, or the backend could not use the one it gave.
 *
 * @category errors
 * @since 0.1.0
 */
export class CredentialUnavailable
  extends Schema.TaggedError<CredentialUnavailable>(id("CredentialUnavailable"))("CredentialUnavailable", {
    resource: Schema.String,
    detail: Schema.String,
    retry: byDefault("AfterRepair")
  })
{
  override get message(): string {
    return line`no credential for ${this.resource}: ${this.detail}`
  }
}

/**
 * Something that the backend needs on this host cannot be started.
 *
 * @category errors
 * @since 0.1.0
 */
export class NotInstalled extends Schema.TaggedError<NotInstalled>(id("NotInstalled"))("NotInstalled", {
  program: Schema.String,
  detail: Schema.String
}) {
  readonly retry = "AfterRepair"
  override get message(): string {
    return line`cannot start ${this.program}: ${this.detail}`
  }
}

/**
 * The backend failed, or was answered in a way that nothing else here describes.
 *
 * @category errors
 * @since 0.1.0
 */
export class BackendFailed extends Schema.TaggedError<BackendFailed>(id("BackendFailed"))("BackendFailed", {
  endpoint: Schema.String,
  detail: Schema.String,
  retry: byDefault("Later"),
  report
}) {
  override get message(): string {
    return line`${this.endpoint}: ${this.detail}${words(this.report)}`
  }
}

/**
 * An operation of the backend did not end within its time and was killed. What it had begun may have happened at the compute
 * element.
 *
 * @category errors
 * @since 0.1.0
 */
export class TimedOut extends Schema.TaggedError<TimedOut>(id("TimedOut"))("TimedOut", {
  operation: Schema.String,
  seconds: Schema.Finite
}) {
  readonly retry = "Later"
  override get message(): string {
    return line`${this.operation} did not end within ${this.seconds} s and was killed`
  }
}

/**
 * This host cannot do its part: a directory that cannot be written, a full disk.
 *
 * @category errors
 * @since 0.1.0
 */
export class LocalFailure extends Schema.TaggedError<LocalFailure>(id("LocalFailure"))("LocalFailure", {
  path: Schema.String,
  detail: Schema.String
}) {
  readonly retry = "AfterRepair"
  override get message(): string {
    return line`${this.path}: ${this.detail}`
  }
}

/**
 * What can fail an operation as a whole, whatever the operation.
 *
 * @category errors
 * @since 0.1.0
 */
export const BackendError = Schema.Union([
  CEUnavailable,
  HostNotTrusted,
  AuthenticationFailed,
  AuthorizationDenied,
  CredentialUnavailable,
  NotInstalled,
  BackendFailed,
  TimedOut,
  LocalFailure
])

/**
 * @category errors
 * @since 0.1.0
 */
export type BackendError = typeof BackendError.Type
