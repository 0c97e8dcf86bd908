/**
 * The limits of a deployment on the size of output, and on the time of its transfer.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/**
 * The limits of a deployment. They are part of a backend's configuration, and not of a call. If its output exceeds
 * `maxBytes`, `maxFiles`, `minFreeBytes` or `jobTransferTimeout`, a job gets `LimitExceeded`. After `transferTimeout` a fetch
 * transfers the jobs one by one, and a submission fails with `SubmissionFailed` unless all its jobs have arrived.
 *
 * @category models
 * @since 0.1.0
 */
export const Limits = Schema.Struct({
  /** The largest output of one job, in bytes. Default: 1 GiB. */
  maxBytes: Schema.Natural.annotate({ description: "The largest output of one job, in bytes. Default: 1 GiB." }).pipe(
    Schema.withConstructorDefault(Effect.succeed(1024 ** 3))
  ),
  /** The largest number of files in the output of one job and, counted separately, of directories. Default: 10,000. */
  maxFiles: Schema.Natural.annotate({
    description:
      "The largest number of files in the output of one job and, counted separately, of directories. Default: 10,000."
  }).pipe(Schema.withConstructorDefault(Effect.succeed(10_000))),
  /** The bytes that stay free at the destination, while output arrives and when it is complete. Default: 0. */
  minFreeBytes: Schema.Natural.annotate({
    description:
      "The bytes that stay free at the destination, while output arrives and when it is complete. Default: 0."
  }).pipe(Schema.withConstructorDefault(Effect.succeed(0))),
  /**
   * The longest time of one transfer of the output of many jobs, and of the input of a submission. Default: 10 minutes.
   */
  transferTimeout: Schema.Duration.annotateKey({
    description:
      "The longest time of one transfer of the output of many jobs, and of the input of a submission. Default: 10 minutes."
  }).pipe(Schema.withConstructorDefault(Effect.succeed(Duration.minutes(10)))),
  /** The longest time of a transfer of the output of one job. Default: 10 minutes. */
  jobTransferTimeout: Schema.Duration.annotateKey({
    description: "The longest time of a transfer of the output of one job. Default: 10 minutes."
  }).pipe(Schema.withConstructorDefault(Effect.succeed(Duration.minutes(10))))
})

/**
 * The limits of a deployment.
 *
 * @category models
 * @since 0.1.0
 */
export type Limits = typeof Limits.Type
