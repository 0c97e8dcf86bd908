/** The backend over the command-line tools of a test, a fake's or scripted ones, which ask the schedd by its name. */
import { Layer } from "effect"
import { HTCondorCE, ScheddTransport } from "../../src/index.ts"

/** Those of one test, which share no limits with others. */
const tools = () => Layer.provide(ScheddTransport.layerTools({ byName: true }))

export const layer = (config: HTCondorCE.Config) => HTCondorCE.layer(config).pipe(tools())

export const layerRetaining = (config: HTCondorCE.Config) => HTCondorCE.layerRetaining(config).pipe(tools())
