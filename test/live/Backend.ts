/** The backend over the command-line tools of a test, real ones. */
import { Layer } from "effect"
import { HTCondorCE, ScheddTransport } from "../../src/index.ts"

/** Those of one test, which share no limits with others. */
const tools = () => Layer.provide(ScheddTransport.layerTools())

export const layer = (config: HTCondorCE.Config) => HTCondorCE.layer(config).pipe(tools())

export const layerRetaining = (config: HTCondorCE.Config) => HTCondorCE.layerRetaining(config).pipe(tools())
