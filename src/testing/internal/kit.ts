import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { Cancellable, Purgeable, StatusReporter, Submitter } from "../../contract/Capability.ts"
import { JobHandle } from "../../contract/JobHandle.ts"
import * as JobStatus from "../../contract/JobStatus.ts"
import type { Outcomes } from "../../contract/Outcomes.ts"
import type { Copy, SubmissionSpec } from "../../contract/Submission.ts"
import * as SubmissionKey from "../../contract/SubmissionKey.ts"
import { ContractViolation, type Harness } from "../Harness.ts"

const show = (value: unknown): string => typeof value === "string" ? value : JSON.stringify(value) ?? String(value)

/** Fails unless the condition holds. */
export const ensure = (condition: boolean, expected: string, actual: unknown): Effect.Effect<void, ContractViolation> =>
  condition ? Effect.void : Effect.fail(new ContractViolation({ expected, actual: show(actual) }))

/** Fails unless both have the same JSON. */
export const same = (actual: unknown, expected: unknown, what: string): Effect.Effect<void, ContractViolation> =>
  ensure(show(actual) === show(expected), `${what} ${show(expected)}`, actual)

/** The outcome of a job; a missing one is a violation. */
export const outcomeOf = Effect.fnUntraced(function*<A, E>(outcomes: Outcomes<A, E>, handle: JobHandle) {
  const outcome = Option.getOrUndefined(outcomes.get(handle))
  return outcome ?? (yield* new ContractViolation({ expected: `an outcome for ${handle}`, actual: "none" }))
})

/** Fails unless there is exactly one outcome for each of these jobs, in this order. */
export const answered = <A, E>(outcomes: Outcomes<A, E>, handles: ReadonlyArray<JobHandle>) =>
  same(Array.from(outcomes, ([handle]) => String(handle)), handles.map(String), "outcomes in the order asked")

/** The value of a job's outcome; its failure is a violation. */
export const succeeded = Effect.fnUntraced(function*<A, E>(outcomes: Outcomes<A, E>, handle: JobHandle) {
  const outcome = yield* outcomeOf(outcomes, handle)
  return Result.isSuccess(outcome)
    ? outcome.success
    : yield* new ContractViolation({ expected: `success for ${handle}`, actual: String(outcome.failure) })
})

/** The error of a job's outcome; a success or another tag is a violation. */
export const failedWith = Effect.fnUntraced(
  function*<A, E extends { readonly _tag: string }, Tag extends E["_tag"]>(
    outcomes: Outcomes<A, E>,
    handle: JobHandle,
    tag: Tag
  ) {
    const outcome = yield* outcomeOf(outcomes, handle)
    if (Result.isSuccess(outcome)) {
      return yield* new ContractViolation({ expected: `${tag} for ${handle}`, actual: show(outcome.success) })
    }
    const { failure } = outcome
    yield* ensure(failure._tag === tag, `${tag} for ${handle}`, String(failure))
    return failure
  }
)

/**
 * The payload of the checks. Arguments: seconds to sleep, an exit code (or `kill`), and names of files to write. It
 * prints its `COPY` variable and, if `secret.txt` exists, its digest and permissions. It also writes the files in `LEAVE`.
 */
const script = `#!/bin/sh
seconds=$1 code=$2
shift 2
sleep "$seconds"
echo "copy=$COPY only=$ONLY"
if [ -f secret.txt ]; then
  sha256sum < secret.txt
  ls -l secret.txt | cut -c 1-10
fi
echo "to stderr" >&2
for name in "$@" $LEAVE; do echo "$name of $COPY" > "$name"; done
[ "$code" = kill ] && kill -9 $$
exit "$code"
`

/** A temporary directory for one check, with the payload in it. */
export const workplace = Effect.gen(function*() {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const directory = yield* fileSystem.makeTempDirectoryScoped({ prefix: "contract-suite-" })
  const executable = path.join(directory, "payload.sh")
  yield* fileSystem.writeFileString(executable, script)
  yield* fileSystem.chmod(executable, 0o755)
  const payload = (seconds: number, code: number | "kill", ...files: ReadonlyArray<string>): SubmissionSpec => ({
    executable,
    arguments: [String(seconds), String(code), ...files],
    outputs: files.map((name) => ({ name }))
  })
  return { directory, destination: path.join(directory, "destination"), payload }
})

