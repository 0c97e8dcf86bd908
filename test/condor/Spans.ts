/** A tracer for tests that check its spans. */
import { Tracer } from "effect"

/** A tracer, and all of its spans. */
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
