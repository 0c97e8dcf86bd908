/**
 * How much output a deployment accepts, and how long it waits for it.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/**
 * Policy of a deployment, part of a backend's configuration and never an argument of a call.
 *
 * **Details**
 *
 * - `maxBytes`: bytes that one job may bring back in all (default 1 GiB)
 * - `maxFiles`: files that one job may bring back, and directories, each counted by itself (default 10,000)
 * - `minFreeBytes`: bytes that must be left free at the destination, while output arrives and when it is there (default 0)
 * - `transferTimeout`: for the transfer of the output of many jobs together, and of the input of a submission (default 10
 *   minutes)
 * - `jobTransferTimeout`: for the transfer of the output of one job alone (default 10 minutes)
 *
 * @category models
 * @since 0.1.0
 */
export const Limits = Schema.Struct({
  maxBytes: Schema.Natural.pipe(Schema.withConstructorDefault(Effect.succeed(1024 ** 3))),
  maxFiles: Schema.Natural.pipe(Schema.withConstructorDefault(Effect.succeed(10_000))),
  minFreeBytes: Schema.Natural.pipe(Schema.withConstructorDefault(Effect.succeed(0))),
  transferTimeout: Schema.Duration.pipe(Schema.withConstructorDefault(Effect.succeed(Duration.minutes(10)))),
  jobTransferTimeout: Schema.Duration.pipe(Schema.withConstructorDefault(Effect.succeed(Duration.minutes(10))))
})

/**
 * @category models
 * @since 0.1.0
 */
export type Limits = typeof Limits.Type
