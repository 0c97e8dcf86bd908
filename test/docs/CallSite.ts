/** A program as its author sees it in an editor: `Hover.test.ts` hovers over its names. */
import { Effect, Layer, Redacted, Stream } from "effect"
import {
  Capability,
  ComputeElements,
  Credential,
  HTCondorCE,
  ScheddTransport,
  type Submission,
  SubmissionKey
} from "effect-htcondor-ce"

export const CE = HTCondorCE.layer({
  endpoint: "ce.example.org:9619",
  token: "IdToken",
  proxy: false,
  maxConcurrent: 4,
  historyDepth: 20_000,
  limits: { maxBytes: 1024 }
}).pipe(Layer.provide([ScheddTransport.layer({ confine: true }), Credential.layerFiles({ idToken: "ce.token" })]))

const spec: Submission.SubmissionSpec = {
  executable: "pilot.sh",
  inputs: [{ name: "pilot.cfg", source: "conf/pilot.cfg" }],
  outputs: [{ name: "pilot.log" }],
  environment: { SITE: "example" },
  resources: { cpus: 8, memoryMiB: 16_000, wallTimeSeconds: 86_400 }
}

const copies: ReadonlyArray<Submission.Copy> = [{ environment: { PILOT: "a" }, secrets: { token: Redacted.make("a") } }]

export const program = Effect.gen(function*() {
  const submitter = yield* Capability.Submitter
  const reporter = yield* Capability.StatusReporter
  const retriever = yield* Capability.OutputRetriever
  const cancellable = yield* Capability.Cancellable
  const key = SubmissionKey.SubmissionKey.make("task-42")
  const { adopted, handles } = yield* submitter.submit(spec, copies, { key })
  yield* submitter.reconcile(key).pipe(
    Effect.catchTag("CEUnavailable", ({ endpoint, retry }) => Effect.log(endpoint, retry))
  )
  yield* submitter.withdraw(key)
  yield* Stream.runForEach(reporter.watch(handles), ({ handle, outcome }) => Effect.log(String(handle), outcome))
  yield* reporter.waitFor(handles, { until: "Terminal" })
  yield* reporter.status(handles)
  yield* retriever.fetch(handles, "output")
  yield* cancellable.cancel(handles)
  return adopted
})

export const many = ComputeElements.layer
