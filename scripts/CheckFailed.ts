import { Schema } from "effect"

/** A check has found something. */
export class CheckFailed extends Schema.TaggedError<CheckFailed>("scripts/CheckFailed")("CheckFailed", {
  detail: Schema.String
}) {
  override get message(): string {
    return this.detail
  }
}
