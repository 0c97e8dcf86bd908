import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as Url from "../../src/condor/Url.ts"

const isInput = Schema.is(Url.InputUrl)
const isOutput = Schema.is(Url.OutputUrl)

describe("Url", () => {
  it.each([
    ["https://example.org/a/in.txt", "in.txt"],
    ["http://127.0.0.1:8080/in.txt", "in.txt"],
    ["http://[::1]:8080/in.txt", "in.txt"],
    ["osdf:///ospool/a/in.txt", "in.txt"],
    ["https://example.org/in.txt?sig=a/b&x=1", "in.txt"],
    ["https://example.org/x%20y", "x%20y"],
    ["https://example.org/d/at@it's:!&+~[2]*", "at@it's:!&+~[2]*"]
  ])("%s is an input with the name %s", (url, name) => {
    assert.isTrue(isInput(url))
    assert.strictEqual(Url.fileName(url), name)
  })

  it.each([
    "in.txt",
    "/in.txt",
    "HTTP://example.org/in.txt",
    "https://example.org",
    "https://example.org/",
    "https://example.org/d/",
    "https://example.org/?name=in.txt",
    "https://example.org/..",
    "https://example.org/a/.?b",
    "https://user:password@example.org/in.txt",
    "https://user@example.org/in.txt",
    // Blanks and commas divide a list of the submit language.
    "https://example.org/a b",
    "https://example.org/a,b",
    "https://example.org/a\nb",
    "https://example.org/$(HOME)",
    "https://example.org/$$(Cpus)",
    "https://example.org/\"a\"",
    "https://example.org/a\\b",
    // HTCondor would search for a file whose name has the fragment.
    "https://example.org/a#b",
    "https://example.org/é",
    "https://example.org/{copy}/in.txt",
    ""
  ])("%j is no input", (url) => {
    assert.isFalse(isInput(url))
  })

  it.each([
    "https://example.org/a/out.txt",
    "davs://example.org/{copy}/out-{copy}.txt",
    "https://example.org/out.txt?overwrite"
  ])("%s is a destination", (url) => {
    assert.isTrue(isOutput(url))
  })

  it.each([
    "out.txt",
    "https://example.org",
    "https://example.org/",
    "https://example.org/out.txt?sig=abc",
    "https://example.org/a/",
    "https://example.org/out;txt",
    "https://user:password@example.org/out.txt",
    "https://example.org/{proc}",
    "https://example.org/{copy",
    "https://example.org/}",
    "https://example.org/a b",
    "https://example.org/$(x)"
  ])("%j is no destination", (url) => {
    assert.isFalse(isOutput(url))
  })

  it("scheme: returns lower case", () => assert.strictEqual(Url.scheme("HTTPS://example.org/x"), "https"))
})
