/** Clients of runners, at servers with other certificates. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { RunnerAddress, Runners } from "effect/cluster"
import { Rpc, RpcClient, RpcGroup, RpcSerialization } from "effect/rpc"
import type { AddressInfo } from "node:net"
import { createServer } from "node:tls"
import { inspect } from "node:util"
import type { Cluster } from "../../../src/cluster/index.ts"
import * as Mutual from "../../../src/cluster/internal/Mutual.ts"
import * as Certificates from "../Certificates.ts"

const Questions = RpcGroup.make(Rpc.make("ask"))

/** A server that shows a certificate, accepts any client, and closes the connection when it has read something. */
const server = Effect.fnUntraced(function*({ certificate, key }: Cluster.Tls) {
  const reads: Array<number> = []
  const { port } = yield* Effect.acquireRelease(
    Effect.callback<{ readonly port: number; readonly close: Effect.Effect<void> }>((resume) => {
      const listening = createServer({ cert: certificate, key: Redacted.value(key) }, (socket) => {
        socket.on("error", () => {})
        socket.on("data", (data) => {
          reads.push(data.length)
          socket.destroy()
        })
      })
      listening.on("tlsClientError", () => {})
      listening.listen(0, "127.0.0.1", () => {
        const address: AddressInfo | string | null = listening.address()
        const port = address === null || typeof address === "string" ? 0 : address.port
        resume(Effect.succeed({ port, close: Effect.sync(() => listening.close()) }))
      })
    }),
    ({ close }) => close
  )
  return { port, reads }
})

/** Asks a server with our certificates: the error, and whether the server has read anything. */
const ask = Effect.fnUntraced(
  function*(tls: Cluster.Tls, host: string) {
    const { port, reads } = yield* server(tls)
    const { make } = yield* Runners.RpcClientProtocol
    const protocol = yield* make(RunnerAddress.make(host, port))
    const client = yield* Effect.provideService(RpcClient.make(Questions), RpcClient.Protocol, protocol)
    const error = yield* Effect.flip(client.ask())
    return { error: inspect(error, { depth: 10 }), wasRead: reads.length > 0 }
  },
  Effect.scoped,
  Effect.provide(
    Mutual.layerClient(Certificates.ours).pipe(
      Layer.provide(RpcSerialization.layerSchemaBinary())
    )
  )
)

describe("a client with certificates", () => {
  it.live("sends requests to a runner whose certificate its authority has signed", () =>
    Effect.gen(function*() {
      assert.isTrue((yield* ask(Certificates.ours, "127.0.0.1")).wasRead)
    }))

  it.live("sends nothing to a server whose certificate another authority has signed", () =>
    Effect.gen(function*() {
      const { error, wasRead } = yield* ask(Certificates.theirs, "127.0.0.1")
      assert.match(error, /SELF_SIGNED_CERT/)
      assert.isFalse(wasRead)
    }))

  it.live("sends nothing to a server whose certificate is for another host", () =>
    Effect.gen(function*() {
      const { error, wasRead } = yield* ask(Certificates.ours, "localhost")
      assert.match(error, /ERR_TLS_CERT_ALTNAME_INVALID/)
      assert.isFalse(wasRead)
    }))
})