/** Copies with their number in `COPY`. */
export const numbered = (count: number): Array<Copy> =>
  Array.from({ length: count }, (_, index) => ({ environment: { COPY: String(index) } }))

/** Submits with a new key. The end of the scope cancels and purges the jobs, so that none is left, also on a slow machine. */
export const submit = Effect.fnUntraced(function*(spec: SubmissionSpec, copies: ReadonlyArray<Copy>) {
  const submitter = yield* Submitter
  const cancellable = yield* Cancellable
  const purgeable = yield* Purgeable
  const submission = yield* submitter.submit(spec, copies, { key: yield* SubmissionKey.generate })
  yield* Effect.addFinalizer(() =>
    Effect.andThen(
      Effect.ignore(cancellable.cancel(submission.handles)),
      Effect.ignore(purgeable.purge(submission.handles))
    )
  )
  return submission
})

/** The first handle; an empty list is a violation. */
export const head = (handles: ReadonlyArray<JobHandle>): Effect.Effect<JobHandle, ContractViolation> => {
  const [first] = handles
  return first === undefined
    ? Effect.fail(new ContractViolation({ expected: "a handle", actual: "none" }))
    : Effect.succeed(first)
}

/** Submits one job. */
export const submitOne = Effect.fnUntraced(function*(spec: SubmissionSpec) {
  return yield* head((yield* submit(spec, numbered(1))).handles)
})

/** How long a job with a short payload may take to reach the expected status. */
export const patience = "3 minutes"

/** Waits until each job satisfies the condition. Returns all statuses seen until then, by handle. */
export const until = Effect.fnUntraced(function*(
  handles: ReadonlyArray<JobHandle>,
  condition: (status: JobStatus.JobStatus) => boolean
) {
  const reporter = yield* StatusReporter
  const seen = new Map<string, Array<JobStatus.JobStatus>>()
  yield* reporter.watch(handles, { interval: "500 millis", maxInterval: "2 seconds" }).pipe(
    Stream.tap(({ handle, outcome }) =>
      Effect.map(
        Effect.fromResult(outcome),
        (status) => seen.set(String(handle), [...seen.get(String(handle)) ?? [], status])
      )
    ),
    Stream.takeUntil(() =>
      handles.every((handle) => Option.exists(Option.fromNullishOr(seen.get(String(handle))?.at(-1)), condition))
    ),
    Stream.runDrain,
    Effect.timeoutOrElse({
      duration: patience,
      orElse: () =>
        Effect.fail(
          new ContractViolation({
            expected: `the expected statuses within ${patience}`,
            actual: show(Array.from(seen, ([handle, statuses]) => [handle, statuses.at(-1)]))
          })
        )
    })
  )
  return seen
})

/** Waits until the status of each job is terminal. */
export const finished = (handles: ReadonlyArray<JobHandle>) => until(handles, JobStatus.isTerminal)

/** Waits until each job runs. */
export const running = (handles: ReadonlyArray<JobHandle>) => until(handles, (status) => status._tag === "Running")

/** Purges completed jobs, and fails unless each is `Purged`. */
export const discard = Effect.fnUntraced(function*(handles: ReadonlyArray<JobHandle>) {
  const purgeable = yield* Purgeable
  const outcomes = yield* purgeable.purge(handles)
  yield* answered(outcomes, handles)
  for (const handle of handles) yield* same(yield* succeeded(outcomes, handle), { _tag: "Purged" }, "outcome")
})

/** Lets the site hold a job, and waits until its status is `Held`. */
export const heldBySite = Effect.fnUntraced(
  function*(handle: JobHandle, holdBySite: NonNullable<Harness["Service"]["holdBySite"]>) {
    yield* holdBySite(handle)
    yield* until([handle], (status) => status._tag === "Held")
  }
)

/** A copy of this handle for a job that never existed. */
export const neverWas = (handle: JobHandle, job: string): JobHandle => new JobHandle({ ...handle, job })

/** The content of a file of an output. */
export const textOf = Effect.fnUntraced(function*(file: { readonly path: string }) {
  const fileSystem = yield* FileSystem.FileSystem
  return yield* fileSystem.readFileString(file.path)
})

/** The result of a check that ran. */
export const ran = { skipped: undefined }

/** The result of a check that needs an operation that the harness does not have. */
export const lacking = (what: "foreignJob" | "holdBySite") => ({ skipped: `Harness.${what} is not provided` })
