/** Submission keys of other processes. */
import { Effect, Layer } from "effect"
import * as NewKeys from "../../src/contract/NewKeys.ts"
import { SubmissionKey } from "../../src/index.ts"

/** Generates a key as another process does: here nobody knows that it is new. */
export const elsewhere = Effect.suspend(() =>
  Effect.provideService(SubmissionKey.generate, NewKeys.NewKeys, NewKeys.make())
)

/** Nobody knows of any key that it is new. (Tests with the same seed generate the same keys, at the same time.) */
export const layerNoneNew = Layer.succeed(NewKeys.NewKeys, {
  add: () => Effect.void,
  take: () => Effect.succeed(false)
})

/** This test knows which keys are new, and no other. */
export const layerOwn = Layer.effect(NewKeys.NewKeys, Effect.sync(NewKeys.make))
