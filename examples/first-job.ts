/**
 * The first job: submits two copies of a program, follows them to their end, and fetches their output.
 *
 *     HTCONDOR_CE_ENDPOINT=ce.example.org HTCONDOR_CE_TOKEN_FILE=ce.token node examples/first-job.ts pilot.sh
 */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Config, Console, Effect, Layer, Result, Stream } from "effect"
import { Capability, Credential, HTCondorCE, Outcomes, ScheddTransport, SubmissionKey } from "effect-htcondor-ce"
import { argv } from "node:process"

/** Runs two copies of `executable`, and returns the paths of their standard output below `destination`. */
export const firstJob = Effect.fn("firstJob")(function*(executable: string, destination: string) {
  const { submit } = yield* Capability.Submitter
  const { watch } = yield* Capability.StatusReporter
  const { fetch } = yield* Capability.OutputRetriever

  // The key makes the submission repeatable: a program that may be killed stores it before it submits.
  const key = yield* SubmissionKey.generate
  const copies = [{ environment: { NAME: "Ada" } }, { environment: { NAME: "Grace" } }]
  const { handles } = yield* submit({ executable }, copies, { key })

  // The stream ends when no job can change any more.
  yield* Stream.runForEach(
    watch(handles),
    ({ handle, outcome }) => Console.log(`${handle.job} ${Result.merge(outcome)._tag}`)
  )

  const outputs = yield* fetch(handles, destination)
  for (const [handle, error] of Outcomes.failures(outputs)) yield* Console.error(`${handle.job}: ${error.message}`)
  return Outcomes.successes(outputs).map(([, output]) => output.stdout.path)
})

/** The compute element and the token that the environment names. */
const site = HTCondorCE.layerConfig().pipe(
  Layer.provide(ScheddTransport.layer()),
  Layer.provide(Layer.unwrap(Effect.map(Config.String("HTCONDOR_CE_TOKEN_FILE"), Credential.layerTokenFile)))
)

if (import.meta.main) {
  firstJob(argv[2] ?? "pilot.sh", "output").pipe(
    Effect.flatMap(Effect.forEach((path) => Console.log(path))),
    Effect.provide(site.pipe(Layer.provideMerge(NodeServices.layer))),
    NodeRuntime.runMain
  )
}
