/**
 * Many compute elements: each gets the same payload. One `waitFor` and one `fetch` serve them all. If a compute element is down, only
 * its jobs have an error as their outcome, and it delays no other.
 */
import { Effect, Result } from "effect"
import { Capability, ComputeElements, Credential, Outcomes, type Submission, SubmissionKey } from "effect-htcondor-ce"

/** The compute elements of a grid. `tokens` is a directory with a token for each: `ce-1.example.org_9619.token`. */
export const layerGrid = (endpoints: ReadonlyArray<string>, tokens: string) => {
  const credentials = Credential.layerTokenDirectory(tokens)
  return ComputeElements.layer((endpoint) => endpoints.includes(endpoint) ? { endpoint, credentials } : undefined)
}

/** Runs `spec` once at each compute element, and returns where the output of each is, or why there is none. */
export const runEverywhere = Effect.fn("runEverywhere")(function*(
  spec: Submission.SubmissionSpec,
  endpoints: ReadonlyArray<string>,
  destination: string
) {
  const { at } = yield* ComputeElements.ComputeElements
  const { waitFor } = yield* Capability.StatusReporter
  const { fetch } = yield* Capability.OutputRetriever
  const report: Record<string, string> = {}

  const submitOne = Effect.gen(function*() {
    const { submit } = yield* Capability.Submitter
    return (yield* submit(spec, [{}], { key: yield* SubmissionKey.generate })).handles
  })
  // A submission names no job yet, so it names the compute element.
  const submitted = yield* Effect.forEach(
    endpoints,
    (endpoint) => Effect.result(Effect.provide(submitOne, at(endpoint))),
    { concurrency: "unbounded" }
  )
  for (const [index, result] of submitted.entries()) {
    const endpoint = endpoints[index]
    if (Result.isFailure(result) && endpoint !== undefined) report[endpoint] = result.failure.message
  }
  const handles = submitted.flatMap((result) => Result.isSuccess(result) ? result.success : [])

  yield* waitFor(handles, { until: "Terminal", timeout: "1 day" })
  const outputs = yield* fetch(handles, destination)
  for (const [handle, outcome] of Outcomes.inOrder(outputs, handles)) {
    report[handle.endpoint] = Result.match(outcome, {
      onSuccess: ({ stdout }) => stdout.path,
      onFailure: ({ message }) => message
    })
  }
  return report
})
