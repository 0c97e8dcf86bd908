/**
 * The proxy certificate of a job.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { type Draft, within } from "./Draft.ts"
import { truthOf } from "./Values.ts"

/** `CRED_MIN_TIME_LEFT`: the seconds for which a proxy must still be valid. */
const leastTime = 120

const problemOf = (expiresAt: number | undefined, now: number): string | undefined => {
  if (expiresAt === undefined) return "unable to read proxy file"
  if (expiresAt < now) return "proxy has expired"
  return expiresAt < now + leastTime ? "proxy lifetime too short" : undefined
}

/** If this setting is false, HTCondor copies the proxy unchanged. Otherwise it delegates a new one to the job. */
const copies = "_CONDOR_DELEGATE_JOB_GSI_CREDENTIALS"

/** Checks the proxy. The first job of a cluster has it for all jobs. */
export const ofJob = Effect.fnUntraced(function*(
  draft: Draft,
  isFirst: boolean,
  environment: (name: string) => string | undefined
) {
  const named = draft.macros.get("x509userproxy")
  const wanted = draft.truth(false, "use_x509userproxy", "use_x509userproxy")
  if (!isFirst) return
  if (named === undefined) {
    if (wanted) draft.leave("use_x509userproxy without x509userproxy")
    return
  }
  const fileSystem = yield* FileSystem.FileSystem
  const file = within(draft.text("Iwd") ?? "", named)
  const text = yield* Effect.orElseSucceed(fileSystem.readFileString(file), () => "")
  const problem = problemOf(draft.setting.proxyExpiry(text), draft.setting.now)
  if (problem !== undefined) draft.fail(problem)
  else if (draft.setting.remote && truthOf(environment(copies) ?? "") !== false) {
    draft.leave("the delegation of a proxy")
  } else draft.set("x509userproxy", file)
})
