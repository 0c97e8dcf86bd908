import { assert, it } from "@effect/vitest"
import { Result } from "effect"
import { Endpoint } from "../../src/index.ts"

it.each([
  ["ce.example.org", undefined, "ce.example.org:9619", "ce.example.org"],
  ["ce.example.org:9620", undefined, "ce.example.org:9620", "ce.example.org"],
  ["127.0.0.1:9619", "ce@local", "127.0.0.1:9619", "ce@local"],
  ["ce.example.org", "ce1@ce.example.org", "ce.example.org:9619", "ce1@ce.example.org"],
  ["[::1]", "ce@local", "[::1]:9619", "ce@local"],
  ["[2001:db8::1]:9000", "ce", "[2001:db8::1]:9000", "ce"],
  ["CE.Example.ORG", undefined, "ce.example.org:9619", "ce.example.org"],
  ["ce.example.org.:9620", undefined, "ce.example.org:9620", "ce.example.org"],
  ["ce.example.org", "CE1@CE.Example.org.", "ce.example.org:9619", "ce1@ce.example.org"],
  // No schedd has this name, and the tools find out the existing ones.
  ["127.0.0.1", undefined, "127.0.0.1:9619", "127.0.0.1"],
  ["[::1]", undefined, "[::1]:9619", "::1"],
  ["[2001:DB8:0::1]", "ce", "[2001:db8::1]:9619", "ce"],
  ["[::ffff:127.0.0.1]:9000", undefined, "127.0.0.1:9000", "127.0.0.1"]
])("%s, schedd %s", (endpoint, schedd, address, name) => {
  assert.deepStrictEqual(Endpoint.make(endpoint, schedd), Result.succeed({ address, schedd: name }))
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
  "ce.example.org:9619/x",
  "ce.example.org..",
  "."
])("%j is refused", (endpoint) => {
  const result = Endpoint.make(endpoint)
  assert.isTrue(Result.isFailure(result))
  if (Result.isFailure(result)) assert.include(result.failure.message, JSON.stringify(endpoint))
})

it("daemon's own address: is refused, and the message says what to give instead", () => {
  const result = Endpoint.make("<127.0.0.1:9619?addrs=127.0.0.1-9619>")
  assert.isTrue(Result.isFailure(result))
  if (Result.isFailure(result)) {
    assert.strictEqual(
      result.failure.message,
      "\"<127.0.0.1:9619?addrs=127.0.0.1-9619>\" is no endpoint: this is a daemon's own address (a \"sinful string\"); give <host>:<port> of the collector"
    )
  }
})

it("port that is not given: can be another default", () => {
  assert.deepStrictEqual(
    [Endpoint.make("a", "s", 9618), Endpoint.make("a:1", "s", 9618)],
    [Result.succeed({ address: "a:9618", schedd: "s" }), Result.succeed({ address: "a:1", schedd: "s" })]
  )
})

it.each(["-pool", "", "a b", "\"x\"", "<sinful>"])("schedd named %j: is refused", (schedd) => {
  assert.isTrue(Result.isFailure(Endpoint.make("ce.example.org", schedd)))
})
