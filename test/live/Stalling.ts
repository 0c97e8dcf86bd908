/** A network that fails during a conversation: a listener for each position, in front of a CE. */
import * as Effect from "effect/Effect"
import { type AddressInfo, connect, createServer, type Socket } from "node:net"

/**
 * Forwards to a CE on a free port of this host, and fails after this many bytes on one connection, counted in both
 * directions together. From then on, no data arrives (`stall`), or the connection is closed (`close`). Returns the
 * port.
 */
export const listener = (ce: { readonly host: string; readonly port: number }, limit: number, end: "stall" | "close") =>
  Effect.map(
    Effect.acquireRelease(
      Effect.callback<{ readonly port: number; readonly stop: () => void }>((resume) => {
        const open = new Set<Socket>()
        const server = createServer((client) => {
          const upstream = connect(ce.port, ce.host)
          let passed = 0
          const both = [client, upstream]
          const stop = () => both.forEach((socket) => socket.destroy())
          for (const socket of both) {
            open.add(socket)
            socket.on("error", stop)
            socket.on("close", () => {
              open.delete(socket)
              if (passed < limit || end === "close") stop()
            })
          }
          const forward = (from: Socket, to: Socket) =>
            from.on("data", (bytes: Uint8Array) => {
              const room = Math.max(limit - passed, 0)
              passed += bytes.length
              if (room > 0) to.write(bytes.subarray(0, room))
              if (passed >= limit && end === "close") both.forEach((one) => one.destroySoon())
            })
          forward(client, upstream)
          forward(upstream, client)
        })
        server.listen(0, "127.0.0.1", () => {
          const { port } = server.address() as AddressInfo
          resume(Effect.succeed({
            port,
            stop: () => {
              open.forEach((socket) => socket.destroy())
              server.close()
            }
          }))
        })
      }),
      ({ stop }) => Effect.sync(stop)
    ),
    ({ port }) => port
  )
