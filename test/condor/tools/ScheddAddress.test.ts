import { assert, describe, it } from "@effect/vitest"
import * as ScheddAddress from "../../../src/condor/tools/ScheddAddress.ts"

const name = { address: "ce.example.org:9619", schedd: "ce.example.org" }

const known: ScheddAddress.ScheddAddress = {
  address: "<192.0.2.1:9619?addrs=192.0.2.1-9619&alias=ce.example.org&noUDP&sock=schedd_43_12a9>",
  version: "$CondorVersion: 25.14.1 2026-10-16 BuildID: Debian-25.14.1 $",
  platform: "$CondorPlatform: x86_64_Debian14 $"
}

const ad = (schedd: string, change: Record<string, unknown> = {}) => ({
  Name: schedd,
  MyAddress: known.address,
  CondorVersion: known.version,
  CondorPlatform: known.platform,
  ...change
})

describe("ScheddAddress.read", () => {
  it("finds the schedd among others, in any case of its name", () => {
    const answer = JSON.stringify([ad("other.example.org", { MyAddress: "<192.0.2.2:1>" }), ad("CE.example.org")])
    assert.deepStrictEqual(ScheddAddress.read(answer, name.schedd), known)
  })

  it.each([
    ["no answer", ""],
    ["no list", "Error"],
    ["another schedd", JSON.stringify([ad("other.example.org")])],
    ["no address", JSON.stringify([ad(name.schedd, { MyAddress: undefined })])],
    ["what is no address", JSON.stringify([ad(name.schedd, { MyAddress: "ce.example.org" })])],
    ["two lines for an address", JSON.stringify([ad(name.schedd, { MyAddress: "<192.0.2.1:1>\n<192.0.2.2:1>" })])],
    ["two lines for a version", JSON.stringify([ad(name.schedd, { CondorVersion: `${known.version}\nmore` })])]
  ])("is undefined for %s", (_, answer) => {
    assert.isUndefined(ScheddAddress.read(answer, name.schedd))
  })
})

describe("ScheddAddress.named", () => {
  it("with the name a tool asks the collector", () => {
    assert.deepStrictEqual(ScheddAddress.named("condor_q", name), ["-pool", name.address, "-name", name.schedd])
    assert.deepStrictEqual(ScheddAddress.named("condor_submit", name), ["-pool", name.address, "-remote", name.schedd])
  })

  it.each(
    [
      ["condor_q", []],
      ["condor_qedit", []],
      ["condor_history", ["-name", known.address]],
      ["condor_rm", ["-addr", known.address]],
      ["condor_transfer_data", ["-addr", known.address]],
      // It must know the version of the schedd.
      ["condor_submit", ["-pool", name.address, "-remote", name.schedd]]
    ] as const
  )("with an address, the arguments of %s are %j", (tool, args) => {
    assert.deepStrictEqual(ScheddAddress.named(tool, name, known), args)
  })

  it("tools without arguments read a file of three lines", () => {
    assert.strictEqual(ScheddAddress.fileText(known), `${known.address}\n${known.version}\n${known.platform}\n`)
    assert.deepStrictEqual(Object.values(ScheddAddress.environment("/file")), ["/file", "/file"])
  })
})
