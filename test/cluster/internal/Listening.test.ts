import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { Addresses } from "../../../src/ce/internal/diagnosis/Addresses.ts"
import * as Listening from "../../../src/cluster/internal/Listening.ts"

describe("isPrivate", () => {
  it.each([
    ["127.0.0.1", true],
    ["127.9.9.9", true],
    ["10.255.0.1", true],
    ["172.15.0.1", false],
    ["172.16.0.1", true],
    ["172.31.255.255", true],
    ["172.32.0.1", false],
    ["192.168.1.1", true],
    ["192.169.1.1", false],
    ["169.254.1.1", true],
    ["100.64.0.1", false],
    ["0.0.0.0", false],
    ["8.8.8.8", false],
    ["::1", true],
    ["::", false],
    ["fc00::1", true],
    ["fdff::1", true],
    ["fe00::1", false],
    ["fe80::1%eth0", true],
    ["2001:db8::1", false],
    ["::ffff:10.0.0.1", true],
    ["::ffff:8.8.8.8", false],
    ["", false],
    ["localhost", false]
  ])("%j: %s", (address, expected) => assert.strictEqual(Listening.isPrivate(address), expected))
})

describe("privateAddress", () => {
  const names: Record<string, ReadonlyArray<string>> = {
    node1: ["10.0.0.1"],
    both: ["10.0.0.2", "fd00::2"],
    public: ["10.0.0.3", "8.8.8.8"]
  }
  const of = (host: string) =>
    Listening.privateAddress(host).pipe(
      Effect.provideService(Addresses, (name) => Effect.succeed(names[name] ?? [])),
      Effect.result,
      Effect.map(Result.match({ onFailure: (error) => error.message, onSuccess: (address) => address }))
    )

  it.effect("gives the address of a private host, and refuses any other", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* of("node1"), "10.0.0.1")
      assert.strictEqual(yield* of("both"), "10.0.0.2")
      assert.include(yield* of("public"), "public (10.0.0.3, 8.8.8.8), which is neither loopback nor private")
      assert.strictEqual(yield* of("nowhere"), "the runner cannot listen: the name nowhere has no address")
    }))
})
