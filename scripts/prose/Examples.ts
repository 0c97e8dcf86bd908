/** The TypeScript examples of docstrings. */

/** One example: its code, and the line where it begins. */
export interface Example {
  readonly line: number
  readonly code: string
}

/** The name of the file of an example. `place` is its line, or its number in a document. Errors of the compiler show the name. */
export const fileName = (file: string, place: number): string => `${file.replaceAll("/", "_")}-${place}.ts`

const fence = /^ *\* ```ts\n([\s\S]*?)^ *\* ```$/gm

/** The examples in a TypeScript file. */
export const ofDocstrings = (source: string): ReadonlyArray<Example> =>
  Array.from(source.matchAll(fence), ({ 1: block = "", index }) => ({
    line: source.slice(0, index).split("\n").length + 1,
    code: block.replaceAll(/^ *\* ?/gm, "")
  }))
