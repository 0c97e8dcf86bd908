/** The backend over real tools, which find the schedd as the product's do. */
import * as Backend from "../testing/Backend.ts"

export const { layer, layerRetaining } = Backend.over({})
