/** The TypeScript examples of docstrings. */

/** One example: its code, and the line where it begins. */
export interface Example {
  readonly line: number
  readonly code: string
}

const fence = /^ *\* ```ts\n([\s\S]*?)^ *\* ```$/gm

/** The examples in a TypeScript file. */
export const ofDocstrings = (source: string): ReadonlyArray<Example> =>
  Array.from(source.matchAll(fence), ({ 1: block = "", index }) => ({
    line: source.slice(0, index).split("\n").length + 1,
    code: block.replaceAll(/^ *\* ?/gm, "")
  }))
