/**
 * @title Provide a compute element
 *
 * Build the layer once, at the edge of the program. `Environment` reads the variables of the command line.
 */
import { NodeServices } from "@effect/platform-node"
import { Layer } from "effect"
import { ComputeElements, Credential, Environment, HTCondorCE, ScheddTransport } from "effect-htcondor-ce"

/** One compute element, configured in code. */
export const one = HTCondorCE.layer({ endpoint: "ce.example.org:9619", limits: { maxBytes: "2 GiB" } }).pipe(
  Layer.provide([ScheddTransport.layer(), Credential.layerTokenFile("ce.token")]),
  Layer.provide(NodeServices.layer)
)

/** One compute element, configured by the environment. */
export const fromEnvironment = HTCondorCE.layerConfig().pipe(
  Layer.provide([Environment.layerTransport, Environment.layerCredentials]),
  Layer.provide(NodeServices.layer)
)

/** Hundreds of compute elements as one, each with the token in `tokens` that has its name. Handles find their compute element. */
export const many = (endpoints: ReadonlySet<string>, tokens: string) => {
  const credentials = Credential.layerTokenDirectory(tokens)
  return ComputeElements.layer((endpoint) => endpoints.has(endpoint) ? { endpoint, credentials } : undefined).pipe(
    Layer.provide(ScheddTransport.layer()),
    Layer.provide(NodeServices.layer)
  )
}
