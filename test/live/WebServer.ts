/** A web server of this host, for jobs to read from and to write to. */
import { Effect, type Scope } from "effect"
import * as Http from "node:http"
import * as Https from "node:https"

/**
 * - `url`: up to the port
 * - `asked`: each request, as `GET /path`
 * - `stored`: the written contents, by path; a test may write here, too
 */
export interface WebServer {
  readonly url: string
  readonly asked: ReadonlyArray<string>
  readonly stored: Map<string, string>
}

/**
 * Serves `content of <path>` for every path that is not below `/missing/` or `/stored/`, and the written contents
 * below `/stored/`. Accepts every write that is not below `/forbidden/`. The server ends with the scope.
 */
export const make = (
  certificate?: { readonly key: string; readonly cert: string }
): Effect.Effect<WebServer, never, Scope.Scope> => {
  const asked: Array<string> = []
  const stored = new Map<string, string>()
  const answer: Http.RequestListener = (request, response) => {
    const { method, url: path = "" } = request
    asked.push(`${method} ${path}`)
    const parts: Array<Buffer> = []
    request.on("data", (part: Buffer) => parts.push(part))
    request.on("end", () => {
      const isRefused = path.startsWith("/missing/") || path.startsWith("/forbidden/")
      if (isRefused) response.writeHead(path.startsWith("/missing/") ? 404 : 403, { "content-length": 0 }).end()
      else if (method === "PUT") {
        stored.set(path, Buffer.concat(parts).toString())
        response.writeHead(201, { "content-length": 0 }).end()
      } else if (path.startsWith("/stored/") && !stored.has(path)) {
        response.writeHead(404, { "content-length": 0 }).end()
      } else response.writeHead(200).end(stored.get(path) ?? `content of ${path}\n`)
    })
  }
  const server = certificate === undefined ? Http.createServer(answer) : Https.createServer(certificate, answer)
  const listening = Effect.callback<WebServer>((resume) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      const port = typeof address === "object" ? address?.port : undefined
      resume(Effect.succeed({
        url: `${certificate === undefined ? "http" : "https"}://127.0.0.1:${port}`,
        asked,
        stored
      }))
    })
  })
  return Effect.acquireRelease(listening, () =>
    Effect.sync(() => {
      server.closeAllConnections()
      server.close()
    }))
}
