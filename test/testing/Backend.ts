/** The backend over the command-line tools of a test. Each has its own transport, and shares no limits with others. */
import { Layer } from "effect"
import { HTCondorCE, ScheddTransport } from "../../src/index.ts"

export const over = (options: Parameters<typeof ScheddTransport.layerTools>[0]) => {
  const tools = () => Layer.provide(ScheddTransport.layerTools(options))
  return {
    layer: (config: HTCondorCE.Config) => HTCondorCE.layer(config).pipe(tools()),
    layerRetaining: (config: HTCondorCE.Config) => HTCondorCE.layerRetaining(config).pipe(tools())
  }
}

/** The tools of a fake, and scripted tools, find the schedd by its name. */
export const { layer, layerRetaining } = over({ byName: true })
