/** TypeScript's language server, as an editor uses it. */
import { Effect, Queue, Schema, Stream } from "effect"
import { ChildProcess } from "effect/process"

const Message = Schema.fromJsonString(Schema.Struct({
  id: Schema.optionalKey(Schema.Unknown),
  method: Schema.optionalKey(Schema.String),
  result: Schema.optionalKey(Schema.Unknown),
  error: Schema.optionalKey(Schema.Unknown)
}))

const Hover = Schema.NullOr(Schema.Struct({ contents: Schema.Struct({ value: Schema.String }) }))

const decoder = new TextDecoder()
const encoder = new TextEncoder()

/** Takes the whole messages from the front of what was received. */
const take = (received: Uint8Array): { readonly messages: ReadonlyArray<string>; readonly rest: Uint8Array } => {
  const messages: Array<string> = []
  let rest = received
  for (;;) {
    const header = /^Content-Length: (\d+)\r\n(?:.*\r\n)*?\r\n/.exec(decoder.decode(rest.subarray(0, 200)))
    const end = header === null ? Number.POSITIVE_INFINITY : header[0].length + Number(header[1])
    if (header === null || rest.length < end) return { messages, rest }
    messages.push(decoder.decode(rest.subarray(header[0].length, end)))
    rest = rest.subarray(end)
  }
}

/** A server for the project in a directory; `hover` gives the text that an editor shows at an offset of an open file. */
export const make = Effect.fnUntraced(function*(root: string) {
  const requests = yield* Queue.unbounded<Uint8Array>()
  const answers = yield* Queue.unbounded<typeof Message.Type>()
  const handle = yield* ChildProcess.make("tsc", ["--lsp", "--stdio"], { cwd: root, stdin: Stream.fromQueue(requests) })
  yield* handle.stdout.pipe(
    Stream.mapAccum((): Uint8Array => new Uint8Array(), (before, chunk) => {
      const all = new Uint8Array(before.length + chunk.length)
      all.set(before)
      all.set(chunk, before.length)
      const { messages, rest } = take(all)
      return [rest, messages] as const
    }),
    Stream.mapEffect((text) => Schema.decodeEffect(Message)(text)),
    Stream.runForEach((message) => Queue.offer(answers, message)),
    Effect.forkScoped
  )
  const send = (message: object) => {
    const body = encoder.encode(JSON.stringify({ jsonrpc: "2.0", ...message }))
    const head = encoder.encode(`Content-Length: ${body.length}\r\n\r\n`)
    return Queue.offerAll(requests, [head, body])
  }
  let last = 0
  const ask = Effect.fnUntraced(function*(method: string, params: object) {
    const id = last += 1
    yield* send({ id, method, params })
    for (;;) {
      const message = yield* Queue.take(answers)
      // The server asks for settings, too: it gets none.
      if (message.method !== undefined && message.id !== undefined) yield* send({ id: message.id, result: null })
      if (message.method === undefined && message.id === id) return message.result
    }
  })
  yield* ask("initialize", { processId: null, rootUri: `file://${root}`, capabilities: {} })
  yield* send({ method: "initialized", params: {} })
  return {
    open: (uri: string, text: string) =>
      send({
        method: "textDocument/didOpen",
        params: { textDocument: { uri, languageId: "typescript", version: 1, text } }
      }),
    hover: Effect.fnUntraced(function*(uri: string, line: number, character: number) {
      const result = yield* ask("textDocument/hover", { textDocument: { uri }, position: { line, character } })
      const hover = yield* Schema.decodeUnknownEffect(Hover)(result)
      return hover?.contents.value ?? ""
    })
  }
})
