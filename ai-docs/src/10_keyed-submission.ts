/**
 * @title Submit with a key
 *
 * Store the key before you submit. After a crash, the same call with the same key returns the jobs that exist, and submits only
 * the missing ones.
 */
import { Effect, FileSystem, Schema } from "effect"
import { Capability, SubmissionKey } from "effect-htcondor-ce"

export const submitOnce = Effect.fn("submitOnce")(function*(executable: string, keyFile: string) {
  const fileSystem = yield* FileSystem.FileSystem
  const { submit } = yield* Capability.Submitter

  // An earlier run may have stored a key, and have died before or after it submitted.
  const key = (yield* fileSystem.exists(keyFile))
    ? yield* Schema.decodeEffect(SubmissionKey.SubmissionKey)(yield* fileSystem.readFileString(keyFile))
    : yield* SubmissionKey.generate
  yield* fileSystem.writeFileString(keyFile, key)

  // The site can read `environment`. Put secrets into `secrets`: each becomes a file with mode 0600.
  const copies = ["Ada", "Grace"].map((name) => ({ environment: { NAME: name } }))
  const { handles } = yield* submit({ executable, resources: { wallTimeSeconds: 3600 } }, copies, { key })

  // A handle is one line of text, and all that another process needs.
  return handles.map((handle) => String(handle))
})
