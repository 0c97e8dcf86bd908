/**
 * Failures of one job in an operation on many: the neighbours are not affected.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { NotOwner, NotRemovable, ReleaseFutile } from "./ControlFailure.ts"
import {
  AlreadyRetrieved,
  DepositFailed,
  DestinationTaken,
  LimitExceeded,
  NotFinished,
  NotHeld,
  NothingLeft,
  OutputMissing,
  TransferFailed,
  UnsupportedManifest
} from "./OutputFailure.ts"
import {
  EndedOtherwise,
  HistoryUnavailable,
  StatusUnavailable,
  UnknownJob,
  UnreadableJob,
  UnsupportedJobFormat,
  WaitTimedOut,
  WrongEndpoint
} from "./StatusFailure.ts"

export * from "./ControlFailure.ts"
export * from "./OutputFailure.ts"
export * from "./StatusFailure.ts"

/**
 * What can fail for one job when its status is asked.
 *
 * @category errors
 * @since 0.1.0
 */
export const StatusError = Schema.Union([
  WrongEndpoint,
  UnreadableJob,
  UnsupportedJobFormat,
  HistoryUnavailable,
  StatusUnavailable
])

/**
 * @category errors
 * @since 0.1.0
 */
export type StatusError = typeof StatusError.Type

/**
 * What can fail for one job that is waited for.
 *
 * @category errors
 * @since 0.1.0
 */
export const WaitError = Schema.Union([...StatusError.members, EndedOtherwise, WaitTimedOut])

/**
 * @category errors
 * @since 0.1.0
 */
export type WaitError = typeof WaitError.Type

/**
 * What can fail for one job when its output is fetched from a backend that keeps it until it is purged.
 *
 * @category errors
 * @since 0.1.0
 */
export const RepeatableFetchError = Schema.Union([
  ...StatusError.members,
  UnknownJob,
  NotFinished,
  OutputMissing,
  LimitExceeded,
  TransferFailed,
  DestinationTaken,
  UnsupportedManifest,
  NotOwner
])

/**
 * @category errors
 * @since 0.1.0
 */
export type RepeatableFetchError = typeof RepeatableFetchError.Type

/**
 * What can fail for one job when its output is fetched from a backend that gives it once.
 *
 * @category errors
 * @since 0.1.0
 */
export const FetchError = Schema.Union([
  ...RepeatableFetchError.members,
  AlreadyRetrieved,
  DepositFailed
])

/**
 * @category errors
 * @since 0.1.0
 */
export type FetchError = typeof FetchError.Type

/**
 * What can fail when what a held job has left is fetched.
 *
 * @category errors
 * @since 0.1.0
 */
export const HeldFetchError = Schema.Union([
  ...StatusError.members,
  UnknownJob,
  NotHeld,
  NothingLeft,
  LimitExceeded,
  TransferFailed,
  NotOwner
])

/**
 * @category errors
 * @since 0.1.0
 */
export type HeldFetchError = typeof HeldFetchError.Type

/**
 * What can fail for one job when it is cancelled.
 *
 * @category errors
 * @since 0.1.0
 */
export const CancelError = Schema.Union([
  ...StatusError.members,
  UnknownJob,
  NotOwner,
  NotRemovable
])

/**
 * @category errors
 * @since 0.1.0
 */
export type CancelError = typeof CancelError.Type

/**
 * What can fail for one job when its output is given up.
 *
 * @category errors
 * @since 0.1.0
 */
export const PurgeError = Schema.Union([
  ...StatusError.members,
  UnknownJob,
  NotFinished,
  NotOwner,
  NotRemovable
])

/**
 * @category errors
 * @since 0.1.0
 */
export type PurgeError = typeof PurgeError.Type

/**
 * What can fail for one job when it is released.
 *
 * @category errors
 * @since 0.1.0
 */
export const ReleaseError = Schema.Union([
  ...StatusError.members,
  UnknownJob,
  NotOwner,
  NotHeld,
  ReleaseFutile
])

/**
 * @category errors
 * @since 0.1.0
 */
export type ReleaseError = typeof ReleaseError.Type
