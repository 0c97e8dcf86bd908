/** The backend over real tools. They find the schedd in the same way as in production. */
import * as Backend from "../testing/Backend.ts"

export const { layer, layerRetaining } = Backend.over({})
