import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as HostName from "../../src/contract/HostName.ts"

describe("the canonical form of", () => {
  it.each([
    ["CE.Example.ORG", "ce.example.org"],
    ["ce.example.org.", "ce.example.org"],
    ["CE.Example.org.:9619", "ce.example.org:9619"],
    ["Sub@Submit.Example.org.@Submit.Example.org.:9618", "sub@submit.example.org@submit.example.org:9618"],
    ["192.0.2.1:9619", "192.0.2.1:9619"],
    ["[2001:DB8:0:0::1]:9619", "[2001:db8::1]:9619"],
    ["[::FFFF:192.0.2.1]:9619", "192.0.2.1:9619"],
    ["[::ffff:c000:201]", "192.0.2.1"],
    ["sub@local@[0:0::1]:9618", "sub@local@[::1]:9618"],
    // A text that is no address stays unchanged.
    ["[1:2]", "[1:2]"]
  ])("%s is %s", (name, one) => {
    assert.strictEqual(HostName.canonical(name), one)
    assert.isTrue(HostName.same(name, one))
  })

  it.each([
    ["ce.example.org:9619", "ce.example.org:9620"],
    ["ce.example.org", "ce1.example.org"],
    ["[2001:db8::1]", "[2001:db8::2]"],
    ["ceexample.org", "ce.example.org"]
  ])("%s is not that of %s", (one, other) => {
    assert.isFalse(HostName.same(one, other))
  })

  const name = Schema.String.check(Schema.isPattern(/^[A-Za-z0-9.:@[\]-]{0,20}$/))

  it.prop("any text: the canonical form of a canonical form is the same", [name], ([text]) => {
    const one = HostName.canonical(text)
    assert.strictEqual(HostName.canonical(one), one)
    assert.isTrue(HostName.same(text.toUpperCase(), text))
  }, { arbitrary: { runs: 2_000 } })
})
