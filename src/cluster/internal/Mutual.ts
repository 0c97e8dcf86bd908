/**
 * TLS between the processes of a cluster, with certificates on both sides.
 */
import * as NodeSocket from "@effect/platform-node/NodeSocket"
import * as NodeSocketServer from "@effect/platform-node/NodeSocketServer"
import * as Runners from "effect/cluster/Runners"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as RpcClient from "effect/rpc/RpcClient"
import * as RpcSerialization from "effect/rpc/RpcSerialization"
import * as Socket from "effect/socket/Socket"

/**
 * The TLS certificate of a process, its key, and the authority that signed the certificates of all processes.
 *
 * @category models
 * @since 0.1.0
 */
export interface Tls {
  /** The certificate of this process, in PEM. That of a runner names its `host`. */
  readonly certificate: string
  /** The private key of the certificate, in PEM. */
  readonly key: Redacted.Redacted
  /** The certificate of the authority, in PEM. Only processes with a certificate of this authority are accepted. */
  readonly authority: string
}

const optionsOf = ({ authority, certificate, key }: Tls) => ({
  ca: authority,
  cert: certificate,
  key: Redacted.value(key),
  minVersion: "TLSv1.3"
} as const)

/** Listens for processes that show a certificate of the authority. */
export const layerServer = (tls: Tls, host: string, port: number) =>
  NodeSocketServer.layerTls({ ...optionsOf(tls), host, port, requestCert: true, rejectUnauthorized: true })

/** Connects to runners whose certificate is of the authority and names their host. */
export const layerClient = (tls: Tls): Layer.Layer<
  Runners.RpcClientProtocol,
  never,
  RpcSerialization.RpcSerialization
> =>
  Layer.effect(
    Runners.RpcClientProtocol,
    Effect.map(RpcSerialization.RpcSerialization, (serialization) => ({
      codecFor: serialization.codecFor,
      make: Effect.fnUntraced(function*({ host, port }) {
        const socket = yield* NodeSocket.makeTls({ ...optionsOf(tls), host, port, openTimeout: "1 second" })
        return yield* RpcClient.makeProtocolSocket().pipe(
          Effect.provideService(Socket.Socket, socket),
          Effect.provideService(RpcSerialization.RpcSerialization, serialization)
        )
      })
    }))
  )
