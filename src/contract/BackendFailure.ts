/**
 * Errors of a whole operation. They say nothing about single jobs.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { endpoint, reason } from "./Fields.ts"
import { line } from "./Line.ts"
import { report, words } from "./Report.ts"
import { byDefault } from "./Retry.ts"

const id = (name: string) => `effect-htcondor-ce/${name}`

/**
 * The compute element does not answer, or has no scheduler with the configured name. Repeat the call later.
 *
 * @category errors
 * @since 0.1.0
 */
export class CEUnavailable extends Schema.TaggedError<CEUnavailable>(id("CEUnavailable"))("CEUnavailable", {
  /** The address that the tools called, `<host>:<port>`: the compute element, or the submit host of the route `Grid`. */
  endpoint,
  /** The reason, as the end of a sentence about the endpoint: `does not answer`. */
  detail: Schema.String.annotate({
    description: "The reason, as the end of a sentence about the endpoint: does not answer."
  }),
  report
}) {
  readonly retry = "Later"
  override get message(): string {
    return line`${this.endpoint} ${this.detail}${words(this.report)}`
  }
}

/**
 * The host at this address did not prove that it is the compute element: this host does not trust the CA of its
 * certificate, or the certificate is for another name or has expired. In these cases the host did not receive the
 * credential.
 *
 * @category errors
 * @since 0.1.0
 */
export class HostNotTrusted extends Schema.TaggedError<HostNotTrusted>(id("HostNotTrusted"))("HostNotTrusted", {
  /** The address that the tools called, `<host>:<port>`: the compute element, or the submit host of the route `Grid`. */
  endpoint,
  /** The reason: what is wrong with the certificate. */
  detail: Schema.String.annotate({ description: "The reason: what is wrong with the certificate." }),
  report
}) {
  readonly retry = "AfterRepair"
  override get message(): string {
    return line`${this.endpoint} did not prove its identity: ${this.detail}${words(this.report)}`
  }
}

/**
 * The compute element answered and did not accept the credential. It may be expired, of another issuer, or for another
 * audience.
 *
 * @category errors
 * @since 0.1.0
 */
export class AuthenticationFailed
  extends Schema.TaggedError<AuthenticationFailed>(id("AuthenticationFailed"))("AuthenticationFailed", {
    /** The address that the tools called, `<host>:<port>`: the compute element, or the submit host of the route `Grid`. */
    endpoint,
    report,
    /** A reason to doubt the configured address, which may be the cause. Absent if there is none. */
    doubt: Schema.optionalKey(
      Schema.String.annotate({ description: "A reason to doubt the configured address, which may be the cause." })
    )
  })
{
  readonly retry = "AfterRepair"
  override get message(): string {
    const doubt = this.doubt === undefined ? "" : `: ${this.doubt}`
    return line`${this.endpoint} does not accept the credential${doubt}${words(this.report)}`
  }
}

/**
 * The compute element accepted the credential, and does not allow this identity to do the operation.
 *
 * @category errors
 * @since 0.1.0
 */
export class AuthorizationDenied
  extends Schema.TaggedError<AuthorizationDenied>(id("AuthorizationDenied"))("AuthorizationDenied", {
    /** The address that the tools called, `<host>:<port>`: the compute element, or the submit host of the route `Grid`. */
    endpoint,
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
    /** The audience for which the credential was requested. */
    resource: Schema.String.annotate({ description: "The audience for which the credential was requested." }),
    /** The reason. A provider writes it: keep secrets out of it. */
    detail: Schema.String.annotate({ description: "The reason. A provider writes it." }),
    /** `"AfterRepair"` by default. A provider that may succeed later says `"Later"`. */
    retry: byDefault("AfterRepair").annotate({
      description: "AfterRepair by default. A provider that may succeed later says Later."
    })
  })
{
  override get message(): string {
    return line`no credential for ${this.resource}: ${this.detail}`
  }
}

