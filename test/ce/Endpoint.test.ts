import { assert, it } from "@effect/vitest"
import { Result } from "effect"
import { Endpoint } from "../../src/index.ts"

it.each([
  ["ce.example.org", undefined, "ce.example.org:9619", "ce.example.org"],
  ["ce.example.org:9620", undefined, "ce.example.org:9620", "ce.example.org"],
  ["127.0.0.1:9619", "ce@local", "127.0.0.1:9619", "ce@local"],
  ["[::1]", undefined, "[::1]:9619", "::1"],
  ["[2001:db8::1]:9000", "ce", "[2001:db8::1]:9000", "ce"]
])("%s, schedd %s", (endpoint, schedd, address, name) => {
  // "::1" cannot be the name of a schedd, so a bare address needs one.
  const result = Endpoint.make(endpoint, schedd)
  if (name === "::1") return assert.isTrue(Result.isFailure(result))
  assert.deepStrictEqual(result, Result.succeed({ address, schedd: name }))
})

it.each([
  "",
  "<127.0.0.1:9619?addrs=127.0.0.1-9619>",
  "https://ce.example.org",
  "ce.example.org:",
  "ce.example.org:0",
  "ce.example.org:65536",
  "-name",
  "a b",
  "::1",
  "ce.example.org:9619/x"
])("%j is refused", (endpoint) => {
  const result = Endpoint.make(endpoint)
  assert.isTrue(Result.isFailure(result))
  if (Result.isFailure(result)) assert.include(result.failure.message, JSON.stringify(endpoint))
})

it.each(["-pool", "", "a b", "\"x\"", "<sinful>"])("a schedd named %j is refused", (schedd) => {
  assert.isTrue(Result.isFailure(Endpoint.make("ce.example.org", schedd)))
})
