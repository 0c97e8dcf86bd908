/** Free ports of this machine, below those that the system gives to connections. */
import { Effect, Random } from "effect"
import { createServer } from "node:net"

const isFree = (port: number) =>
  Effect.callback<boolean>((resume) => {
    const server = createServer()
    server.once("error", () => resume(Effect.succeed(false)))
    server.listen(port, "127.0.0.1", () => server.close(() => resume(Effect.succeed(true))))
  })

const given = new Set<number>()

export const free = Effect.gen(function*() {
  const port = yield* Random.nextIntBetween(20_000, 30_000)
  if (given.has(port)) return 0
  given.add(port)
  return (yield* isFree(port)) ? port : 0
}).pipe(Effect.repeat({ until: (port) => port > 0 }))