/**
 * A program that the backend needs on this host cannot be started.
 *
 * @category errors
 * @since 0.1.0
 */
export class NotInstalled extends Schema.TaggedError<NotInstalled>(id("NotInstalled"))("NotInstalled", {
  /** The name of the program, for example `condor_q`. */
  program: Schema.String.annotate({ description: "The name of the program, for example condor_q." }),
  /** The reason that the operating system gave. */
  detail: Schema.String.annotate({ description: "The reason that the operating system gave." })
}) {
  readonly retry = "AfterRepair"
  override get message(): string {
    return line`cannot start ${this.program}: ${this.detail}`
  }
}

/**
 * The backend failed, or got an answer that no other error describes.
 *
 * @category errors
 * @since 0.1.0
 */
export class BackendFailed extends Schema.TaggedError<BackendFailed>(id("BackendFailed"))("BackendFailed", {
  /** The address that the tools called, `<host>:<port>`: the compute element, or the submit host of the route `Grid`. */
  endpoint,
  /** A sentence that describes the failure. */
  detail: Schema.String.annotate({ description: "A sentence that describes the failure." }),
  /** `"Later"` by default. The cause of the failure decides. */
  retry: byDefault("Later"),
  report
}) {
  override get message(): string {
    return line`${this.endpoint}: ${this.detail}${words(this.report)}`
  }
}

/**
 * A tool of the backend did not end within its time and was killed. The compute element may have done part or all of its
 * work.
 *
 * @category errors
 * @since 0.1.0
 */
export class TimedOut extends Schema.TaggedError<TimedOut>(id("TimedOut"))("TimedOut", {
  /** The tool of HTCondor, for example `condor_q`. */
  operation: Schema.String.annotate({ description: "The tool of HTCondor, for example condor_q." }),
  /** The limit, in seconds. */
  seconds: Schema.Finite.annotate({ description: "The limit, in seconds." })
}) {
  readonly retry = "Later"
  override get message(): string {
    return line`${this.operation} did not end within ${this.seconds} s and was killed`
  }
}

/**
 * This host cannot do its part. For example, a directory is not writable, or a disk is full.
 *
 * @category errors
 * @since 0.1.0
 */
export class LocalFailure extends Schema.TaggedError<LocalFailure>(id("LocalFailure"))("LocalFailure", {
  /** The file or directory on this host, or words for it, for example `submit directory`. */
  path: Schema.String.annotate({
    description: "The file or directory on this host, or words for it, for example submit directory."
  }),
  /** The reason. */
  detail: reason
}) {
  readonly retry = "AfterRepair"
  override get message(): string {
    return line`${this.path}: ${this.detail}`
  }
}

/**
 * The errors that every operation can fail with, for all of its jobs together.
 *
 * **Example** (Handling a compute element that is down)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Capability, SubmissionKey } from "effect-htcondor-ce"
 * import { FakeSchedd } from "effect-htcondor-ce/testing"
 * import * as assert from "node:assert"
 *
 * export const program = Effect.gen(function*() {
 *   const { reconcile } = yield* Capability.Submitter
 *   yield* (yield* FakeSchedd.FakeSchedd).fault({ _tag: "Unreachable" })
 *   const answer = yield* reconcile(yield* SubmissionKey.generate).pipe(
 *     Effect.map(({ _tag }) => _tag),
 *     Effect.catchTags({
 *       CEUnavailable: ({ endpoint, retry }) => Effect.succeed(`${endpoint} is down: ${retry}`),
 *       AuthenticationFailed: () => Effect.succeed("renew the token")
 *     })
 *   )
 *   assert.strictEqual(answer, "ce.example.org:9619 is down: Later")
 * })
 * ```
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
 * The errors that every operation can fail with, for all of its jobs together.
 *
 * @category errors
 * @since 0.1.0
 */
export type BackendError = typeof BackendError.Type
