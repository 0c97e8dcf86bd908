/** A tracer for tests that look at what it is told. */
import { Tracer } from "effect"

/** A tracer, and all its spans so far. */
export const keeping = (): { readonly spans: ReadonlyArray<Tracer.NativeSpan>; readonly tracer: Tracer.Tracer } => {
  const spans: Array<Tracer.NativeSpan> = []
  const tracer = Tracer.make({
    span: (options) => {
      const span = new Tracer.NativeSpan(options)
      spans.push(span)
      return span
    }
  })
  return { spans, tracer }
}
