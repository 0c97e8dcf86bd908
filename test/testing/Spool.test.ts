/** The paths of a client, and the names in a spool. */
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import * as ClassAd from "../../src/classad/ClassAd.ts"
import * as Expr from "../../src/classad/Expr.ts"
import * as Long from "../../src/classad/Long.ts"
import * as OutputTargets from "../../src/testing/fake/OutputTargets.ts"
import * as Remaps from "../../src/testing/fake/Remaps.ts"
import * as Spool from "../../src/testing/fake/Spool.ts"

const adOf = (attributes: Readonly<Record<string, string>>): ClassAd.ClassAd =>
  ClassAd.make(Object.entries(attributes).map(([name, value]) => [name, Expr.string(value)]))

const changes = (attributes: Readonly<Record<string, string>>): string =>
  Result.getOrThrow(Long.print(Spool.rewritten(adOf({ Iwd: "/home/me", ...attributes }))))

describe("Spool", () => {
  it("rewritten: keeps the paths of the client in SUBMIT_*", () => {
    assert.strictEqual(
      changes({
        Cmd: "/home/me/bin/run.sh",
        In: "/dev/null",
        TransferInput: "in.txt,d/q,https://example.org/x",
        UserLog: "/home/me/log",
        TransferOutputRemaps: "_condor_stdout=deep/out; a = b;u=https://example.org/u;c d=e"
      }),
      `Iwd = "/home/me"
Cmd = "run.sh"
In = "/dev/null"
TransferInput = "in.txt,q,https://example.org/x"
UserLog = "log"
TransferOutputRemaps = "u=https://example.org/u"
SUBMIT_Iwd = "/home/me"
SUBMIT_TransferOutputRemaps = "_condor_stdout=deep/out;a = b"
SUBMIT_Cmd = "/home/me/bin/run.sh"
SUBMIT_TransferInput = "in.txt,d/q,https://example.org/x"
SUBMIT_UserLog = "/home/me/log"
`
    )
  })

  it("rewritten: adds nothing for attributes that do not change", () => {
    assert.strictEqual(
      changes({ Cmd: "run.sh", TransferInput: "in.txt" }),
      `Iwd = "/home/me"
Cmd = "run.sh"
TransferInput = "in.txt"
SUBMIT_Iwd = "/home/me"
TransferOutputRemaps = undefined
`
    )
  })
})

describe("Remaps", () => {
  const remaps = Remaps.parse("a = b; c=/d/e;f\\=g=h\\;i; none; dir = other ;x=y;y=z;loop=loop")
  it.each([
    ["a", "b"],
    ["c", "/d/e"],
    ["f=g", "h;i"],
    ["dir/sub/file", "other/sub/file"],
    ["x", "z"],
    ["none", undefined],
    ["/a", undefined]
  ])("find: %s has the destination %s", (name, path) => {
    assert.strictEqual(Remaps.find(remaps, name), path)
  })

  it("find: circular remaps end", () => {
    assert.strictEqual(Remaps.find(remaps, "loop"), "loop")
  })
})

describe("OutputTargets", () => {
  const targets = (attributes: Readonly<Record<string, string>>): OutputTargets.OutputTargets | undefined =>
    OutputTargets.of(
      Result.getOrThrow(
        Long.parse(Object.entries(attributes).map(([name, value]) => `${name} = ${value}`).join("\n"), {
          strings: "old"
        })
      ),
      0
    )
  const where = (attributes: Readonly<Record<string, string>>, name: string, isNew = true) => {
    const place = targets({ ClusterId: "7", ProcId: "1", Iwd: "\"/spool\"", ...attributes })
    return place === undefined ? undefined : OutputTargets.target(place, name, isNew)
  }

  it("of: evaluates expressions in the job ad", () => {
    const attributes = { SUBMIT_Iwd: "strcat(\"/there/\",string(ClusterId),\".\",string(ProcId))" }
    assert.deepStrictEqual(where(attributes, "r.txt"), { path: "/there/7.1/r.txt", makes: undefined })
  })

  it("log: has its own remap, unless its path is its name", () => {
    const log = { SUBMIT_Iwd: "\"/there\"", UserLog: "\"log\"" }
    assert.strictEqual(where({ ...log, SUBMIT_UserLog: "\"/old/log\"" }, "log")?.path, "/old/log")
    assert.strictEqual(where({ ...log, SUBMIT_UserLog: "strcat(\"/x/\",UserLog)" }, "log")?.path, "/there/log")
    assert.strictEqual(where(log, "log")?.path, "/there/log")
  })

  it("directories: are created for relative remaps, and by 25.x for absolute ones", () => {
    const attributes = { SUBMIT_Iwd: "\"/there\"", SUBMIT_TransferOutputRemaps: "\"a=d/a;b=/e/b;c=c2\"" }
    assert.deepStrictEqual(where(attributes, "a"), { path: "/there/d/a", makes: "/there/d" })
    assert.deepStrictEqual(where(attributes, "b"), { path: "/e/b", makes: "/e" })
    assert.deepStrictEqual(where(attributes, "b", false), { path: "/e/b", makes: undefined })
    assert.deepStrictEqual(where(attributes, "c"), { path: "/there/c2", makes: undefined })
  })

  it("job without a directory: has no targets", () => {
    assert.isUndefined(targets({ SUBMIT_Iwd: "undefined", Iwd: "\"/spool\"" }))
  })
})
